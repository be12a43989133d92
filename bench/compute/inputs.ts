// The values that all peers compute with: float32, from a seed.

import type { Input, Workload } from './workload.js';
import { convShape, layerShapes } from './workload.js';

/** The arrays that a workload takes, the same at each call. */
export function inputsOf(workload: Workload): Input[] {
  switch (workload.kind) {
    case 'fft':
      return [uniform([workload.batch, workload.n], 1, { parts: 2 })];
    case 'rfft2':
      return [uniform([workload.batch, workload.height, workload.width], 1)];
    case 'conv':
      return [uniform(workload.x, 1), uniform(workload.w, 2), uniform(convShape(workload), 3)];
    case 'train': {
      const [batch] = workload.x;
      const classes = workload.features[2];
      const labels = Int32Array.from({ length: batch }, (_, i) => (i * 7) % classes);
      // Within ±1/√inputs, as PyTorch starts: at this learning rate the loss then falls from the first step on.
      const layers = layerShapes(workload).flatMap((shape, i) => {
        const bound = 1 / Math.sqrt(count(shape.slice(1)));
        return [uniform(shape, 10 + i, { bound }), uniform(shape.slice(0, 1), 20 + i, { bound })];
      });
      return [uniform(workload.x, 1), { shape: [batch], values: labels }, ...layers];
    }
    case 'chain':
      return [uniform([workload.rows, workload.columns], 1), uniform([1, workload.columns], 2), uniform([workload.rows, 1], 3)];
    case 'copy':
      return [];
  }
}

/** Numbers in [−bound, bound) by mulberry32. */
function uniform(shape: readonly number[], seed: number, { bound = 1, parts = 1 } = {}): Input {
  let state = seed * 0x9e3779b1;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return bound * (((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1);
  };
  const values = new Float32Array(count(shape) * parts);
  for (let i = 0; i < values.length; i++) values[i] = next();
  return { shape, values };
}

/** Elements of a shape. */
export function count(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
