// The matmul kernel family: batched products, real, complex or integer. A block of the result stays in registers. Loads cost many times what
// a multiplication does, on GPUs and even more where a CPU plays one, so blocks are large, and loads take 16 bytes at once.

import matmulSource from '../../../shaders/matmul.wgsl';
import type { DeviceLimits } from '../../devices/device.js';
import { isComplex } from '../../devices/dtype.js';
import { add, constant, scale, variable, type Index } from '../indexing.js';
import type { Node } from '../node.js';
import { constants, grid, isBrief, storeFunction, storesInLoop, type Launch } from './families.js';
import type { Kernel } from './schedule.js';
import { FunctionWriter, valueType, type KernelWriter } from './writer.js';

/** Invocations of a workgroup. */
const workgroup = 64;

/** Terms that a long sum adds up before they join the total: rounding then grows with √(run) + √(number of runs), not √length. */
const run = 256;

/** One axis of the result: `tile` of its elements are in an invocation's block. */
interface Axis {
  /** Variable of the number of the block. */
  readonly name: string;
  readonly extent: number;
  readonly tile: number;
  readonly blocks: number;
}

function axisOf(name: string, extent: number, tile: number): Axis {
  return { name, extent, tile, blocks: Math.ceil(extent / tile) };
}

/** The largest tile up to `most` that divides an extent without much waste. */
function tileOf(extent: number, most: number): number {
  if (extent <= most) return extent;
  for (let tile = most; tile > most / 2; tile--) if (extent % tile === 0) return tile;
  return most;
}

/** How a product is cut into blocks. */
interface Blocks {
  readonly rows: Axis;
  readonly columns: Axis;
  /** Invocations that lie side by side along an axis of the result, or the batch: what is contiguous in memory should be there. */
  readonly across: 'batch' | 'rows' | 'columns';
}

/**
 * Small products of many are side by side in the batch (the bins of spectra). Else the longer axis of the result lies across the invocations of a workgroup, and
 * all of them have the same elements of the other.
 */
function blocksOf(batch: number, m: number, n: number, complex: boolean, small: boolean): Blocks {
  if (batch > m * n) {
    const rows = tileOf(m, small ? 2 : n >= 4 ? 4 : 8);
    const columns = tileOf(n, small ? 2 : Math.floor(16 / rows));
    return { rows: axisOf('m', m, rows), columns: axisOf('n', n, columns), across: 'batch' };
  }
  const across = n >= m ? 'columns' : 'rows';
  const [most, side] = small ? [2, 2] : complex ? [4, 2] : [8, 4];
  return {
    rows: axisOf('m', m, across === 'rows' ? Math.min(side, m) : tileOf(m, most)),
    columns: axisOf('n', n, across === 'columns' ? Math.min(side, n) : tileOf(n, most)),
    across,
  };
}

/** Batched matrix products [B, M, K] × [B, K, N]. */
export function matmulKernel(writer: KernelWriter, kernel: Kernel, limits: DeviceLimits): Launch {
  const core = kernel.core as Node;
  const [a] = core.inputs as readonly [Node, Node];
  const [batch, m, n] = core.shape as readonly [number, number, number];
  const k = a.shape[2] as number;
  const complex = isComplex(core.dtype);
  const flop = 2 * batch * m * n * k * (complex ? 4 : 1);
  const { rows, columns, across } = blocksOf(batch, m, n, complex, isBrief(flop, limits));
  const wide = across === 'rows' ? rows : columns;
  const narrow = across === 'rows' ? columns : rows;
  // Invocations of a workgroup along the wide axis; the rest of them take further blocks of the narrow one.
  const side = across === 'batch' ? workgroup : Math.min(workgroup, 2 ** Math.ceil(Math.log2(wide.blocks)));
  const others = workgroup / side;
  const groups =
    across === 'batch'
      ? Math.ceil(batch / workgroup) * rows.blocks * columns.blocks
      : batch * Math.ceil(narrow.blocks / others) * Math.ceil(wide.blocks / side);
  const b = variable('b', 0, Math.max(batch - 1, 0));
  const index = (name: string, extent: number): Index => variable(name, 0, Math.max(extent - 1, 0));
  const body = [
    constants({
      WORKGROUP: String(workgroup),
      SIDE: String(side),
      BATCH: String(batch),
      BLOCKS_M: String(rows.blocks),
      BLOCKS_N: String(columns.blocks),
      ACROSS: across === 'batch' ? '0' : across === 'rows' ? '1' : '2',
    }),
    storeFunction(writer, kernel, 'b: i32, m: i32, n: i32', [b, index('m', m), index('n', n)]),
    block(writer, core, { rows, columns, across, k, b }, limits),
    matmulSource,
  ].join('\n');
  return { body, workgroups: grid(groups, limits), flop };
}

/** Elements `tile·block + i` of an axis, with what declares them: where blocks do not divide the axis, those beyond its end repeat the last one. */
function elementsOf({ name, extent, tile, blocks }: Axis): {
  readonly indices: readonly Index[];
  readonly declarations: readonly string[];
} {
  const numbers = Array.from({ length: tile }, (_, i) => i);
  if (extent % tile === 0) {
    const at = variable(name, 0, Math.max(blocks - 1, 0));
    return { indices: numbers.map((i) => add(scale(at, tile), constant(i))), declarations: [] };
  }
  return {
    indices: numbers.map((i) => variable(`${name}${i}`, 0, extent - 1)),
    declarations: numbers.map((i) => `  let ${name}${i} = min(${name} * ${tile} + ${i}, ${extent - 1});`),
  };
}

/** The function block(b, m, n): the loop over k, some steps at a time, and the stores of the block. */
function block(
  writer: KernelWriter,
  core: Node,
  { rows, columns, across, k, b }: Blocks & { readonly k: number; readonly b: Index },
  limits: DeviceLimits,
): string {
  const [left, right] = core.inputs as readonly [Node, Node];
  const type = valueType(core.dtype);
  const [ms, ns] = [elementsOf(rows), elementsOf(columns)];
  const cells = ms.indices.flatMap((_, i) => ns.indices.map((__, j) => `${i}_${j}`));
  const isLong = k > 2 * run;
  const sum = isLong ? 's' : 'c';
  const product = (x: string, y: string): string => (isComplex(core.dtype) ? `complex_mul(${x}, ${y})` : `${x} * ${y}`);

  /** Adds the products of some steps of k. */
  const steps = (inner: readonly Index[]): string => {
    const body = new FunctionWriter(writer);
    for (const at of inner) {
      const x = ms.indices.map((row) => body.load(left, [b, row, at]));
      const y = ns.indices.map((column) => body.load(right, [b, at, column]));
      x.forEach((value, i) => y.forEach((other, j) => body.line(`${sum}${i}_${j} += ${product(value, other)};`)));
    }
    return body.text;
  };

  /** Steps of the loop at a time, of `each` terms. */
  const stepsOf = (each: number): Index[] => {
    const turn = variable('k', 0, Math.max(Math.floor(k / each) - 1, 0));
    return Array.from({ length: each }, (_, i) => add(scale(turn, each), constant(i)));
  };
  const wide = (body: FunctionWriter, at: Index): void => {
    if (across === 'rows') ms.indices.forEach((row) => body.load(left, [b, row, at]));
    else ns.indices.forEach((column) => body.load(right, [b, at, column]));
  };
  const each = across !== 'batch' && isWorthFour(new FunctionWriter(writer), k, stepsOf(4), wide, limits) ? 4 : 1;
  const whole = Math.floor(k / each);
  const some = stepsOf(each);
  const rest = Array.from({ length: k % each }, (_, i) => constant(each * whole + i));
  const zeros = (name: string): string[] => cells.map((cell) => `  var ${name}${cell} = ${type}();`);
  const lines = ['fn block(b: i32, m: i32, n: i32) {', ...ms.declarations, ...ns.declarations, ...zeros('c')];
  if (isLong) {
    lines.push(`  for (var first = 0; first < ${whole}; first += ${run / each}) {`, ...zeros('s'));
    lines.push(`  for (var k = first; k < min(first + ${run / each}, ${whole}); k++) {`, steps(some), '  }');
    lines.push(...cells.map((cell) => `  c${cell} += s${cell};`), '  }');
    if (rest.length > 0) lines.push(...zeros('s'), steps(rest), ...cells.map((cell) => `  c${cell} += s${cell};`));
  } else {
    if (whole > 0)
      lines.push(
        `  let turns = ${limits.compilesSlowly ? writer.count(whole) : whole};`,
        '  for (var k = 0; k < turns; k++) {',
        steps(some),
        '  }',
      );
    if (rest.length > 0) lines.push('  {', steps(rest), '  }');
  }
  lines.push(storesOf(writer, rows, columns, type, limits));
  lines.push('}');
  return lines.join('\n');
}

/**
 * Four terms at a time may be one load, and so they are on most devices. Products side by side in the batch never are; and Mesa, whose loads of 16 bytes are four loads, gains
 * by it only where the operand that differs between invocations is contiguous along the terms. Measured: sums of other operands run as fast, or up to twice as fast,
 * one term at a time, and compile in a third of the time.
 */
function isWorthFour(
  body: FunctionWriter,
  k: number,
  steps: readonly Index[],
  loadWide: (body: FunctionWriter, at: Index) => void,
  { compilesSlowly }: DeviceLimits,
): boolean {
  if (!compilesSlowly) return true;
  if (k < steps.length) return false;
  const [first, ...others] = steps as [Index, ...Index[]];
  loadWide(body, first);
  const alone = body.loads;
  others.forEach((at) => loadWide(body, at));
  return body.loads < 2 * alone;
}

/** Stores the block: one store a cell, from registers, or in a loop. */
function storesOf(writer: KernelWriter, rows: Axis, columns: Axis, type: string, { compilesSlowly }: DeviceLimits): string {
  const inside = ({ extent, tile }: Axis, at: string): string[] => (extent % tile === 0 ? [] : [`${at} < ${extent}`]);
  const storeAt = (i: string, j: string, value: string): string => {
    const [row, column] = [`m * ${rows.tile} + ${i}`, `n * ${columns.tile} + ${j}`];
    const guards = [...inside(rows, row), ...inside(columns, column)];
    const store = `store(b, ${row}, ${column}, ${value});`;
    return guards.length === 0 ? store : `if (${guards.join(' && ')}) { ${store} }`;
  };
  const cells = Array.from({ length: rows.tile * columns.tile }, (_, at) => [Math.floor(at / columns.tile), at % columns.tile] as const);
  if (!compilesSlowly) return cells.map(([i, j]) => `  ${storeAt(String(i), String(j), `c${i}_${j}`)}`).join('\n');
  const values = cells.map(([i, j]) => `c${i}_${j}`);
  return storesInLoop(writer, type, values, (at, value) => storeAt(`${at} / ${columns.tile}`, `${at} % ${columns.tile}`, value)).join('\n');
}
