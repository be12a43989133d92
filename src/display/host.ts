// What a host of notebooks (a kernel) asks of the library beyond what people use: `pv.host`. Not for cells.

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { deviceBytes } from '../devices/dtype.js';
import { sizeOf } from '../devices/shape.js';
import { memoryBudget } from '../graph/flush.js';
import { interruptSlots, isInterruptRequested, watchInterrupts } from '../graph/interrupt.js';
import { placeCalls, setOrigin } from '../graph/origin.js';
import { tensor } from '../tensor/create.js';
import { currentName, currentState, nameTensors, registerDevice, setDevice, type DeviceName } from '../tensor/devices.js';
import { withoutGradients, type Node } from '../graph/node.js';
import { recover, settle as settleTensors } from '../tensor/recovery.js';
import { Tensor } from '../tensor/tensor.js';
import { bundleOf, forgetOutputs, isOutput } from './display.js';
import { settleTrainings, stopTrainings } from './live-training.js';
import { askView, beginCellViews, closeView, setViewHost } from './live-views.js';
import { printed } from './printed.js';
import { leaveProgress, stopProgress } from './progress.js';
import { forgetRenderer } from './raster.js';
import type { MimeBundle } from './sink.js';
import { spectrumThumbnail, thumbnail } from './thumbnail.js';

export { openNodeThread } from '../devices/node/node-thread.js';
export { openRemoteDevice } from '../devices/remote/client.js';
export {
  askView,
  beginCellViews,
  bundleOf,
  closeView,
  interruptSlots,
  isOutput,
  isInterruptRequested,
  printed,
  registerDevice,
  setOrigin,
  setViewHost,
  watchInterrupts,
};

/** What is known of a tensor without computing it. */
export interface TensorFacts {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly device: string;
  readonly bytes: number;
}

/** Says that another cell runs. */
export function startCell(): void {
  placeCalls();
  leaveProgress();
  forgetOutputs();
}

/** The end of a cell: resolves when everything that assignments recorded has been computed, and trainings that it shows are put out as they are. */
export async function settle(): Promise<void> {
  await settleTensors();
  settleTrainings();
}

/** Mends everything after an interrupt; see `recover` in src/tensor/recovery.ts. */
export async function recoverAll(): Promise<void> {
  forgetRenderer();
  stopProgress();
  stopTrainings();
  await recover();
}

/** Tells devices what people call their tensors. Runs no code of people. */
export function nameVariables(variables: Iterable<readonly [name: string, value: unknown]>): void {
  const tensors: [string, { readonly node: Node }][] = [];
  for (const [name, value] of variables) {
    const node = Tensor.liveNode(value);
    if (node !== null) tensors.push([name, { node }]);
  }
  nameTensors(tensors);
}

/** What is known of a value, if it is a tensor that was not disposed. Runs no code of people. */
export function tensorFacts(value: unknown): TensorFacts | null {
  const node = Tensor.liveNode(value);
  if (node === null) return null;
  const { shape, dtype, device } = node;
  return { shape: [...shape], dtype, device: device.name, bytes: sizeOf(shape) * deviceBytes(dtype) };
}

/** Small pictures of a tensor; null for other values, and where there is nothing to see. */
export function pictureOf(value: unknown, kind: 'thumbnail' | 'spectrum'): Promise<MimeBundle | null> {
  if (Tensor.liveNode(value) === null || !(value instanceof Tensor)) return Promise.resolve(null);
  // Looking at a tensor leaves no history behind.
  return withoutGradients(() => (kind === 'thumbnail' ? thumbnail(value) : spectrumThumbnail(value)));
}

/** The device where new tensors live. */
export function currentDevice(): { readonly name: DeviceName; readonly description: string; readonly lost: string | null } {
  const { description, lost } = currentState().device;
  return { name: currentName(), description, lost };
}

/** Where the library's own files are, as URLs: those beside this one, and of what it calls that does not survive being cut off. */
export function ownFiles(): string[] {
  const renderer = createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm');
  return [new URL('.', import.meta.url).href, new URL('.', pathToFileURL(renderer)).href];
}

/**
 * Opens a device and makes it the current one. Rejects with the reason when it cannot be opened, or when what was written to it is not what
 * is read from it.
 */
export async function tryDevice(name: DeviceName): Promise<void> {
  await setDevice(name);
  const probe = tensor([42], { dtype: 'int32' });
  try {
    const [value] = await probe.data();
    if (value !== 42) throw new Error(`it gives back ${value} where 42 was written`);
  } catch (error) {
    currentState().device.destroy();
    throw error;
  } finally {
    probe.dispose();
  }
}

/** Sets the bytes that recomputable results may take on a device. */
export function setMemoryBudget(bytes: number): void {
  memoryBudget.bytes = bytes;
}
