// Butterflies for the fft kernels: WGSL functions that transform a few points in registers. Those of 1, 2 and 4 points are in
// shaders/fft.wgsl, those of odd primes sum pairs, and all others are made of two smaller ones.

import { root } from '../../devices/roots.js';

/** WGSL of butterfly‹r› for each radix in `radices`, and of those that they are made of, each once. */
export function butterflies(radices: readonly number[]): string {
  const texts = new Map<number, string>();
  const need = (radix: number): void => {
    if (texts.has(radix) || radix === 1 || radix === 2 || radix === 4) return;
    const factor = [4, 2, 3, 5, 7].find((each) => radix % each === 0 && each < radix);
    if (factor !== undefined) [factor, radix / factor].forEach(need);
    texts.set(radix, factor === undefined ? primeButterfly(radix) : compositeButterfly(factor, radix / factor));
  };
  radices.forEach(need);
  return [...texts.values()].join('\n');
}

/** The WGSL type of n complex points in registers. */
export function pointsType(n: number): string {
  return `array<vec2<f32>, ${n}>`;
}

/** A list of n parts. */
export function counted(n: number, each: (i: number) => string): string {
  return Array.from({ length: n }, (_, i) => each(i)).join(', ');
}

/** Cooley and Tukey: b transforms of a points that lie b apart, turned by roots of unity, then a transforms of b points. */
function compositeButterfly(a: number, b: number): string {
  const n = a * b;
  const lines = [`fn butterfly${n}(x: ${pointsType(n)}) -> ${pointsType(n)} {`];
  for (let j = 0; j < b; j++) lines.push(`  let a${j} = butterfly${a}(${pointsType(a)}(${counted(a, (i) => `x[${i * b + j}]`)}));`);
  for (let k = 0; k < a; k++) {
    lines.push(`  let b${k} = butterfly${b}(${pointsType(b)}(${counted(b, (j) => turned(`a${j}[${k}]`, j * k, n))}));`);
  }
  lines.push(`  return ${pointsType(n)}(${counted(n, (k) => `b${k % a}[${Math.floor(k / a)}]`)});`, '}');
  return lines.join('\n');
}

/** x·exp(SIGN·2πi·k/n), with constants from float64. */
function turned(x: string, k: number, n: number): string {
  if (k === 0) return x;
  if (4 * k === n) return `turn(${x})`;
  const [cos, sin] = root(k, n);
  return `(${cos.toPrecision(12)} * ${x} + ${sin.toPrecision(12)} * turn(${x}))`;
}

/** The transform of p points for an odd prime p: sums over the (p−1)/2 pairs x_j ± x_{p−j}, constants from float64. */
function primeButterfly(p: number): string {
  const h = (p - 1) / 2;
  const pairs = Array.from({ length: h }, (_, j) => j + 1);
  const lines = [`fn butterfly${p}(x: ${pointsType(p)}) -> ${pointsType(p)} {`];
  for (const j of pairs) lines.push(`  let a${j} = x[${j}] + x[${p - j}];`, `  let b${j} = turn(x[${j}] - x[${p - j}]);`);
  for (const k of pairs) {
    const at = pairs.map((j) => root((j * k) % p, p));
    const even = at.map(([cos], j) => `${cos.toPrecision(12)} * a${j + 1}`);
    const odd = at.map(([, sin], j) => `${sin.toPrecision(12)} * b${j + 1}`);
    lines.push(`  let e${k} = x[0] + ${even.join(' + ')};`, `  let o${k} = ${odd.join(' + ')};`);
  }
  const results = [
    `x[0] + ${pairs.map((j) => `a${j}`).join(' + ')}`,
    ...pairs.map((k) => `e${k} + o${k}`),
    ...pairs.map((k) => `e${k} - o${k}`).reverse(),
  ];
  lines.push(`  return ${pointsType(p)}(${results.join(', ')});`, '}');
  return lines.join('\n');
}
