// Pictures in folders, one for each class.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkInteger, checkNumber, checkOneOf } from '../tensor/checks.js';
import { readBytes } from './file.js';
import { decodeImage } from './image-file.js';
import {
  checkChannels,
  checkImageOptions,
  checkImageSize,
  imageArray,
  limited,
  onDevice,
  type ImageDataset,
  type ImageOptions,
  type LabelledImages,
  type BothParts,
  type OnePart,
} from './labelled.js';
import { checkFolder } from './official.js';
import { permutation } from './permutation.js';
import { reading } from './progress.js';
import { resize } from './resize.js';

/** Options of imageFolder. */
export interface ImageFolderOptions extends ImageOptions {
  /** Height and width that all images get. When not given they must have one size. */
  readonly size?: number | readonly [height: number, width: number] | undefined;
  /** 3 for colour (grey pictures get three equal channels), 1 for grey; 3 when not given. */
  readonly channels?: 1 | 3 | undefined;
  /** The share of images to test with, where the folder does not divide them; 0.2 when not given. */
  readonly testShare?: number | undefined;
  /** Chooses which these are, and the order of all; 0 when not given. */
  readonly seed?: number | undefined;
  /** Only one part. */
  readonly split?: 'train' | 'test' | undefined;
}

interface Picture {
  readonly path: string;
  readonly label: number;
}

const pictureName = /^[^.].*\.(?:png|jpe?g)$/iu;

/**
 * Reads the PNG and JPEG pictures of a folder with a sub-folder for each class, whose names are the classes in alphabetical order: images
 * [n, channels, height, width] of 0 to 1 (transparent ones on white), labels int32. Sub-folders `train` and `test` that hold the classes divide them;
 * else a share of them is taken to test with. Their order is shuffled, so that `limit` takes some of each class.
 * Rejects where a picture cannot be read, or sizes differ and no `size` is given.
 */
export async function imageFolder(folder: string, options?: BothParts<ImageFolderOptions>): Promise<ImageDataset>;
export async function imageFolder(folder: string, options: OnePart<ImageFolderOptions>): Promise<LabelledImages>;
export async function imageFolder(folder: string, options: ImageFolderOptions = {}): Promise<ImageDataset | LabelledImages> {
  checkImageOptions('imageFolder', options);
  if (options.split !== undefined) checkOneOf('imageFolder: split', options.split, ['train', 'test']);
  if (options.channels !== undefined) checkChannels('imageFolder', options.channels);
  const size = options.size === undefined ? null : checkImageSize('imageFolder', options.size, 1);
  const { classes, train, test } = await divided(await checkFolder('imageFolder', folder), options);
  let common = size;
  const load = async (split: 'train' | 'test', pictures: readonly Picture[]): Promise<LabelledImages> => {
    if (pictures.length === 0)
      throw new Error(`imageFolder: '${folder}' has no images to ${split === 'train' ? 'learn from' : 'test with'}; change testShare`);
    const taken = pictures.slice(0, limited(pictures.length, options));
    const [loaded, found] = await reading(`reading ${split === 'train' ? 'training' : 'test'} images`, (progress) =>
      loadAll(taken, classes, common, options, progress),
    );
    common ??= found;
    return loaded;
  };
  if (options.split !== undefined) return load(options.split, options.split === 'train' ? train : test);
  return { train: await load('train', train), test: await load('test', test), classes };
}

type Size = readonly [height: number, width: number];

async function divided(
  folder: string,
  { testShare = 0.2, seed = 0 }: ImageFolderOptions,
): Promise<{ classes: string[]; train: Picture[]; test: Picture[] }> {
  if (!(checkNumber('imageFolder: testShare', testShare) >= 0 && testShare <= 1))
    throw new RangeError(`imageFolder: testShare is ${testShare}, but must be 0 to 1`);
  checkInteger('imageFolder: seed', seed);
  const shuffled = (pictures: readonly Picture[]): Picture[] => Array.from(permutation(pictures.length, seed, 0), (i) => pictures[i]!);
  const names = await subfolders(folder);
  if (names.includes('train') && names.includes('test')) {
    const classes = await subfolders(join(folder, 'train'));
    const others = await subfolders(join(folder, 'test'));
    if (classes.join('/') !== others.join('/'))
      throw new Error(
        `imageFolder: '${folder}' has the classes ${classes.join(', ')} in train, but ${others.join(', ') || 'none'} in test; they must be the same`,
      );
    return {
      classes,
      train: shuffled(await pictures(join(folder, 'train'), classes)),
      test: shuffled(await pictures(join(folder, 'test'), classes)),
    };
  }
  const all = shuffled(await pictures(folder, names));
  const first = Math.round(all.length * (1 - testShare));
  return { classes: names, train: all.slice(0, first), test: all.slice(first) };
}

async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
}

async function pictures(folder: string, classes: readonly string[]): Promise<Picture[]> {
  if (classes.length === 0)
    throw new Error(`imageFolder: '${folder}' has no sub-folders, but must have one for each class, with its pictures`);
  const found: Picture[] = [];
  for (const [label, name] of classes.entries()) {
    const files = await readdir(join(folder, name));
    const chosen = files.filter((file) => pictureName.test(file)).sort();
    if (chosen.length === 0)
      throw new Error(
        `imageFolder: '${join(folder, name)}' has no PNG or JPEG pictures, but ${files.length === 0 ? 'nothing' : files.slice(0, 3).join(', ')}; convert them, or remove the folder`,
      );
    found.push(...chosen.map((file) => ({ path: join(folder, name, file), label })));
  }
  return found;
}

/** The pictures as tensors, and the size that they have. */
async function loadAll(
  from: readonly Picture[],
  classes: readonly string[],
  wanted: Size | null,
  options: ImageFolderOptions,
  progress: (done: number) => Promise<void>,
): Promise<[LabelledImages, Size]> {
  const channels = options.channels ?? 3;
  let size = wanted;
  let array: ReturnType<typeof imageArray> | null = null;
  for (const [i, { path }] of from.entries()) {
    const { height, width, planes } = planesOf(await readBytes('imageFolder', path, 'PNG or JPEG'), path, channels);
    size ??= [height, width];
    const [toHeight, toWidth] = size;
    if (options.size === undefined && (height !== toHeight || width !== toWidth))
      throw new Error(
        `imageFolder: '${path}' is ${height}×${width}, but those before it ${toHeight}×${toWidth}; set size to give all of them one`,
      );
    array ??= imageArray('imageFolder', from.length, [channels, toHeight, toWidth], options);
    for (const [c, plane] of planes.entries()) {
      const resized = height === toHeight && width === toWidth ? plane : resize(plane, [height, width], size);
      array.data.set(resized, (i * channels + c) * toHeight * toWidth);
    }
    await progress((i + 1) / from.length);
  }
  const [height, width] = size!;
  return [onDevice('imageFolder', { ...array!, labels: from.map(({ label }) => label), channels, height, width }, classes, options), size!];
}

/** A picture's channels, 0 to 1: transparent ones lie on white; grey is the luma of Rec. 601. */
function planesOf(bytes: Uint8Array, path: string, channels: 1 | 3): { height: number; width: number; planes: Float64Array[] } {
  const { width, height, channels: given, bitDepth, data } = decodeImage(bytes, path);
  const scale = 1 / (2 ** bitDepth - 1);
  const planes = Array.from({ length: channels }, () => new Float64Array(width * height));
  for (let i = 0; i < width * height; i++) {
    const opacity = given === 4 ? data[4 * i + 3]! * scale : 1;
    const color = [0, 1, 2].map((c) => 1 - opacity + opacity * scale * data[given === 1 ? i : given * i + c]!);
    if (channels === 3) for (let c = 0; c < 3; c++) planes[c]![i] = color[c]!;
    else planes[0]![i] = given === 1 ? color[0]! : 0.299 * color[0]! + 0.587 * color[1]! + 0.114 * color[2]!;
  }
  return { height, width, planes };
}
