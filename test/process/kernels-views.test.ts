// Views of kernels and convolutions in a kernel process: what people edit in a page comes back into the notebook.
import { expect } from 'chai';
import * as v from 'valibot';
import { CONVOLUTION_MIME, convolutionAnswer, convolutionSchema } from '../../src/protocol/convolution.js';
import { editAnswer, KERNELS_MIME, kernelsSchema } from '../../src/protocol/kernels.js';
import { floatsFromText } from '../../src/protocol/numbers.js';
import { planeSchema, planeValues } from '../../src/protocol/plane-data.js';
import { withKernel, type Ran } from './kernels.js';

const dataOf = (ran: Ran, mime: string): unknown =>
  ran.outputs.flatMap((output) => ('data' in output && mime in output.data ? [output.data[mime]] : []))[0];

describe('kernels in a kernel process', function () {
  this.timeout(60_000);

  it('are taken back as they were edited, on their device, by the next cell', async () => {
    await withKernel(['node'], async (kernel) => {
      const code = `import * as pv from 'parseval';
        const layer = new pv.nn.Conv2d(2, 3, 3, { seed: 1 });
        const image = pv.ones([4, 5]);
        const edited = await pv.show.kernels(layer, { image });`;
      const saved = v.parse(kernelsSchema, dataOf(await kernel.run(code), KERNELS_MIME));
      const taps = [...floatsFromText(saved.kernels[4]?.taps ?? '')];
      taps[8] = 0.5;
      const ask = (request: object): Promise<unknown> => kernel.process.askView(saved.view ?? '', request);
      expect(v.parse(editAnswer, await ask({ kind: 'edit', kernels: [{ at: 4, taps }] }))).to.deep.equal({ edited: 1 });
      const { text } = await kernel.run(`
        const weight = edited.weight();
        const difference = await weight.sub(layer.weight).abs().sum({ axis: [2, 3] }).data();
        console.log(weight.device, weight.shape.join(), await weight.slice([2, 0, 2, 2], [3, 1, 3, 3]).item(), [...difference].map((d) => d > 0).join());`);
      expect(text).to.contain('node 3,2,3,3 0.5 false,false,false,false,true,false');
      // The middle of a row of ones under three taps of 1.
      const part = { top: 0, left: 0, bottom: 4, right: 5, rows: 9, cols: 9 };
      const plane = v.parse(planeSchema, await ask({ kind: 'filter', taps: [0, 0, 0, 1, 1, 1, 0, 0, 0], part }));
      const wanted = Array.from({ length: 4 }, () => [2, 3, 3, 3, 2]).flat();
      planeValues(plane).forEach((value, i) => expect(value).to.be.closeTo(wanted[i] ?? NaN, 1e-5));
    });
  });

  it('are convolved on their device, for the zeros that a page asks for', async () => {
    await withKernel(['node'], async (kernel) => {
      const code = "import * as pv from 'parseval'; await pv.show.convolution(pv.ones([90, 80]), pv.ones([3, 3]), { mode: 'circular' });";
      const saved = v.parse(convolutionSchema, dataOf(await kernel.run(code), CONVOLUTION_MIME));
      const answer = v.parse(convolutionAnswer, await kernel.process.askView(saved.view ?? '', { zeros: [0, 2], cells: 90 }));
      // Rows wrap, columns do not: two rows of what is 82 wide.
      expect(answer).to.include({ rows: 90, cols: 82, period: 164, same: 160, valid: 0 });
    });
  });
});
