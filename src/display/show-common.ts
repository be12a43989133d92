// What all views of pv.show share.

import { show as describe } from '../tensor/checks.js';
import { Tensor } from '../tensor/tensor.js';
import { figureBundle } from './bundle.js';
import type { Figure } from './figure.js';
import { emit } from './sink.js';

/** A tensor with something in it; throws what was given. */
export function checkTensor(name: string, value: unknown): Tensor {
  if (!(value instanceof Tensor)) throw new TypeError(`${name}: expects a tensor, but was given ${describe(value)}`);
  if (value.size === 0) throw new Error(`${name}: the tensor [${value.shape.join(', ')}] is empty; nothing can be drawn`);
  return value;
}

/** Emits a figure, which takes its place among the outputs at once; resolves when it has been drawn. */
export async function present<F extends Figure>(draw: Promise<(maxCells: number) => F>): Promise<F> {
  let last: F | null = null;
  const bundle = draw.then((make) => figureBundle((maxCells) => (last = make(maxCells))));
  emit(bundle);
  await bundle;
  return last as unknown as F;
}
