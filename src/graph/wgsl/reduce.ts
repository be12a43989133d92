// The reduce kernel family: sums, extrema and their positions along axes.

import reduceSource from '../../../shaders/reduce.wgsl';
import type { DeviceLimits } from '../../devices/device.js';
import { isComplex, type DType } from '../../devices/dtype.js';
import { sizeOf } from '../../devices/shape.js';
import { delinearize, variable, type Index } from '../indexing.js';
import type { Node } from '../node.js';
import { constants, grid, neighbour, storeFunction, type Launch } from './families.js';
import type { Kernel } from './schedule.js';
import { FunctionWriter, valueType, type KernelWriter } from './writer.js';

/** Terms that one invocation adds up at most, where there may be more invocations. */
const longest = 1024;

/** How a reduction is spread: workgroups of `side` invocations along the results times `depth` along the terms. */
interface Spread {
  /** Neighbouring results, or neighbouring terms, that an invocation takes at once. */
  readonly results: 1 | 4;
  readonly terms: 1 | 4;
  readonly side: number;
  readonly depth: number;
}

/**
 * What lies side by side in memory is loaded by fours and lies across neighbouring invocations. A GPU wants many workgroups; where a CPU plays it, meeting in
 * workgroup memory costs more than adding up.
 */
function spreadOf(results: number, length: number, isAlongTerms: boolean, { isSoftware, maxInvocations }: DeviceLimits): Spread {
  const most = Math.min(256, maxInvocations);
  const byResults = !isAlongTerms && results % 4 === 0 ? 4 : 1;
  const byTerms = isAlongTerms && length % 4 === 0 ? 4 : 1;
  const lines = results / byResults;
  const enough = isSoftware ? 256 : 65536;
  const steps = length / byTerms;
  let depth = 1;
  while (depth < Math.min(most, steps / 2) && (lines * depth < enough || steps / depth > longest)) depth *= 2;
  // A cache line of neighbouring terms belongs to one result.
  if (isAlongTerms && !isSoftware) while (depth < 16 && depth < steps / 2) depth *= 2;
  const side = Math.max(1, Math.min(Math.floor(64 / depth), 2 ** Math.ceil(Math.log2(lines))));
  return { results: byResults, terms: byTerms, side, depth };
}

/** Generates the kernel of one reduction. */
export function reduceKernel(writer: KernelWriter, kernel: Kernel, limits: DeviceLimits): Launch {
  const core = kernel.core as Node;
  const { lowering } = core.operation;
  const [operand] = core.inputs;
  if (lowering.kind !== 'reduce' || operand === undefined) throw new Error(`${core.operation.name}: not a reduction`);
  const axes = new Set(lowering.axes(core.attributes));
  const reduced = operand.shape.filter((_, axis) => axes.has(axis));
  const kept = operand.shape.filter((_, axis) => !axes.has(axis));
  const results = sizeOf(kept);
  const length = sizeOf(reduced);
  const isAlongTerms = axes.has(operand.shape.length - 1);
  const spread = spreadOf(results, length, isAlongTerms, limits);
  const lines = results / spread.results;
  const steps = length / spread.terms;
  const o = variable('o', 0, Math.max(lines - 1, 0));
  const r = variable('r', 0, Math.max(steps - 1, 0));
  const { accumulator, identity, combine, element, finish } = combination(writer, lowering.combine, operand.dtype);

  const body = new FunctionWriter(writer);
  const lanes = spread.results * spread.terms;
  for (let lane = 0; lane < lanes; lane++) {
    const outer = spread.results === 4 ? neighbour(o, kept, lane) : delinearize(o, kept);
    const inner = spread.terms === 4 ? neighbour(r, reduced, lane) : delinearize(r, reduced);
    const index = operand.shape.map((_, axis) => (axes.has(axis) ? inner.shift() : outer.shift()) as Index);
    const value = body.load(operand, index);
    const position = spread.terms === 4 ? `4 * r + ${lane}` : 'r';
    body.line(`s${lane} = combine(s${lane}, ${element(value, position)});`);
  }
  const result = variable('o', 0, Math.max(results - 1, 0));
  const text = [
    constants({ SIDE: String(spread.side), DEPTH: String(spread.depth) }),
    accumulator,
    `fn identity() -> Accumulator { return ${identity}; }`,
    `fn combine(a: Accumulator, b: Accumulator) -> Accumulator { ${combine} }`,
    `fn finish(a: Accumulator) -> ${valueType(core.dtype)} { return ${finish}; }`,
    storeFunction(writer, kernel, 'o: i32', delinearize(result, core.shape)),
    spread.depth > 1 ? reduceSource : '',
    mainFunction(writer, { ...spread, lines, steps }, isAlongTerms, body.text),
  ].join('\n');
  return { body: text, workgroups: grid(Math.ceil(lines / spread.side), limits), flop: results * length * 4 };
}

/** Each invocation adds up its terms in variables of its own, meets the others of its line, and the first of them stores. */
function mainFunction(
  writer: KernelWriter,
  { results, terms, depth, lines, steps }: Spread & { readonly lines: number; readonly steps: number },
  isAlongTerms: boolean,
  step: string,
): string {
  const lanes = Array.from({ length: results * terms }, (_, lane) => `s${lane}`);
  const ends = Array.from({ length: results }, (_, each) => {
    const sum = terms === 4 ? 'combine(combine(s0, s1), combine(s2, s3))' : `s${each}`;
    const total = depth > 1 ? `meet(side, depth, ${sum})` : sum;
    return `  let t${each} = ${total};\n  if (depth == 0 && o < lines) { store(o * ${results} + ${each}, finish(t${each})); }`;
  });
  return [
    '@compute @workgroup_size(SIDE * DEPTH)',
    'fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {',
    `  let side = i32(local) ${isAlongTerms ? '/ DEPTH' : '% SIDE'};`,
    `  let depth = i32(local) ${isAlongTerms ? '% DEPTH' : '/ SIDE'};`,
    '  let o = i32(group.y * groups.x + group.x) * SIDE + side;',
    `  let lines = ${writer.count(lines)};`,
    `  let steps = ${writer.count(steps)};`,
    ...lanes.map((lane) => `  var ${lane} = identity();`),
    '  for (var r = select(steps, depth, o < lines); r < steps; r += DEPTH) {',
    step,
    '  }',
    ...ends,
    '}',
  ].join('\n');
}

interface Combination {
  readonly accumulator: string;
  readonly identity: string;
  readonly combine: string;
  readonly element: (value: string, position: string) => string;
  readonly finish: string;
}

function combination(writer: KernelWriter, combine: 'sum' | 'max' | 'min' | 'argmax', dtype: DType): Combination {
  const type = valueType(dtype);
  const integer = dtype === 'int32';
  const simple = { accumulator: `alias Accumulator = ${type};`, element: (value: string) => value, finish: 'a' };
  if (combine === 'sum') {
    return { ...simple, identity: isComplex(dtype) ? 'vec2<f32>()' : integer ? '0' : '0.0', combine: 'return a + b;' };
  }
  const least = integer ? 'i32(-2147483647 - 1)' : writer.scalar({ type: 'f32', scalar: -1, value: -Infinity });
  const greatest = integer ? '2147483647' : writer.scalar({ type: 'f32', scalar: -1, value: Infinity });
  // A NaN must win, as in every array library.
  const nan = (x: string): string => (integer ? 'false' : `is_nan(${x})`);
  if (combine === 'min') return { ...simple, identity: greatest, combine: `return select(b, a, a < b || ${nan('a')});` };
  if (combine === 'max') return { ...simple, identity: least, combine: `return select(b, a, a > b || ${nan('a')});` };
  return {
    accumulator: `struct Accumulator { value: ${type}, index: i32 }`,
    identity: `Accumulator(${least}, 2147483647)`,
    // Selects, not branches: in software a branch costs more than what it saves.
    combine: [
      'let isFirst = a.index < b.index;',
      `let isLarger = a.value > b.value || (a.value == b.value && isFirst);`,
      `let isTaken = select(isLarger, !${nan('b.value')} || isFirst, ${nan('a.value')});`,
      'return Accumulator(select(b.value, a.value, isTaken), select(b.index, a.index, isTaken));',
    ].join(' '),
    element: (value, position) => `Accumulator(${value}, ${position})`,
    finish: 'a.index',
  };
}
