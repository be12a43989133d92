// Single operations whose own rules are wrong. Each operation of the function is looked at by itself, at the values that it has there: its
// forward mode against differences of its own reference, and its adjoint against its forward mode. No hypothesis is needed for that, so it comes
// last: it says which operation is wrong, and not how.

import { isComplex, isFloat } from '../../devices/dtype.js';
import { float64Values, ndarray, type NdArray } from '../../devices/ndarray.js';
import type { Node } from '../../graph/node.js';
import type { ReferenceCall } from '../../graph/operation.js';
import { inner, rmsOf, signAt } from '../directions.js';
import type { Evaluator } from '../evaluator.js';
import type { Replay, Values } from '../replay.js';
import type { Words } from './mistakes.js';

/** Gaps from which a rule is wrong: differences in float64 err by less than 10⁻⁵, identities by less than 10⁻⁹. */
const allowed = { differences: 1e-4, identity: 1e-7 } as const;
/**
 * Steps of the differences, relative to the operands. A wrong derivative is off with each of them; the smaller one is for functions that bend
 * within a small part of their operand's size, such as logarithms of spectra.
 */
const steps = [1e-6, 1e-9] as const;

/** The operations among `nodes` whose rules are wrong; `values` computes them as they were. */
export function wrongRules(nodes: Iterable<Node>, values: Evaluator, replay: Replay): Words[] {
  const found = new Map<string, Words>();
  for (const node of nodes) {
    const { name } = node.operation;
    if (node.inputs.length === 0 || found.has(name)) continue;
    const wrong = wrongRule(node, values, replay);
    if (wrong !== null) found.set(name, wrong);
  }
  return [...found.values()];
}

function wrongRule(node: Node, values: Evaluator, replay: Replay): Words | null {
  const { operation, inputs } = node;
  const { name } = operation;
  const isReal = ({ dtype }: Node): boolean => isFloat(dtype) || isComplex(dtype);
  if (!isReal(node)) return null;
  const given = inputs.map((input) => ndarray(input.dtype, input.shape, values.valueOf(input)));
  const directions = inputs.map((input, i) => (isReal(input) ? directionOf(float64Values(given[i]!), i) : null));
  const tangents = directions.map((v, i) => (v === null ? null : replay.constant(inputs[i]!.shape, inputs[i]!.dtype, v)));
  const along = operation.jvp(node, tangents);
  if (along === null) return null;
  const evaluate = (at: Node): Values => replay.evaluator([at], []).valueOf(at);
  const forward = evaluate(along);
  const size = Math.max(rmsOf(forward), 1e-300);

  const gaps = steps.flatMap((step) => {
    const numeric = differences(node, given, directions, step);
    return numeric === null || !numeric.every(Number.isFinite)
      ? []
      : [rmsOf(forward.map((value, i) => value - numeric[i]!)) / Math.max(size, rmsOf(numeric))];
  });
  if (gaps.length > 0 && Math.min(...gaps) > allowed.differences)
    return {
      name: `derivative of ${name} wrong, in both modes`,
      change: `Correct the derivative of ${name}: forward mode and its adjoint share it.`,
    };
  const u = forward.map((_, at) => signAt(18, 0, at));
  const gradients = operation.adjoint(node, replay.constant(node.shape, node.dtype, u));
  const back = gradients.reduce((sum, gradient, i) => {
    const v = directions[i];
    return gradient === null || v == null ? sum : sum + inner(evaluate(gradient), v);
  }, 0);
  const gap = Math.abs(inner(forward, u) - back) / (size * Math.sqrt(u.length));
  return gap > allowed.identity
    ? { name: `adjoint of ${name} wrong`, change: `Correct the adjoint of ${name}: it disagrees with its forward mode.` }
    : null;
}

/** Random signs, as large as the operand, which a mask may make infinite in places. */
function directionOf(x: Values, stream: number): Values {
  const size = rmsOf(x.filter(Number.isFinite)) || 1;
  return x.map((_, at) => size * signAt(17, stream, at));
}

/** Central differences of one operation along directions of its operands; null where a kink lies between. */
function differences(node: Node, given: readonly NdArray[], directions: readonly (Values | null)[], step: number): Values | null {
  const { operation, attributes, scalars, dtype, shape } = node;
  const call: ReferenceCall<object> = { attributes, scalars, dtype, shape };
  const moved = (sign: 1 | -1): NdArray[] =>
    given.map((x, i) => {
      const v = directions[i];
      if (v == null) return x;
      const from = float64Values(x);
      return ndarray(
        x.dtype,
        x.shape,
        from.map((value, at) => value + sign * step * v[at]!),
      );
    });
  const [above, below] = [moved(1), moved(-1)];
  const [p, q] = [operation.branch?.(call, above), operation.branch?.(call, below)];
  if (p?.some((value, i) => value !== q?.[i]) === true) return null;
  const [high, low] = [float64Values(operation.reference(call, above)), float64Values(operation.reference(call, below))];
  return high.map((value, i) => (value - low[i]!) / (2 * step));
}
