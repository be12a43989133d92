// Backwards written by hand with one mistake each: the check names it, on every device, and what it proposes makes the backward right.
import { expect } from 'chai';
import { wrongKernel } from '../../../src/gradcheck/diagnosis/kernel-mistakes.js';
import { capture, Replay } from '../../../src/gradcheck/replay.js';
import * as pv from '../../../src/index.js';

const F = pv.nn.functional;
const s = [9, 10];
const half = (a: pv.Tensor): pv.Tensor => pv.fft.rfft2(a, { s });
const back = (A: pv.Tensor, [h, w]: readonly [number, number], [top, left] = [0, 0]): pv.Tensor =>
  pv.fft.irfft2(A, { s }).slice([0, 0, top, left], [A.shape[0]!, A.shape[1]!, top + h, left + w]);

/** A valid convolution layer through spectra. */
interface Layer {
  readonly dX: (G: pv.Tensor, W: pv.Tensor) => pv.Tensor;
  readonly dW: (G: pv.Tensor, X: pv.Tensor) => pv.Tensor;
  readonly cropW?: readonly [number, number];
  readonly after?: (dW: pv.Tensor) => pv.Tensor;
}
const right: Layer = {
  dX: (G, W) => pv.einsum('skij,kcij->scij', G, W),
  dW: (G, X) => pv.einsum('skij,scij->kcij', G.conj(), X),
};
const layer =
  ({ dX, dW, cropW = [0, 0], after = (a) => a }: Layer) =>
  (): ((...inputs: pv.Tensor[]) => pv.Tensor) =>
    pv.customOp({
      forward: (x, w) => back(pv.einsum('scij,kcij->skij', half(x), half(w).conj()), [6, 8]),
      backward: (g, [x, w]) => [back(dX(half(g), half(w!)), [9, 10]), after(back(dW(half(g), half(x!)), [4, 3], [...cropW]))],
    });

const cases: readonly (readonly [mistake: string, make: () => (...inputs: pv.Tensor[]) => pv.Tensor, input: 'x' | 'w', named: RegExp])[] = [
  ['a conjugate missing on Ĝ', layer({ ...right, dW: (G, X) => pv.einsum('skij,scij->kcij', G, X) }), 'w', /^conjugate missing on Ĝ$/],
  [
    'a conjugate on X̂ in place of Ĝ',
    layer({ ...right, dW: (G, X) => pv.einsum('skij,scij->kcij', G, X.conj()) }),
    'w',
    /conjugate missing on Ĝ, and conjugate too many on X̂/,
  ],
  ['a conjugate too many on X̂', layer({ ...right, dW: (G, X) => right.dW(G, X.conj()) }), 'w', /^conjugate too many on X̂$/],
  ['a conjugate too many on Ŵ', layer({ ...right, dX: (G, W) => right.dX(G, W.conj()) }), 'x', /^conjugate too many on Ŵ$/],
  ['a crop that begins one row late', layer({ ...right, cropW: [1, 0] }), 'w', /crop off by one along the rows/],
  ['a crop that begins one column late', layer({ ...right, cropW: [0, 1] }), 'w', /crop off by one along the columns/],
  ['a flip too many', layer({ ...right, after: (a) => a.flip([2, 3]) }), 'w', /^flip too many$/],
  ['a sign', layer({ ...right, after: (a) => a.neg() }), 'w', /sign wrong/],
  ['a factor 1/N missing', layer({ ...right, after: (a) => a.mul(90) }), 'w', /^factor 1\/90 missing \(the points of a transform, 10×9\)$/],
  ['a factor', layer({ ...right, after: (a) => a.mul(2) }), 'w', /^factor 1\/2 missing \(the samples of the batch\)$/],
  ['one sample only', layer({ ...right, dW: (G, X) => right.dW(G.slice([0], [1]), X.slice([0], [1])) }), 'w', /only the first/],
  [
    'a conjugate and a factor',
    layer({ ...right, dW: (G, X) => pv.einsum('skij,scij->kcij', G, X), after: (a) => a.mul(0.5) }),
    'w',
    /^conjugate missing on Ĝ, and factor 1\/2 too many \(/,
  ],
];

for (const device of ['cpu', 'node'] as const) {
  describe(`diagnosis on ${device}`, () => {
    let inputs: Record<'x' | 'w', pv.Tensor>;
    before(async () => {
      await pv.setDevice(device);
      inputs = { x: pv.randn([2, 2, 9, 10], { seed: 1 }).keep(), w: pv.randn([3, 2, 4, 3], { seed: 2 }).keep() };
    });
    after(() => pv.setDevice('cpu'));

    // One device sees all of them, the other some: the search is the same.
    for (const [mistake, make, input, named] of device === 'cpu' ? cases : cases.filter((_, i) => i % 5 === 0)) {
      it(`names ${mistake}`, async () => {
        const report = await pv.gradcheck(make(), inputs);
        expect(report.inputs.map(({ name, ok }) => [name, ok])).to.deep.equal([
          ['x', input !== 'x'],
          ['w', input !== 'w'],
        ]);
        expect(report.diagnosis).to.have.length(1);
        const [cause] = report.diagnosis as [pv.Diagnosis];
        expect(cause.input).to.equal(input);
        expect(cause.hypothesis).to.match(named);
        expect(cause.residual).to.be.below(1e-5);
        expect(cause.change).to.match(/^[A-Z].*\.$/);
        expect(report.verdict).to.include(cause.hypothesis);
        expect(String(report)).to.include(cause.change);
      });
    }
  });
}

describe('diagnosis', () => {
  before(() => pv.setDevice('cpu'));
  const normal = (shape: readonly number[], seed: number): pv.Tensor => pv.randn([...shape], { seed });
  const namesOf = async (
    f: (...inputs: pv.Tensor[]) => pv.Tensor,
    inputs: Record<string, pv.Tensor>,
    options?: pv.GradcheckOptions,
  ): Promise<string[]> => (await pv.gradcheck(f, inputs, options)).diagnosis.map(({ hypothesis }) => hypothesis);

  it('says nothing of a gradient that is right', async () => {
    expect(await namesOf((x) => x.square(), { x: normal([5], 1) })).to.deep.equal([]);
  });

  it('names what gradients given as numbers lack', async () => {
    const [x, w] = [normal([3, 2, 7, 6], 1), normal([4, 2, 3, 2], 2)];
    const f = (a: pv.Tensor, b: pv.Tensor): pv.Tensor => F.conv2d(a, b, null, { stride: [2, 1] });
    const truth = pv.grad((b: pv.Tensor) => f(x, b).sum())(w);
    const given = (dW: pv.Tensor): pv.GradcheckOptions => ({ gradients: { x: pv.grad((a: pv.Tensor) => f(a, w).sum())(x), w: dW } });
    expect(await namesOf(f, { x, w }, given(truth))).to.deep.equal([]);
    expect(await namesOf(f, { x, w }, given(truth.div(3)))).to.deep.equal(['factor 1/3 too many (the samples of the batch)']);
    const first = pv.grad((b: pv.Tensor) => f(x.slice([0], [1]), b).sum())(w);
    expect((await namesOf(f, { x, w }, given(first)))[0]).to.match(/sum over the batch missing: only the first sample/);
    const unstrided = pv.grad((b: pv.Tensor) => F.conv2d(x, b).slice([0, 0, 0, 0], [3, 4, 3, 5]).sum())(w);
    expect((await namesOf(f, { x, w }, given(unstrided)))[0]).to.match(/stride ignored/);
  });

  it('names the sign of an imaginary part', async () => {
    const z = pv.complex(normal([3, 4], 1), normal([3, 4], 2));
    const f = pv.customOp({ forward: (a) => a.mul(a), backward: (g, [a]) => [g.mul(a!.conj()).mul(2).conj()] });
    expect((await namesOf(f, { z }))[0]).to.match(/conjugate|imaginary/);
  });

  it('names a way that the gradient does not take', async () => {
    const standard = pv.customOp({
      forward: (x) => x.sub(x.mean({ axis: 0, keepDims: true })),
      backward: (g) => [g],
    });
    const [name] = await namesOf(standard, { x: normal([6, 3], 1) });
    expect(name).to.match(/part of the gradient is missing/);
  });

  it('says how many times too large or small, with as many digits as tell it from right', async () => {
    const x = normal([8], 3);
    const times = async (factor: number): Promise<string> => {
      const { diagnosis } = await pv.gradcheck((a) => a.square(), { x }, { gradients: [x.mul(2).mul(factor)] });
      return diagnosis.map(({ hypothesis, change }) => `${hypothesis}. ${change}`).join();
    };
    expect(await times(1.0001)).to.equal('1.0001 times too large. Divide by 1.0001.');
    expect(await times(0.99999)).to.equal('0.99999 times the right one. Divide by 0.99999.');
    expect(await times(0.3)).to.equal('0.3 times the right one. Divide by 0.3.');
    expect(await times(12.3456)).to.equal('12.35 times too large. Divide by 12.35.');
  });

  it('does not name what it cannot reproduce', async () => {
    const x = normal([8], 3);
    expect(await namesOf((a) => a.square(), { x }, { gradients: [normal([8], 4)] })).to.deep.equal([]);
  });

  it('holds no operation for wrong because its operands are large', async () => {
    const odd = pv.customOp({ forward: (x) => x.mul(1), backward: (g) => [g.square()] });
    const f = (x: pv.Tensor): pv.Tensor => pv.fft.rfft2(odd(x).mul(1e5)).abs().square().sum();
    const report = await pv.gradcheck(f, { x: normal([8, 6], 6) });
    expect(report.ok).to.equal(false);
    expect(report.diagnosis).to.deep.equal([]);
  });

  it('looks beside the numbers that rounding takes over a kink', async () => {
    await pv.setDevice('node');
    // In float32 3·x rounds to y, so that the kink is at zero exactly; in float64 it is not.
    const x = normal([8], 7);
    const y = x.mul(3).keep();
    const shift = pv.tensor([0, 0, 1, -1, 1, 1, -1, 1]);
    const relu = pv.customOp({ forward: (a) => F.relu(a), backward: (g, [a]) => [pv.where(a!.gt(0), g, pv.zeros([8])).mul(3)] });
    expect(await namesOf((a) => relu(a.mul(3).sub(y).add(shift)), { x })).to.deep.equal(['3 times too large']);
    await pv.setDevice('cpu');
  });

  it('holds no kernel for wrong because a mask is infinite', async () => {
    await pv.setDevice('node');
    const x = normal([3, 4], 8).keep();
    const y = F.softmax(pv.where(normal([3, 4], 9).gt(0), x, -Infinity));
    const replay = await Replay.of(capture([y.node], [x.node]));
    const evaluator = replay.evaluator([replay.node(y.node)], []);
    expect(await wrongKernel(evaluator.all, evaluator, replay)).to.equal(null);
    await pv.setDevice('cpu');
  });
});

describe('repairs', () => {
  let inputs: Record<'x' | 'w', pv.Tensor>;
  before(async () => {
    await pv.setDevice('cpu');
    inputs = { x: pv.randn([2, 2, 9, 10], { seed: 1 }).keep(), w: pv.randn([3, 2, 4, 3], { seed: 2 }).keep() };
    pv.host.setOrigin(() => 'here');
  });
  after(() => pv.host.setOrigin(null));
  const wrongW: Layer['dW'] = (G, X) => pv.einsum('skij,scij->kcij', G, X);
  const wrongX: Layer['dX'] = (G, W) => right.dX(G, W.conj());
  const conjugate = { place: 'here', operand: 0, edit: { append: '.conj()' } };
  const noConjugate = { place: 'here', operand: -1, edit: { remove: 'conj' } };
  const fixesOf = async (f: (...inputs: pv.Tensor[]) => pv.Tensor): Promise<(pv.Diagnosis['fix'] | null)[]> =>
    (await pv.gradcheck(f, inputs)).diagnosis.map(({ fix = null }) => fix);

  it('are edits when every gradient passes with them', async () => {
    expect(await fixesOf(layer({ ...right, dW: wrongW })())).to.deep.equal([conjugate]);
    expect(await fixesOf(layer({ dX: wrongX, dW: wrongW })())).to.deep.equal([noConjugate, conjugate]);
  });

  it('are words alone when a gradient is wrong beside them', async () => {
    expect(await fixesOf(layer({ dX: (G, W) => right.dX(G.mul(G.abs()), W), dW: wrongW })())).to.deep.equal([null]);
  });

  it('are words alone when they would spoil another gradient, and say which', async () => {
    const shared = pv.customOp({
      forward: (x, w) => back(pv.einsum('scij,kcij->skij', half(x), half(w).conj()), [6, 8]),
      backward: (g, [x, w]) => {
        const G = half(g).conj();
        return [back(right.dX(G, half(w!)), [9, 10]), back(pv.einsum('skij,scij->kcij', G, half(x!)), [4, 3])];
      },
    });
    const report = await pv.gradcheck(shared, inputs);
    expect(report.inputs.map(({ name, ok }) => [name, ok])).to.deep.equal([
      ['x', false],
      ['w', true],
    ]);
    const [{ residual, ...cause }] = report.diagnosis as [pv.Diagnosis];
    expect(report.diagnosis).to.have.length(1);
    expect(residual).to.be.below(1e-12);
    expect(cause).to.deep.equal({
      input: 'x',
      hypothesis: 'conjugate too many on Ĝ',
      change: 'Take the .conj() of Ĝ away. Do so for dx alone: dw would become wrong by it.',
    });
  });
});
