// pv.show.live: what is kept, what is told and how often, and what it asks of a device.
import { expect } from 'chai';
import * as v from 'valibot';
import { planStats } from '../../../src/graph/plans.js';
import { machineClock } from '../../../src/display/live-clock.js';
import { settleTrainings, stopTrainings } from '../../../src/display/live-training.js';
import { askView, closeView } from '../../../src/display/live-views.js';
import * as pv from '../../../src/index.js';
import { curveValues, LIVE_MIME, livePartsSchema } from '../../../src/protocol/live.js';
import { floatsFromText } from '../../../src/protocol/numbers.js';
import { planeValues } from '../../../src/protocol/plane-data.js';
import { currentState } from '../../../src/tensor/devices.js';
import { deviceNames, useDevice } from '../../devices.js';
import { useLiveStage } from './live-stage.js';
import { naiveTransform, sampled } from './naive-dft.js';
import { pngOf } from './shown.js';

/** Counts the reads of the current device while f runs. */
async function countingReads(f: (reads: () => number) => Promise<void>): Promise<void> {
  const { device } = currentState();
  const read = device.read.bind(device);
  let reads = 0;
  device.read = (...given) => {
    reads++;
    return read(...given);
  };
  try {
    await f(() => reads);
  } finally {
    device.read = read;
  }
}

const plans = (): number => planStats.built + planStats.replayed;
const text = (bundle: pv.MimeBundle): string => String(bundle['text/plain']);

describe('show.live in a notebook', () => {
  const stage = useLiveStage();

  it('takes its place at once, and tells its page ten times a second, however often is logged', async () => {
    const view = stage.live({ title: 'Fit' });
    expect(stage.displayed.length).to.equal(1);
    for (let i = 0; i < 1000; i++) {
      view.log({ loss: 1 / (i + 1), rate: i });
      await stage.clock.pass(1);
    }
    view.done();
    await stage.output();
    expect(stage.pushed.length).to.be.within(10, 12);
    for (const name of ['loss', 'rate']) {
      const points = stage.pushed.flatMap(({ curves }) => curves.filter((curve) => curve.name === name));
      expect(points.flatMap(({ steps }) => steps)).to.deep.equal(Array.from({ length: 1000 }, (_, i) => i + 1));
      const values = points.flatMap((curve) => [...curveValues(curve)]);
      values.forEach((value, i) => expect(value).to.equal(Math.fround(name === 'loss' ? 1 / (i + 1) : i)));
    }
    expect(stage.clock.waiting, 'timers that wait').to.equal(0);
  });

  it('tells what was logged last also when nothing follows', async () => {
    const view = stage.live();
    view.log({ loss: 3 });
    view.log({ loss: 2 });
    expect(stage.pushed.flatMap(({ curves }) => curves.flatMap(({ steps }) => steps))).to.deep.equal([1]);
    await stage.clock.pass(100);
    expect(stage.pushed.flatMap(({ curves }) => curves.flatMap(({ steps }) => steps))).to.deep.equal([1, 2]);
    await stage.clock.pass(1000);
    expect(stage.pushed.length).to.equal(2);
    expect(stage.clock.waiting).to.equal(0);
  });

  it('keeps every number exactly, and tells them all to who asks', async () => {
    const view = stage.live();
    const value = (i: number): number => (i === 777 ? NaN : i === 888 ? -Infinity : Math.sin(i) * 10 ** (i % 30));
    for (let i = 0; i < 5000; i++) view.log({ loss: value(i) }, { step: 2 * i });
    const { view: name } = await stage.data();
    const [curve] = (await askView(name ?? '', { ask: 'points' })) as { steps: number[]; values: (number | string)[] }[];
    expect(curve?.steps).to.deep.equal(Array.from({ length: 5000 }, (_, i) => 2 * i));
    curve?.values.forEach((told, i) => expect(Object.is(Number(told), value(i)), `value ${i}`).to.equal(true));
    const all = (await askView(name ?? '', { ask: 'all' })) as { curves: { steps: number[]; count: number }[] };
    expect(all.curves[0]?.count).to.equal(5000);
    expect(all.curves[0]?.steps.length).to.be.within(1000, 2000);
    expect(await askView(name ?? '', { ask: 'money' }).catch((error: Error) => error.message)).to.contain('Invalid type');
  });

  it('tells all that it missed to a page that comes back while it runs, and goes on', async () => {
    const view = stage.live();
    const name = (await stage.data()).view ?? '';
    view.log({ loss: 1 });
    await stage.clock.pass(100);
    closeView(name);
    const told = stage.pushed.length;
    view.log({ loss: 2 });
    await stage.clock.pass(100);
    expect(stage.pushed.length).to.equal(told);
    const { curves } = v.parse(livePartsSchema, await askView(name, { ask: 'all' }));
    expect(curves.map((curve) => [...curveValues(curve)])).to.deep.equal([[1, 2]]);
    const before = stage.pushed.length;
    view.log({ loss: 3 });
    await stage.clock.pass(100);
    const fresh = stage.pushed.slice(before).flatMap((parts) => parts.curves);
    expect(fresh.map((curve) => [...curveValues(curve)])).to.deep.equal([[3]]);
    // What is over and gone is not held.
    view.done();
    await stage.output();
    closeView(name);
    const refusal = await askView(name, { ask: 'all' }).catch((error: unknown) => (error as Error).message);
    expect(refusal).to.contain('run the cell again');
  });

  it('saves its output every two seconds at most while it runs, and its picture at the end', async () => {
    const view = stage.live({ title: 'Fit' });
    for (let i = 0; i < 100; i++) {
      view.log({ loss: 100 - i });
      await stage.clock.pass(100);
    }
    expect(stage.updated.length).to.be.within(4, 5);
    for (const [id, bundle] of stage.updated) {
      expect(id).to.equal(stage.displayed[0]?.[0]);
      expect(Object.keys(await bundle)).to.deep.equal(['text/plain', LIVE_MIME]);
    }
    expect(text(await stage.output())).to.contain('still running');
    view.done();
    const output = await stage.output();
    expect(text(output)).to.equal('Fit: 100 steps\nloss  last 1, least 1 at step 100, largest 100 at step 1');
    expect([...pngOf(output).subarray(1, 4)]).to.deep.equal([...Buffer.from('PNG')]);
    expect((await stage.data()).state).to.equal('done');
    expect(() => view.log({ loss: 1 })).to.throw('log: the view is done; open another one');
    view.done();
    view[Symbol.dispose]();
    expect((await stage.data()).step).to.equal(100);
  });

  it('the end of a cell puts out what is there, and a later cell may go on', async () => {
    const view = stage.live();
    view.log({ loss: 1 });
    settleTrainings();
    expect(text(await stage.output())).to.match(/^Training: 1 step\n/u);
    const updates = stage.updated.length;
    settleTrainings();
    expect(stage.updated.length).to.equal(updates);
    view.log({ loss: 2 });
    settleTrainings();
    expect(text(await stage.output())).to.match(/^Training: 2 steps\n/u);
  });

  it('an interrupt says at which step it stopped, at once', async () => {
    const view = stage.live();
    for (let i = 0; i < 7; i++) view.log({ loss: pv.full([], i), rate: i });
    stopTrainings();
    const [, atOnce] = stage.updated[0] ?? [];
    expect(text(atOnce as pv.MimeBundle)).to.match(/^Training: stopped at step 7\n/u);
    expect((await stage.data()).state).to.equal('stopped');
    expect(stage.pushed.at(-1)?.state).to.equal('stopped');
    expect(Object.keys(await stage.output())).to.include('image/png');
    view.log({ rate: 8 });
    settleTrainings();
    expect(text(await stage.output())).to.match(/^Training: 8 steps\n/u);
  });

  it('is small enough to be saved with everything at its most, and shows values that are no numbers', async () => {
    const view = stage.live();
    const curves = Array.from({ length: 21 }, (_, i) => `a curve with number ${i}`);
    const tensors = Array.from({ length: 8 }, (_, i) => [`tensor ${i}`, pv.randn([16, 16, 16], { seed: i }).keep()] as const);
    for (let i = 0; i < 3000; i++) {
      view.log(Object.fromEntries(curves.map((name, j) => [name, i % 100 === j ? NaN : Math.sin(i * j)])));
      if (i >= 250) continue;
      view.log(Object.fromEntries(tensors));
      await stage.clock.pass(100);
    }
    view.done();
    const output = await stage.output();
    const size = Object.values(output).reduce<number>(
      (sum, form) => sum + (typeof form === 'string' ? form : JSON.stringify(form)).length,
      0,
    );
    expect(size).to.be.below(300_000);
    const data = await stage.data();
    expect(data.curves.length).to.equal(21);
    expect(data.pictures.length).to.equal(8);
    for (const { snapshots } of data.pictures) expect(snapshots.length).to.be.above(0);
    expect(data.curves.some((curve) => curveValues(curve).some(Number.isNaN))).to.equal(true);
  }).timeout(120_000);

  it('refuses what it cannot show', () => {
    const view = stage.live();
    const log = (values: unknown, options?: unknown) => (): void => view.log(values as never, options as never);
    expect(log(5)).to.throw('log: expects names with numbers or tensors, as in {loss, kernels: conv.weight}, but was given 5');
    expect(log(pv.zeros([2, 2]))).to.throw('log: expects names with numbers or tensors');
    expect(log({ loss: 'low' })).to.throw("log: loss is 'low', but must be a number or a tensor");
    expect(log({ w: pv.zeros([2, 2], { dtype: 'complex128' }) })).to.throw('log: w is complex128, and what is drawn is real');
    expect(log({ w: pv.zeros([7]) })).to.throw('log: w has shape [7]; give one element for a curve, or planes as [height, width]');
    expect(log({ w: pv.zeros([0, 3]) })).to.throw('log: the tensor [0, 3] is empty');
    const gone = pv.zeros([3, 3]);
    gone.dispose();
    expect(log({ w: gone })).to.throw('was disposed');
    expect(log({ loss: 1 }, { step: 1.5 })).to.throw('log: step is 1.5, but must be a non-negative integer');
    view.log({ loss: 1 }, { step: 10 });
    expect(log({ loss: 1 }, { step: 9 })).to.throw('log: step is 9, but step 10 was logged before; steps may not go back');
    expect(log(Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`c${i}`, i])))).to.throw('log: more than 21 curves');
    expect(log(Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`t${i}`, pv.zeros([2, 2])])))).to.throw('log: more than 8 tensors');
    expect(log({ ['x'.repeat(61)]: 1 })).to.throw('has 61 characters; give one of at most 60');
    expect(() => pv.show.live({ title: 5 } as never)).to.throw('show.live: title is 5, but must be text');
    expect(() => pv.show.live('Fit' as never)).to.throw("show.live: expects options like {title: 'Training'}, but was given 'Fit'");
  });
});

for (const device of deviceNames) {
  describe(`show.live of a training on ${device}`, function () {
    this.timeout(120_000);
    useDevice(device);
    const stage = useLiveStage();

    /** Steps of a small fit; `log` gets the loss before a step is taken. */
    async function train(steps: number, log: (loss: pv.Tensor, weight: pv.Tensor) => void): Promise<void> {
      const weight = pv.randn([4, 1, 3, 3], { seed: 1 });
      weight.requiresGrad = true;
      const optimizer = new pv.optim.SGD([weight], { lr: 0.01 });
      const x = pv.randn([2, 1, 8, 8], { seed: 2 }).keep();
      for (let i = 0; i < steps; i++) {
        optimizer.zeroGrad();
        const loss = pv.nn.functional.conv2d(x, weight).square().mean();
        loss.backward();
        log(loss, weight);
        await optimizer.step();
        await stage.clock.pass(10);
      }
    }

    it('losses cost no plan, are read together ten times a second, and all arrive', async () => {
      const before = plans();
      const expected: pv.Tensor[] = [];
      await train(60, (loss) => expected.push(loss));
      const own = plans() - before;
      const view = stage.live();
      await countingReads(async (reads) => {
        const begin = plans();
        const perPass = new Map<number, number>();
        await train(60, (loss) => {
          const beforeLog = reads();
          view.log({ loss });
          expect(reads(), 'reads within log').to.equal(beforeLog);
          perPass.set(Math.floor(stage.clock.time / 100), reads());
        });
        expect(plans() - begin).to.equal(own);
        expect(perPass.size).to.be.at.most(7);
        expect(reads()).to.be.at.most(60);
      });
      view.done();
      const [curve] = (await stage.data()).curves;
      expect(curve?.steps).to.deep.equal(Array.from({ length: 60 }, (_, i) => i + 1));
      const losses = await Promise.all(expected.map((loss) => loss.item()));
      [...curveValues(curve!)].forEach((value, i) => expect(value).to.equal(Math.fround(losses[i]!)));
    });

    it('leaves what nothing has computed yet to the plan of the next step', async () => {
      const weight = pv.randn([3, 3], { seed: 1 });
      weight.requiresGrad = true;
      const optimizer = new pv.optim.SGD([weight], { lr: 0.01 });
      const view = stage.live();
      const loop = async (log: () => void): Promise<number> => {
        const begin = plans();
        for (let i = 0; i < 40; i++) {
          weight.square().mean().backward();
          await optimizer.step();
          stage.clock.time += 10;
          log();
          // Others run before the next step is recorded.
          await stage.clock.breathe();
        }
        return plans() - begin;
      };
      // The weight itself is computed by a plan, too.
      weight.keep();
      const own = await loop(() => undefined);
      expect(await loop(() => view.log({ size: weight.abs().sum() }))).to.equal(own);
      view.done();
      await stage.clock.breathe();
      expect((await stage.data()).curves[0]?.steps.length).to.equal(40);
    });

    it('holds no more than 256 losses of a loop that lets nothing else run, and says what it left out', async () => {
      const view = stage.live();
      for (let i = 1; i <= 1000; i++) view.log({ loss: pv.full([], i) });
      await countingReads(async (reads) => {
        view.done();
        await stage.clock.breathe();
        const { curves, problem } = await stage.data();
        expect(reads()).to.be.at.most(256);
        const [curve] = curves;
        expect(curve?.steps.length).to.equal(reads());
        expect([...curveValues(curve!)]).to.deep.equal(curve?.steps);
        expect(curve?.steps[0]).to.equal(1);
        expect(problem).to.match(/^\d+ values of tensors were not read/u);
        expect(Number(problem.split(' ')[0]) + reads()).to.equal(1000);
      });
    });

    it('reads some 300 losses a second, and a burst of them at once', async () => {
      const view = stage.live();
      await countingReads(async (reads) => {
        const perSecond: number[] = [];
        for (let second = 0; second < 6; second++) {
          const before = reads();
          for (let i = 0; i < 100; i++) {
            // Ten times as many as there is time for.
            for (let j = 0; j < 32; j++) view.log({ loss: pv.full([], i).keep() });
            await stage.clock.pass(10);
            await pv.sync({ collect: false });
            await stage.clock.breathe();
          }
          perSecond.push(reads() - before);
        }
        expect(Math.max(...perSecond), perSecond.join()).to.be.at.most(320 + 256);
        // All that was there at the beginning was a burst.
        expect(perSecond.slice(2).reduce((sum, count) => sum + count) / 4, perSecond.join()).to.be.within(250, 390);
      });
    });

    it('shows a tensor as it was when it was logged, and its radial spectrum, as their definitions say', async () => {
      const view = stage.live();
      const values = sampled(2 * 3 * 5 * 4, (i) => Math.fround(Math.cos(i * i)));
      const weight = pv.tensor(values, { shape: [2, 3, 5, 4], dtype: 'float32' });
      view.log({ weight });
      // The loop goes on before anything is read.
      weight.assign(pv.zeros([2, 3, 5, 4]));
      await pv.sync();
      await stage.clock.breathe();
      view.done();
      const [picture] = (await stage.data()).pictures;
      expect(picture).to.include({ name: 'weight', planes: 6, rows: 5, cols: 4, note: '5×4' });
      const [snapshot] = picture?.snapshots ?? [];
      expect(snapshot).to.include({ index: 0, step: 1 });
      expect([...planeValues(snapshot!.cells)]).to.deep.equal([...values]);
      // The mean power over planes and rings of 32 × 32 frequencies.
      const rings = Array.from({ length: 17 }, () => ({ sum: 0, count: 0 }));
      for (let plane = 0; plane < 6; plane++) {
        const padded = sampled(1024, (i) => (i >> 5 < 5 && (i & 31) < 4 ? values[plane * 20 + (i >> 5) * 4 + (i & 31)]! : 0));
        const { re, im } = naiveTransform(padded, 32, 32);
        for (let k = -16; k < 16; k++)
          for (let l = -16; l < 16; l++) {
            const ring = rings[Math.round(Math.hypot(k, l))];
            const at = ((k + 32) % 32) * 32 + ((l + 32) % 32);
            if (ring === undefined) continue;
            ring.sum += re[at]! ** 2 + im[at]! ** 2;
            ring.count++;
          }
      }
      const levels = floatsFromText(snapshot!.radial, 17);
      // float32 transforms are off by some 1e-6 of the largest; of a mean that is 1e-5 dB.
      rings.forEach(({ sum, count }, i) => expect(levels[i], `ring ${i}`).to.be.closeTo(10 * Math.log10(sum / count), 1e-4));
    });

    it('looks at tensors ten times a second at most, at two at a time, with two reads each', async () => {
      const view = stage.live();
      const tensors = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`t${i}`, pv.full([3, 3], i + 1).keep()]));
      await countingReads(async (reads) => {
        for (let i = 0; i < 100; i++) {
          view.log(tensors);
          await stage.clock.pass(10);
          // A device takes its own time to answer.
          await pv.sync({ collect: false });
          await stage.clock.breathe();
        }
        expect(reads()).to.be.within(4 * 9, 4 * 11);
      });
      const built = planStats.built;
      view.log(tensors);
      await stage.clock.pass(100);
      expect(planStats.built, 'plans of tensors seen before').to.equal(built);
      const taken = stage.pushed.flatMap(({ pictures }) =>
        pictures.flatMap(({ name, snapshots }) => snapshots.map(({ step }) => ({ name, step }))),
      );
      const counts = Object.keys(tensors).map((name) => taken.filter((each) => each.name === name).length);
      expect(Math.max(...counts) - Math.min(...counts), counts.join()).to.be.at.most(1);
    });

    it('leaves nothing on the device', async () => {
      const weight = pv.randn([4, 1, 3, 3], { seed: 1 }).keep();
      await pv.sync();
      const before = pv.memory();
      const view = stage.live();
      for (let i = 0; i < 30; i++) {
        view.log({ loss: pv.full([], i).keep(), weight });
        await stage.clock.pass(30);
      }
      view.log({ loss: pv.full([], 1).keep(), weight });
      stopTrainings();
      await stage.clock.pass(1000);
      await pv.sync();
      const { buffers, bytes } = pv.memory();
      expect({ buffers, bytes }).to.deep.equal({ buffers: before.buffers, bytes: before.bytes });
    });

    it('what cannot be read is said, and does not end the loop', async () => {
      const view = stage.live();
      const { device: opened } = currentState();
      const read = opened.read.bind(opened);
      opened.read = () => Promise.reject(new Error('the cable is out'));
      try {
        view.log({ loss: pv.full([], 1).keep() });
        await stage.clock.breathe();
      } finally {
        opened.read = read;
      }
      view.log({ rate: 1 });
      view.done();
      expect((await stage.data()).problem).to.equal('something that was logged could not be read: the cable is out');
    });
  });
}

describe('show.live paces itself', () => {
  const stage = useLiveStage();

  it('looks less often at tensors that take long to look at: for 3% of the time', async () => {
    const view = stage.live();
    const { device } = currentState();
    const read = device.read.bind(device);
    let looks = 0;
    // Each of the two reads of a tensor keeps the loop waiting for 6 ms.
    device.read = (...given) => {
      looks += 0.5;
      stage.clock.time += 6;
      return read(...given);
    };
    try {
      const weight = pv.ones([3, 3]).keep();
      while (stage.clock.time < 10_000) {
        view.log({ weight });
        await stage.clock.pass(10);
      }
    } finally {
      device.read = read;
    }
    // 12 ms are 3% of 400.
    expect(looks).to.be.within(20, 27);
  });

  it('does not keep a process alive', () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const cancel = machineClock.after(1e6, () => undefined);
    expect(timers()).to.equal(before);
    cancel();
  });
});

describe('show.live without a page', () => {
  const stage = useLiveStage({ hasPage: false });

  it('is put out when it begins and at its end, with its picture', async () => {
    const view = stage.live();
    for (let i = 0; i < 100; i++) {
      view.log({ loss: i });
      await stage.clock.pass(100);
    }
    expect([stage.displayed.length, stage.updated.length]).to.deep.equal([1, 0]);
    view.done();
    expect(Object.keys(await stage.output())).to.have.members(['image/png', 'text/plain', LIVE_MIME]);
    expect(stage.updated.length).to.equal(1);
    expect((await stage.data()).view).to.equal(null);
  });

  it('prints its end and nothing else in plain Node', async () => {
    pv.setOutputSink(null);
    const write = process.stdout.write.bind(process.stdout);
    let printed = '';
    process.stdout.write = (chunk: string | Uint8Array) => ((printed += String(chunk)), true);
    try {
      const view = stage.live({ title: 'Fit' });
      view.log({ loss: pv.full([], 3) });
      view.log({ loss: pv.full([], 2) });
      await stage.clock.pass(100);
      view.done();
      for (let turn = 0; turn < 10; turn++) await stage.clock.breathe();
    } finally {
      process.stdout.write = write;
    }
    expect(printed).to.equal('Fit: 2 steps\nloss  last 2, least 2 at step 2, largest 3 at step 1\n');
  });
});
