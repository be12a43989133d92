// The view of spectra in a kernel process: windows, further spectra of a batch and single bins come from the tensors of its cells.
import { expect } from 'chai';
import * as v from 'valibot';
import { planeValues } from '../../src/protocol/plane-data.js';
import { contentSchema, partAnswer, SPECTRUM_MIME, spectrumSchema } from '../../src/protocol/spectrum.js';
import { withKernel } from './kernels.js';

describe('the view of spectra of a kernel process', function () {
  this.timeout(60_000);

  it('asks for bins of a spectrum that is larger than what is read, on the device', async () => {
    await withKernel(['node'], async (kernel) => {
      // Two cosines, 300 cycles down and 7 across: bins of N/2.
      const code = `import * as pv from 'parseval';
        const wave = (cycles: number) => pv.arange(1024).mul((2 * Math.PI * cycles) / 1024).cos();
        await pv.show.spectrum(wave(300).reshape([1024, 1]).add(wave(7)));`;
      const { outputs } = await kernel.run(code);
      // What the call gave says again what stands above: only a later cell that asks for it shows it.
      expect(outputs.map(({ output_type: type }) => type)).to.deep.equal(['display_data']);
      const data = outputs.flatMap((output) => ('data' in output && SPECTRUM_MIME in output.data ? [output.data[SPECTRUM_MIME]] : []));
      const { view, content } = v.parse(spectrumSchema, data[0]);
      const ask = (request: object): Promise<unknown> => kernel.process.askView(view ?? '', request);
      const prepared = { border: 'none', window: 'hann' };
      const part = { kind: 'part', prepared, plane: 0, top: 810, left: 510, bottom: 815, right: 522, rows: 50, cols: 50 };
      const { pool, bins } = v.parse(partAnswer, await ask(part));
      expect(pool).to.deep.equal([1, 1]);
      if (bins.form !== 'complex') return expect.fail('the bins are not complex numbers');
      expect(content.planes[0]?.reference).to.be.closeTo(2 ** 19, 2);
      const re = planeValues(bins.re);
      // Bin [300, 0] stands at [812, 512]; all around it is rounding.
      re.forEach((value, i) => expect(value, `bin ${i}`).to.be.closeTo(i === 2 * 12 + 2 ? 1 : 0, 1e-5));
      const windowed = v.parse(contentSchema, await ask({ kind: 'content', prepared: { border: 'window', window: 'hann' }, from: 0 }));
      // A Hann window puts half of a wave into each neighbour, and a quarter of all is left of it along both axes.
      expect(windowed.planes[0]?.reference).to.be.closeTo(2 ** 17, 40);
    });
  });
});
