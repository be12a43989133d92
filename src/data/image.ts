// Pictures as tensors.

import { readFile } from 'node:fs/promises';
import { show } from '../tensor/checks.js';
import { tensor, type CreateOptions } from '../tensor/create.js';
import type { Tensor } from '../tensor/tensor.js';
import { decodeImage } from './image-file.js';

/**
 * Reads a PNG or JPEG file: [height, width] for grey pictures, [channels, height, width] for coloured ones, values 0 to 1.
 * The path is relative to the working directory (the notebook's folder). Rejects when the file cannot be read as a picture.
 */
export async function image(path: string, options: CreateOptions = {}): Promise<Tensor> {
  if (typeof path !== 'string' || path === '')
    throw new TypeError(`image: the path is ${show(path)}, but must be the name of a PNG or JPEG file`);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new Error(
      `image: '${path}' cannot be read (${error instanceof Error ? error.message : String(error)}); paths are relative to ${process.cwd()}`,
      { cause: error },
    );
  }
  const { width, height, channels, bitDepth, data } = decodeImage(bytes, path);
  const scale = 1 / (2 ** bitDepth - 1);
  const values = new Float64Array(data.length);
  const plane = width * height;
  for (let i = 0; i < plane; i++) for (let c = 0; c < channels; c++) values[c * plane + i] = data[i * channels + c]! * scale;
  return tensor(values, { ...options, shape: channels === 1 ? [height, width] : [channels, height, width] });
}
