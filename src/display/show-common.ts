// What all views of pv.show share.

import { show as describe } from '../tensor/checks.js';
import { Tensor } from '../tensor/tensor.js';
import { figureBundle } from './bundle.js';
import { drawEmpty, type Figure } from './figure.js';
import { prepareRenderer } from './raster.js';
import { emit } from './sink.js';

/** A tensor; throws what was given. */
export function checkTensor(name: string, value: unknown): Tensor {
  if (!(value instanceof Tensor)) throw new TypeError(`${name}: expects a tensor, but was given ${describe(value)}`);
  return value;
}

/** A tensor with something in it; throws what was given. */
export function checkFilled(name: string, value: unknown): Tensor {
  const x = checkTensor(name, value);
  if (x.size === 0) throw new Error(`${name}: the tensor [${x.shape.join(', ')}] is empty; give one with values`);
  return x;
}

/** Shows in place of a view that a tensor holds nothing, and `what` would be here. Resolves when it has been drawn. */
export async function presentEmpty({ shape, dtype, device }: Tensor, title: string, what: string): Promise<void> {
  const message = [`Nothing to show: [${shape.join(', ')}] holds no values.`, `${what} would be here.`];
  await present(Promise.resolve(() => drawEmpty(title, `${dtype} · ${device}`, message)));
}

/** Emits a figure, which takes its place among the outputs at once; resolves when it has been drawn. */
export async function present<F extends Figure>(draw: Promise<(maxCells: number) => F>): Promise<F> {
  let last: F | null = null;
  // While what is drawn is computed.
  prepareRenderer();
  const bundle = draw.then((make) => figureBundle((maxCells) => (last = make(maxCells))));
  emit(bundle);
  await bundle;
  return last as unknown as F;
}
