// MNIST: handwritten digits (LeCun, Cortes and Burges), 28×28 and grey.

import { showShape } from '../devices/shape.js';
import { checkOptions } from '../tensor/checks.js';
import type { Tensor } from '../tensor/tensor.js';
import { decoding, FileError, readBytes } from './file.js';
import { decodeIdx, gunzipped, type IdxContent } from './idx-file.js';
import {
  checkImageOptions,
  labelled,
  limited,
  parts,
  type ImageDataset,
  type ImageOptions,
  type LabelledImages,
  type BothParts,
  type OnePart,
} from './labelled.js';
import { decodeNumbers, place, type PlaceOptions } from './numbers.js';
import { checkOfficial, checkOfficialFolder, officialBytes, type Checksum, type OfficialFile, type OfficialOptions } from './official.js';
import { reading } from './progress.js';

/** Options of mnist. */
export interface MnistOptions extends ImageOptions, OfficialOptions {
  /** Only one part. */
  readonly split?: 'train' | 'test' | undefined;
}

const digits = Array.from({ length: 10 }, (_, digit) => String(digit));
const mirrors = ['https://ossci-datasets.s3.amazonaws.com/mnist/', 'http://yann.lecun.com/exdb/mnist/'];

interface File extends OfficialFile {
  /** Of the unpacked file: packed ones differ by who packed them. */
  readonly unpacked: Checksum;
}

function file(stem: string, packed: string, unpacked: string): File {
  const plain = stem.replace('-idx', '.idx');
  const places = [stem, plain].flatMap((name) => [`${name}.gz`, name, `MNIST/raw/${name}.gz`, `MNIST/raw/${name}`]);
  return {
    name: `${stem}.gz`,
    places,
    mirrors,
    checksum: { algorithm: 'md5', digest: packed },
    unpacked: { algorithm: 'md5', digest: unpacked },
  };
}

const files = {
  train: {
    images: file('train-images-idx3-ubyte', 'f68b3c2dcbeaaa9fbdd348bbdeb94873', '6bbc9ace898e44ae57da46a324031adb'),
    labels: file('train-labels-idx1-ubyte', 'd53e105ee54ea40749a09fcbcd1e9432', 'a25bea736e30d166cdddb491f175f624'),
  },
  test: {
    images: file('t10k-images-idx3-ubyte', '9fb629c4189551a2d022fa330f9573f3', '2646ac647ad5339dbf082846283269ea'),
    labels: file('t10k-labels-idx1-ubyte', 'ec29112dd5afa0611ce80d1b7f02629c', '27ae3e4e09519cfbb04c329615203637'),
  },
};

/**
 * Reads MNIST from a folder with its four files, packed by gzip or not: images [n, 1, 28, 28] of 0 to 1, labels 0 to 9; 60 000 to learn from and
 * 10 000 to test with, or with `split` one part. `limit` takes the first ones of each part. With `download` what is missing is fetched first.
 * Rejects where a file is missing, damaged, or not the published one (`verify: false` takes others, as Fashion-MNIST).
 */
export async function mnist(folder: string, options?: BothParts<MnistOptions>): Promise<ImageDataset>;
export async function mnist(folder: string, options: OnePart<MnistOptions>): Promise<LabelledImages>;
export async function mnist(folder: string, options: MnistOptions = {}): Promise<ImageDataset | LabelledImages> {
  checkImageOptions('mnist', options);
  await checkOfficialFolder('mnist', folder, options);
  return parts('mnist', options, ['train', 'test'], async (split) =>
    reading(`MNIST, ${split}`, async (progress) => {
      const images = await content(folder, files[split].images, 3, options);
      await progress(0.5);
      const labels = await content(folder, files[split].labels, 1, options);
      const [count = 0, height = 0, width = 0] = images.shape;
      if (labels.shape[0] !== count)
        throw new Error(
          `mnist: '${images.path}' holds ${count} images, but '${labels.path}' ${labels.shape[0]} labels; they belong to different sets`,
        );
      const taken = limited(count, options);
      const from = { pixels: images.bytes, labels: labels.bytes.subarray(0, taken), channels: 1, height, width };
      return labelled(`mnist: '${images.path}'`, from, digits, options, (done) => progress(0.5 + 0.5 * done));
    }),
  );
}

async function content(folder: string, from: File, rank: number, options: MnistOptions): Promise<IdxContent & { readonly path: string }> {
  const { path, bytes } = await officialBytes('mnist', folder, from, options);
  const { unpacked, read } = decoding('mnist', path, 'IDX', bytes, () => {
    const unpacked = gunzipped(bytes);
    const read = decodeIdx(unpacked);
    if (read.type !== 'u1' || read.shape.length !== rank)
      throw new FileError(
        `it holds ${showShape(read.shape)} of ${read.type}, but must hold ${rank === 3 ? '[image, row, column]' : '[image]'} of u1`,
      );
    return { unpacked, read };
  });
  checkOfficial('mnist', path, unpacked, from.unpacked, options);
  return { ...read, path };
}

/**
 * Reads an IDX file, packed by gzip or not, as a tensor of its shape: integers become int32, floating point float32 or float64 (narrowed on
 * WebGPU). The path is relative to the working directory. Rejects when the file cannot be read as one.
 */
export async function loadIdx(path: string, options: PlaceOptions = {}): Promise<Tensor> {
  checkOptions('loadIdx', options, "{device: 'cpu'}");
  const packed = await readBytes('loadIdx', path, 'IDX');
  const { data, shape } = decoding('loadIdx', path, 'IDX', packed, () => {
    const { type, shape: extents, bytes } = decodeIdx(gunzipped(packed));
    return { shape: extents, data: decodeNumbers(bytes, type, 'big') };
  });
  const dtype = data instanceof Float64Array ? 'float64' : data instanceof Float32Array ? 'float32' : 'int32';
  return place('loadIdx', { dtype, shape, data }, options);
}
