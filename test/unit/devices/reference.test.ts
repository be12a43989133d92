// One case of each operation against PyTorch and SciPy on a device behind a port: what crosses it is what was meant.

import { expect } from 'chai';
import { sideBySide, useServed } from '../../devices.js';
import { runCase } from '../../reference/apply.js';
import { readCases } from '../../reference/cases.js';

describe('reference: one case of each operation on webview, behind a port', () => {
  useServed();
  for (const [suite, tolerance] of [
    ['fft', 1e-6],
    ['conv', 1e-6],
    ['layers', 1e-5],
  ] as const) {
    // The last of each: the first transforms have length 1.
    const cases = [...new Map(readCases(suite).map((each) => [each.op, each])).values()];
    const result = sideBySide(cases.map((each) => () => runCase(each)));
    cases.forEach((each, i) => {
      it(`${each.op}: ${each.name}`, async () => {
        const { error, where } = await result(i);
        expect(error, `relative error of ${where}`).to.be.at.most(tolerance);
      });
    });
  }
});
