// W1: what it costs to look: a training that logs its loss, an accuracy and two kernels to pv.show.live at every step, in turn with the same training
// that logs nothing, on each device.

import { setViewHost } from '../src/display/live-views.js';
import * as pv from '../src/index.js';
import { median, table, type BenchContext } from './report.js';

/** At most so much longer may a loop take that is looked at. */
const target = 1.1;
/** A turn takes about this long, ms, and there are so many of each kind. */
const [turnLength, turns] = [1500, 15] as const;

/** A training that can go on by some steps. */
interface Loop {
  /** Milliseconds a step. */
  run(steps: number, view: pv.show.LiveHandle | null): Promise<number>;
}

/** A small CNN: 5×5, 8 channels; 3×3, 16 channels; dense; at batch 16, by Adam. */
function training(): Loop {
  pv.seed(1);
  const [first, second] = [new pv.nn.Conv2d(1, 8, 5, { stride: 2, padding: 2 }), new pv.nn.Conv2d(8, 16, 3, { stride: 2, padding: 1 })];
  const layers = [first, new pv.nn.ReLU(), second, new pv.nn.ReLU(), new pv.nn.Flatten(), new pv.nn.Linear(16 * 7 * 7, 10)];
  const net = new pv.nn.Sequential(...layers);
  const optimizer = new pv.optim.Adam(net.parameters(), { lr: 1e-3 });
  const images = pv.randn([16, 1, 28, 28], { seed: 2 }).keep();
  const labels = pv
    .tensor(
      Array.from({ length: 16 }, (_, i) => i % 10),
      { dtype: 'int32' },
    )
    .keep();
  return {
    run: async (steps, view) => {
      const begin = performance.now();
      for (let i = 0; i < steps; i++) {
        optimizer.zeroGrad();
        const loss = pv.nn.functional.crossEntropy(net.forward(images), labels);
        loss.backward();
        view?.log({ loss, rate: optimizer.lr, first: first.weight, second: second.weight });
        await optimizer.step();
      }
      await pv.sync({ collect: false });
      return (performance.now() - begin) / steps;
    },
  };
}

async function measure(device: 'cpu' | 'node', quick: boolean): Promise<{ without: number; with: number; ratio: number; pushes: number }> {
  await pv.setDevice(device);
  let pushes = 0;
  // What is pushed goes to another process as text.
  setViewHost({ push: (_, data) => void (pushes += JSON.stringify(data).length > 0 ? 1 : 0) });
  const sink = pv.setOutputSink({ display: () => undefined, update: (_, bundle) => void Promise.resolve(bundle) });
  try {
    const loop = training();
    const view = pv.show.live();
    // The first steps compile.
    const warm = quick ? 1 : 20;
    await loop.run(warm, view);
    const step = await loop.run(warm, null);
    const steps = quick ? 1 : Math.max(3, Math.round(turnLength / step));
    const times = { without: [] as number[], with: [] as number[] };
    for (let turn = 0; turn < (quick ? 1 : turns); turn++) {
      // There and back, so that neither always follows the other.
      const order = turn % 2 === 0 ? (['without', 'with'] as const) : (['with', 'without'] as const);
      for (const which of order) times[which].push(await loop.run(steps, which === 'with' ? view : null));
    }
    view.done();
    const ratios = times.with.map((time, i) => time / (times.without[i] ?? NaN));
    return { without: median(times.without), with: median(times.with), ratio: median(ratios), pushes };
  } finally {
    pv.setOutputSink(sink);
    setViewHost(null);
  }
}

/** Runs W1, prints its table, and returns its figures: milliseconds a step, and the median of the turns' ratios. */
export async function run({ quick }: BenchContext): Promise<object> {
  const results = { node: await measure('node', quick), cpu: await measure('cpu', quick) };
  const rows = Object.entries(results).map(([device, { without, with: looked, ratio, pushes }]) => [
    device,
    without.toFixed(2),
    looked.toFixed(2),
    ratio.toFixed(3),
    String(pushes),
  ]);
  console.log(table(['a step, ms', 'alone', 'looked at', `ratio (at most ${target})`, 'pushes'], rows));
  const slow = Object.entries(results).filter(([, { ratio }]) => ratio > target);
  const problems = quick ? [] : slow.map(([device, { ratio }]) => `on ${device} the loop takes ${ratio.toFixed(3)} times as long`);
  return { ...results, problems };
}
