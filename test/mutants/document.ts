// docs/gradient-check.md, of the results of a run.

import type { CleanResult, Kept, MutantResult, PeerResult } from './results.js';

const method = `# The gradient check

This file is written by \`npm run mutants\`. Every figure in it comes from that run.

A gradient check should pass right gradients, fail wrong ones, and say how sure it is and why. This page says how ours works, and what it found when
bugs were put into the library on purpose.

## How it works

\`await pv.gradcheck(f, inputs)\` runs f once on its device and records what it does. The recorded graph is then computed again in float64 on the CPU, with the
same captured tensors and random numbers, and convolutions by their definition, not by transforms. Four values are held against each other:

- **The forward values**, on the device and in float64. A wrong forward with a backward that fits it must not pass.
- **The gradient under test**, as the device computes it, and the same backward in float64. When only the device's is wrong, a kernel is to blame.
- **Forward mode** in float64: it shares no adjoint with the gradient.
- **Central differences** in float64, of every element where the function is small, else along directions of random signs. The step is found by a sweep: where
  rounding falls and truncation rises. What is linear or quadratic has no truncation, and a large step is exact.

What is allowed follows from an error model, not from habit. The float64 graph is computed several times with a rounding error behind every operation, as large
as the device's. The spread of the gradient says how far rounding may move it. The tolerance is a small multiple of that, near 10⁻⁶ for a convolution in float32,
and the report says the smallest error it could have seen. Elements next to a kink (ReLU, max pooling) are left out and counted.

When something is wrong, the check computes what each known mistake would give: a missing conjugate, a crop off by one, a sum that is incomplete, a
Hermitian weight forgotten. The mistake that reproduces the observed gradient, or whose repair makes it right, is named.
`;

const mark = (is: boolean): string => (is ? 'yes' : '**no**');

function peerWords(peer: PeerResult | undefined, check: 'fast' | 'plain'): string {
  if (peer === undefined) return '–';
  const { findsBug, passesRight } = peer[check];
  if (!passesRight) return 'fails the right one too';
  return findsBug ? 'found' : '**missed**';
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function mutantRow(result: MutantResult, peers: readonly PeerResult[]): string {
  const { id, file, bug, device, found, named, evidence, diagnosis, peer, failed } = result;
  const other = peers.find((one) => one.bug === peer);
  const named64 =
    failed !== null ? `could not be checked: ${failed.split('\n')[0]}` : diagnosis.length === 0 ? '–' : diagnosis.join('<br>');
  return `| ${[
    `\`${id}\``,
    `${cell(bug)}<br>\`${file.replace('src/', '')}\`, on ${device}`,
    mark(found),
    evidence.join('<br>'),
    cell(named64),
    mark(named),
    peerWords(other, 'fast'),
    peerWords(other, 'plain'),
  ].join(' | ')} |`;
}

function mutantsSection(mutants: readonly MutantResult[], { torch, bugs }: Kept['peers']): string {
  const real = mutants.filter(({ equivalent }) => equivalent === null);
  const equivalent = mutants.filter((result) => result.equivalent !== null);
  const count = (some: readonly MutantResult[], what: 'found' | 'named'): number => some.filter((result) => result[what]).length;
  const shown = bugs.filter(({ bug }) => real.some(({ peer }) => peer === bug));
  const peer = (check: 'fast' | 'plain'): string =>
    `${shown.filter((one) => one[check].findsBug && one[check].passesRight).length} of ${shown.length}`;
  const wrongly = shown.filter(({ plain }) => !plain.passesRight).length;
  return `## Bugs put in on purpose

Each bug is a patch of a source file, made while the file is loaded, in a process of its own, and checked by a function that runs the code. Nothing is switched
in the shipped code. Of ${real.length} bugs **${count(real, 'found')} were found** and **${count(real, 'named')} named correctly**: a bug counts as named only when everything that it made
wrong has a cause, and each in the right words.

Beside it, for the ${shown.length} bugs that can be written as a wrong \`backward\` in PyTorch ${torch}: \`torch.autograd.gradcheck\` in fast mode (float64, default tolerances) found
${peer('fast')}, and a plain check (float32, central differences of the sum with step 10⁻³, error up to 10⁻³ of the gradient) found ${peer('plain')} while it passes the right
gradient; in ${wrongly} cases it fails the right gradient too, and says nothing. Neither names a cause, and neither sees a wrong kernel: both take the forward's word.
A dash stands for bugs that were not put to them.

| id | bug | found | evidence | diagnosis | named correctly | PyTorch, fast mode | plain check |
| --- | --- | --- | --- | --- | --- | --- | --- |
${real.map((result) => mutantRow(result, bugs)).join('\n')}

Some patches change no gradient. They must not be found:

${equivalent.map(({ id, bug, found, equivalent: why }) => `- \`${id}\`: ${bug}. ${why} ${found ? '**Found nevertheless.**' : 'Not found, as it should be.'}`).join('\n')}
`;
}

function cleanSection({ checks, functions, onCpu, onNode, largest, alarms }: CleanResult): string {
  const list = alarms.map(({ subject, device, seed }) => `- ${subject}, on ${device}, seed ${seed}`).join('\n');
  return `## False alarms

${functions} right functions (layers, losses, transforms, complex functions, custom operations, and those of the bugs above without the bug) with random numbers and
extents:

| checks | on cpu, float64 | on a device, float32 | false alarms | largest error over what is allowed |
| --- | --- | --- | --- | --- |
| ${checks} | ${onCpu} | ${onNode} | ${alarms.length === 0 ? '0' : `**${alarms.length}**`} | ${largest.ratio.toFixed(2)} (${largest.subject}, on ${largest.device}, seed ${largest.seed}) |
${alarms.length === 0 ? '' : `\n${list}\n`}`;
}

/** The whole text. */
export function documentOf({ mutants, clean, peers }: Kept, adapter: string): string {
  return [method, mutantsSection(mutants, peers), cleanSection(clean), `The device was ${adapter}.\n`].join('\n');
}
