// A repair of one gradient changes the others where they share what is changed. So repairs are tried on all gradients at once: one becomes an
// edit of the code only when every gradient then passes, and one that would spoil another says so.

import { distance } from '../error-model.js';
import type { Replayed } from '../host-check.js';
import type { Diagnosis, Fix, InputReport } from '../report.js';
import type { Cause } from './diagnose.js';
import { fixOf } from './fix.js';
import { overridesOf, type Mistake } from './mistakes.js';

/** A cause, and the input whose gradient it explains. */
export interface CauseOf {
  readonly input: string;
  readonly cause: Cause;
}

/** Causes as they are reported. */
export function reported(causes: readonly CauseOf[], inputs: readonly InputReport[], replayed: Replayed): Diagnosis[] {
  const diagnosisOf = ({ input, cause: { name, residual, change } }: CauseOf): Diagnosis => ({ input, hypothesis: name, residual, change });
  const repairs = causes.flatMap(({ cause }) => cause.repair);
  if (repairs.length === 0) return causes.map(diagnosisOf);
  const passing = passingWith(inputs, replayed);
  if (passing(repairs).size === inputs.length)
    return causes.map((one) => {
      const fix = editOf(one.cause, replayed);
      return { ...diagnosisOf(one), ...(fix === undefined ? {} : { fix }) };
    });
  return causes.map((one) => {
    const { repair, change } = one.cause;
    const spoilt = inputs.filter(({ name }) => {
      if (name === one.input) return false;
      const own = causes.flatMap(({ input, cause }) => (input === name ? cause.repair : []));
      return passing(own).has(name) && !passing([...own, ...repair]).has(name);
    });
    if (spoilt.length === 0) return diagnosisOf(one);
    const others = spoilt.map(({ name }) => `d${name}`).join(' and ');
    return { ...diagnosisOf(one), change: `${change} Do so for d${one.input} alone: ${others} would become wrong by it.` };
  });
}

/** The edit that a repair is, where it is one. */
function editOf({ repair: [change, ...more] }: Cause, { replay }: Replayed): Fix | undefined {
  return change?.edit === undefined || more.length > 0 ? undefined : fixOf(change.node, change.edit, replay);
}

/** Tells the names of the inputs whose recorded gradients pass with a repair. */
function passingWith(
  inputs: readonly InputReport[],
  { replay, nodes, recorded, spreads }: Replayed,
): (repair: readonly Mistake[]) => ReadonlySet<string> {
  const outputs = nodes.recorded.flatMap((node) => node ?? []);
  const evaluator = replay.evaluator(outputs, []);
  return (repair) => {
    const values = evaluator.whatIf(overridesOf(repair));
    const passes = ({ ok, detectable, rms, values: { oracle } }: InputReport, i: number): boolean => {
      const node = nodes.recorded[i] ?? null;
      // What was right stays so when it stays as it was.
      const wanted = ok ? recorded[i] : oracle;
      if (node === null || wanted == null) return ok;
      const skipped = spreads.gradients[i]?.jumps;
      const found = values[outputs.indexOf(node)];
      return wanted.every((value, at) => skipped?.has(at) === true || distance(value, found?.[at] ?? NaN) <= detectable * (rms || 1));
    };
    return new Set(inputs.filter(passes).map(({ name }) => name));
  };
}
