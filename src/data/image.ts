// Pictures as tensors.

import { tensor, type CreateOptions } from '../tensor/create.js';
import type { Tensor } from '../tensor/tensor.js';
import { readBytes } from './file.js';
import { decodeImage } from './image-file.js';

/**
 * Reads a PNG or JPEG file: [height, width] for grey pictures, [channels, height, width] for coloured ones, values 0 to 1.
 * The path is relative to the working directory (the notebook's folder). Rejects when the file cannot be read as a picture.
 */
export async function image(path: string, options: CreateOptions = {}): Promise<Tensor> {
  const bytes = await readBytes('image', path, 'PNG or JPEG');
  const { width, height, channels, bitDepth, data } = decodeImage(bytes, path);
  const scale = 1 / (2 ** bitDepth - 1);
  const values = new Float64Array(data.length);
  const plane = width * height;
  for (let i = 0; i < plane; i++) for (let c = 0; c < channels; c++) values[c * plane + i] = data[i * channels + c]! * scale;
  return tensor(values, { ...options, shape: channels === 1 ? [height, width] : [channels, height, width] });
}
