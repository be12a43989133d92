// The stages of the fft kernels as WGSL: butterflies in registers, between them workgroup memory.

import type { FftTransform } from '../operation.js';
import { counted, pointsType } from './butterflies.js';
import type { Layout } from './fft-layout.js';

/** What the stages of a transform need to know. */
export interface Stages {
  readonly transform: FftTransform;
  readonly layout: Layout;
  /** Name of the table of exp(−2πi·k/N). */
  readonly table: string;
  /** From which element of the axis on up to which (exclusive) the operand is given; the others are zero. */
  readonly given: readonly [number, number];
  /** False when none of the elements first … last of the result is stored. */
  readonly isStored: (first: number, last: number) => boolean;
}

/** The entry point of a transform's kernel, and the workgroup memory that it uses. */
export function stagesText(stages: Stages): string {
  return new StagesWriter(stages).main();
}

class StagesWriter {
  readonly #lines: string[] = [];
  readonly #transform: FftTransform;
  readonly #layout: Layout;
  /** A real signal of even length is transformed as a complex one of half the length. */
  readonly #halved: boolean;
  /** Half a spectrum is first made the spectrum of even and odd points, in workgroup memory. */
  readonly #joins: boolean;
  /** The spectrum of even and odd points is made half a spectrum at last. */
  readonly #splits: boolean;

  constructor(readonly stages: Stages) {
    const { transform, layout } = stages;
    this.#transform = transform;
    this.#layout = layout;
    this.#halved = layout.length !== transform.n;
    this.#joins = transform.mode === 'c2r' && this.#halved;
    this.#splits = transform.mode === 'r2c' && this.#halved;
  }

  main(): string {
    const { length, radices, threads, rows, columns } = this.#layout;
    const inMemory = radices.length > 1 || this.#joins || this.#splits;
    let block = length;
    if (this.#joins) this.#join();
    for (const radix of radices) {
      this.#stage(radix, block);
      block /= radix;
    }
    if (this.#splits) this.#split();
    const place =
      threads === 1
        ? // Drivers would write loops of known length out, and load a root for each invocation: this zero they do not know, but that all have the same.
          ['  let row = i32(local);', '  let t = i32(group.z);']
        : columns
          ? ['  let row = i32(local) % ROWS;', '  let t = i32(local) / ROWS;']
          : ['  let row = i32(local) / THREADS;', '  let t = i32(local) % THREADS;'];
    return [
      ...(inMemory ? [`var<workgroup> points: ${pointsType(rows * length)};`] : []),
      `fn cell(row: i32, at: i32) -> i32 { return ${columns ? 'at * ROWS + row' : 'row * M + at'}; }`,
      `@compute @workgroup_size(${rows * threads})`,
      'fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {',
      ...place,
      '  let first = i32(group.y * groups.x + group.x) * TURNS;',
      '  for (var tile = first; tile < min(first + TURNS, TILES); tile++) {',
      // Where rows are left over the last one is transformed several times: cheaper than to ask everywhere.
      '    let b = min(tile * ROWS + row, BATCH - 1);',
      ...this.#lines,
      ...(inMemory ? this.#barrier() : []),
      '  }',
      '}',
    ].join('\n');
  }

  /** Lets the invocations of a row see what the others stored. */
  #barrier(): string[] {
    return this.#layout.threads === 1 ? [] : ['    workgroupBarrier();'];
  }

  /** A loop in which the invocations of a row share `count` pieces of work `i`. */
  #shared(count: number, lines: readonly string[]): void {
    const { threads } = this.#layout;
    const head =
      count > threads
        ? `for (var i = t; i < ${count}; i += THREADS) {`
        : count < threads
          ? `if (t < ${count}) { let i = t;`
          : '{ let i = t;';
    this.#lines.push(`    ${head}`, ...lines.map((line) => `      ${line}`), '    }');
  }

  /** Butterflies of one radix, on transforms of `block` points. */
  #stage(radix: number, block: number): void {
    const { length } = this.#layout;
    const count = length / radix;
    const part = block / radix;
    const isFirst = block === length;
    const isLast = part === 1;
    const lines: string[] = [];
    // The last stage makes points i, i + M/r, …: its butterfly is the one with the digits of i in reverse.
    if (isLast) lines.push(...reversed('at', 'i', this.#layout.radices), `at *= ${radix};`);
    else if (isFirst) lines.push('let k = i;', 'let at = i;');
    else lines.push(`let k = i % ${part};`, `let at = (i - k) * ${radix} + k;`);
    const source = (p: number): string => (isFirst && !this.#joins ? this.#point(p * part, part) : `points[cell(row, at + ${p * part})]`);
    lines.push(`let y = butterfly${radix}(${pointsType(radix)}(${counted(radix, source)}));`);
    if (!isLast) lines.push(...twiddles(radix, length / block));
    for (let p = 0; p < radix; p++) {
      if (isLast && !this.#splits) lines.push(...this.#finish(p * count, count, `y[${p}]`));
      else lines.push(`points[cell(row, at + ${p * part})] = ${p === 0 || isLast ? `y[${p}]` : `complex_mul(y[${p}], w${p})`};`);
    }
    this.#shared(count, lines);
    if (!isLast || this.#splits) this.#lines.push(...this.#barrier());
  }

  /** Complex point i + first, for i < count, of what is transformed, where that is not in workgroup memory yet. */
  #point(first: number, count: number): string {
    const { mode } = this.#transform;
    if (mode === 'c2r') return `mirrored(b, i + ${first})`;
    if (mode === 'c2c') return this.#element(first, count, 1, 0);
    if (!this.#halved) return `vec2<f32>(${this.#element(first, count, 1, 0)}, 0.0)`;
    return `vec2<f32>(${this.#element(first, count, 2, 0)}, ${this.#element(first, count, 2, 1)})`;
  }

  /** Element step·(i + first) + part, for i < count. */
  #element(first: number, count: number, step: 1 | 2, part: 0 | 1): string {
    const [begin, end] = this.stages.given;
    const [least, most] = [step * first + part, step * (first + count - 1) + part];
    if (most < begin || least >= end) return this.#transform.mode === 'c2c' ? 'vec2<f32>()' : '0.0';
    const load = least >= begin && most < end ? 'operand' : 'operand_or_zero';
    return `${load}(b, ${step === 1 ? 'i' : '2 * i'} + ${least - begin})`;
  }

  /** Stores complex point i + first, for i < count. */
  #finish(first: number, count: number, value: string): string[] {
    const { mode, n } = this.#transform;
    const { isStored } = this.stages;
    const at = first === 0 ? 'i' : `i + ${first}`;
    if (mode === 'c2r' && this.#halved) {
      if (!isStored(2 * first, 2 * (first + count) - 1)) return [];
      return [`store(b, 2 * (${at}), ${value}.x);`, `store(b, 2 * (${at}) + 1, ${value}.y);`];
    }
    const end = mode === 'r2c' ? Math.floor(n / 2) : n - 1;
    if (first > end || !isStored(first, Math.min(first + count - 1, end))) return [];
    const store = `store(b, ${at}, ${mode === 'c2r' ? `${value}.x` : value});`;
    return [first + count - 1 <= end ? store : `if (${at} <= ${end}) { ${store} }`];
  }

  /** From half a spectrum to Z = FFT(x_even + i·x_odd), two points at a time: Z_k = (X_k + X*_{M−k}) + i·e^{2πik/N}·(X_k − X*_{M−k}). */
  #join(): void {
    const { length } = this.#layout;
    const load = this.stages.given[1] <= length ? 'operand_or_zero' : 'operand';
    this.#shared(Math.floor(length / 2) + 1, [
      `var x = ${load}(b, i);`,
      `var y = ${load}(b, M - i);`,
      // The imaginary parts of DC and Nyquist cannot belong to a real signal and are ignored, as every FFT library does.
      'if (i == 0) { x.y = 0.0; y.y = 0.0; }',
      'y.y = -y.y;',
      `let w = ${this.stages.table}[i];`,
      'let even = x + y;',
      'let odd = turn(complex_mul(vec2<f32>(w.x, -w.y), x - y));',
      'points[cell(row, i)] = even + odd;',
      'if (i > 0) { points[cell(row, M - i)] = vec2<f32>(even.x - odd.x, odd.y - even.y); }',
    ]);
    this.#lines.push(...this.#barrier());
  }

  /** From Z = FFT(x_even + i·x_odd) to half a spectrum, two points at a time: X_k = (Z_k + Z*_{M−k})/2 − (i/2)·W_N^k·(Z_k − Z*_{M−k}). */
  #split(): void {
    const { length, radices } = this.#layout;
    const last = radices.at(-1) as number;
    const lies = (name: string, k: string): string[] => [
      `let ${name}_i = ${k} % ${length / last};`,
      ...reversed(`${name}_at`, `${name}_i`, radices),
      `let ${name} = points[cell(row, ${name}_at * ${last} + ${k} / ${length / last})];`,
    ];
    this.#shared(Math.floor(length / 2) + 1, [
      ...lies('z', 'i'),
      ...lies('y', '((M - i) % M)'),
      'let even = 0.5 * vec2<f32>(z.x + y.x, z.y - y.y);',
      `let odd = complex_mul(${this.stages.table}[i], 0.5 * vec2<f32>(z.y + y.y, y.x - z.x));`,
      'store(b, i, even + odd);',
      'store(b, M - i, vec2<f32>(even.x - odd.x, odd.y - even.y));',
    ]);
  }
}

/** Declares `name`: `i` with the digits for all radices but the last in reverse: the butterfly of the last stage that makes point `i`. */
export function reversed(name: string, i: string, radices: readonly number[]): string[] {
  const others = radices.slice(0, -1);
  let part = others.reduce((product, radix) => product * radix, 1);
  let rest = 1;
  const lines = [`var ${name} = 0;`];
  for (const radix of others) {
    part /= radix;
    const quotient = rest === 1 ? i : `${i} / ${rest}`;
    // The quotient by the last of these radices is less than it.
    lines.push(`${name} += ${part === 1 ? quotient : `(${quotient} % ${radix}) * ${part}`};`);
    rest *= radix;
  }
  return lines;
}

/** Declares w1 … w‹r−1›, the powers of the root of unity k·turns/M: about 2·√r are loaded, the others are products of two of those. */
export function twiddles(radix: number, turns: number, k = 'k'): string[] {
  const step = Math.ceil(Math.sqrt(radix));
  return Array.from({ length: radix - 1 }, (_, at) => {
    const p = at + 1;
    const isLoaded = p < step || p % step === 0;
    return `let w${p} = ${isLoaded ? `twiddle(${k} * ${turns * p})` : `complex_mul(w${p - (p % step)}, w${p % step})`};`;
  });
}
