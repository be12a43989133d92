// The fft kernel family: a whole transform in workgroup memory, one dispatch, any radices up to 13.
// Even real transforms run as complex ones of half the length; odd ones as complex ones of which half is stored.

import fftSource from '../../../shaders/fft.wgsl';
import type { DeviceLimits } from '../../devices/device.js';
import { radices, root, roots } from '../../devices/roots.js';
import { sizeOf } from '../../devices/shape.js';
import { delinearize, variable, type Index } from '../indexing.js';
import type { Node } from '../node.js';
import type { FftTransform } from '../operation.js';
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
  /** Two arrays in workgroup memory, read and written in turn: one barrier a stage. With one, reads and writes need their own. */
  readonly halves: 1 | 2;
  /** Neighbouring invocations take neighbouring rows (a strided axis) instead of neighbouring points. */
  readonly columns: boolean;
}

function layoutOf(length: number, batch: number, columns: boolean, limits: DeviceLimits): Layout {
  const factors = radices(length);
  if (factors === null) throw new Error(`fft: ${length} has a prime factor over 13`);
  const threads = Math.max(1, Math.min(limits.maxInvocations, 256, Math.ceil(length / Math.max(...factors))));
  const halves = 16 * length <= limits.maxWorkgroupMemory ? 2 : 1;
  const byMemory = Math.floor(limits.maxWorkgroupMemory / (8 * halves * length));
  const wanted = columns ? 16 : Math.ceil(64 / threads);
  const rows = Math.max(1, Math.min(byMemory, Math.floor(Math.min(limits.maxInvocations, 256) / threads), wanted, batch));
  return { length, radices: factors, threads, rows, halves, columns };
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

/** The butterfly of an odd prime radix p: sums over the (p−1)/2 pairs x_j ± x_{p−j}, constants from float64. */
function oddButterfly(p: number): string {
  const h = (p - 1) / 2;
  const lines = [`fn butterfly${p}(x: ptr<function, array<vec2<f32>, ${p}>>) {`, '  let z = (*x)[0];'];
  for (let j = 1; j <= h; j++) {
    lines.push(`  let a${j} = (*x)[${j}] + (*x)[${p - j}];`, `  let b${j} = turn((*x)[${j}] - (*x)[${p - j}]);`);
  }
  const all = Array.from({ length: h }, (_, j) => `a${j + 1}`);
  lines.push(`  (*x)[0] = z + ${all.join(' + ')};`);
  for (let k = 1; k <= h; k++) {
    const even: string[] = ['z'];
    const odd: string[] = [];
    for (let j = 1; j <= h; j++) {
      const [cos, sin] = root((j * k) % p, p);
      even.push(`${cos.toPrecision(12)} * a${j}`);
      odd.push(`${sin.toPrecision(12)} * b${j}`);
    }
    lines.push(`  let e${k} = ${even.join(' + ')};`, `  let o${k} = ${odd.join(' + ')};`);
    lines.push(`  (*x)[${k}] = e${k} + o${k};`, `  (*x)[${p - k}] = e${k} - o${k};`);
  }
  lines.push('}');
  return lines.join('\n');
}

/** The stages. With one array in workgroup memory, a barrier stands between the reads and the writes of a stage. */
function mainFunction({ mode, n }: FftTransform, layout: Layout, table: string): string {
  const { length, threads, rows, halves, columns } = layout;
  const real = mode === 'r2c' && length !== n;
  const inMemory = layout.radices.length > 1 || real;
  const lines: string[] = [];
  if (inMemory) lines.push(`var<workgroup> points: array<vec2<f32>, ${rows * length * halves}>;`);
  lines.push(
    `@compute @workgroup_size(${rows * threads})`,
    'fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {',
    columns
      ? '  let row = i32(local) % ROWS;\n  let t = i32(local) / ROWS;'
      : '  let row = i32(local) / THREADS;\n  let t = i32(local) % THREADS;',
    '  let b = i32(group.y * groups.x + group.x) * ROWS + row;',
    '  let live = b < BATCH;',
    `  let base = row * M;`,
  );
  let span = 1;
  const half = (stage: number): string => (stage % halves === 1 ? ` + ${rows * length}` : '');
  layout.radices.forEach((radix, stage) => {
    const last = stage === layout.radices.length - 1;
    const each = length / radix;
    const count = Math.ceil(each / threads);
    const butterflies = Array.from({ length: count }, (_, q) => q);
    for (const q of butterflies) {
      lines.push(`  var x${stage}_${q}: array<vec2<f32>, ${radix}>;`, `  let j${stage}_${q} = t + ${q * threads};`);
      const conditions = [...(stage === 0 ? ['live'] : []), ...((q + 1) * threads > each ? [`j${stage}_${q} < ${each}`] : [])];
      lines.push(conditions.length > 0 ? `  if (${conditions.join(' && ')}) {` : '  {');
      for (let p = 0; p < radix; p++) {
        const at = `j${stage}_${q} + ${p * each}`;
        lines.push(`    x${stage}_${q}[${p}] = ${stage === 0 ? `point(b, ${at})` : `points[base + ${at}${half(stage - 1)}]`};`);
      }
      if (span > 1) {
        lines.push(`    let k = (j${stage}_${q} % ${span}) * ${length / (span * radix)};`);
        for (let p = 1; p < radix; p++) lines.push(`    x${stage}_${q}[${p}] = complex_mul(x${stage}_${q}[${p}], twiddle(k * ${p}));`);
      }
      lines.push(`    butterfly${radix}(&x${stage}_${q});`, '  }');
    }
    if (halves === 1 && stage > 0 && (!last || real)) lines.push('  workgroupBarrier();');
    for (const q of butterflies) {
      const j = `j${stage}_${q}`;
      const toMemory = !last || real;
      const conditions = [...(toMemory ? [] : ['live']), ...((q + 1) * threads > each ? [`${j} < ${each}`] : [])];
      lines.push(conditions.length > 0 ? `  if (${conditions.join(' && ')}) {` : '  {');
      lines.push(span === 1 ? `    let at = ${j} * ${radix};` : `    let at = (${j} / ${span}) * ${span * radix} + ${j} % ${span};`);
      for (let p = 0; p < radix; p++) {
        const value = `x${stage}_${q}[${p}]`;
        const at = `at + ${p * span}`;
        lines.push(`    ${toMemory ? `points[base + ${at}${half(stage)}] = ${value};` : finishPoint(mode, length !== n, at, value)}`);
      }
      lines.push('  }');
    }
    if (!last || real) lines.push('  workgroupBarrier();');
    span *= radix;
  });
  if (real) lines.push(splitReal(table, `base${half(layout.radices.length - 1)}`));
  lines.push('}');
  return lines.join('\n');
}

/** Stores complex point `at` of the last stage. */
function finishPoint(mode: FftTransform['mode'], halved: boolean, at: string, value: string): string {
  if (mode === 'c2c') return `store(b, ${at}, ${value});`;
  if (mode === 'r2c') return `if (${at} <= N / 2) { store(b, ${at}, ${value}); }`;
  return halved ? `store(b, 2 * (${at}), ${value}.x); store(b, 2 * (${at}) + 1, ${value}.y);` : `store(b, ${at}, ${value}.x);`;
}

/** From Z = FFT(x_even + i·x_odd) to the half spectrum: X_k = (Z_k + Z*_{M−k})/2 − (i/2)·W_N^k·(Z_k − Z*_{M−k}). */
function splitReal(table: string, base: string): string {
  return `  if (live) {
    for (var k = t; k <= M; k += THREADS) {
      let z = points[${base} + k % M];
      let y = points[${base} + (M - k) % M];
      let even = 0.5 * vec2<f32>(z.x + y.x, z.y - y.y);
      let odd = 0.5 * vec2<f32>(z.y + y.y, y.x - z.x);
      store(b, k, even + complex_mul(${table}[k], odd));
    }
  }`;
}
