// Bugs put into the sources on purpose: a few of those that `npm run mutants` looks for.

import { expect } from 'chai';
import { mutants } from '../mutants/list/index.js';
import type { Mutant } from '../mutants/mutant.js';
import { askMutant } from '../mutants/processes.js';
import { resultOf, type MutantResult } from '../mutants/results.js';

async function resultFor(id: string): Promise<MutantResult> {
  const mutant = mutants.find((one) => one.id === id);
  if (mutant === undefined) throw new Error(`there is no mutant ${id}`);
  return resultOf(mutant, await askMutant(mutant));
}

describe('a gradient check of sources with a bug', () => {
  for (const [id, evidence] of [
    ['fft-w-conjugate', 'device against float64 replay'],
    ['fft-y-crop', 'forward values'],
    ['irfft-weights', 'backward against forward mode and differences'],
    ['mul-conjugate', 'adjoint identity'],
    ['adjoint-stride', 'backward against forward mode and differences'],
  ] as const) {
    it(`finds and names ${id}`, async () => {
      const result = await resultFor(id);
      expect(result, result.failed ?? '').to.deep.include({ found: true, named: true, failed: null });
      expect(result.evidence).to.include(evidence);
    });
  }

  it('passes two Hermitian weights that are both missing and cancel', async () => {
    expect(await resultFor('weights-both')).to.deep.include({ found: false, failed: null });
  });

  it('refuses a bug whose file the library does not load', async () => {
    const elsewhere: Mutant = {
      id: 'elsewhere',
      file: 'src/cli/junit.ts',
      bug: 'in a file that no check runs',
      edits: [{ search: 'export function junitXml', replace: 'export function junit' }],
      subject: 'sum',
      device: 'cpu',
      causes: ['none'],
    };
    expect(resultOf(elsewhere, await askMutant(elsewhere)).failed).to.match(/src\/cli\/junit\.ts: the library does not load it/);
  });
});
