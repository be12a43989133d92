// A reference suite as mocha tests: one test for each case, device and variant of its arguments.

import { expect } from 'chai';
import { deviceNames, sideBySide, useDevice, type TestDevice } from '../devices.js';
import { runCase } from './apply.js';
import { readCases, type ReferenceCase } from './cases.js';

/** What a suite holds, and how exactly it has to be reproduced. */
export interface Suite {
  readonly name: 'fft' | 'conv' | 'layers' | 'signal' | 'spectral';
  /** Number of cases of each operation, and of values and gradients that they compare: an emptied fixture fails. */
  readonly operations: Readonly<Record<string, number>>;
  readonly compared: number;
  /** Largest relative L2 error of a value or gradient. */
  readonly tolerance: Readonly<Record<TestDevice, number>>;
  /** Arguments added to each case, one test for each. */
  readonly variants?: Readonly<Record<TestDevice, readonly Readonly<Record<string, unknown>>[]>>;
}

/** Declares the tests of a suite. */
export function describeSuite({ name, operations, compared, tolerance, variants }: Suite): void {
  const cases = readCases(name);

  describe(`reference: ${name}`, () => {
    it(`the fixture holds ${Object.values(operations).reduce((sum, count) => sum + count)} cases with ${compared} values and gradients`, () => {
      const found: Record<string, number> = {};
      for (const { op } of cases) found[op] = (found[op] ?? 0) + 1;
      expect(found).to.deep.equal(operations);
      expect(cases.reduce((sum, { outputs }) => sum + outputs.size, 0)).to.equal(compared);
      expect(new Set(cases.map((each) => each.name)).size).to.equal(cases.length);
    });

    for (const device of deviceNames) {
      describe(`on ${device}, relative L2 error at most ${tolerance[device]}`, () => {
        useDevice(device);
        const runs = cases.flatMap((each) => (variants?.[device] ?? [{}]).map((extra) => ({ each, extra })));
        itEqualsTheReference(runs, tolerance[device], ({ each, extra }) => {
          const how = Object.entries(extra).map(([key, value]) => `, ${key} '${String(value)}'`);
          return `${each.name}${how.join('')}: value and gradients equal the float64 reference`;
        });
      });
    }
  });
}

/** A case, and the arguments added to it. */
export interface ReferenceRun {
  readonly each: ReferenceCase;
  readonly extra: Readonly<Record<string, unknown>>;
}

/** Declares one test for each run, on the device of the surrounding suite: no value or gradient is off by more than the tolerance, relative L2. */
export function itEqualsTheReference(runs: readonly ReferenceRun[], tolerance: number, titleOf: (run: ReferenceRun) => string): void {
  const result = sideBySide(
    runs.map(
      ({ each, extra }) =>
        () =>
          runCase(each, extra),
    ),
  );
  runs.forEach((run, i) => {
    it(titleOf(run), async () => {
      const { error, where } = await result(i);
      expect(error, `relative error of ${where}`).to.be.at.most(tolerance);
    });
  });
}
