// A training in a kernel process: its page is told while the loop runs, and the output says how it ended.
import { expect } from 'chai';
import * as v from 'valibot';
import { LIVE_MIME, livePartsSchema, livePoints, liveSchema } from '../../src/protocol/live.js';
import { library, withKernel, type TestKernel } from './kernels.js';

const loop = `${library}
const weight = pv.randn([4, 1, 3, 3], { seed: 1 });
weight.requiresGrad = true;
const optimizer = new pv.optim.SGD([weight], { lr: 0.01 });
const images = pv.randn([2, 1, 8, 8], { seed: 2 });
const view = pv.show.live({ title: 'Fit' });
const step = async (i) => {
  optimizer.zeroGrad();
  const loss = pv.nn.functional.conv2d(images, weight).square().mean();
  loss.backward();
  view.log({ loss, i, weight });
  await optimizer.step();
};`;

/** The output of the view as it stood last. */
function lastOutput({ updates }: TestKernel): { readonly text: string; readonly forms: readonly string[]; readonly view: string } {
  const [, data] = updates.at(-1) ?? expect.fail('nothing was updated');
  const { view } = v.parse(liveSchema, data[LIVE_MIME]);
  return { text: String(data['text/plain']), forms: Object.keys(data), view: view ?? '' };
}

for (const device of ['cpu', 'node'] as const) {
  describe(`a training in a kernel process on ${device}`, function () {
    this.timeout(120_000);

    it('tells its page every point, and ends with its cell', async () => {
      await withKernel([device], async (kernel) => {
        const { status } = await kernel.run(`${loop}\nfor (let i = 1; i <= 60; i++) await step(i);`);
        expect(status).to.equal('ok');
        const { text, forms, view } = lastOutput(kernel);
        expect(text).to.match(/^Fit: 60 steps\nloss {2}last .*\ni {5}last 60, least 1 at step 1, largest 60 at step 60\nweight: 3×3; /u);
        expect(forms).to.include('image/png');
        expect(new Set(kernel.pushes.map(([name]) => name))).to.deep.equal(new Set([view]));
        const told = kernel.pushes.map(([, data]) => v.parse(livePartsSchema, data));
        for (const name of ['loss', 'i']) {
          const steps = told.flatMap(({ curves }) => curves.filter((curve) => curve.name === name).flatMap((curve) => curve.steps));
          expect(steps, name).to.deep.equal(Array.from({ length: 60 }, (_, i) => i + 1));
        }
        expect(told.at(-1)?.state).to.equal('done');
        const points = v.parse(livePoints, await kernel.process.askView(view, { ask: 'points' }));
        expect(points.map(({ name, values }) => [name, values.length])).to.deep.equal([
          ['loss', 60],
          ['i', 60],
        ]);
      });
    });

    it('says at which step an interrupt stopped it, and goes on in another cell', async () => {
      await withKernel([device], async (kernel) => {
        const training = `for (let i = 1; ; i++) {\n  await step(i);\n  if (i === 1) console.log('one step is over');\n}`;
        const { status } = await kernel.interrupted(`${loop}\n${training}`, 30, 'one step is over');
        expect(status).to.equal('interrupted');
        const stopped = lastOutput(kernel).text;
        expect(stopped).to.match(/^Fit: stopped at step \d+\n/u);
        const at = Number(/step (\d+)/u.exec(stopped)?.[1]);
        expect(at).to.be.at.least(1);
        const next = await kernel.run('await step(0);');
        expect(next.status, next.text).to.equal('ok');
        expect(lastOutput(kernel).text).to.match(new RegExp(`^Fit: ${at + 1} steps\\n`, 'u'));
      });
    });
  });
}
