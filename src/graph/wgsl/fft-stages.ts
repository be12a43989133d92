// The stages of the fft kernels as WGSL: butterflies in registers, between them memory of the workgroup.

import type { FftTransform } from '../operation.js';
import { counted, pointsType } from './butterflies.js';
import type { Layout } from './fft-layout.js';
import { barrier, loads, stores, type Work } from './fft-main.js';

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
  /** The text is to be short, though loads and stores then take a little longer. */
  readonly isShort: boolean;
}

/** The statements of a transform, and how many points of it lie in memory between them. */
export function stagesOf(stages: Stages): Work {
  return new StagesWriter(stages).all();
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

  all(): Work {
    const { length, radices, together } = this.#layout;
    let block = length;
    if (this.#joins) this.#join();
    for (const radix of radices) {
      this.#stage(radix, block);
      block /= radix;
    }
    if (this.#splits) this.#split();
    const isInMemory = radices.length > 1 || this.#joins || this.#splits;
    return { lines: this.#lines, points: isInMemory ? together * length : 0 };
  }

  /** A loop in which the invocations of a row share `count` pieces of work `i`. */
  #shared(count: number, lines: readonly string[]): void {
    const { threads } = this.#layout;
    const head =
      count > threads
        ? `for (var i = t; i < ${count}; i += ${threads}) {`
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
    if (isFirst && !this.#joins) lines.push(...this.#given(radix, part), `var y = butterfly${radix}(x);`);
    else lines.push(`var y = butterfly${radix}(${pointsType(radix)}(${counted(radix, (p) => `points[cell(own, at + ${p * part})]`)}));`);
    if (!isLast) lines.push(...twiddles(radix, length / block), ...turnedBy(radix));
    if (isLast && !this.#splits) lines.push(...this.#results(radix, count));
    else for (let p = 0; p < radix; p++) lines.push(`points[cell(own, at + ${p * part})] = y[${p}];`);
    this.#shared(count, lines);
    if (!isLast || this.#splits) this.#lines.push(...barrier(this.#layout));
  }

  /** Declares x, the complex points i, i + part, … of what is transformed, where they are not in workgroup memory yet. */
  #given(radix: number, part: number): string[] {
    const { length } = this.#layout;
    const { mode } = this.#transform;
    const [begin, end] = this.stages.given;
    const isWhole = mode === 'c2r' || (begin === 0 && end >= (this.#halved ? 2 : 1) * length);
    if (this.stages.isShort && isWhole) {
      return loads('x', { type: 'vec2<f32>', count: radix, at: (p) => this.#point(`i + ${p} * ${part}`, 0, length - 1) }, true);
    }
    return [`let x = ${pointsType(radix)}(${counted(radix, (p) => this.#point(`i + ${p * part}`, p * part, (p + 1) * part - 1))});`];
  }

  /** Complex point `at`, one of first … last, of what is transformed. */
  #point(at: string, first: number, last: number): string {
    const { mode } = this.#transform;
    if (mode === 'c2r') return `mirrored(b, ${at})`;
    if (mode === 'c2c') return this.#element(at, first, last);
    if (!this.#halved) return `vec2<f32>(${this.#element(at, first, last)}, 0.0)`;
    const [even, odd] = [`2 * (${at})`, `2 * (${at}) + 1`];
    return `vec2<f32>(${this.#element(even, 2 * first, 2 * last)}, ${this.#element(odd, 2 * first + 1, 2 * last + 1)})`;
  }

  /** Element `at`, one of first … last. */
  #element(at: string, first: number, last: number): string {
    const [begin, end] = this.stages.given;
    if (last < begin || first >= end) return this.#transform.mode === 'c2c' ? 'vec2<f32>()' : '0.0';
    return `${first >= begin && last < end ? 'operand' : 'operand_or_zero'}(b, ${at} - ${begin})`;
  }

  /** Stores y as points i, i + count, … of the result. */
  #results(radix: number, count: number): string[] {
    const written = Array.from({ length: radix }, (_, p) => this.#finish(`i + ${p * count}`, p * count, (p + 1) * count - 1, `y[${p}]`));
    if (!this.stages.isShort || written.some((text) => text.length === 0)) return written.flat();
    return stores({ count: radix, at: (p) => this.#finish(`i + ${p} * ${count}`, 0, radix * count - 1, `y[${p}]`).join(' ') }, true);
  }

  /** Stores complex point `at`, one of first … last. */
  #finish(at: string, first: number, last: number, value: string): string[] {
    const { mode, n } = this.#transform;
    const { isStored } = this.stages;
    if (mode === 'c2r' && this.#halved) {
      if (!isStored(2 * first, 2 * last + 1)) return [];
      return [`store(b, 2 * (${at}), ${value}.x);`, `store(b, 2 * (${at}) + 1, ${value}.y);`];
    }
    const end = mode === 'r2c' ? Math.floor(n / 2) : n - 1;
    if (first > end || !isStored(first, Math.min(last, end))) return [];
    const store = `store(b, ${at}, ${mode === 'c2r' ? `${value}.x` : value});`;
    return [last <= end ? store : `if (${at} <= ${end}) { ${store} }`];
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
      'points[cell(own, i)] = even + odd;',
      'if (i > 0) { points[cell(own, M - i)] = vec2<f32>(even.x - odd.x, odd.y - even.y); }',
    ]);
    this.#lines.push(...barrier(this.#layout));
  }

  /** From Z = FFT(x_even + i·x_odd) to half a spectrum, two points at a time: X_k = (Z_k + Z*_{M−k})/2 − (i/2)·W_N^k·(Z_k − Z*_{M−k}). */
  #split(): void {
    const { length, radices } = this.#layout;
    const last = radices.at(-1) as number;
    const lies = (name: string, k: string): string[] => [
      `let ${name}_i = ${k} % ${length / last};`,
      ...reversed(`${name}_at`, `${name}_i`, radices),
      `let ${name} = points[cell(own, ${name}_at * ${last} + ${k} / ${length / last})];`,
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

/** Turns y[1] … y[r − 1] by w1 … w‹r−1›. */
export function turnedBy(radix: number): string[] {
  return Array.from({ length: radix - 1 }, (_, at) => `y[${at + 1}] = complex_mul(y[${at + 1}], w${at + 1});`);
}
