// The plane-fft kernel family: real planes to half spectra and back, in workgroup memory between rows and columns, one dispatch.
// An invocation transforms a row in registers: n₁ real values as n₁/2 complex ones, with the even ones as real parts. Columns take stages, as in fft.ts.

import fftSource from '../../../shaders/fft.wgsl';
import type { DeviceLimits } from '../../devices/device.js';
import { root, roots } from '../../devices/roots.js';
import { sizeOf } from '../../devices/shape.js';
import { delinearize, variable, type Index } from '../indexing.js';
import type { Node } from '../node.js';
import type { PlaneTransform } from '../operation.js';
import { butterflies, counted, pointsType } from './butterflies.js';
import { constants, grid, storeFunction, type Launch } from './families.js';
import { largestRadix, memoryOf, radices, turnsOf, vector } from './fft-layout.js';
import { reversed, twiddles } from './fft-stages.js';
import type { Kernel } from './schedule.js';
import { FunctionWriter, type KernelWriter } from './writer.js';

/** Complex points of a plane's half spectrum. */
function pointsOf({ n }: PlaneTransform): number {
  return n[0] * (n[1] / 2 + 1);
}

/** True when one dispatch does the transform: rows fit in registers, the plane in workgroup memory. */
export function fitsPlane(transform: PlaneTransform, limits: DeviceLimits): boolean {
  const { n } = transform;
  return n[1] % 2 === 0 && n[1] / 2 <= largestRadix && n[0] <= largestRadix ** 2 && 8 * pointsOf(transform) <= limits.maxWorkgroupMemory;
}

/** Invocations that share a plane, and planes that share a workgroup at a time. */
interface Layout {
  readonly threads: number;
  readonly planes: number;
}

/** In software a workgroup is one vector of invocations, each with a plane of its own if memory allows: see fft-layout.ts. */
function layoutOf(transform: PlaneTransform, batch: number, limits: DeviceLimits): Layout {
  const lanes = limits.isSoftware ? vector : Math.min(64, limits.maxInvocations);
  const powerOfTwo = (most: number): number => 2 ** Math.floor(Math.log2(Math.max(1, most)));
  const points = pointsOf(transform);
  const memory = memoryOf(points, limits) / (limits.isSoftware ? 1 : 2);
  const busy = limits.isSoftware ? lanes : lanes / 2 ** Math.ceil(Math.log2(transform.n[1] / 2 + 1));
  const planes = powerOfTwo(Math.min(lanes, busy, memory / (8 * points), batch));
  return { threads: lanes / planes, planes };
}

/** Generates the kernel of a transform of planes. */
export function planeKernel(writer: KernelWriter, kernel: Kernel, limits: DeviceLimits): Launch {
  const core = kernel.core as Node;
  const { lowering } = core.operation;
  const [operand] = core.inputs;
  if (lowering.kind !== 'plane-fft' || operand === undefined) throw new Error(`${core.operation.name}: not a transform of planes`);
  const transform = lowering.transform(core.attributes);
  const { mode, n } = transform;
  const outer = core.shape.slice(0, -2);
  const batch = sizeOf(outer);
  const layout = layoutOf(transform, batch, limits);
  const tiles = Math.ceil(batch / layout.planes);
  const turns = turnsOf(tiles, limits);
  const b = variable('b', 0, Math.max(batch - 1, 0));
  const indexIn = ([rows, columns]: readonly number[]): Index[] => [
    ...delinearize(b, outer),
    variable('r', 0, (rows as number) - 1),
    variable('j', 0, (columns as number) - 1),
  ];
  const load = new FunctionWriter(writer);
  const value = load.load(operand, indexIn(operand.shape.slice(-2)));
  // Columns in one stage are not turned.
  const factors = radices(n[0], limits);
  const isTurned = factors.length > 1;
  const table = isTurned ? writer.table(`roots:${n[0]}`, () => Float32Array.from(roots(n[0]))) : null;
  const rows = new PlaneWriter(transform, layout, factors);
  const body = [
    constants({
      SIGN: `f32(${mode === 'r2c' ? -1 : 1})`,
      PLANES: String(layout.planes),
      THREADS: String(layout.threads),
      BATCH: String(batch),
      TILES: String(tiles),
      TURNS: String(turns),
    }),
    `fn operand(b: i32, r: i32, j: i32) -> ${mode === 'r2c' ? 'f32' : 'vec2<f32>'} {\n${load.text}\n  return ${value};\n}`,
    storeFunction(writer, kernel, 'b: i32, r: i32, j: i32', indexIn(core.shape.slice(-2))),
    ...(isTurned
      ? [`fn twiddle(k: i32) -> vec2<f32> { let w = ${table}[k]; return vec2<f32>(w.x, ${mode === 'r2c' ? '' : '-'}w.y); }`]
      : []),
    fftSource,
    butterflies([n[1] / 2, ...factors]),
    rows.main(),
  ].join('\n');
  const points = n[0] * n[1];
  return { body, workgroups: grid(Math.ceil(tiles / turns), limits), flop: 2.5 * batch * points * Math.log2(points) };
}

/** Writes the entry point. */
class PlaneWriter {
  readonly #lines: string[] = [];
  /** Complex points of a row in registers, and bins of its half spectrum. */
  readonly #length: number;
  readonly #bins: number;

  constructor(
    readonly transform: PlaneTransform,
    readonly layout: Layout,
    /** Of columns. */
    readonly radices: readonly number[],
  ) {
    this.#length = transform.n[1] / 2;
    this.#bins = this.#length + 1;
  }

  main(): string {
    const { threads, planes } = this.layout;
    const { n, mode } = this.transform;
    if (mode === 'r2c') this.#rowsIn();
    this.#columns();
    if (mode === 'c2r') this.#rowsOut();
    // A zero that drivers do not know: they would write loops of known length out.
    const place =
      threads === 1
        ? ['  let plane = i32(local);', '  let t = i32(group.z);']
        : ['  let plane = i32(local) / THREADS;', '  let t = i32(local) % THREADS;'];
    return [
      `var<workgroup> points: ${pointsType(planes * n[0] * this.#bins)};`,
      `fn cell(plane: i32, r: i32, k: i32) -> i32 { return (r * ${this.#bins} + k) * PLANES + plane; }`,
      `@compute @workgroup_size(${planes * threads})`,
      'fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {',
      ...place,
      '  let first = i32(group.y * groups.x + group.x) * TURNS;',
      '  for (var tile = first; tile < min(first + TURNS, TILES); tile++) {',
      '    let b = min(tile * PLANES + plane, BATCH - 1);',
      ...this.#lines,
      ...this.#barrier(),
      '  }',
      '}',
    ].join('\n');
  }

  #barrier(): string[] {
    return this.layout.threads === 1 ? [] : ['    workgroupBarrier();'];
  }

  /** A loop in which the invocations of a plane share `count` pieces of work `i`. */
  #shared(count: number, lines: readonly string[]): void {
    this.#lines.push(`    for (var i = t; i < ${count}; i += THREADS) {`, ...lines.map((line) => `      ${line}`), '    }');
  }

  /** Rows of the planes to half spectra: see the split in fft-stages.ts. */
  #rowsIn(): void {
    const { n, offsets, extents } = this.transform;
    const m = this.#length;
    const element = (j: number): string => (j >= 0 && j < extents[1] ? `operand(b, i, ${j})` : '0.0');
    const point = (p: number): string => `vec2<f32>(${element(2 * p - offsets[1])}, ${element(2 * p + 1 - offsets[1])})`;
    const lines = [`let z = butterfly${m}(${pointsType(m)}(${counted(m, point)}));`, `let r = i + ${offsets[0]};`];
    for (let k = 0; 2 * k <= m; k++) {
      const [z, y] = [`z[${k}]`, `z[${(m - k) % m}]`];
      lines.push(
        `let even${k} = 0.5 * vec2<f32>(${z}.x + ${y}.x, ${z}.y - ${y}.y);`,
        `let odd${k} = complex_mul(${literal(k, n[1], -1)}, 0.5 * vec2<f32>(${z}.y + ${y}.y, ${y}.x - ${z}.x));`,
        `points[cell(plane, r, ${k})] = even${k} + odd${k};`,
      );
      if (2 * k < m) lines.push(`points[cell(plane, r, ${m - k})] = vec2<f32>(even${k}.x - odd${k}.x, odd${k}.y - even${k}.y);`);
    }
    this.#shared(extents[0], lines);
    this.#lines.push(...this.#barrier());
  }

  /** Half spectra to rows of the planes: see the join in fft-stages.ts. */
  #rowsOut(): void {
    const { n, offsets, extents } = this.transform;
    const m = this.#length;
    const lines = [`let q = i + ${offsets[0]};`, ...this.#placeOf('r', 'q')];
    for (let k = 0; k <= m; k++) {
      const value = `points[cell(plane, r, ${k})]`;
      // The imaginary parts of DC and Nyquist cannot belong to a real signal.
      lines.push(`let x${k} = ${k === 0 || k === m ? `vec2<f32>(${value}.x, 0.0)` : value};`);
    }
    for (let k = 0; 2 * k <= m; k++) {
      lines.push(
        `let even${k} = vec2<f32>(x${k}.x + x${m - k}.x, x${k}.y - x${m - k}.y);`,
        `let odd${k} = turn(complex_mul(${literal(k, n[1], 1)}, vec2<f32>(x${k}.x - x${m - k}.x, x${k}.y + x${m - k}.y)));`,
      );
    }
    const point = (k: number): string =>
      2 * k <= m ? `even${k} + odd${k}` : `vec2<f32>(even${m - k}.x - odd${m - k}.x, odd${m - k}.y - even${m - k}.y)`;
    lines.push(`let z = butterfly${m}(${pointsType(m)}(${counted(m, point)}));`);
    for (let j = 0; j < n[1]; j++) {
      const at = j - offsets[1];
      if (at >= 0 && at < extents[1]) lines.push(`store(b, i, ${at}, z[${j >> 1}].${j % 2 === 0 ? 'x' : 'y'});`);
    }
    this.#shared(extents[0], lines);
  }

  /** Columns of half spectra, in place: in the end (c2r) row q lies where #placeOf says, or (r2c) it is stored. */
  #columns(): void {
    const length = this.transform.n[0];
    let block = length;
    for (const radix of this.radices) {
      this.#stage(radix, block);
      block /= radix;
    }
  }

  #stage(radix: number, block: number): void {
    const { n, mode } = this.transform;
    const count = n[0] / radix;
    const part = block / radix;
    const isFirst = block === n[0];
    const isLast = part === 1;
    const lines = [`let k = i % ${this.#bins};`, `let u = i / ${this.#bins};`];
    // The last stage of r2c makes rows u, u + n₀/r, …: its butterfly is the one with the digits of u in reverse.
    if (isLast && mode === 'r2c') lines.push(...reversed('at', 'u', this.radices), `at *= ${radix};`);
    else if (isLast) lines.push(`let at = u * ${radix};`);
    else lines.push(`let within = u % ${part};`, `let at = (u - within) * ${radix} + within;`);
    const source = (p: number): string => {
      if (!isFirst) return `points[cell(plane, at + ${p * part}, k)]`;
      return mode === 'c2r' ? `operand(b, at + ${p * part}, k)` : this.#givenRow(p * part, part);
    };
    lines.push(`let y = butterfly${radix}(${pointsType(radix)}(${counted(radix, source)}));`);
    if (!isLast) lines.push(...twiddles(radix, n[0] / block, 'within'));
    for (let p = 0; p < radix; p++) {
      if (isLast && mode === 'r2c') lines.push(`store(b, u + ${p * count}, k, y[${p}]);`);
      else lines.push(`points[cell(plane, at + ${p * part}, k)] = ${p === 0 || isLast ? `y[${p}]` : `complex_mul(y[${p}], w${p})`};`);
    }
    this.#shared(this.#bins * count, lines);
    if (!isLast || mode === 'c2r') this.#lines.push(...this.#barrier());
  }

  /** Row at + first, with at < count, of planes of which some rows are given. */
  #givenRow(first: number, count: number): string {
    const { offsets, extents } = this.transform;
    const [begin, end] = [offsets[0], offsets[0] + extents[0]];
    const at = `points[cell(plane, at + ${first}, k)]`;
    if (first + count <= begin || first >= end) return 'vec2<f32>()';
    if (first >= begin && first + count <= end) return at;
    return `select(vec2<f32>(), ${at}, at + ${first} >= ${begin} && at + ${first} < ${end})`;
  }

  /** Declares `name`: where row `q` lies after all stages. */
  #placeOf(name: string, q: string): string[] {
    const last = this.radices.at(-1) as number;
    const count = this.transform.n[0] / last;
    return [...reversed('digits', `(${q} % ${count})`, this.radices), `let ${name} = digits * ${last} + ${q} / ${count};`];
  }
}

/** exp(sign·2πi·k/n) from float64. */
function literal(k: number, n: number, sign: 1 | -1): string {
  const [cos, sin] = root(k, n);
  return `vec2<f32>(${cos.toPrecision(12)}, ${(sign * sin).toPrecision(12)})`;
}
