// House numbers for those who have no data: pictures of digits, drawn by lot.

import { checkInteger, checkNumber } from '../tensor/checks.js';
import { drawPicture } from './digit-picture.js';
import { drawScene } from './digit-scene.js';
import {
  checkChannels,
  checkImageOptions,
  checkImageSize,
  labelled,
  parts,
  type ImageDataset,
  type ImageOptions,
  type LabelledImages,
  type BothParts,
  type OnePart,
} from './labelled.js';
import { permutation } from './permutation.js';
import { reading } from './progress.js';
import { RandomStream } from './random-stream.js';

/** Options of digits. */
export interface DigitsOptions extends Omit<ImageOptions, 'limit'> {
  /** Images to learn from; 1000 when not given. */
  readonly count?: number | undefined;
  /** Images to test with; a fifth of count when not given. */
  readonly testCount?: number | undefined;
  /** Height and width; 32 when not given. */
  readonly size?: number | readonly [height: number, width: number] | undefined;
  /** 3 for colour, 1 for grey; 3 when not given. */
  readonly channels?: 1 | 3 | undefined;
  /** Chooses the pictures; 0 when not given. */
  readonly seed?: number | undefined;
  /** From 0 (upright, clear and alone) to 1 (tilted, faint, blurred, among neighbours); 0.5 when not given. */
  readonly difficulty?: number | undefined;
  /** Only one part. */
  readonly split?: 'train' | 'test' | undefined;
}

const classes = Array.from({ length: 10 }, (_, digit) => String(digit));
const splits = ['train', 'test'] as const;

/**
 * Pictures like those of house numbers: images [n, channels, height, width] of 0 to 1 (of 256 levels, as photographs have), labels 0 to 9. Digits in
 * several hands, painted or of metal, on walls and plates, with neighbours at their sides, seen from the side, uneven, blurred and noisy. Each ten
 * pictures in a row have each digit once. The same seed gives the same pictures on every machine, the first ones of a longer set too; those to test
 * with are others than those to learn from.
 */
export async function digits(options?: BothParts<DigitsOptions>): Promise<ImageDataset>;
export async function digits(options: OnePart<DigitsOptions>): Promise<LabelledImages>;
export async function digits(options: DigitsOptions = {}): Promise<ImageDataset | LabelledImages> {
  checkImageOptions('digits', options);
  const { difficulty = 0.5 } = options;
  const count = checkInteger('digits: count', options.count ?? 1000, 1);
  const testCount = checkInteger('digits: testCount', options.testCount ?? Math.max(1, Math.round(count / 5)), 1);
  const seed = checkInteger('digits: seed', options.seed ?? 0);
  const channels = checkChannels('digits', options.channels ?? 3);
  const [height, width] = checkImageSize('digits', options.size ?? 32, 8);
  if (!(checkNumber('digits: difficulty', difficulty) >= 0 && difficulty <= 1))
    throw new RangeError(`digits: difficulty is ${difficulty}, but must be 0 to 1`);

  return parts('digits', options, splits, (split) =>
    reading(`drawing ${split === 'train' ? 'training' : 'test'} digits`, async (progress) => {
      const drawn = split === 'train' ? count : testCount;
      const one = channels * height * width;
      const pixels = new Uint8Array(drawn * one);
      const labels = new Uint8Array(drawn);
      const stream = splits.indexOf(split);
      for (let i = 0; i < drawn; i++) {
        if (i % 10 === 0) labels.set(permutation(10, seed, 2 * i + stream).subarray(0, drawn - i), i);
        const random = new RandomStream(seed, stream, i);
        drawPicture(drawScene(random, labels[i]!, difficulty), random, [height, width], channels, pixels, i * one);
        if (i % 16 === 15) await progress(i / drawn);
      }
      return labelled('digits', { pixels, labels, channels, height, width }, classes, options, () => progress(1));
    }),
  );
}
