// Between the views under cells (renderers of outputs), the extension, and the kernel that holds what they show. A view asks for what is not
// saved in the notebook, such as a part of a large spectrum; the kernel may push what is new, such as a step of a training.

import * as v from 'valibot';
import { count } from './schemas.js';

/** The name of what a kernel holds for a view: no two kernels give the same, and one that no kernel gave is refused where it is asked. */
export const viewName = v.string();

/** By what the extension keeps what people chose in a view: it follows from the view's data. */
const stateKey = v.pipe(v.string(), v.maxLength(64));
/** A state, for the key of its view; of a size that can be kept for many. */
const keptState = v.strictTuple([stateKey, v.unknown()]);

/** From a renderer to the extension. */
export const fromRenderer = v.variant('kind', [
  /** It was started: asks for what was kept. */
  v.strictObject({ kind: v.literal('hello') }),
  /** Keeps what people chose in a view: JSON, of which too much is refused. */
  v.strictObject({ kind: v.literal('keep'), key: stateKey, state: v.unknown() }),
  /** Answered under the same id, which is the renderer's own. */
  v.strictObject({ kind: v.literal('ask'), id: count, view: viewName, request: v.unknown() }),
  /** The view is not shown any more. */
  v.strictObject({ kind: v.literal('gone'), view: viewName }),
]);
/** From a renderer to the extension. */
export type FromRenderer = v.InferOutput<typeof fromRenderer>;

/** From the extension to a renderer. */
export const toRenderer = v.variant('kind', [
  v.strictObject({ kind: v.literal('answer'), id: count, result: v.unknown() }),
  /** It could not be answered; why, in words for people. */
  v.strictObject({ kind: v.literal('refused'), id: count, reason: v.string() }),
  /** What was kept, answering `hello`. */
  v.strictObject({ kind: v.literal('kept'), states: v.array(keptState) }),
  /** Something new for a view. */
  v.strictObject({ kind: v.literal('push'), view: viewName, data: v.unknown() }),
]);
/** From the extension to a renderer. */
export type ToRenderer = v.InferOutput<typeof toRenderer>;
