// Tensors by name in a file, as PyTorch, JAX and others read and write them.

import { checkOptions, show } from '../tensor/checks.js';
import { Tensor } from '../tensor/tensor.js';
import { decoding, readBytes, writeWhole } from './file.js';
import { place, type PlaceOptions, type RawArray } from './numbers.js';
import { COMPLEX_NOTE, decodeSafetensors, encodeSafetensors } from './safetensors-file.js';

/** The tensors of a file by their names, in the header's order, with the texts that stand beside them. */
export interface SavedTensors extends ReadonlyMap<string, Tensor> {
  readonly metadata: Readonly<Record<string, string>>;
}

/** Options of saveSafetensors. */
export interface SaveOptions {
  /** Texts to keep beside the tensors. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/**
 * Reads a safetensors file: a Map from names to tensors, with `metadata`. F32, F16 and BF16 become float32, F64 float64, integers int32 (all of
 * their values must fit), BOOL bool; pairs that `saveSafetensors` wrote for complex numbers become complex again. On WebGPU 64-bit floating
 * point is narrowed. The path is relative to the working directory (the notebook's folder).
 * Rejects when the file cannot be read or breaks the format's rules, saying how.
 */
export async function loadSafetensors(path: string, options: PlaceOptions = {}): Promise<SavedTensors> {
  checkOptions('loadSafetensors', options, "{device: 'cpu'}");
  const bytes = await readBytes('loadSafetensors', path, 'safetensors');
  const { arrays, metadata } = decoding('loadSafetensors', path, 'safetensors', bytes, () => decodeSafetensors(bytes));
  const tensors = new Map([...arrays].map(([name, raw]) => [name, place(`loadSafetensors: ${show(name)}`, raw, options)]));
  return Object.assign(tensors, { metadata });
}

/**
 * Writes tensors as a safetensors file, whole or not at all: whoever is interrupted leaves the file that was there. They are written as they
 * are when this is called. float32, float64, int32 and bool are F32, F64, I32 and BOOL; a complex tensor is a real one with a last axis of
 * (re, im), noted in the metadata. Rejects for names, values and texts that the format cannot hold, and when the file cannot be written.
 */
export async function saveSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>,
  options: SaveOptions = {},
): Promise<void> {
  checkOptions('saveSafetensors', options, "{metadata: {note: 'trained for 10 epochs'}}");
  const { metadata = {} } = options;
  checkMetadata(metadata);
  // All reads are asked for before the first is awaited: what is assigned meanwhile does not tear the file.
  const arrays = await Promise.all(namedTensors(tensors).map(async ([name, tensor]) => [name, await rawOf(tensor)] as const));
  await writeWhole('saveSafetensors', path, 'safetensors', encodeSafetensors({ arrays: new Map(arrays), metadata }));
}

async function rawOf(tensor: Tensor): Promise<RawArray> {
  const { dtype, shape } = tensor;
  return { dtype, shape, data: await tensor.data() };
}

function namedTensors(tensors: unknown): [string, Tensor][] {
  const isPlain = typeof tensors === 'object' && tensors !== null && !Array.isArray(tensors) && !(tensors instanceof Tensor);
  if (!isPlain) throw new TypeError(`saveSafetensors: expects tensors by name, like {weight}, but was given ${show(tensors)}`);
  const named: [unknown, unknown][] = tensors instanceof Map ? [...(tensors as Map<unknown, unknown>)] : Object.entries(tensors);
  return named.map(([name, tensor]) => {
    if (typeof name !== 'string' || name === '__metadata__')
      throw new TypeError(`saveSafetensors: a name is ${show(name)}, but must be a text other than '__metadata__'`);
    if (!(tensor instanceof Tensor)) throw new TypeError(`saveSafetensors: ${show(name)} is ${show(tensor)}, but must be a tensor`);
    return [name, tensor];
  });
}

function checkMetadata(metadata: unknown): void {
  checkOptions('saveSafetensors: metadata', metadata, "{note: 'trained for 10 epochs'}");
  for (const [name, text] of Object.entries(metadata as object)) {
    if (typeof text !== 'string')
      throw new TypeError(`saveSafetensors: metadata ${show(name)} is ${show(text)}, but must be a text; use JSON.stringify`);
    if (name === COMPLEX_NOTE)
      throw new Error(`saveSafetensors: metadata ${show(name)} is written by the library itself; use another name`);
  }
}
