// What a check found, as data that a process can send: the evidence against a gradient, and the cause that was named.

import type { GradcheckReport, InputReport } from '../../src/gradcheck/report.js';

/** The result of one check. */
export interface Finding {
  readonly ok: boolean;
  /** What disagrees, in words; none when the check passed. */
  readonly evidence: readonly string[];
  /** What is wrong: names of inputs, and `forward`. */
  readonly wrong: readonly string[];
  readonly diagnosis: readonly { readonly input: string; readonly hypothesis: string; readonly residual: number }[];
  /** The largest error of what is right and of what is wrong, relative to what is allowed. */
  readonly ratio: number;
  readonly seconds: number;
  readonly text: string;
}

/** ⟨J v, u⟩ and ⟨v, Jᵀu⟩ differ in float64 by more than rounding. */
const adjointLimit = 1e-9;

const byGuilt: Readonly<Record<InputReport['guilty'], string | null>> = {
  none: null,
  device: 'device against float64 replay',
  backward: 'backward against forward mode and differences',
  'forward rule': 'forward mode against backward and differences',
  differences: 'differences against backward and forward mode',
  unclear: 'backward, forward mode and differences apart',
};

/** What a report holds. */
export function findingOf(report: GradcheckReport, seconds: number): Finding {
  const { ok, forward, inputs, diagnosis } = report;
  const evidence = new Set<string>();
  if (!forward.ok) evidence.add('forward values');
  for (const { guilty, ok: isRight, adjointError } of inputs) {
    const words = isRight ? null : byGuilt[guilty];
    if (words !== null) evidence.add(words);
    if (adjointError !== null && adjointError > adjointLimit) evidence.add('adjoint identity');
  }
  const ratios = [forward.maxError / forward.detectable, ...inputs.map(({ maxError, detectable }) => maxError / detectable)];
  return {
    ok,
    evidence: [...evidence],
    wrong: [...(forward.ok ? [] : ['forward']), ...inputs.filter((input) => !input.ok).map(({ name }) => name)],
    diagnosis: diagnosis.map(({ input, hypothesis, residual }) => ({ input, hypothesis, residual })),
    ratio: Math.max(...ratios.map((ratio) => (Number.isNaN(ratio) ? 0 : ratio))),
    seconds,
    text: String(report),
  };
}
