// Views in a kernel process: what they ask is answered from the values of its cells.
import { expect } from 'chai';
import * as v from 'valibot';
import { IMAGE_MIME, imageSchema } from '../../src/protocol/image.js';
import { planesAnswer, planeValues } from '../../src/protocol/plane-data.js';
import { withKernel } from './kernels.js';

describe('views of a kernel process', function () {
  this.timeout(60_000);

  it('show parts of a tensor on the device', async () => {
    await withKernel(['node'], async (kernel) => {
      const code = "import * as pv from 'parseval'; const x = pv.arange(300 * 200).reshape([300, 200]); await pv.show.image(x);";
      const { outputs } = await kernel.run(code);
      const data = outputs.flatMap((output) => ('data' in output && IMAGE_MIME in output.data ? [output.data[IMAGE_MIME]] : []));
      const { view } = v.parse(imageSchema, data[0]);
      const ask = (request: object): Promise<unknown> => kernel.process.askView(view ?? '', request);
      const part = { top: 10, left: 100, bottom: 13, right: 104, rows: 50, cols: 50 };
      const [plane] = v.parse(planesAnswer, await ask(part));
      expect(plane).to.include({ rows: 3, cols: 4 });
      const values = plane === undefined ? [] : [...planeValues(plane)];
      expect(values).to.deep.equal([10, 11, 12].flatMap((row) => [100, 101, 102, 103].map((col) => 200 * row + col)));
      const refusal = (request: object): Promise<string> =>
        ask(request).then(
          () => '',
          (error: unknown) => (error as Error).message,
        );
      expect(await refusal({ ...part, rows: 'many' })).to.contain('Expected number but received "many"');
      expect(await refusal({ ...part, top: 300, bottom: 400 })).to.contain('has no part [300, 300)');
    });
  });
});
