// Butterflies of odd prime radix for the fft kernels; those of radix 2, 4 and 8 are in shaders/fft.wgsl.

import { root } from '../../devices/roots.js';

/**
 * WGSL of butterfly‹p›, the transform of p points for an odd prime p: sums over the (p−1)/2 pairs x_j ± x_{p−j}, constants from float64.
 */
export function oddButterfly(p: number): string {
  const h = (p - 1) / 2;
  const pairs = Array.from({ length: h }, (_, j) => j + 1);
  const lines = [`fn butterfly${p}(${parameters(p)}) -> array<vec2<f32>, ${p}> {`];
  for (const j of pairs) lines.push(`  let a${j} = x${j} + x${p - j};`, `  let b${j} = turn(x${j} - x${p - j});`);
  for (const k of pairs) {
    const at = pairs.map((j) => root((j * k) % p, p));
    const even = at.map(([cos], j) => `${cos.toPrecision(12)} * a${j + 1}`);
    const odd = at.map(([, sin], j) => `${sin.toPrecision(12)} * b${j + 1}`);
    lines.push(`  let e${k} = x0 + ${even.join(' + ')};`, `  let o${k} = ${odd.join(' + ')};`);
  }
  const results = [
    `x0 + ${pairs.map((j) => `a${j}`).join(' + ')}`,
    ...pairs.map((k) => `e${k} + o${k}`),
    ...pairs.map((k) => `e${k} - o${k}`).reverse(),
  ];
  lines.push(`  return array<vec2<f32>, ${p}>(${results.join(', ')});`, '}');
  return lines.join('\n');
}

function parameters(radix: number): string {
  return Array.from({ length: radix }, (_, p) => `x${p}: vec2<f32>`).join(', ');
}
