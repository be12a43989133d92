// How the check comes to its verdict: steps, tolerances, kinks, second order, points that hide mistakes, and functions too large for the host.
import { expect } from 'chai';
import * as pv from '../../../src/index.js';

const F = pv.nn.functional;
const normal = (shape: readonly number[], seed: number): pv.Tensor => pv.randn([...shape], { seed });

/** The slope of log error against log step, over the steps between two. */
function slope({ steps, errors }: pv.StepCurve, from: number, to: number): number {
  const points = steps.flatMap((step, i) =>
    step >= from && step <= to && errors[i]! > 0 ? [[Math.log(step), Math.log(errors[i]!)] as const] : [],
  );
  const mean = (at: 0 | 1): number => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  return points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}

describe('gradcheck’s steps and tolerances', () => {
  before(() => pv.setDevice('cpu'));

  it('takes the step at the floor of a V-curve that falls with slope −1 and rises with +2', async () => {
    const { inputs } = await pv.gradcheck((x) => x.exp(), { x: normal([40], 1) });
    const { curve } = inputs[0]!;
    expect(curve).to.not.equal(null);
    expect(slope(curve!, 1e-9, 1e-6)).to.be.closeTo(-1, 0.35);
    expect(slope(curve!, 1e-3, 1e-1)).to.be.closeTo(2, 0.1);
    expect(curve!.exact).to.equal(false);
    expect(curve!.step).to.be.within(1e-6, 1e-4);
    expect(curve!.floor).to.be.below(1e-8);
  });

  it('says that a large step is exact where there is no truncation', async () => {
    const { inputs } = await pv.gradcheck((x, w) => F.conv2d(x, w).square().sum(), {
      x: normal([2, 2, 6, 5], 1),
      w: normal([3, 2, 3, 2], 2),
    });
    for (const { curve, ok } of inputs) {
      expect(ok).to.equal(true);
      expect(curve).to.include({ exact: true, step: 0.1 });
      expect(curve!.floor).to.be.below(1e-13);
    }
  });

  it('takes the step that it is told', async () => {
    const { inputs, ok } = await pv.gradcheck((x) => x.exp(), { x: normal([9], 1) }, { step: 1e-5 });
    expect(ok).to.equal(true);
    expect(inputs[0]!.curve!.step).to.equal(1e-5);
  });

  it('allows more where it is told, and only there', async () => {
    const x = normal([30], 1);
    const off = { gradients: [x.mul(2).mul(1 + 1e-3)] };
    expect((await pv.gradcheck((a) => a.square(), { x }, off)).ok).to.equal(false);
    expect((await pv.gradcheck((a) => a.square(), { x }, { ...off, tolerance: 1e-2 })).ok).to.equal(true);
    expect((await pv.gradcheck((a) => a.square(), { x }, { ...off, tolerance: 1e-4 })).ok).to.equal(false);
  });

  it('holds a gradient that cancels to nothing to the size of what cancels', async () => {
    const { ok, inputs } = await pv.gradcheck((x) => F.softmax(x, { axis: 1 }).sum(), { x: normal([3, 12], 1) });
    expect(ok).to.equal(true);
    const shifted = await pv.gradcheck(
      (x) => F.softmax(x, { axis: 1 }).sum(),
      { x: normal([3, 12], 1) },
      { gradients: [pv.full([3, 12], 1e-9)] },
    );
    expect(shifted.ok).to.equal(false);
    expect(inputs[0]!.maxError).to.be.below(1e-13);
  });
});

describe('gradcheck at kinks', () => {
  before(() => pv.setDevice('cpu'));

  it('leaves out elements that lie on a kink, counts them, and checks the others', async () => {
    const x = pv.tensor([0, 1.5, -1, 0, 2, -0.25]);
    const { ok, inputs } = await pv.gradcheck((a) => F.relu(a).mul(a.abs()), { x });
    expect(ok, 'relu and abs').to.equal(true);
    expect(inputs[0]).to.include({ excluded: 2, checked: 4 });
    const wrong = await pv.gradcheck((a) => F.relu(a), { x }, { gradients: [pv.tensor([0, 1, 0.5, 0, 1, 0])] });
    expect(wrong.inputs[0]).to.deep.include({ ok: false, excluded: 2, guilty: 'backward' });
    expect(wrong.inputs[0]!.worst.index).to.deep.equal([2]);
  });

  it('makes the step smaller where a kink lies near, and leaves nothing out', async () => {
    const x = pv.tensor([1e-3, -1e-3, 0.5, -2]);
    const { ok, inputs } = await pv.gradcheck((a) => F.relu(a).square().add(a.abs()), { x });
    expect(ok).to.equal(true);
    expect(inputs[0]).to.include({ excluded: 0, checked: 4 });
  });

  it('leaves out what ties in a max-pool', async () => {
    const x = pv.tensor([
      [
        [
          [1, 1, 0, 3],
          [0, 0, 2, 1],
        ],
      ],
    ]);
    const { ok, inputs } = await pv.gradcheck((a) => F.maxPool2d(a, { kernelSize: 2 }), { x });
    expect(ok).to.equal(true);
    expect(inputs[0]!.excluded).to.equal(2);
  });
});

describe('gradcheck behind the function', () => {
  before(() => pv.setDevice('cpu'));

  it('checks the gradient of the gradient on request', async () => {
    const cube = (backward: (x: pv.Tensor) => pv.Tensor): ((x: pv.Tensor) => pv.Tensor) =>
      pv.customOp({ forward: (x) => x.pow(3), backward: (g, [x]) => [g.mul(backward(x!))] });
    const x = normal([7], 1);
    const right = await pv.gradcheck(
      cube((a) => a.square().mul(3)),
      { x },
      { order: 2 },
    );
    expect(right.inputs.map(({ name, ok }) => [name, ok])).to.deep.equal([
      ['x', true],
      ['x (second order)', true],
    ]);
    const stopped = await pv.gradcheck(
      cube((a) => a.detach().square().mul(3)),
      { x },
      { order: 2 },
    );
    expect(
      stopped.inputs.map(({ ok }) => ok),
      'right at first order, stopped at second',
    ).to.deep.equal([true, false]);
  });

  it('sees a missing conjugate through a plain sum under circular convolution', async () => {
    const s = [5, 6];
    const half = (a: pv.Tensor): pv.Tensor => pv.fft.rfft2(a, { s });
    const back = (a: pv.Tensor): pv.Tensor => pv.fft.irfft2(a, { s });
    const circular = (dW: (G: pv.Tensor, X: pv.Tensor) => pv.Tensor): ((...inputs: pv.Tensor[]) => pv.Tensor) =>
      pv.customOp({
        forward: (x, w) => back(half(x).mul(half(w).conj())),
        backward: (g, [x, w]) => [back(half(g).mul(half(w!))), back(dW(half(g), half(x!))).slice([0, 0], [3, 2])],
      });
    const inputs = { x: normal(s, 1), w: normal([3, 2], 2) };
    const right = circular((G, X) => G.conj().mul(X));
    const wrong = circular((G, X) => G.mul(X));
    expect((await pv.gradcheck((x, w) => right(x, w).sum(), inputs)).ok).to.equal(true);
    const report = await pv.gradcheck((x, w) => wrong(x, w).sum(), inputs);
    expect(report.inputs.map(({ ok }) => ok)).to.deep.equal([true, false]);
    expect(report.diagnosis[0]).to.include({ input: 'w', hypothesis: 'conjugate missing on Ĝ' });
    expect(report.notes.join()).to.match(/plain sum/);
  });

  it('draws other values where the given ones are constant or symmetric, and says so', async () => {
    const kernel = pv.tensor([
      [
        [
          [1, 2, 1],
          [2, 4, 2],
          [1, 2, 1],
        ],
      ],
    ]);
    const flipped = pv.customOp({
      forward: (x, w) => F.conv2d(x, w, null, { padding: 1 }),
      backward: (g, [x, w]) => [
        F.conv2d(g, w!, null, { padding: 1 }),
        F.conv2d(x!.transpose([1, 0, 2, 3]), g.transpose([1, 0, 2, 3]), null, { padding: 1 }),
      ],
    });
    const report = await pv.gradcheck(flipped, { x: pv.ones([1, 1, 6, 5]), w: kernel });
    expect(
      report.inputs.map(({ ok }) => ok),
      'with this kernel dx without the flip would be right',
    ).to.deep.equal([false, true]);
    expect(report.notes[0]).to.match(/x is constant and w is symmetric/);
  });

  it('names what shapes do not let it tell', async () => {
    const { notes } = await pv.gradcheck((x, w) => F.conv2d(x, w), [normal([1, 1, 4, 4], 1), normal([1, 1, 1, 1], 2)]);
    expect(notes.join()).to.match(/cannot tell.*flip.*one element.*one sample.*one channel.*height and width/);
  });

  it('says where the function has no value', async () => {
    const report = await pv.gradcheck((x) => x.log(), { x: pv.tensor([0.5, 1, -1, 2]) });
    expect(report.ok).to.equal(false);
    expect(report.notes.join()).to.match(/value at \[2\] is NaN.*domain/);
  });

  it('takes assignments back', async () => {
    const [runningMean, runningVar] = [pv.zeros([3]), pv.ones([3])];
    const f = (x: pv.Tensor): pv.Tensor => F.batchNorm2d(x, { runningMean, runningVar, training: true });
    expect((await pv.gradcheck(f, { x: normal([4, 3, 5, 6], 1) })).ok).to.equal(true);
    expect([...(await runningMean.data()), ...(await runningVar.data())]).to.deep.equal([0, 0, 0, 1, 1, 1]);
  });
});

describe('gradcheck on the device', () => {
  before(() => pv.setDevice('node'));
  after(() => pv.setDevice('cpu'));

  it('expects as much rounding as there is, within a factor of 6', async () => {
    const [x, w] = [normal([2, 3, 9, 12], 1), normal([4, 3, 5, 3], 2)];
    const functions: readonly ((x: pv.Tensor, w: pv.Tensor) => pv.Tensor)[] = [
      (a, b) => F.conv2d(a, b, null, { algorithm: 'direct' }),
      (a, b) => F.conv2d(a, b, null, { algorithm: 'fft' }),
      (a, b) => F.tanh(F.conv2d(a, b, null, { algorithm: 'im2col' })),
      (a, b) => pv.fft.rfft2(a).abs().sum().add(b.square().mean()),
    ];
    for (const f of functions) {
      const { inputs, ok } = await pv.gradcheck(f, { x, w });
      expect(ok).to.equal(true);
      const [{ values, rms, sigma }] = inputs as [pv.InputReport];
      const errors = values.analytic.map((value, i) => value - values.oracle![i]!);
      const measured = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length) / rms;
      expect(sigma / measured).to.be.within(1 / 3, 6);
    }
  });

  it('differences a large function on the device, in 24 forwards, and samples elements', async () => {
    const [x, w] = [normal([2, 8, 32, 32], 1), normal([8, 8, 5, 5], 2)];
    const { ok, inputs, notes } = await pv.gradcheck((a, b) => F.conv2d(a, b, null, { padding: 2 }), { x, w }, { differences: 'device' });
    expect(ok).to.equal(true);
    expect(inputs.map(({ checked, size }) => [checked, size])).to.deep.equal([
      [16, 16384],
      [16, 1600],
    ]);
    for (const { curve } of inputs) expect(curve!.errors[0]).to.be.below(1e-5);
    expect(notes.join()).to.match(/on the device in float32, 24 forwards/);
  });

  it('leads from a direction that fails to the one weight that is wrong', async () => {
    const [x, w] = [normal([2, 4, 16, 12], 1), normal([6, 4, 3, 5], 2)];
    const spike = pv.eye(1, 360).reshape([6, 4, 3, 5]).roll([4, 2, 1, 3], [0, 1, 2, 3]).mul(20);
    const report = await pv.gradcheck(
      (a, b) => F.conv2d(a, b),
      { x, w },
      {
        differences: 'device',
        maxElements: 4,
        gradients: (g, [a, b]) => {
          const [dx, dw] = pv.grad((p: pv.Tensor, q: pv.Tensor) => F.conv2d(p, q).mul(g).sum(), { argnums: [0, 1] })(a!, b!);
          return [dx!, dw!.add(spike)];
        },
      },
    );
    expect(report.inputs.map(({ ok }) => ok)).to.deep.equal([true, false]);
    expect(report.inputs[1]!.worst.index).to.deep.equal([4, 2, 1, 3]);
    expect(report.inputs[1]!.guilty).to.equal('backward');
  });
});
