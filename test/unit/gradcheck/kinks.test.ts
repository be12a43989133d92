// Where the check sees kinks: a number whose steps cross one is left out, so one that is seen where there is none hides a wrong gradient.

import { expect } from 'chai';
import * as pv from '../../../src/index.js';

const magnitudes = (z: pv.Tensor): pv.Tensor => pv.fft.fft(z).abs();

/** |fft(z)| with a gradient that `spoil` makes wrong. */
const spoilt = (spoil: (right: pv.Tensor) => pv.Tensor): ((...inputs: pv.Tensor[]) => pv.Tensor) =>
  pv.customOp({ forward: magnitudes, backward: (g, [z]) => [spoil(pv.grad((a: pv.Tensor) => magnitudes(a).mul(g).sum())(z!))] });

describe('kinks of complex numbers', () => {
  before(() => pv.setDevice('cpu'));

  describe('away from zero', () => {
    // By symmetry the spectrum's first bin is real: every step in an imaginary part moves it across the real line.
    const real = (): pv.Tensor => pv.complex(pv.randn([8], { seed: 1 }), pv.zeros([8]));

    it('are not seen where only the real or imaginary part changes its sign, so that every number is checked', async () => {
      const report = await pv.gradcheck(magnitudes, { z: real() });
      expect(report.ok, String(report)).to.equal(true);
      expect(report.inputs[0]).to.include({ excluded: 0, checked: 8 });
    });

    it('do not hide a gradient without its imaginary part', async () => {
      const report = await pv.gradcheck(
        spoilt((right) => pv.complex(right.real(), pv.zeros([8]))),
        { z: real() },
      );
      expect(report.ok, String(report)).to.equal(false);
    });
  });

  it('are seen where a step passes zero, in whatever direction, and beside it every number is checked', async () => {
    const turn = 2.5;
    const z = pv.complex(pv.tensor([0, 3, 1]), pv.tensor([0, 4, -2]));
    const along = pv.complex(pv.tensor(Math.cos(turn)), pv.tensor(Math.sin(turn)));
    const report = await pv.gradcheck((x) => x.mul(along).add(z).abs(), { x: pv.tensor([1e-12, 0.5, -2]) });
    expect(report.ok, String(report)).to.equal(true);
    expect(report.inputs[0]).to.include({ excluded: 1, checked: 2 });
  });
});
