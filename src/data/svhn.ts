// SVHN: house numbers from street views (Netzer et al. 2011), the cropped digits: 32×32 and coloured.

import { showShape, sizeOf } from '../devices/shape.js';
import { decoding, FileError } from './file.js';
import {
  checkImageOptions,
  labelled,
  limited,
  parts,
  type ByteImages,
  type ImageDataset,
  type ImageOptions,
  type LabelledImages,
  type BothParts,
  type OnePart,
} from './labelled.js';
import { decodeMat, type MatArray } from './mat-file.js';
import { decodeNumbers } from './numbers.js';
import { checkOfficial, checkOfficialFolder, officialBytes, type OfficialFile, type OfficialOptions } from './official.js';
import { reading } from './progress.js';

/** Options of svhn. */
export interface SvhnOptions extends ImageOptions, OfficialOptions {
  /** Only one part; 'extra' is 531 131 easier pictures. */
  readonly split?: 'train' | 'test' | 'extra' | undefined;
}

const digits = Array.from({ length: 10 }, (_, digit) => String(digit));

function file(split: string, digest: string): OfficialFile {
  const name = `${split}_32x32.mat`;
  return {
    name,
    places: [name, `SVHN/${name}`],
    mirrors: ['http://ufldl.stanford.edu/housenumbers/'],
    checksum: { algorithm: 'md5', digest },
  };
}

const files = {
  train: file('train', 'e26dedcc434d2e4c54c9b2d4a06d8373'),
  test: file('test', 'eb5a983be6a315427106f1b164d9cef3'),
  extra: file('extra', 'a93ce644f1a588dc4d68dda5feec44a7'),
};

/**
 * Reads the cropped digits of SVHN from a folder with train_32x32.mat and test_32x32.mat: images [n, 3, 32, 32] of 0 to 1, labels 0 to 9 (the files
 * say 10 for 0); 73 257 to learn from and 26 032 to test with, or with `split` one part. `limit` takes the first ones of each part. With `download`
 * what is missing is fetched first. Rejects where a file is missing, damaged, or not the published one.
 */
export async function svhn(folder: string, options?: BothParts<SvhnOptions>): Promise<ImageDataset>;
export async function svhn(folder: string, options: OnePart<SvhnOptions>): Promise<LabelledImages>;
export async function svhn(folder: string, options: SvhnOptions = {}): Promise<ImageDataset | LabelledImages> {
  checkImageOptions('svhn', options);
  await checkOfficialFolder('svhn', folder, options);
  return parts('svhn', options, ['train', 'test', 'extra'], async (split) =>
    reading(`SVHN, ${split}`, async (progress) => {
      const { path, bytes } = await officialBytes('svhn', folder, files[split], options);
      await progress(0.2);
      checkOfficial('svhn', path, bytes, files[split].checksum, options);
      await progress(0.4);
      const from = decoding('svhn', path, 'MATLAB', bytes, () => digitsOf(decodeMat(bytes), options));
      return labelled(`svhn: '${path}'`, from, digits, options, (done) => progress(0.5 + 0.5 * done));
    }),
  );
}

/** X is [row, column, channel, image] with rows running fastest; y is one number for each image. */
function digitsOf(arrays: ReadonlyMap<string, MatArray>, options: ImageOptions): ByteImages {
  const [x, y] = [arrays.get('X'), arrays.get('y')];
  if (x === undefined || y === undefined)
    throw new FileError(
      `it holds ${[...arrays.keys()].join(', ') || 'no arrays of numbers'}, but must hold X and y`,
      'Take the cropped digits (train_32x32.mat and test_32x32.mat).',
    );
  const [height = 0, width = 0, channels = 0] = x.shape;
  // MATLAB drops a last axis of 1.
  const count = x.shape[3] ?? 1;
  if (x.type !== 'u1' || x.shape.length < 3 || x.shape.length > 4 || channels !== 3)
    throw new FileError(`X is ${showShape(x.shape)} of ${x.type}, but must be [row, column, 3, image] of u1`);
  if (sizeOf(y.shape) !== count) throw new FileError(`X holds ${count} images, but y ${sizeOf(y.shape)} labels`);
  const taken = limited(count, options);
  const labels = Int32Array.from(decodeNumbers(y.bytes, y.type, y.order).subarray(0, taken), (label) =>
    label === 10 ? 0 : label === 0 ? -1 : label,
  );
  return { pixels: x.bytes, labels, channels, height, width, byColumns: true };
}
