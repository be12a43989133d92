// The causes of everything that a check on the host found wrong.

import type { Node } from '../../graph/node.js';
import { distance, scaleOf } from '../error-model.js';
import type { Replayed } from '../host-check.js';
import type { Pace } from '../pace.js';
import type { Values } from '../replay.js';
import type { Diagnosis, GradcheckReport, InputReport } from '../report.js';
import type { Trace } from '../trace.js';
import { diagnose, type Context } from './diagnose.js';
import { wrongKernel } from './kernel-mistakes.js';
import { labelsOf } from './labels.js';
import { reported, type CauseOf } from './repairs.js';
import { wrongRules } from './rule-mistakes.js';
import { sizesIn } from './sizes.js';

/** What was found wrong, and where. */
export interface Findings {
  readonly traced: Trace;
  readonly replayed: Replayed;
  readonly forward: GradcheckReport['forward'];
  readonly inputs: readonly InputReport[];
  /** The function's value on the device. */
  readonly value: Values;
}

/** Looks for the cause of everything that is wrong. */
export async function causesOf({ traced, replayed, forward, inputs, value }: Findings, pace: Pace): Promise<Diagnosis[]> {
  if (forward.ok && inputs.every(({ ok }) => ok)) return [];
  const context = contextOf(traced, replayed, pace);
  const causes: CauseOf[] = [];
  const blameKernel = async (input: string, outputs: readonly Node[]): Promise<void> => {
    const evaluator = replayed.replay.evaluator(outputs, []);
    const wrong = await wrongKernel(evaluator.all, evaluator, replayed.replay);
    if (wrong !== null) causes.push({ input, cause: { ...wrong, residual: NaN, repair: [] } });
  };
  if (!forward.ok && replayed.value.every(Number.isFinite)) {
    const { unit, spreads, y } = replayed;
    const scale = scaleOf(replayed.value, spreads.y.sigma, unit);
    const wrong = {
      input: 'forward',
      shape: y.shape,
      dtype: y.dtype,
      observed: value,
      right: replayed.value,
      skipped: spreads.y.jumps,
      scale,
    };
    const cause = await diagnose({ ...wrong, tolerance: forward.detectable, observedNode: null, rightNode: y }, context);
    if (cause !== null) causes.push({ input: 'forward', cause });
    else await blameKernel('forward', [y]);
  }
  for (const [i, report] of inputs.entries()) {
    const { values, guilty, detectable, maxError } = report;
    if (report.ok || guilty === 'none' || !Number.isFinite(maxError)) continue;
    const adjoint = replayed.adjoint[i] ?? null;
    const isRight =
      adjoint !== null && values.oracle?.every((value, at) => distance(value, adjoint[at]!) <= detectable * report.rms) === true;
    const known = guilty === 'backward' || guilty === 'device' ? values.oracle : null;
    const cause =
      known === null
        ? null
        : await diagnose(
            {
              input: report.name,
              shape: report.shape,
              dtype: report.dtype,
              observed: values.analytic,
              right: known,
              skipped: replayed.spreads.gradients[i]?.jumps ?? new Set(),
              scale: report.rms || 1,
              tolerance: detectable,
              observedNode: guilty === 'backward' && !traced.given ? (replayed.nodes.recorded[i] ?? null) : null,
              rightNode: isRight ? (replayed.nodes.adjoint[i] ?? null) : null,
            },
            context,
          );
    if (cause !== null) causes.push({ input: report.name, cause });
    else if (guilty === 'device') await blameKernel(report.name, [replayed.nodes.recorded[i] ?? replayed.y]);
    else
      for (const wrong of wrongRules(context.forward, replayed.replay.evaluator([replayed.y], []), replayed.replay))
        causes.push({ input: report.name, cause: { ...wrong, residual: NaN, repair: [] } });
  }
  return reported(causes, inputs, replayed);
}

function contextOf({ names, g }: Trace, { replay, y, variables, evaluator, upstream, value }: Replayed, pace: Pace): Context {
  const forward = new Set(replay.evaluator([y], []).all);
  const sources = [upstream, ...(replay.has(g.node) ? [replay.node(g.node)] : [])];
  const named = new Map([
    ...variables.map((node, i) => [node, names[i] as string] as const),
    ...sources.map((node) => [node, 'g'] as const),
  ]);
  const gradient = new Set(sources);
  for (const node of evaluator.all) if (node.inputs.some((input) => gradient.has(input))) gradient.add(node);
  return {
    replay,
    forward,
    label: labelsOf(evaluator.all, named),
    isGradient: (node) => gradient.has(node),
    sizes: sizesIn(evaluator.all, y.shape[0] ?? 1, value.length),
    pace,
  };
}
