// Sounds as tensors.

import { tensor, type CreateOptions } from '../tensor/create.js';
import type { Tensor } from '../tensor/tensor.js';
import { decodeWav } from './audio-file.js';
import { readBytes } from './file.js';

/** A sound: a tensor that knows how fast it was sampled. What is computed from it is a plain tensor. */
export interface AudioTensor extends Tensor {
  /** Samples a second, of each channel. */
  readonly sampleRate: number;
}

/**
 * Reads a WAV file: [samples] for one channel, [channels, samples] for more, full scale −1 to 1, with `sampleRate` in hertz. Integers of b bits are
 * divided by 2^(b − 1), so the loudest positive one is just below 1; floating-point samples stay as they are and may be beyond.
 * The path is relative to the working directory (the notebook's folder). Rejects when the file cannot be read as an uncompressed WAV file.
 */
export async function audio(path: string, options: CreateOptions = {}): Promise<AudioTensor> {
  const bytes = await readBytes('audio', path, 'WAV');
  const { sampleRate, channels, data } = decodeWav(bytes, path);
  const samples = data.length / channels;
  const sound = tensor(data, { ...options, shape: channels === 1 ? [samples] : [channels, samples] });
  return Object.assign(sound, { sampleRate });
}
