// Pictures with their classes: what all loaders of images give.

import { hostArray } from '../devices/dtype.js';
import { showShape } from '../devices/shape.js';
import { checkInteger, checkOneOf, checkOptions, show } from '../tensor/checks.js';
import { currentState, defaultFloat, stateOf } from '../tensor/devices.js';
import type { Tensor } from '../tensor/tensor.js';
import { place, type PlaceOptions } from './numbers.js';

/** Pictures with their classes. */
export interface LabelledImages {
  /** [image, channel, height, width], 0 to 1. */
  readonly images: Tensor;
  /** int32 [image]: positions in `classes`. */
  readonly labels: Tensor;
  /** The classes' names. */
  readonly classes: readonly string[];
}

/** Pictures to learn from, and others to see what was learned. */
export interface ImageDataset {
  readonly train: LabelledImages;
  readonly test: LabelledImages;
  readonly classes: readonly string[];
}

/** What every loader of images takes. */
export interface ImageOptions extends PlaceOptions {
  /** What the images' numbers are: the device's floating-point type when not given. */
  readonly dtype?: 'float32' | 'float64' | undefined;
  /** At most so many images of each part. */
  readonly limit?: number | undefined;
}

/** Options that ask for one part. */
export type OnePart<Options extends { readonly split?: unknown }> = Options & { readonly split: NonNullable<Options['split']> };
/** Options that ask for both. */
export type BothParts<Options> = Options & { readonly split?: undefined };

/** Images as bytes, [image, channel, height, width], with their labels. */
export interface ByteImages {
  readonly pixels: Uint8Array;
  readonly labels: ArrayLike<number>;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Whether the bytes of a plane stand column by column; row by row when not given. */
  readonly byColumns?: boolean | undefined;
}

/** Images between two breaths. */
const SOME = 128;

/** Throws where options that loaders share are none. */
export function checkImageOptions(what: string, options: ImageOptions): void {
  checkOptions(what, options, '{limit: 1000}');
  if (options.limit !== undefined) checkInteger(`${what}: limit`, options.limit, 1);
  if (options.dtype !== undefined) checkOneOf(`${what}: dtype`, options.dtype, ['float32', 'float64']);
}

/** Height and width, given as one number or two; `what` names the option's owner. */
export function checkImageSize(what: string, size: unknown, least: number): readonly [height: number, width: number] {
  const both: unknown[] = Array.isArray(size) ? size : [size, size];
  if (both.length !== 2) throw new TypeError(`${what}: size is ${show(size)}, but must be a number or [height, width]`);
  return [checkInteger(`${what}: size: height`, both[0], least), checkInteger(`${what}: size: width`, both[1], least)];
}

/** Channels of pictures: 1 for grey, 3 for colour. */
export function checkChannels(what: string, channels: unknown): 1 | 3 {
  if (channels !== 1 && channels !== 3) throw new TypeError(`${what}: channels is ${show(channels)}, but must be 1 or 3`);
  return channels;
}

/** How many of so many images are taken. */
export function limited(count: number, { limit = Infinity }: ImageOptions): number {
  return Math.min(count, limit);
}

/**
 * Tensors of images whose bytes are 0 to 255. `what` names them in messages; `progress` is told how much is done of 1. Rejects before memory is
 * taken for more images than the device holds in one tensor.
 */
export async function labelled(
  what: string,
  from: ByteImages,
  classes: readonly string[],
  options: ImageOptions,
  progress: (done: number) => Promise<void>,
): Promise<LabelledImages> {
  const { pixels, labels, channels, height, width, byColumns = false } = from;
  const { dtype, data } = imageArray(what, labels.length, [channels, height, width], options);
  const plane = height * width;
  const [rowStep, columnStep] = byColumns ? [1, height] : [width, 1];
  for (let begin = 0; begin < data.length; begin += plane) {
    if (begin % (SOME * channels * plane) === 0) await progress(begin / data.length);
    for (let row = 0, at = begin; row < height; row++)
      for (let column = 0, byte = begin + row * rowStep; column < width; column++, byte += columnStep) data[at++] = pixels[byte]! / 255;
  }
  return onDevice(what, { dtype, data, labels, channels, height, width }, classes, options);
}

/** An array for so many images of [channels, height, width], which the device can hold. */
export function imageArray(
  what: string,
  count: number,
  shape: readonly [number, number, number],
  options: ImageOptions,
): { dtype: 'float32' | 'float64'; data: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> } {
  const state = options.device === undefined ? currentState() : stateOf(options.device);
  const dtype = options.dtype ?? defaultFloat(state);
  const [bytes, most] = [(dtype === 'float64' ? 8 : 4) * shape[0] * shape[1] * shape[2], state.device.limits.maxBufferBytes];
  if (count * bytes > most)
    throw new Error(
      `${what}: ${count} images of ${showShape(shape)} take ${count * bytes} bytes as ${dtype}, but device ${state.device.name} binds at most ` +
        `${most} bytes in one buffer; set limit to ${Math.floor(most / bytes)} or less`,
    );
  return { dtype, data: hostArray(dtype, count * shape[0] * shape[1] * shape[2]) as Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> };
}

/** Tensors of images as `imageArray` holds them. */
export function onDevice(
  what: string,
  from: Omit<ByteImages, 'pixels'> & ReturnType<typeof imageArray>,
  classes: readonly string[],
  options: ImageOptions,
): LabelledImages {
  const { dtype, data, labels, channels, height, width } = from;
  const wrong = Array.prototype.findIndex.call(
    labels,
    (label: number) => !(Number.isInteger(label) && label >= 0 && label < classes.length),
  );
  if (wrong >= 0) throw new Error(`${what}: the label of image ${wrong} is ${show(labels[wrong])}, but must be 0 to ${classes.length - 1}`);
  const images = place(what, { dtype, shape: [labels.length, channels, height, width], data }, options);
  return { images, labels: place(what, { dtype: 'int32', shape: [labels.length], data: Int32Array.from(labels) }, options), classes };
}

/** Both parts, or the one that was asked for: what loaders give. */
export async function parts<Split extends string>(
  what: string,
  { split }: { readonly split?: Split | undefined },
  splits: readonly Split[],
  load: (split: Split) => Promise<LabelledImages>,
): Promise<ImageDataset | LabelledImages> {
  if (split !== undefined) return load(checkOneOf(`${what}: split`, split, splits));
  // One after the other: each takes as much memory for itself as it must.
  const train = await load('train' as Split);
  const test = await load('test' as Split);
  return { train, test, classes: train.classes };
}
