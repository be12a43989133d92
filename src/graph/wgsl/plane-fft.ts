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
import { constants, isBrief, storeFunction, type Launch } from './families.js';
import { largestRadix, memoryOf, radices, vector, type Sharing } from './fft-layout.js';
import { barrier, loads, mainOf, stores } from './fft-main.js';
import { reversed, turnedBy, twiddles } from './fft-stages.js';
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

/** In software a workgroup is one vector of invocations, each with a plane of its own if memory allows: see fft-layout.ts. */
function layoutOf(transform: PlaneTransform, batch: number, limits: DeviceLimits): Sharing {
  const lanes = limits.isSoftware ? vector : Math.min(64, limits.maxInvocations);
  const powerOfTwo = (most: number): number => 2 ** Math.floor(Math.log2(Math.max(1, most)));
  const points = pointsOf(transform);
  const memory = memoryOf(points, limits) / (limits.isSoftware ? 1 : 2);
  const busy = limits.isSoftware ? lanes : lanes / 2 ** Math.ceil(Math.log2(transform.n[1] / 2 + 1));
  const planes = powerOfTwo(Math.min(lanes, busy, memory / (8 * points), batch));
  return { threads: lanes / planes, together: planes, columns: false, inBuffer: limits.clearsByCode };
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
  const storeText = storeFunction(writer, kernel, 'b: i32, r: i32, j: i32', indexIn(core.shape.slice(-2)));
  const bins = n[1] / 2 + 1;
  const flop = 2.5 * batch * n[0] * n[1] * Math.log2(n[0] * n[1]);
  const work = {
    lines: new PlaneWriter(transform, layout, factors, { rows: limits.compilesSlowly, stages: isBrief(flop, limits) }).all(),
    points: layout.together * pointsOf(transform),
  };
  const main = mainOf(writer, batch, layout, work, limits);
  const body = [
    constants({ SIGN: `f32(${mode === 'r2c' ? -1 : 1})` }),
    `fn operand(b: i32, r: i32, j: i32) -> ${mode === 'r2c' ? 'f32' : 'vec2<f32>'} {\n${load.text}\n  return ${value};\n}`,
    storeText,
    ...(isTurned
      ? [`fn twiddle(k: i32) -> vec2<f32> { let w = ${table}[k]; return vec2<f32>(w.x, ${mode === 'r2c' ? '' : '-'}w.y); }`]
      : []),
    fftSource,
    butterflies([n[1] / 2, ...factors]),
    `fn cell(own: i32, r: i32, k: i32) -> i32 { return own_points + (r * ${bins} + k) * ${layout.together} + own; }`,
    main.text,
  ].join('\n');
  return { body, workgroups: main.workgroups, flop };
}

/** Writes the entry point. */
class PlaneWriter {
  readonly #lines: string[] = [];
  /** Complex points of a row in registers, and bins of its half spectrum. */
  readonly #length: number;
  readonly #bins: number;

  constructor(
    readonly transform: PlaneTransform,
    readonly layout: Sharing,
    /** Of columns. */
    readonly radices: readonly number[],
    /** Whether the text of rows, and that of the stages of columns, is to be short. */
    readonly text: { readonly rows: boolean; readonly stages: boolean },
  ) {
    this.#length = transform.n[1] / 2;
    this.#bins = this.#length + 1;
  }

  /** The statements of the transform. */
  all(): readonly string[] {
    if (this.transform.mode === 'r2c') this.#rowsIn();
    this.#columns();
    if (this.transform.mode === 'c2r') this.#rowsOut();
    return this.#lines;
  }

  /** A loop in which the invocations of a plane share `count` pieces of work `i`. */
  #shared(count: number, lines: readonly string[]): void {
    this.#lines.push(`    for (var i = t; i < ${count}; i += ${this.layout.threads}) {`, ...lines.map((line) => `      ${line}`), '    }');
  }

  /** Rows of the planes to half spectra: see the split in fft-stages.ts. */
  #rowsIn(): void {
    const { n, offsets, extents } = this.transform;
    const m = this.#length;
    const given = (j: number): string => (j >= 0 && j < extents[1] ? `x[${j}]` : '0.0');
    const point = (p: number): string => `vec2<f32>(${given(2 * p - offsets[1])}, ${given(2 * p + 1 - offsets[1])})`;
    const lines = [
      ...loads('x', { type: 'f32', count: extents[1], at: (j) => `operand(b, i, ${j})` }, this.text.rows),
      `let z = butterfly${m}(${pointsType(m)}(${counted(m, point)}));`,
      `let r = i + ${offsets[0]};`,
      `var bins: ${pointsType(m + 1)};`,
    ];
    for (let k = 0; 2 * k <= m; k++) {
      const [z, y] = [`z[${k}]`, `z[${(m - k) % m}]`];
      lines.push(
        `let even${k} = 0.5 * vec2<f32>(${z}.x + ${y}.x, ${z}.y - ${y}.y);`,
        `let odd${k} = complex_mul(${literal(k, n[1], -1)}, 0.5 * vec2<f32>(${z}.y + ${y}.y, ${y}.x - ${z}.x));`,
        `bins[${k}] = even${k} + odd${k};`,
      );
      if (2 * k < m) lines.push(`bins[${m - k}] = vec2<f32>(even${k}.x - odd${k}.x, odd${k}.y - even${k}.y);`);
    }
    lines.push(...stores({ count: m + 1, at: (k) => `points[cell(own, r, ${k})] = bins[${k}];` }, this.text.rows));
    this.#shared(extents[0], lines);
    this.#lines.push(...barrier(this.layout));
  }

  /** Half spectra to rows of the planes: see the join in fft-stages.ts. */
  #rowsOut(): void {
    const { n, offsets, extents } = this.transform;
    const m = this.#length;
    const lines = [
      `let q = i + ${offsets[0]};`,
      ...this.#placeOf('r', 'q'),
      ...loads('x', { type: 'vec2<f32>', count: m + 1, at: (k) => `points[cell(own, r, ${k})]` }, this.text.rows),
    ];
    // The imaginary parts of DC and Nyquist cannot belong to a real signal.
    for (let k = 0; k <= m; k++) lines.push(`let x${k} = ${k === 0 || k === m ? `vec2<f32>(x[${k}].x, 0.0)` : `x[${k}]`};`);
    for (let k = 0; 2 * k <= m; k++) {
      lines.push(
        `let even${k} = vec2<f32>(x${k}.x + x${m - k}.x, x${k}.y - x${m - k}.y);`,
        `let odd${k} = turn(complex_mul(${literal(k, n[1], 1)}, vec2<f32>(x${k}.x - x${m - k}.x, x${k}.y + x${m - k}.y)));`,
      );
    }
    const point = (k: number): string =>
      2 * k <= m ? `even${k} + odd${k}` : `vec2<f32>(even${m - k}.x - odd${m - k}.x, odd${m - k}.y - even${m - k}.y)`;
    lines.push(`let z = butterfly${m}(${pointsType(m)}(${counted(m, point)}));`);
    const kept = counted(extents[1], (j) => `z[${(j + offsets[1]) >> 1}].${(j + offsets[1]) % 2 === 0 ? 'x' : 'y'}`);
    lines.push(
      `var values = array<f32, ${extents[1]}>(${kept});`,
      ...stores({ count: extents[1], at: (j) => `store(b, i, ${j}, values[${j}]);` }, this.text.rows),
    );
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
    const point = (p: string): string => `points[cell(own, at + ${p} * ${part}, k)]`;
    if (isFirst && mode === 'r2c') {
      lines.push(`let x = ${pointsType(radix)}(${counted(radix, (p) => this.#givenRow(p * part, part))});`);
    } else {
      const at = isFirst ? (p: string): string => `operand(b, at + ${p} * ${part}, k)` : point;
      lines.push(...loads('x', { type: 'vec2<f32>', count: radix, at }, this.text.stages));
    }
    lines.push(`var y = butterfly${radix}(x);`);
    if (!isLast) lines.push(...twiddles(radix, n[0] / block, 'within'), ...turnedBy(radix));
    const isStored = isLast && mode === 'r2c';
    const at = (p: string): string => (isStored ? `store(b, u + ${p} * ${count}, k, y[${p}]);` : `${point(p)} = y[${p}];`);
    lines.push(...stores({ count: radix, at }, this.text.stages));
    this.#shared(this.#bins * count, lines);
    if (!isLast || mode === 'c2r') this.#lines.push(...barrier(this.layout));
  }

  /** Row at + first, with at < count, of planes of which some rows are given. */
  #givenRow(first: number, count: number): string {
    const { offsets, extents } = this.transform;
    const [begin, end] = [offsets[0], offsets[0] + extents[0]];
    const at = `points[cell(own, at + ${first}, k)]`;
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
