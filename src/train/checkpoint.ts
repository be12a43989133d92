// A training in a file: parameters, what the optimizer keeps, the best parameters so far, and the history.

import { access } from 'node:fs/promises';
import { loadSafetensors, saveSafetensors } from '../data/safetensors.js';
import { assignAll } from '../nn/state-dict.js';
import type { Module } from '../nn/modules.js';
import type { Optimizer } from '../nn/optimizer.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Epoch } from './options.js';

/** What a training depends on beside its function: a checkpoint of another one is no place to go on from. */
export interface Identity {
  readonly seed: number;
  readonly batchSize: number;
  readonly examples: number;
}

/** A training between two epochs. */
export interface Progress {
  readonly epochs: readonly Epoch[];
  /** The parameters of the best epoch by name; null where nobody goes back to them. */
  readonly best: ReadonlyMap<string, Tensor> | null;
}

/** Stands in the metadata of a checkpoint. */
const NOTE = 'parseval.train';

function prefixed(prefix: string, tensors: ReadonlyMap<string, Tensor>): [string, Tensor][] {
  return [...tensors].map(([name, tensor]) => [`${prefix}/${name}`, tensor]);
}

function unprefixed(prefix: string, tensors: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  return new Map(
    [...tensors].flatMap(([name, tensor]) => (name.startsWith(`${prefix}/`) ? [[name.slice(prefix.length + 1), tensor] as const] : [])),
  );
}

/** Writes a training, whole or not at all. */
export async function saveCheckpoint(
  path: string,
  model: Module,
  optimizer: Optimizer,
  identity: Identity,
  { epochs, best }: Progress,
): Promise<void> {
  const tensors = new Map([
    ...prefixed('model', model.stateDict()),
    ...prefixed('optimizer', optimizer.stateDict()),
    ...prefixed('best', best ?? new Map()),
  ]);
  await saveSafetensors(path, tensors, { metadata: { [NOTE]: JSON.stringify({ ...identity, epochs }) } });
}

/** Sets model and optimizer as they were; null where there is no file. Throws, and changes nothing, where it is no checkpoint of this training. */
export async function loadCheckpoint(path: string, model: Module, optimizer: Optimizer, identity: Identity): Promise<Progress | null> {
  if (!(await exists(path))) return null;
  const [first] = model.stateDict().values();
  const tensors = await loadSafetensors(path, first === undefined ? {} : { device: first.device });
  const told = noteOf(path, tensors.metadata[NOTE]);
  const advice = `delete it or name another file to begin anew, or give resume: false to write over it`;
  for (const name of ['seed', 'batchSize', 'examples'] as const)
    if (told[name] !== identity[name])
      throw new Error(`train: '${path}' is of a training with ${name} ${told[name]}, but this one has ${identity[name]}; ${advice}`);
  const best = unprefixed('best', tensors);
  // The optimizer first: it is more easily of another kind, and then the model is as it was.
  await optimizer.loadStateDict(unprefixed('optimizer', tensors));
  assignAll(`train: '${path}'`, model.stateDict(), unprefixed('model', tensors));
  return { epochs: told.epochs, best: best.size === 0 ? null : best };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function noteOf(path: string, text: string | undefined): Identity & { readonly epochs: readonly Epoch[] } {
  if (text === undefined)
    throw new Error(`train: '${path}' is no checkpoint of a training, though it is a safetensors file; name another file`);
  return JSON.parse(text) as Identity & { readonly epochs: readonly Epoch[] };
}
