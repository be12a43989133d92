// Kernel families but the fft: map, reduce, matmul. Each turns a scheduled kernel into WGSL and a launch.

import mapSource from '../../../shaders/map.wgsl';
import matmulSource from '../../../shaders/matmul.wgsl';
import reduceSource from '../../../shaders/reduce.wgsl';
import type { DeviceLimits } from '../../devices/device.js';
import { isComplex, type DType } from '../../devices/dtype.js';
import { sizeOf, type Shape } from '../../devices/shape.js';
import { add, constant, delinearize, scale, variable, type Index } from '../indexing.js';
import type { Node } from '../node.js';
import type { Kernel } from './schedule.js';
import type { KernelWriter } from './writer.js';
import { FunctionWriter, valueType } from './writer.js';

/** A kernel ready for a plan. */
export interface Launch {
  readonly body: string;
  readonly workgroups: readonly [number, number, number];
  /** Arithmetic operations and bytes, for the cost model. */
  readonly flop: number;
}

const workgroup = 64;

/** Workgroups in a grid whose rows are as wide as a device allows. */
export function grid(count: number, limits: DeviceLimits): [number, number, number] {
  const width = Math.min(count, limits.maxWorkgroups);
  return [width, Math.ceil(count / Math.max(width, 1)), 1];
}

/** Named constants of a family's text. */
export function constants(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => `const ${name} = ${value};`)
    .join('\n');
}

/** The generated function store(…): from the core's value to the kernel's result. */
export function storeFunction(writer: KernelWriter, { core, root, path }: Kernel, parameters: string, index: readonly Index[]): string {
  const body = new FunctionWriter(writer);
  body.store(core ?? root, index, 'value', path);
  return `fn store(${parameters}, value: ${valueType((core ?? root).dtype)}) {\n${body.text}\n}`;
}

/** A generated function that loads element `index` of an operand. */
export function loadFunction(writer: KernelWriter, name: string, parameters: string, operand: Node, index: readonly Index[]): string {
  const body = new FunctionWriter(writer);
  const value = body.load(operand, index);
  return `fn ${name}(${parameters}) -> ${valueType(operand.dtype)} {\n${body.text}\n  return ${value};\n}`;
}

/**
 * How often an invocation computes `lanes` elements of the result, and how many workgroups do: enough workgroups to fill a GPU, and no more where a
 * CPU plays it, because each costs as much as hundreds of elements.
 */
function spread(size: number, lanes: number, { isSoftware }: DeviceLimits): { repeats: number; workgroups: number } {
  const groups = Math.ceil(size / lanes / workgroup);
  const repeats = Math.max(1, Math.min(isSoftware ? 16 : 4, Math.floor(groups / (isSoftware ? 64 : 4096))));
  return { repeats, workgroups: Math.ceil(groups / repeats) };
}

/** A kernel without a core: every element of the root from its operands; also stores the operand of `materialize`. */
export function mapKernel(writer: KernelWriter, { root, core, path }: Kernel, limits: DeviceLimits): Launch {
  const source = core ?? root;
  const size = sizeOf(source.shape);
  const body = new FunctionWriter(writer);
  const operand = source.operation.lowering.kind === 'materialize' ? source.inputs[0] : undefined;
  const evaluate = (index: readonly Index[]): string => (operand === undefined ? body.compute(source, index) : body.load(operand, index));
  const lanes = size % 4 === 0 && path.length === 0 ? 4 : 1;
  const i = variable('i', 0, Math.max(size / lanes - 1, 0));
  if (lanes === 4) {
    const indices = [0, 1, 2, 3].map((lane) => neighbour(i, source.shape, lane));
    const values = indices.map(evaluate);
    if (!body.storeQuads(source, indices, values, path)) throw new Error(`${source.operation.name}: four neighbours are no quad`);
  } else {
    const index = delinearize(i, source.shape);
    body.store(source, index, evaluate(index), path);
  }
  const { repeats, workgroups } = spread(size, lanes, limits);
  const named = constants({ WORKGROUP: `${workgroup}u`, REPEATS: `${repeats}u`, SIZE: `${size / lanes}u` });
  return {
    body: `${named}\nfn element(i: i32) {\n${body.text}\n}\n${mapSource}`,
    workgroups: grid(workgroups, limits),
    flop: size * 8,
  };
}

/** Index of element 4·i + lane of a shape whose size is a multiple of four. */
function neighbour(i: Index, shape: Shape, lane: number): Index[] {
  const last = shape.at(-1) ?? 1;
  if (last % 4 !== 0) return delinearize(add(scale(i, 4), constant(lane)), shape);
  const index = delinearize(i, [...shape.slice(0, -1), last / 4]);
  return [...index.slice(0, -1), add(scale(index.at(-1) as Index, 4), constant(lane))];
}

/** Sums, extrema and their positions along axes. */
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
  const o = variable('o', 0, Math.max(results - 1, 0));
  const outer = delinearize(o, kept);
  const inner = delinearize(variable('r', 0, Math.max(length - 1, 0)), reduced);
  const index = operand.shape.map((_, axis) => (axes.has(axis) ? inner.shift() : outer.shift()) as Index);
  const tree = length > 64 && !(results >= 8192 && length <= 1024);
  const threads = tree ? Math.min(256, limits.maxInvocations) : workgroup;
  const load = new FunctionWriter(writer);
  const value = load.load(operand, index);
  const { accumulator, identity, combine, element, finish } = combination(writer, lowering.combine, operand.dtype);
  const entry = tree ? reduceSource.replace('fn tree', 'fn main') : reduceSource.replace('fn serial', 'fn main');
  const body = [
    constants({ WORKGROUP: `${threads}u`, RESULTS: String(results), LENGTH: String(length) }),
    accumulator,
    `fn identity() -> Accumulator { return ${identity}; }`,
    `fn combine(a: Accumulator, b: Accumulator) -> Accumulator { ${combine} }`,
    `fn finish(a: Accumulator) -> ${valueType(core.dtype)} { return ${finish}; }`,
    `fn load(o: i32, r: i32) -> Accumulator {\n${load.text}\n  return ${element(value)};\n}`,
    storeFunction(writer, kernel, 'o: i32', delinearize(o, core.shape)),
    onlyEntry(entry, tree ? 'serial' : 'tree'),
  ].join('\n');
  return { body, workgroups: grid(tree ? results : Math.ceil(results / threads), limits), flop: results * length * 4 };
}

/** Drops the entry point that is not used: each module has one. */
function onlyEntry(source: string, unused: 'tree' | 'serial'): string {
  const parts = source.split('@compute');
  return parts.filter((part) => !part.includes(`fn ${unused}(`)).join('@compute');
}

interface Combination {
  readonly accumulator: string;
  readonly identity: string;
  readonly combine: string;
  readonly element: (value: string) => string;
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
    combine:
      `if (${nan('a.value')} && ${nan('b.value')}) { if (a.index < b.index) { return a; } return b; }\n` +
      `  if (a.value > b.value || ${nan('a.value')} || (a.value == b.value && a.index < b.index)) { return a; }\n  return b;`,
    element: (value) => `Accumulator(${value}, r)`,
    finish: 'a.index',
  };
}

/** Batched matrix products, real, complex or integer. */
export function matmulKernel(writer: KernelWriter, kernel: Kernel, limits: DeviceLimits): Launch {
  const core = kernel.core as Node;
  const [a, b] = core.inputs as readonly [Node, Node];
  const [batch, m, n] = core.shape as readonly [number, number, number];
  const k = a.shape[2] as number;
  const tile = (extent: number): number => (extent >= 4 ? 4 : extent >= 2 ? 2 : 1);
  const [tileM, tileN] = [tile(m), tile(n)];
  const blocksM = Math.ceil(m / tileM);
  const blocksN = Math.ceil(n / tileN);
  const type = valueType(core.dtype);
  const index = (name: string, extent: number): Index => variable(name, 0, Math.max(extent - 1, 0));
  const [at, row, column, inner] = [index('b', batch), index('m', m), index('n', n), index('k', k)];
  const body = [
    constants({
      WORKGROUP: `${workgroup}u`,
      BATCH: String(batch),
      BLOCKS_M: String(blocksM),
      BLOCKS_N: String(blocksN),
      TILE_M: String(tileM),
      TILE_N: String(tileN),
      BATCH_FIRST: String(batch > m * n),
    }),
    loadFunction(writer, 'load_a', 'b: i32, m: i32, k: i32', a, [at, row, inner]),
    loadFunction(writer, 'load_b', 'b: i32, k: i32, n: i32', b, [at, inner, column]),
    storeFunction(writer, kernel, 'b: i32, m: i32, n: i32', [at, row, column]),
    block(type, isComplex(core.dtype), { m, n, k, tileM, tileN }),
    matmulSource,
  ].join('\n');
  return {
    body,
    workgroups: grid(Math.ceil((batch * blocksM * blocksN) / workgroup), limits),
    flop: 2 * batch * m * n * k * (isComplex(core.dtype) ? 4 : 1),
  };
}

/** Terms that a long sum adds up before they join the total: rounding then grows with √(run) + √(number of runs), not √length. */
const run = 256;

/** The function block(b, m, n): the unrolled register tile and its loop over k. Rows beyond the edge repeat the last one. */
function block(type: string, complex: boolean, { m, n, k, tileM, tileN }: Record<'m' | 'n' | 'k' | 'tileM' | 'tileN', number>): string {
  const rows = [...Array(tileM).keys()];
  const columns = [...Array(tileN).keys()];
  const lines = [`fn block(b: i32, m: i32, n: i32) {`];
  for (const i of rows) lines.push(`  let m${i} = min(m + ${i}, ${m - 1});`);
  for (const j of columns) lines.push(`  let n${j} = min(n + ${j}, ${n - 1});`);
  for (const i of rows) for (const j of columns) lines.push(`  var c${i}${j} = ${type}();`);
  const long = k > 2 * run;
  const sum = long ? 's' : 'c';
  if (long) {
    lines.push(`  for (var first = 0; first < ${k}; first += ${run}) {`);
    for (const i of rows) for (const j of columns) lines.push(`  var s${i}${j} = ${type}();`);
  }
  lines.push(long ? `  for (var k = first; k < min(first + ${run}, ${k}); k++) {` : `  for (var k = 0; k < ${k}; k++) {`);
  for (const i of rows) lines.push(`    let a${i} = load_a(b, m${i}, k);`);
  for (const j of columns) lines.push(`    let b${j} = load_b(b, k, n${j});`);
  for (const i of rows) {
    for (const j of columns) lines.push(`    ${sum}${i}${j} += ${complex ? `complex_mul(a${i}, b${j})` : `a${i} * b${j}`};`);
  }
  lines.push('  }');
  if (long) {
    for (const i of rows) for (const j of columns) lines.push(`  c${i}${j} += s${i}${j};`);
    lines.push('  }');
  }
  for (const i of rows) {
    for (const j of columns) lines.push(`  if (m + ${i} < ${m} && n + ${j} < ${n}) { store(b, m${i}, n${j}, c${i}${j}); }`);
  }
  lines.push('}');
  return lines.join('\n');
}
