// What a check must not let pass, and what it must not fail: gradients that hide behind rounding, points where nothing can be told, steps that
// leave a function's domain, and who is blamed.
import { expect } from 'chai';
import { compare, type Evidence } from '../../../src/gradcheck/compare.js';
import * as pv from '../../../src/index.js';
import { createCpuDevice } from '../../../src/devices/cpu/cpu.js';
import { graphOf } from '../../../src/graph/node.js';
import { newBuffer } from '../../../src/graph/flush.js';
import { stored } from '../../../src/tensor/operations/sources.js';
import { useDevice } from '../../devices.js';

const { nn } = pv;
const F = nn.functional;
const normal = (shape: readonly number[], seed: number): pv.Tensor => pv.randn([...shape], { seed });

/** sin, with a backward of its own. */
const sine = (backward: (g: pv.Tensor, x: pv.Tensor) => pv.Tensor): ((x: pv.Tensor) => pv.Tensor) =>
  pv.customOp({ forward: (x: pv.Tensor) => x.sin(), backward: (g, [x]) => [backward(g, x as pv.Tensor)] });

describe('a gradient check lets nothing pass', () => {
  useDevice('node');

  it('that hides in the rounding of its own backward', async () => {
    const wrong = sine((g, x) => g.mul(x.cos()).neg().add(1e8).sub(1e8));
    const { ok, inputs } = await pv.gradcheck(wrong, { x: normal([17], 1) });
    expect(ok).to.equal(false);
    expect(inputs[0]).to.include({ guilty: 'backward' });
    expect(inputs[0]!.maxError).to.be.within(0.5, 50);
  });

  it('that is right but for digits which it cancels away', async () => {
    const lossy = sine((g, x) => g.mul(x.cos()).add(1e8).sub(1e8));
    const { ok, inputs } = await pv.gradcheck(lossy, { x: normal([17], 1) });
    expect(ok).to.equal(false);
    expect(inputs[0]).to.include({ guilty: 'device' });
  });

  it('that is off by less than float32 shows', async () => {
    const near = sine((g, x) => g.mul(x.cos()).mul(1 + 1e-6));
    const layer = (x: pv.Tensor, w: pv.Tensor): pv.Tensor => near(F.conv2d(x, w));
    const given = { x: normal([2, 2, 6, 5], 1), w: normal([3, 2, 3, 2], 2) };
    const { ok, inputs } = await pv.gradcheck(layer, given);
    expect(ok).to.equal(false);
    for (const { guilty, maxError, detectable } of inputs) {
      expect(guilty).to.equal('backward');
      expect(maxError).to.be.within(5e-7, 1e-5);
      expect(detectable).to.be.below(1e-6);
    }
    expect((await pv.gradcheck((x, w) => F.conv2d(x, w).sin(), given)).ok).to.equal(true);
  });

  it('where all elements lie at a kink', async () => {
    const { ok, inputs, verdict } = await pv.gradcheck((x) => F.relu(x), { x: pv.zeros([5]) }, { gradients: [pv.full([5], 7)] });
    expect([ok, inputs[0]!.checked]).to.deep.equal([false, 0]);
    expect(verdict).to.match(/dx cannot be checked: all of its 5 elements lie at a kink/);
  });

  it('where the result depends on no input', async () => {
    const x = normal([3], 1);
    let message = '';
    await pv.gradcheck(() => x.square().sum(), { x }).catch((error: unknown) => (message = String(error)));
    expect(message).to.match(/depends on no input \(x\).*compute with its arguments/);
  });
});

describe('a gradient check says', () => {
  useDevice('cpu');

  it('which input the result does not depend on', async () => {
    const { ok, notes } = await pv.gradcheck((a) => a.square(), { a: normal([3], 1), b: normal([3], 2) });
    expect(ok).to.equal(true);
    expect(notes.join()).to.match(/does not depend on b: /);
  });

  it('that the errors of a gradient which cancels are relative to what cancels', async () => {
    const { notes } = await pv.gradcheck((x) => F.softmax(x, { axis: 1 }).sum(), { x: normal([3, 12], 1) });
    expect(notes.join()).to.match(/Larger numbers cancel in dx/);
  });

  it('the gradient of a plain sum, and not that of its summands', async () => {
    const { inputs } = await pv.gradcheck((x, w) => F.conv2d(x, w).sum(), { x: normal([2, 1, 6, 5], 1), w: normal([3, 1, 3, 2], 2) });
    const { analytic } = inputs[1]!.values;
    const elements = 3 * 2;
    // The same for each filter, since all filters see the same image.
    for (let i = 0; i < elements; i++) expect(analytic[i]).to.be.closeTo(analytic[elements + i]!, 1e-9);
  });
});

describe('a gradient check fails no right gradient', () => {
  useDevice('node');

  it('of a function that gives back its input', async () => {
    const reversal = pv.customOp({ forward: (x: pv.Tensor) => x, backward: (g) => [g.neg()] });
    const through = pv.customOp({ forward: (x: pv.Tensor) => x, backward: (g) => [g] });
    for (const f of [(x: pv.Tensor) => x, through]) expect((await pv.gradcheck(f, { x: normal([5], 1) })).ok).to.equal(true);
    expect((await pv.gradcheck(reversal, { x: normal([5], 1) })).inputs[0]).to.include({ ok: false, guilty: 'backward' });
  });

  it('near the end of a function’s domain, on the host and on the device', async () => {
    const report = await pv.gradcheck((x) => x.log(), { x: pv.tensor([1e-8, 0.5, 1, 0.7]) });
    expect(String(report)).to.match(/^✓/);
    const x = pv.uniform([1, 4, 24, 24], { low: 0.02, high: 1, seed: 3 });
    const onDevice = await pv.gradcheck((a, w) => F.conv2d(a.log(), w), { x, w: normal([4, 4, 3, 3], 2) }, { differences: 'device' });
    expect(String(onDevice)).to.match(/^✓/);
    expect(onDevice.inputs[0]!.curve!.step).to.be.above(0);
  });

  it('that cancels to nothing on the device', async () => {
    const net = new nn.Sequential(new nn.Conv2d(3, 8, 3, { seed: 1 }), new nn.BatchNorm2d(8));
    const checked = await pv.gradcheck(net, { x: normal([8, 3, 32, 32], 4) }, { differences: 'device' });
    expect(String(checked)).to.match(/^✓/);
  });
});

describe('a gradient check on the device', () => {
  useDevice('node');

  it('computes the values of products on the host, too', async () => {
    const { ok, forward } = await pv.gradcheck(
      (a, b) => a.matmul(b),
      { a: normal([220, 220], 1), b: normal([220, 220], 2) },
      { differences: 'device' },
    );
    expect(ok).to.equal(true);
    // Equal to the last bit would mean that they were compared with themselves.
    expect(forward.maxError).to.be.within(1e-9, 1e-5);
  });

  it('takes as many directions as it is asked for, and can detect no less in single elements than they tell', async () => {
    const given = { x: normal([2, 3, 30, 30], 1), w: normal([4, 3, 3, 3], 2) };
    const few = await pv.gradcheck((x, w) => F.conv2d(x, w), given, { differences: 'device' });
    const many = await pv.gradcheck((x, w) => F.conv2d(x, w), given, { differences: 'device', directions: 6 });
    expect([few, many].map(({ notes }) => /(\d+) forwards/.exec(notes.join())?.[1])).to.deep.equal(['24', '32']);
    for (const { detectable, curve } of few.inputs) expect(detectable).to.be.above(curve!.floor);
  });
});

describe('who is blamed', () => {
  const shape = [4];
  const node = stored(graphOf(createCpuDevice()), 'float64', shape, newBuffer());
  const values = (...numbers: number[]): Float64Array<ArrayBuffer> => Float64Array.from(numbers);
  const truth = values(1, 2, 3, 4);
  const evidence: Evidence = {
    name: 'x',
    input: node,
    dtype: 'float32',
    analytic: truth,
    replayed: truth,
    given: false,
    adjoint: truth,
    certified: true,
    forwardMode: truth,
    numeric: truth,
    numericErrors: values(1e-9, 1e-9, 1e-9, 1e-9),
    taken: Uint8Array.of(1, 1, 1, 1),
    kinked: new Set(),
    differs: new Set(),
    directionsAgree: true,
    sigma: 1e-7,
    scale: 2,
    tolerance: 1e-6,
    replayTolerance: 1e-7,
    adjointError: 0,
    curve: null,
  };
  const off = values(1, 2, 3.5, 4);
  const jump = values(9, 2, 3, 4);
  const cases: readonly (readonly [what: string, changed: Partial<Evidence>, guilty: string])[] = [
    ['nobody, where all agree', {}, 'none'],
    ['the backward, where it is off on the device and in float64', { analytic: off, replayed: off }, 'backward'],
    ['the device, where the backward is right in float64', { analytic: off }, 'device'],
    ['the backward, where the device hides what float64 shows', { replayed: values(1, 2, 3 + 1e-6, 4) }, 'backward'],
    ['the differences, where they are off alone', { numeric: jump, differs: new Set([0]) }, 'differences'],
    ['the differences, where directions disagree alone', { directionsAgree: false }, 'differences'],
    [
      'the backward, where it is off and the differences are elsewhere',
      { analytic: off, replayed: off, numeric: jump, differs: new Set([0]) },
      'backward',
    ],
    [
      'forward mode, where the other two agree',
      { analytic: off, replayed: off, numeric: values(1, 2, 3.5 + 1e-9, 4), differs: new Set([2]) },
      'forward rule',
    ],
    [
      'nobody in particular, where all three are apart',
      { analytic: off, replayed: off, numeric: values(1, 2, 8, 4), differs: new Set([2]) },
      'unclear',
    ],
    ['nobody in particular, where nothing could be checked', { kinked: new Set([0, 1, 2, 3]) }, 'unclear'],
  ];
  for (const [what, changed, guilty] of cases)
    it(what, () => {
      const report = compare({ ...evidence, ...changed });
      expect(report).to.include({ guilty, ok: guilty === 'none' });
    });
});
