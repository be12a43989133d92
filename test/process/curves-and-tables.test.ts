// Plots, spectrograms and tables in a kernel process: what their views ask is answered from the values of its cells.
import { expect } from 'chai';
import * as v from 'valibot';
import { numbersOf } from '../../src/protocol/number-list.js';
import { planeSchema, planeValues } from '../../src/protocol/plane-data.js';
import { curveFrom, PLOT_MIME, plotAnswer } from '../../src/protocol/plot.js';
import { soundAnswer, SPECTROGRAM_MIME } from '../../src/protocol/spectrogram.js';
import { cellsFrom, TABLE_MIME, tableAnswer } from '../../src/protocol/table.js';
import { withKernel } from './kernels.js';

describe('plots, spectrograms and tables of a kernel process', function () {
  this.timeout(60_000);

  it('tell the points, samples, levels and rows that are asked for', async () => {
    await withKernel(['node'], async (kernel) => {
      const code = `import * as pv from 'parseval';
        const x = pv.tensor(Float32Array.from({ length: 20000 }, (_, i) => i % 97));
        await pv.show.plot(x);
        await pv.show.spectrogram(x, { sampleRate: 8000, nperseg: 128, noverlap: 64 });
        await pv.show.table({ i: pv.arange(30000), hash: Float64Array.from({ length: 30000 }, (_, i) => i % 97) });`;
      const { outputs } = await kernel.run(code);
      const ask = async (mime: string, request: object): Promise<unknown> => {
        const found = outputs.flatMap((output) => ('data' in output && mime in output.data ? [output.data[mime]] : []));
        const { view } = v.parse(v.object({ view: v.string() }), found[0]);
        return kernel.process.askView(view, request);
      };
      const [curve] = v.parse(plotAnswer, await ask(PLOT_MIME, { from: 1000, to: 1010, groups: 64, scale: 'linear' })).map(curveFrom);
      expect([...(curve?.y ?? [])]).to.deep.equal(Array.from({ length: 13 }, (_, i) => (999 + i) % 97));
      const sound = v.parse(soundAnswer, await ask(SPECTROGRAM_MIME, { kind: 'sound', from: 19_990 }));
      expect([...numbersOf(sound.samples)]).to.deep.equal(Array.from({ length: 10 }, (_, i) => (19_990 + i) % 97));
      const block = { kind: 'levels', top: 60, left: 0, bottom: 65, right: 4, rows: 100, cols: 100 };
      const levels = v.parse(planeSchema, await ask(SPECTROGRAM_MIME, block));
      expect(levels).to.include({ rows: 5, cols: 4 });
      // The mean of 48 is the loudest by far: zero frequency, in the last row.
      for (const level of planeValues(levels).slice(-4)) expect(level).to.be.within(-3, 0);
      const request = { from: 0, to: 3, filter: '', sort: { column: 1, direction: 'descending' } };
      const rows = v.parse(tableAnswer, await ask(TABLE_MIME, request));
      expect(rows.total).to.equal(30_000);
      expect(rows.columns.map((column) => cellsFrom(column, 3))).to.deep.equal([
        [96, 193, 290],
        [96, 96, 96],
      ]);
    });
  });
});
