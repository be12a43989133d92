// CIFAR-10: small photographs of ten kinds of things (Krizhevsky 2009), 32×32 and coloured, in the binary version.

import { join } from 'node:path';
import { decoding, FileError, readBytes } from './file.js';
import { gunzipped } from './idx-file.js';
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
import {
  checkOfficial,
  checkOfficialFolder,
  isFile,
  officialBytes,
  type Checksum,
  type OfficialFile,
  type OfficialOptions,
} from './official.js';
import { reading } from './progress.js';
import { untar } from './tar-file.js';

/** Options of cifar10. */
export interface Cifar10Options extends ImageOptions, OfficialOptions {
  /** Only one part. */
  readonly split?: 'train' | 'test' | undefined;
}

const classes = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
const size = { channels: 3, height: 32, width: 32 };
/** A label, then the planes of red, green and blue. */
const RECORD = 1 + 3 * 32 * 32;
/** The archive's folder. */
const inside = 'cifar-10-batches-bin';

const archive: OfficialFile = {
  name: 'cifar-10-binary.tar.gz',
  places: ['cifar-10-binary.tar.gz'],
  mirrors: ['https://www.cs.toronto.edu/~kriz/'],
  checksum: { algorithm: 'md5', digest: 'c32a1d4ab5d03f1284b67883e8d87530' },
};

interface Batch {
  readonly name: string;
  readonly checksum: Checksum;
}

const batch = (name: string, digest: string): Batch => ({ name, checksum: { algorithm: 'sha1', digest } });

const batches = {
  train: [
    batch('data_batch_1.bin', 'aadd24acce27caa71bf4b10992e9e7b2d74c2540'),
    batch('data_batch_2.bin', 'c0ba65cce70568cd57b4e03e9ac8d2a5367c1795'),
    batch('data_batch_3.bin', '1dd00a74ab1d17a6e7d73e185b69dbf31242f295'),
    batch('data_batch_4.bin', 'aab85764eb3584312d3c7f65fd2fd016e36a258e'),
    batch('data_batch_5.bin', '26e2849e66a845b7f1e4614ae70f4889ae604628'),
  ],
  test: [batch('test_batch.bin', '67eb016db431130d61cd03c7ad570b013799c88c')],
};

/**
 * Reads CIFAR-10 (binary version) from a folder with its .bin files or with its archive, cifar-10-binary.tar.gz: images [n, 3, 32, 32] of 0 to 1,
 * labels 0 to 9; 50 000 to learn from and 10 000 to test with, or with `split` one part. `limit` takes the first ones of each part. With `download`
 * the archive is fetched where nothing of this is there. Rejects where a file is missing, damaged, or not the published one.
 */
export async function cifar10(folder: string, options?: BothParts<Cifar10Options>): Promise<ImageDataset>;
export async function cifar10(folder: string, options: OnePart<Cifar10Options>): Promise<LabelledImages>;
export async function cifar10(folder: string, options: Cifar10Options = {}): Promise<ImageDataset | LabelledImages> {
  checkImageOptions('cifar10', options);
  await checkOfficialFolder('cifar10', folder, options);
  const open = await opener(folder, options);
  return parts('cifar10', options, ['train', 'test'], async (split) =>
    reading(`CIFAR-10, ${split}`, async (progress) => {
      const records: Uint8Array[] = [];
      let count = 0;
      for (const [i, { name, checksum }] of batches[split].entries()) {
        if (count >= limited(Infinity, options)) break;
        const { path, bytes } = await open(name);
        decoding('cifar10', path, 'CIFAR-10', bytes, () => checkRecords(bytes));
        checkOfficial('cifar10', path, bytes, checksum, options);
        records.push(bytes);
        count += bytes.length / RECORD;
        await progress((0.5 * (i + 1)) / batches[split].length);
      }
      const taken = limited(count, options);
      const pixels = new Uint8Array(taken * (RECORD - 1));
      const labels = new Uint8Array(taken);
      let at = 0;
      for (const bytes of records)
        for (let begin = 0; begin < bytes.length && at < taken; begin += RECORD, at++) {
          labels[at] = bytes[begin]!;
          pixels.set(bytes.subarray(begin + 1, begin + RECORD), at * (RECORD - 1));
        }
      return labelled('cifar10', { pixels, labels, ...size }, classes, options, (done) => progress(0.5 + 0.5 * done));
    }),
  );
}

function checkRecords(bytes: Uint8Array): void {
  if (bytes.length % RECORD !== 0)
    throw new FileError(`its ${bytes.length} bytes are not records of ${RECORD}: a label and 3 planes of 32×32`);
  for (let begin = 0; begin < bytes.length; begin += RECORD)
    if (bytes[begin]! >= classes.length)
      throw new FileError(`the label of its image ${begin / RECORD} is ${bytes[begin]}, but must be 0 to ${classes.length - 1}`);
}

/** How the files of this folder are read: one by one, or out of the archive. */
async function opener(folder: string, options: Cifar10Options): Promise<(name: string) => Promise<{ path: string; bytes: Uint8Array }>> {
  for (const place of [folder, join(folder, inside)])
    if (await isFile(join(place, batches.test[0]!.name)))
      return async (name) => ({ path: join(place, name), bytes: await readBytes('cifar10', join(place, name), 'CIFAR-10') });
  // The plain files are named in messages only: here none of them is there.
  const { path, bytes } = await officialBytes('cifar10', folder, { ...archive, places: [...archive.places, `${inside}/*.bin`] }, options);
  const files = decoding('cifar10', path, 'gzip', bytes, () => untar(gunzipped(bytes)));
  return async (name) => {
    const found = files.get(`${inside}/${name}`);
    if (found === undefined) throw new Error(`cifar10: '${path}' has no ${inside}/${name}; fetch it again`);
    return Promise.resolve({ path: `${path}/${inside}/${name}`, bytes: found });
  };
}
