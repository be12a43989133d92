// What is proved elsewhere: numbers that notebooks printed when they were run, and tests by their names. What is cited and not there is an error.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where numbers of a notebook stand: the first groups of a pattern in what its cells printed. */
interface Printed {
  readonly notebook: string;
  readonly pattern: RegExp;
}

/** A test, by its file and its name. */
interface Tested {
  readonly test: string;
  readonly name: string;
}

const texts = '02-three-convolutions-of-backprop';
const spectra = '03-reading-spectra';
const houseNumbers = '05-a-cnn-for-house-numbers';
const kernels = '07-learning-kernels-in-the-fourier-domain';

/** Of a line `✓ claim: number`. */
function line(notebook: string, claim: string): Printed {
  return { notebook, pattern: new RegExp(`^✓ ${claim.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}: (\\S+)$`, 'm') };
}

const cited = {
  /** Gradients as they are printed, wrong by how many times their rms: of the answer, and of the draft. */
  answerPrinted: {
    notebook: texts,
    pattern: /dx and dw are wrong\n✓ forward.*\n✗ dx disagrees: max error (\S+) of rms[^]*?✗ dw disagrees: max error (\S+) of rms/,
  },
  draftPrinted: { notebook: texts, pattern: /is convolution, wᵀ w as it is: +dx wrong, by (\S+) of rms, dw wrong, by (\S+) of rms/ },
  draftRead: { notebook: texts, pattern: /is correlation, wᵀ turned by 180°: +dx (right), dw (right)/ },
  sumMissing: { notebook: texts, pattern: /dw: sum missing: only the last term counts \(reproduces the error to (\S+?)\)/ },
  blur: { notebook: texts, pattern: /gain of the blur at zero frequency (\S+), at the highest (\S+)/ },
  sameUpdates: { notebook: texts, pattern: /corner against the gradient by direct summation: (\S+)/ },
  exponent: line(spectra, 'as printed'),
  magnitudes: line(spectra, 'magnitudes: change by the shift'),
  shifted: line(spectra, 'the spectrum itself: change by the shift'),
  phase: line(spectra, 'with the phase dropped'),
  smoothed: line(spectra, 'smoothed at (0, 0)'),
  wrapped: line(spectra, 'smoothed at (0, 4)'),
  edge: line(spectra, 'sum of an edge kernel’s weights'),
  answers: line(houseNumbers, 'answers for one picture, as printed'),
  houseNumbers: line(houseNumbers, 'accuracy on digits held out'),
  losses: line(houseNumbers, 'largest difference of the losses'),
  learnedForBlur: line(kernels, 'all is learned: size for a blur of 20 pixels'),
  learnedSize: { test: 'test/unit/nn/spectral-smooth.test.ts', name: 'learns the size of the kernel that it is shown' },
  sgd: { test: 'test/unit/nn/spectral.test.ts', name: 'takes the steps of SGD on the kernel itself, √2 and all' },
  adam: {
    test: 'test/unit/nn/spectral.test.ts',
    name: 'takes other steps without the √2, and under Adam, which is not invariant to rotations',
  },
  linear: { test: 'test/unit/nn/spectral-network.test.ts', name: "with 'none' it is linear, with each nonlinearity it is not" },
} as const satisfies Readonly<Record<string, Printed | Tested>>;

/** A proof elsewhere. */
export interface Proof {
  /** What was printed there; empty for a test. */
  readonly numbers: readonly string[];
  /** Where it stands, as Markdown. */
  readonly where: string;
}

/** The proofs by name. */
export type Evidence = Readonly<Record<keyof typeof cited, Proof>>;

/** Reads the proofs from notebooks and tests. Rejects where one is not there any more. */
export async function readEvidence(root: string): Promise<Evidence> {
  const entries = Object.entries(cited).map(async ([key, source]: [string, Printed | Tested]): Promise<[string, Proof]> => {
    if ('test' in source) {
      const text = await readFile(join(root, source.test), 'utf8');
      // Names of tests are templates, some of them.
      if (!text.includes(source.name))
        throw new Error(`study: ${source.test} has no test '${source.name}' any more; cite another in bench/study/evidence.ts`);
      return [key, { numbers: [], where: `test [${source.name}](../${source.test})` }];
    }
    const path = `notebooks/${source.notebook}.ipynb`;
    const found = source.pattern.exec(printedBy(await readFile(join(root, path), 'utf8')));
    if (found === null)
      throw new Error(`study: ${path} prints nothing like ${source.pattern} any more; cite another line in bench/study/evidence.ts`);
    return [key, { numbers: found.slice(1), where: `notebook [${source.notebook.slice(0, 2)}](../${path})` }];
  });
  return Object.fromEntries(await Promise.all(entries)) as Evidence;
}

interface SavedOutput {
  readonly text?: string | readonly string[];
  readonly data?: Readonly<Record<string, unknown>>;
}

/** What the cells of a notebook printed, as text. */
function printedBy(text: string): string {
  const { cells } = JSON.parse(text) as { readonly cells: readonly { readonly outputs?: readonly SavedOutput[] }[] };
  const join = (value: unknown): string => (Array.isArray(value) ? value.join('') : typeof value === 'string' ? value : '');
  return cells.flatMap(({ outputs = [] }) => outputs.map(({ text: stream, data }) => join(stream ?? data?.['text/plain']))).join('\n');
}
