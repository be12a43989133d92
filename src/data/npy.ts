// Arrays in NumPy's files.

import { checkOptions, show } from '../tensor/checks.js';
import { Tensor } from '../tensor/tensor.js';
import { decoding, readBytes, writeWhole } from './file.js';
import { decodeNpy, decodeNpz, encodeNpy } from './npy-file.js';
import { place, type PlaceOptions } from './numbers.js';

/**
 * Reads an .npy file (versions 1 to 3, C or Fortran order, either byte order) as a tensor of its shape. f2 and f4 become float32, f8 float64,
 * c8 complex64, c16 complex128, integers int32 (all of their values must fit), b1 bool; on WebGPU 64-bit floating point is narrowed. The path is
 * relative to the working directory. Rejects when the file cannot be read, or holds something else, as objects and records.
 */
export async function loadNpy(path: string, options: PlaceOptions = {}): Promise<Tensor> {
  checkOptions('loadNpy', options, "{device: 'cpu'}");
  const bytes = await readBytes('loadNpy', path, 'NumPy (.npy)');
  return place(
    'loadNpy',
    decoding('loadNpy', path, 'NumPy (.npy)', bytes, () => decodeNpy(bytes)),
    options,
  );
}

/** Reads an .npz file, packed or not: a Map from the arrays' names to tensors, each as `loadNpy` reads it. */
export async function loadNpz(path: string, options: PlaceOptions = {}): Promise<ReadonlyMap<string, Tensor>> {
  checkOptions('loadNpz', options, "{device: 'cpu'}");
  const bytes = await readBytes('loadNpz', path, 'NumPy (.npz)');
  const arrays = decoding('loadNpz', path, 'NumPy (.npz)', bytes, () => decodeNpz(bytes));
  return new Map([...arrays].map(([name, raw]) => [name, place(`loadNpz: ${show(name)}`, raw, options)]));
}

/** Writes a tensor as an .npy file, whole or not at all, as it is when this is called. Rejects when the file cannot be written. */
export async function saveNpy(path: string, tensor: Tensor): Promise<void> {
  if (!(tensor instanceof Tensor)) throw new TypeError(`saveNpy: expects a path and a tensor, but was given ${show(tensor)}`);
  const { dtype, shape } = tensor;
  await writeWhole('saveNpy', path, 'NumPy (.npy)', encodeNpy({ dtype, shape, data: await tensor.data() }));
}
