// The kernel family of correlations [batch, samples, channels, height, width] × [batch, filters, channels, taps, taps] →
// [batch, samples, filters, rows, columns]: a matrix product whose windows are never stored. For each row of taps of each channel an
// invocation loads what its columns need of the image once, and moves the filters' taps over it.

import convSource from '../../../shaders/conv.wgsl';
import type { DeviceLimits } from '../../devices/device.js';
import { sizeOf } from '../../devices/shape.js';
import { add, constant, delinearize, printIndex, scale, variable, type Index } from '../indexing.js';
import type { Node } from '../node.js';
import { tileOf, type Tile } from './conv-tile.js';
import { constants, grid, storesInLoop, type Launch } from './families.js';
import type { Kernel } from './schedule.js';
import { FunctionWriter, valueType, type KernelWriter } from './writer.js';

const workgroup = 64;

/** Terms that a long sum adds up before they join the total: rounding then grows with √(run) + √(number of runs), not √length. */
const run = 256;

const numbers = (count: number): number[] => [...Array(count).keys()];

function index(name: string, extent: number): Index {
  return variable(name, 0, Math.max(extent - 1, 0));
}

/** Correlations; see the head of this file. */
export function convKernel(writer: KernelWriter, kernel: Kernel, limits: DeviceLimits): Launch {
  const core = kernel.core as Node;
  const [a, b] = core.inputs as readonly [Node, Node];
  const { lowering } = core.operation;
  if (lowering.kind !== 'correlate') throw new Error(`${core.operation.name}: not a correlation`);
  const { stride, dilation } = lowering.steps(core.attributes);
  const [batch, samples, filters, rows, columns] = core.shape as readonly [number, number, number, number, number];
  const [, , channels, tapRows, taps] = b.shape as readonly [number, number, number, number, number];
  const tile = tileOf({ filters, rows, columns, taps, stride: stride[1], dilation: dilation[1] });
  const counts = [batch, Math.ceil(filters / tile.filters), samples, rows / tile.rows, Math.ceil(columns / tile.columns)];
  const total = sizeOf(counts);
  const parts = delinearize(index('i', total), counts);
  const stores = storesOf(writer, kernel, tile, limits);
  const body = [
    constants({ WORKGROUP: `${workgroup}u`, TILES: `${total}u` }),
    stores.declaration,
    'fn tile(i: i32) {',
    ...['b', 'k', 'n', 'y', 'x'].map((name, axis) => `  let ${name} = ${printIndex(parts[axis] as Index)};`),
    sums(writer, { a, b, stride, dilation, tile, counts, columns, channels, tapRows, taps, type: valueType(core.dtype) }),
    stores.calls,
    '}',
    convSource,
  ].join('\n');
  const workgroups = grid(Math.ceil(total / workgroup), limits);
  return { body, workgroups, flop: 2 * sizeOf(core.shape) * channels * tapRows * taps };
}

/** Widths of the vectors that hold the columns of a tile. */
function vectors(columns: number): number[] {
  return numbers(Math.ceil(columns / 4)).map((at) => Math.min(4, columns - 4 * at));
}

const vectorType = (type: string, width: number): string => (width === 1 ? type : `vec${width}<${type}>`);

interface Sums {
  readonly a: Node;
  readonly b: Node;
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly tile: Tile;
  /** Tiles along batch, filters, samples, rows and columns. */
  readonly counts: readonly number[];
  readonly columns: number;
  readonly channels: number;
  readonly tapRows: number;
  readonly taps: number;
  readonly type: string;
}

/** The loop over channels and taps: declares the sums c‹filter›_‹row›_‹vector›. */
function sums(writer: KernelWriter, { tile, columns, channels, tapRows, taps, type, ...given }: Sums): string {
  const chunks = taps / tile.taps;
  const steps = channels * tapRows * chunks;
  const runSteps = Math.max(1, Math.floor(run / tile.taps));
  const isLong = steps > 2 * runSteps;
  const widths = vectors(tile.columns);
  const names = numbers(tile.filters).flatMap((f) =>
    numbers(tile.rows).flatMap((r) => widths.map((width, v) => ({ at: `${f}_${r}_${v}`, width }))),
  );
  const declare = (name: string): string[] => names.map(({ at, width }) => `  var ${name}${at} = ${vectorType(type, width)}();`);
  const lines = [...declare('c'), `  let steps = ${writer.count(steps)};`];
  if (isLong) lines.push(`  for (var first = 0; first < steps; first += ${runSteps}) {`, ...declare('s'));
  lines.push(
    isLong ? `  for (var step = first; step < min(first + ${runSteps}, steps); step++) {` : '  for (var step = 0; step < steps; step++) {',
  );
  lines.push(`  let c = step / ${tapRows * chunks};`, `  let u = step / ${chunks} % ${tapRows};`, `  let v = step % ${chunks};`);
  lines.push(products(writer, { ...given, tile, columns, channels, tapRows, taps, type }, isLong ? 's' : 'c'), '  }');
  if (isLong) lines.push(...names.map(({ at }) => `  c${at} += s${at};`), '  }');
  return lines.join('\n');
}

/** One step of the loop: `tile.taps` taps of one row of one channel. */
function products(
  writer: KernelWriter,
  { a, b, stride, dilation, tile, counts, channels, tapRows, taps, type }: Sums,
  sum: string,
): string {
  const body = new FunctionWriter(writer);
  const [batch, k, n, y, x] = ['b', 'k', 'n', 'y', 'x'].map((name, axis) => index(name, counts[axis] as number)) as [
    Index,
    Index,
    Index,
    Index,
    Index,
  ];
  const [c, u, v] = [index('c', channels), index('u', tapRows), index('v', taps / tile.taps)];
  /** Places beyond the end of an axis belong to results that are not stored; any element will do for them. */
  const within = (at: Index, extent: number): Index =>
    at.max < extent ? at : variable(body.declare('i32', `min(${printIndex(at)}, ${extent - 1})`), 0, extent - 1);
  const [, filters] = b.shape as readonly [number, number];
  const weights = numbers(tile.filters).map((f) => {
    const filter = within(add(scale(k, tile.filters), constant(f)), filters);
    return numbers(tile.taps).map((t) => body.load(b, [batch, filter, c, u, add(scale(v, tile.taps), constant(t))]));
  });
  const height = a.shape[3] as number;
  const width = a.shape[4] as number;
  for (const r of numbers(tile.rows)) {
    const row = within(add(scale(y, tile.rows * stride[0]), constant(r * stride[0]), scale(u, dilation[0])), height);
    const pixels = new Map<number, string>();
    const pixel = (place: number): string => {
      let value = pixels.get(place);
      if (value === undefined) {
        const column = add(scale(x, tile.columns * stride[1]), scale(v, tile.taps * dilation[1]), constant(place));
        value = body.load(a, [batch, n, c, row, within(column, width)]);
        pixels.set(place, value);
      }
      return value;
    };
    for (const t of numbers(tile.taps)) {
      vectors(tile.columns).forEach((size, vector) => {
        const values = numbers(size).map((lane) => pixel((4 * vector + lane) * stride[1] + t * dilation[1]));
        const name = `p${r}_${t}_${vector}`;
        body.line(`let ${name} = ${size === 1 ? values.join() : `${vectorType(type, size)}(${values.join(', ')})`};`);
        weights.forEach((taps, f) => body.line(`${sum}${f}_${r}_${vector} += ${taps[t] as string} * ${name};`));
      });
    }
  }
  return body.text;
}

/** The function that stores a result, or four neighbours at once, and the calls of it. */
function storesOf(
  writer: KernelWriter,
  { core, path }: Kernel,
  tile: Tile,
  { compilesSlowly }: DeviceLimits,
): { readonly declaration: string; readonly calls: string } {
  const { shape, dtype } = core as Node;
  const [batch, samples, filters, rows, columns] = shape as readonly [number, number, number, number, number];
  const type = valueType(dtype);
  const outer = [index('b', batch), index('n', samples), index('k', filters), index('y', rows)];
  let body = new FunctionWriter(writer);
  const quads = numbers(4).map((lane) => [...outer, add(scale(index('x', columns / 4), 4), constant(lane))]);
  const isQuads =
    tile.columns % 4 === 0 &&
    columns % 4 === 0 &&
    body.storeQuads(
      core as Node,
      quads,
      ['x', 'y', 'z', 'w'].map((lane) => `value.${lane}`),
      path,
    );
  if (!isQuads) {
    body = new FunctionWriter(writer);
    body.store(core as Node, [...outer, index('x', columns)], 'value', path);
  }
  const each = isQuads ? 4 : 1;
  const declaration = `fn store(b: i32, n: i32, k: i32, y: i32, x: i32, value: ${vectorType(type, each)}) {\n${body.text}\n}`;
  const [perTile, extent] = [tile.columns / each, columns / each];
  const storeAt = (f: string, r: string, at: string, value: string): string => {
    const guards = [
      ...(extent % perTile === 0 ? [] : [`x * ${perTile} + ${at} < ${extent}`]),
      ...(filters % tile.filters === 0 ? [] : [`k * ${tile.filters} + ${f} < ${filters}`]),
    ];
    const store = `store(b, n, k * ${tile.filters} + ${f}, y * ${tile.rows} + ${r}, x * ${perTile} + ${at}, ${value});`;
    return guards.length === 0 ? store : `if (${guards.join(' && ')}) { ${store} }`;
  };
  const cells = numbers(tile.filters).flatMap((f) =>
    numbers(tile.rows).flatMap((r) =>
      numbers(perTile).map((at) => {
        const lane = isQuads || (tile.columns % 4 === 1 && at === tile.columns - 1) ? '' : `.${'xyzw'[at % 4] ?? ''}`;
        return { f, r, at, value: `c${f}_${r}_${isQuads ? at : at >> 2}${lane}` };
      }),
    ),
  );
  if (!compilesSlowly)
    return { declaration, calls: cells.map(({ f, r, at, value }) => `  ${storeAt(`${f}`, `${r}`, `${at}`, value)}`).join('\n') };
  const values = cells.map(({ value }) => value);
  const [perFilter, perRow] = [tile.rows * perTile, perTile];
  const calls = storesInLoop(writer, vectorType(type, each), values, (at, value) =>
    storeAt(`${at} / ${perFilter}`, `${at} / ${perRow} % ${tile.rows}`, `${at} % ${perTile}`, value),
  );
  return { declaration, calls: calls.join('\n') };
}
