import { expect } from 'chai';
import { parse } from 'valibot';
import { GRADCHECK_MIME, gradcheckSchema } from '../../../src/protocol/gradcheck.js';
import * as pv from '../../../src/index.js';

const F = pv.nn.functional;

/** Rejects with this message, or fails. */
async function rejects(promise: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error, 'expected a rejection').to.be.an.instanceOf(Error);
  expect((error as Error).message).to.match(message);
}

/** The layer of the first notebook: valid convolution through spectra, its backward to be varied. */
function spectralConv(
  dW: (G: pv.Tensor, X: pv.Tensor) => pv.Tensor,
  dX: (G: pv.Tensor, W: pv.Tensor) => pv.Tensor,
): (...inputs: pv.Tensor[]) => pv.Tensor {
  const s = [9, 10];
  const to = (a: pv.Tensor): pv.Tensor => pv.fft.rfft2(a, { s });
  const from = (a: pv.Tensor, h: number, w: number): pv.Tensor =>
    pv.fft.irfft2(a, { s }).slice([0, 0, 0, 0], [a.shape[0]!, a.shape[1]!, h, w]);
  return pv.customOp({
    forward: (x, w) => from(pv.einsum('scij,kcij->skij', to(x), to(w).conj()), 6, 8),
    backward: (g, [x, w]) => [from(dX(to(g), to(w!)), 9, 10), from(dW(to(g), to(x!)), 4, 3)],
  });
}

const rightW = (G: pv.Tensor, X: pv.Tensor): pv.Tensor => pv.einsum('skij,scij->kcij', G.conj(), X);
const rightX = (G: pv.Tensor, W: pv.Tensor): pv.Tensor => pv.einsum('skij,kcij->scij', G, W);

for (const device of ['cpu', 'node'] as const) {
  describe(`gradcheck on ${device}`, () => {
    let x: pv.Tensor;
    let w: pv.Tensor;

    before(async () => {
      await pv.setDevice(device);
      x = pv.randn([2, 2, 9, 10], { seed: 1 }).keep();
      w = pv.randn([3, 2, 4, 3], { seed: 2 }).keep();
    });
    after(() => pv.setDevice('cpu'));

    it('passes a right hand-written backward and reports every element', async () => {
      const report = await pv.gradcheck(spectralConv(rightW, rightX), { x, w });
      expect(report.ok, String(report)).to.equal(true);
      expect(report.forward.ok).to.equal(true);
      expect(report.inputs.map(({ name, checked, size }) => [name, checked, size])).to.deep.equal([
        ['x', 360, 360],
        ['w', 72, 72],
      ]);
      for (const { maxError, adjointError, guilty } of report.inputs) {
        expect(maxError).to.be.below(device === 'cpu' ? 1e-8 : 1e-5);
        expect(adjointError).to.be.below(1e-14);
        expect(guilty).to.equal('none');
      }
    });

    it('fails a forgotten conjugate in dW, names dW alone, and blames the backward', async () => {
      const report = await pv.gradcheck(
        spectralConv((G, X) => pv.einsum('skij,scij->kcij', G, X), rightX),
        { x, w },
      );
      expect(report.ok).to.equal(false);
      expect(report.inputs.map(({ ok, guilty }) => [ok, guilty])).to.deep.equal([
        [true, 'none'],
        [false, 'backward'],
      ]);
      expect(String(report))
        .to.match(/^✗ gradient check failed on \w+: dw is wrong/)
        .and.to.match(/backward is wrong/);
    });

    if (device === 'node') {
      it('fails a forward that is wrong on the device although its backward fits the right function', async () => {
        const { lowering } = pv.tensor([0]).sin().node.operation;
        if (lowering.kind !== 'elementwise') throw new Error('sin is elementwise');
        const right = lowering.wgsl;
        const wrong = Object.assign(lowering, { wgsl: (...args: Parameters<typeof right>) => `1.001 * (${right(...args)})` });
        try {
          const report = await pv.gradcheck((a) => a.sin(), { a: pv.randn([17], { seed: 3 }) });
          expect(report.forward.ok).to.equal(false);
          expect(report.ok).to.equal(false);
          expect(report.inputs[0]!.ok, 'the gradient itself').to.equal(true);
          expect(String(report)).to.match(/the forward values are wrong/);
        } finally {
          Object.assign(wrong, { wgsl: right });
        }
      });
    }

    it('fails a doubled gradient and one that is off by 0.01% of its rms', async () => {
      const scaled = (factor: number): Promise<pv.GradcheckReport> =>
        pv.gradcheck(
          spectralConv((G, X) => rightW(G, X).mul(factor), rightX),
          { x, w },
        );
      expect((await scaled(2)).ok).to.equal(false);
      expect((await scaled(1.0001)).ok).to.equal(false);
    });
  });
}

describe('gradcheck', () => {
  before(() => pv.setDevice('cpu'));

  it('passes layers, losses and closures: captured tensors come along', async () => {
    const target = pv.randn([4, 3], { seed: 5 });
    const scale = pv.tensor(3);
    const x = pv.randn([4, 6], { seed: 3 });
    const weight = pv.randn([3, 6], { seed: 4 });
    const report = await pv.gradcheck((a, b) => F.mseLoss(F.gelu(F.linear(a, b)).mul(scale), target), [x, weight]);
    expect(report.ok, String(report)).to.equal(true);
    expect(report.inputs.map(({ name }) => name)).to.deep.equal(['x', 'w']);
  });

  it('checks complex inputs and outputs part by part', async () => {
    const z = pv.complex(pv.randn([3, 5], { seed: 6 }), pv.randn([3, 5], { seed: 7 }));
    const report = await pv.gradcheck((a) => pv.fft.fft(a.mul(a)).mul(a.conj()), { z });
    expect(report.ok, String(report)).to.equal(true);
    const wrong = pv.customOp({ forward: (a) => a.mul(a), backward: (g, [a]) => [g.mul(a!).mul(2)] });
    expect((await pv.gradcheck(wrong, { z })).ok, 'conj missing on a').to.equal(false);
  });

  it('holds the dropout mask still: the same random numbers in every evaluation', async () => {
    const x = pv.randn([5, 7], { seed: 8 });
    expect((await pv.gradcheck((a) => F.dropout(a, { p: 0.4, seed: 3 }).square(), { x })).ok).to.equal(true);
  });

  it('holds the user’s own gradients against f', async () => {
    const x = pv.randn([6], { seed: 9 });
    const cube = (a: pv.Tensor): pv.Tensor => a.pow(3);
    expect((await pv.gradcheck((a) => cube(a), { x }, { gradients: { x: x.square().mul(3) } })).ok).to.equal(true);
    expect((await pv.gradcheck((a) => cube(a), { x }, { gradients: [x.square().mul(2)] })).ok).to.equal(false);
    expect((await pv.gradcheck((a) => cube(a), { x }, { gradients: (g, [a]) => [g.mul(a!.square()).mul(3)] })).ok).to.equal(true);
    expect((await pv.gradcheck((a) => cube(a), { x }, { gradients: () => [null] })).ok, 'no gradient is a wrong gradient').to.equal(false);
  });

  it('fails a NaN in the gradient', async () => {
    const x = pv.randn([4], { seed: 10 });
    const report = await pv.gradcheck((a) => a.square(), { x }, { gradients: { x: x.mul(NaN) } });
    expect(report.ok).to.equal(false);
    expect(report.inputs[0]!.maxError).to.equal(Infinity);
  });

  it('names the worst element by its index, with three values', async () => {
    const x = pv.randn([3, 4], { seed: 11 });
    const off = pv.zeros([3, 4]).add(
      pv
        .eye(3, 4)
        .roll([1, 2], [0, 1])
        .slice([2], [3])
        .pad([
          [2, 0],
          [0, 0],
        ])
        .mul(0.5),
    );
    const report = await pv.gradcheck((a) => a.square().sum(), { x }, { gradients: { x: x.mul(2).add(off) } });
    const { index, analytic, numeric, oracle } = report.inputs[0]!.worst;
    const values = (await off.array()) as number[][];
    expect(values[index[0]!]![index[1]!]).to.equal(0.5);
    expect((analytic as number) - (oracle as number)).to.be.closeTo(0.5, 1e-12);
    expect(numeric).to.be.closeTo(oracle as number, 1e-8);
  });

  it('holds every element to the oracle where only some are differenced one by one', async () => {
    const x = pv.randn([100], { seed: 12 });
    const spike = pv.zeros([100]).add(pv.eye(1, 100).reshape([100]).roll([57], [0]).mul(1e-9));
    const check = (gradients: pv.Tensor): Promise<pv.GradcheckReport> =>
      pv.gradcheck((a) => a.sin(), { x }, { maxElements: 10, gradients: [gradients] });
    expect((await check(x.cos())).inputs[0]).to.deep.include({ ok: true, checked: 100, size: 100 });
    const { inputs } = await check(x.cos().add(spike));
    expect(inputs[0]).to.deep.include({ ok: false, guilty: 'backward' });
    expect(inputs[0]!.worst.index).to.deep.equal([57]);
  });

  it('is deterministic under a seed', async () => {
    const x = pv.randn([5], { seed: 13 });
    const once = (): Promise<pv.GradcheckReport> => pv.gradcheck((a) => a.exp(), { x }, { seed: 4 });
    expect(String(await once())).to.equal(String(await once()));
  });

  it('shows itself as text, as a picture and as versioned JSON', async () => {
    const report = await pv.gradcheck((a) => a.square(), { x: pv.tensor([1, 2]) });
    const bundle = await (report as unknown as Record<typeof pv.DISPLAY, () => Promise<pv.MimeBundle>>)[pv.DISPLAY]();
    expect(bundle['text/plain']).to.equal(String(report));
    expect(bundle).to.include.keys('image/png');
    const data = parse(gradcheckSchema, JSON.parse(JSON.stringify(bundle[GRADCHECK_MIME])));
    expect(data).to.deep.include({ ok: true, device: 'cpu', verdict: report.verdict });
  });

  it('refuses what it cannot check, and says why', async () => {
    const x = pv.tensor([1, 2]);
    await rejects(pv.gradcheck((async (a: pv.Tensor) => a.mul(await a.sum().item())) as never, { x }), /asynchronous.*synchronous/);
    await rejects(pv.gradcheck((() => 3) as never, { x }), /returned 3.*must return a tensor/);
    await rejects(
      pv.gradcheck((a) => a, []),
      /no input/,
    );
    await rejects(
      pv.gradcheck((a) => a, [pv.tensor([1], { dtype: 'int32' })]),
      /int32.*no gradient/,
    );
    await rejects(
      pv.gradcheck((a) => a, { x }, { names: ['a', 'b'] }),
      /2 names for 1 inputs/,
    );
    await rejects(
      pv.gradcheck((a) => a, { x }, { gradients: { x: pv.zeros([3]) } }),
      /shape \[3\].*\[2\]/,
    );
    await rejects(
      pv.gradcheck((a) => a, { x }, { gradients: { X: x } }),
      /name 'X'.*inputs are x/,
    );
    await rejects(
      pv.gradcheck((a) => a, { x }, { gradients: [x, x] }),
      /gradients of 1 inputs/,
    );
    await rejects(
      pv.gradcheck((a) => a, x as never),
      /write \[x\]/,
    );
  });
});
