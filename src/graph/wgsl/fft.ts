// The fft kernel family: a whole transform in workgroup memory, one dispatch, any radices up to 13.
// Even real transforms run as complex ones of half the length; odd ones as complex ones of which half is stored.

import fftSource from '../../../shaders/fft.wgsl';
import type { DeviceLimits } from '../../devices/device.js';
import { radices, roots } from '../../devices/roots.js';
import { sizeOf } from '../../devices/shape.js';
import { delinearize, variable, type Index } from '../indexing.js';
import type { Node } from '../node.js';
import type { FftTransform } from '../operation.js';
import { oddButterfly } from './butterflies.js';
import { constants, grid, storeFunction, type Launch } from './families.js';
import type { Kernel } from './schedule.js';
import { FunctionWriter, type KernelWriter } from './writer.js';

/** Complex points that a transform keeps in workgroup memory. */
function complexLength({ n, mode }: Pick<FftTransform, 'n' | 'mode'>): number {
  return mode !== 'c2c' && n % 2 === 0 ? n / 2 : n;
}

/** True when one dispatch does the transform: its radices are small and it fits in workgroup memory. */
export function fitsWorkgroup(transform: Pick<FftTransform, 'n' | 'mode'>, limits: DeviceLimits): boolean {
  const length = complexLength(transform);
  return 8 * length <= limits.maxWorkgroupMemory && radices(length) !== null;
}

/** How a transform is spread over invocations. */
interface Layout {
  readonly length: number;
  readonly radices: readonly number[];
  readonly threads: number;
  readonly rows: number;
  /** Neighbouring invocations take neighbouring rows (a strided axis) instead of neighbouring points. */
  readonly columns: boolean;
}

/**
 * Points for each invocation, invocations in a workgroup, and neighbouring rows of a strided axis, which share a line of the cache: at least so
 * many. WebGPU clears workgroup memory first; software adapters do so in each of their vectors, by code as long as the memory, and with more of it
 * they would do little else. A GPU has enough workgroups.
 */
const least = { points: 16, invocations: 32, columns: 4 } as const;

function layoutOf(length: number, batch: number, columns: boolean, limits: DeviceLimits): Layout {
  const factors = radices(length);
  if (factors === null) throw new Error(`fft: ${length} has a prime factor over 13`);
  const most = Math.min(limits.maxInvocations, 256);
  const threads = Math.max(1, Math.min(most, Math.ceil(length / least.points)));
  const byMemory = Math.floor(limits.maxWorkgroupMemory / (8 * length));
  const wanted = Math.max(Math.ceil(least.invocations / threads), columns ? least.columns : 1);
  const rows = Math.max(1, Math.min(byMemory, Math.floor(most / threads), wanted, batch));
  return { length, radices: factors, threads, rows, columns };
}

/** Generates the kernel of one transform along one axis. */
export function fftKernel(writer: KernelWriter, kernel: Kernel, limits: DeviceLimits): Launch {
  const core = kernel.core as Node;
  const { lowering } = core.operation;
  const [operand] = core.inputs;
  if (lowering.kind !== 'fft' || operand === undefined) throw new Error(`${core.operation.name}: not a transform`);
  const transform = lowering.transform(core.attributes);
  const { axis, n, mode, sign } = transform;
  const others = core.shape.filter((_, at) => at !== axis);
  const batch = sizeOf(others);
  const layout = layoutOf(complexLength(transform), batch, axis !== core.shape.length - 1, limits);
  const tableLength = layout.length === n ? n : 2 * layout.length;
  const table = writer.table(`roots:${tableLength}`, () => Float32Array.from(roots(tableLength)));

  const b = variable('b', 0, Math.max(batch - 1, 0));
  const along = (extent: number): Index[] => {
    const index = delinearize(b, others);
    index.splice(axis, 0, variable('j', 0, Math.max(extent - 1, 0)));
    return index;
  };
  const given = operand.shape[axis] as number;
  const needed = mode === 'c2r' ? Math.floor(n / 2) + 1 : n;
  const body = [
    constants({
      SIGN: `f32(${sign})`,
      M: String(layout.length),
      N: String(n),
      ROWS: String(layout.rows),
      THREADS: String(layout.threads),
      BATCH: String(batch),
    }),
    operandFunction(writer, operand, along(Math.max(Math.min(given, needed), 1)), given < needed ? given : null),
    loadPoint(transform, layout, table),
    storeFunction(writer, kernel, 'b: i32, j: i32', along(core.shape[axis] as number)),
    `fn twiddle(k: i32) -> vec2<f32> { let w = ${table}[k${tableLength === layout.length ? '' : ' * 2'}]; return vec2<f32>(w.x, ${sign === -1 ? '' : '-'}w.y); }`,
    fftSource,
    ...[...new Set(layout.radices)].filter((radix) => radix % 2 === 1 && radix > 1).map(oddButterfly),
    mainFunction(transform, layout, table),
  ].join('\n');
  return {
    body,
    workgroups: grid(Math.ceil(batch / layout.rows), limits),
    flop: 5 * batch * layout.length * Math.max(1, Math.log2(layout.length)),
  };
}

/** operand(b, j): element j of the transformed axis; zero beyond what is given (padding). */
function operandFunction(writer: KernelWriter, operand: Node, index: readonly Index[], given: number | null): string {
  const body = new FunctionWriter(writer);
  const real = operand.dtype !== 'complex64';
  const type = real ? 'f32' : 'vec2<f32>';
  if (given !== null) body.line(`if (j >= ${given}) { return ${type}(); }`);
  const value = body.load(operand, index);
  const converted = operand.dtype === 'float32' || !real ? value : `f32(${value})`;
  return `fn operand(b: i32, j: i32) -> ${type} {\n${body.text}\n  return ${converted};\n}`;
}

/** point(b, j): complex point j of the transform that really runs. */
function loadPoint({ mode, n }: FftTransform, layout: Layout, table: string): string {
  const head = 'fn point(b: i32, j: i32) -> vec2<f32>';
  if (mode === 'c2c') return `${head} { return operand(b, j); }`;
  const halved = layout.length !== n;
  if (mode === 'r2c') {
    return halved
      ? `${head} { return vec2<f32>(operand(b, 2 * j), operand(b, 2 * j + 1)); }`
      : `${head} { return vec2<f32>(operand(b, j), 0.0); }`;
  }
  // The imaginary parts of DC and Nyquist cannot belong to a real signal and are ignored, as every FFT library does.
  if (!halved) {
    return `${head} {
  if (j == 0) { return vec2<f32>(operand(b, 0).x, 0.0); }
  if (j <= N / 2) { return operand(b, j); }
  let v = operand(b, N - j);
  return vec2<f32>(v.x, -v.y);
}`;
  }
  return `${head} {
  var x = operand(b, j);
  var y = operand(b, M - j);
  if (j == 0) { x.y = 0.0; y.y = 0.0; }
  y.y = -y.y;
  let w = ${table}[j];
  return x + y + turn(complex_mul(vec2<f32>(w.x, -w.y), x - y));
}`;
}

/** Neighbouring stages of one radix. */
interface Group {
  readonly radix: number;
  readonly count: number;
  /** The length of the transforms that its first stage divides. */
  readonly block: number;
}

function groupsOf(length: number, radices: readonly number[]): Group[] {
  const groups: Group[] = [];
  let block = length;
  for (const radix of radices) {
    const last = groups.at(-1);
    if (last?.radix === radix) groups[groups.length - 1] = { ...last, count: last.count + 1 };
    else groups.push({ radix, count: 1, block });
    block /= radix;
  }
  return groups;
}

/**
 * The stages. Those of one radix are a loop: drivers take seconds for long kernels, and the time grows faster than the length. The first
 * stage reads the operand, and the last one stores what it makes, unless the two halves of a real transform are still to be split.
 */
function mainFunction({ mode, n }: FftTransform, layout: Layout, table: string): string {
  const { length, radices: factors, threads, rows, columns } = layout;
  const halved = length !== n;
  const isSplit = mode === 'r2c' && halved;
  // The last stage is apart: it takes its butterflies in another order.
  const last = factors.at(-1) as number;
  const groups = groupsOf(length, factors.slice(0, -1));
  const lines: string[] = [];
  if (groups.length > 0 || isSplit) {
    lines.push(`var<workgroup> points: array<vec2<f32>, ${rows * length}>;`, placeFunction(groups, length / last));
  }
  if ((groups[0]?.count ?? 0) > 1) {
    lines.push('fn take(isFirst: bool, b: i32, base: i32, at: i32) -> vec2<f32> {');
    lines.push('  if (isFirst) { return point(b, at); }', '  return points[base + at];', '}');
  }
  lines.push(
    `@compute @workgroup_size(${rows * threads})`,
    'fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {',
    columns
      ? '  let row = i32(local) % ROWS;\n  let t = i32(local) / ROWS;'
      : '  let row = i32(local) / THREADS;\n  let t = i32(local) % THREADS;',
    '  let b = i32(group.y * groups.x + group.x) * ROWS + row;',
    '  let live = b < BATCH;',
    '  let base = row * M;',
  );
  groups.forEach((group, at) => lines.push(...stages(group, layout, at === 0)));
  const source = (p: number): string =>
    groups.length === 0 ? `point(b, j + ${(p * length) / last})` : `points[base + j * ${last} + ${p}]`;
  lines.push(
    butterflies(length / last, threads),
    `    let j = ${groups.length === 0 ? 'i' : 'place(i)'};`,
    `    let y = butterfly${last}(${inputs(last, source)});`,
    ...Array.from({ length: last }, (_, p) =>
      isSplit
        ? `    points[base + j * ${last} + ${p}] = y[${p}];`
        : `    ${finishPoint(mode, halved, `i + ${(p * length) / last}`, `y[${p}]`)}`,
    ),
    '  }',
  );
  if (isSplit) lines.push('  workgroupBarrier();', splitReal(table, last, length / last));
  lines.push('}');
  return lines.join('\n');
}

/** The stages of a group but the last of all: in place, by decimation in frequency. */
function stages({ radix, count, block }: Group, { length, threads }: Layout, isFirst: boolean): string[] {
  const isLoop = count > 1;
  const source = (p: number): string => {
    if (!isFirst) return `points[base + at + ${p} * part]`;
    return isLoop ? `take(s == 0, b, base, at + ${p} * part)` : `point(b, at + ${p} * part)`;
  };
  return [
    ...(isLoop
      ? ['  {', `  var part = ${block};`, `  for (var s = 0; s < ${count}; s++) {`, `    part = part / ${radix};`]
      : ['  {', `    let part = ${block / radix};`]),
    `  let turns = ${length / radix} / part;`,
    butterflies(length / radix, threads),
    '    let k = i % part;',
    `    let at = (i - k) * ${radix} + k;`,
    `    let y = butterfly${radix}(${inputs(radix, source)});`,
    ...Array.from({ length: radix }, (_, p) => {
      const value = p === 0 ? 'y[0]' : `complex_mul(y[${p}], twiddle(k * turns * ${p}))`;
      return `    points[base + at + ${p} * part] = ${value};`;
    }),
    '  }',
    '  workgroupBarrier();',
    isLoop ? '  } }' : '  }',
  ];
}

/** The head of a loop in which the invocations of a row share butterflies i. */
function butterflies(count: number, threads: number): string {
  if (count > threads) return `  for (var i = select(${count}, t, live); i < ${count}; i += THREADS) {`;
  return `  if (live${count < threads ? ` && t < ${count}` : ''}) { let i = t;`;
}

function inputs(radix: number, source: (p: number) => string): string {
  return Array.from({ length: radix }, (_, p) => source(p)).join(', ');
}

/** place(i): which butterfly of the last stage makes points i, i + M/r, … of the result: the digits of i in reverse. */
function placeFunction(groups: readonly Group[], butterflies: number): string {
  const lines = ['fn place(i: i32) -> i32 {', '  var rest = i;', '  var at = 0;', `  var part = ${butterflies};`];
  for (const { radix, count } of groups) {
    lines.push(
      `  for (var s = 0; s < ${count}; s++) {`,
      `    part = part / ${radix};`,
      `    at += (rest % ${radix}) * part;`,
      `    rest = rest / ${radix};`,
      '  }',
    );
  }
  return [...lines, '  return at;', '}'].join('\n');
}

/** Stores complex point `at` of the last stage. */
function finishPoint(mode: FftTransform['mode'], halved: boolean, at: string, value: string): string {
  if (mode === 'c2c') return `store(b, ${at}, ${value});`;
  if (mode === 'r2c') return `if (${at} <= N / 2) { store(b, ${at}, ${value}); }`;
  return halved ? `store(b, 2 * (${at}), ${value}.x); store(b, 2 * (${at}) + 1, ${value}.y);` : `store(b, ${at}, ${value}.x);`;
}

/** From Z = FFT(x_even + i·x_odd) to the half spectrum: X_k = (Z_k + Z*_{M−k})/2 − (i/2)·W_N^k·(Z_k − Z*_{M−k}). */
function splitReal(table: string, last: number, butterflies: number): string {
  return `  if (live) {
    for (var k = t; k <= M; k += THREADS) {
      let z = points[base + ${lies('k % M', last, butterflies)}];
      let y = points[base + ${lies('(M - k) % M', last, butterflies)}];
      let even = 0.5 * vec2<f32>(z.x + y.x, z.y - y.y);
      let odd = 0.5 * vec2<f32>(z.y + y.y, y.x - z.x);
      store(b, k, even + complex_mul(${table}[k], odd));
    }
  }`;
}

/** Where point k of the result lies in workgroup memory. */
function lies(k: string, last: number, butterflies: number): string {
  return `place((${k}) % ${butterflies}) * ${last} + (${k}) / ${butterflies}`;
}
