import { expect } from 'chai';
import { mkdir } from 'node:fs/promises';
import { PNG } from 'pngjs';
import * as pv from '../../../src/index.js';
import { resize } from '../../../src/data/resize.js';
import { failureOf, useFolder, type TestFolder } from './files.js';

/** A PNG of one colour, RGBA of 0 to 255. */
function flat(width: number, height: number, [r, g, b, a = 255]: readonly number[]): Buffer {
  const png = new PNG({ width, height });
  for (let i = 0; i < width * height; i++) png.data.set([r!, g!, b!, a], 4 * i);
  return PNG.sync.write(png, { colorType: a === 255 ? 2 : 6 });
}

async function write(folder: TestFolder, files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(folder.at(name.replace(/\/[^/]*$/u, '')), { recursive: true });
    await folder.write(name, bytes);
  }
}

const red = [255, 0, 0];
const blue = [0, 0, 255];

describe('pv.data.imageFolder', () => {
  const folder = useFolder();
  before(() => pv.setDevice('cpu'));

  it('takes the classes from the names of sub-folders and leaves other files alone', async () => {
    await write(folder, {
      ...Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`colors/red/${i}.png`, flat(4, 3, red)])),
      ...Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`colors/blue/${i}.PNG`, flat(4, 3, blue)])),
      'colors/red/notes.txt': 'red things',
      'colors/readme.md': '',
    });
    const { train, test, classes } = await pv.data.imageFolder(folder.at('colors'));
    expect(classes).to.deep.equal(['blue', 'red']);
    expect([train.images.shape, test.images.shape]).to.deep.equal([
      [8, 3, 3, 4],
      [2, 3, 3, 4],
    ]);
    for (const part of [train, test]) {
      const labels = (await part.labels.array()) as number[];
      const corners = (await part.images.slice([0, 0, 0, 0], [labels.length, 3, 1, 1]).squeeze([2, 3]).array()) as number[][];
      expect(corners).to.deep.equal(labels.map((label) => (label === 0 ? [0, 0, 1] : [1, 0, 0])));
    }
  });

  it('the order is that of the seed, and limit takes of all classes', async () => {
    const labels = async (options: object): Promise<unknown> =>
      (await pv.data.imageFolder(folder.at('colors'), { split: 'train', testShare: 0, ...options })).labels.array();
    expect(await labels({ seed: 3 })).to.deep.equal(await labels({ seed: 3 }));
    expect(await labels({ seed: 3 })).not.to.deep.equal(await labels({ seed: 4 }));
    expect(new Set((await labels({ limit: 6, seed: 0 })) as number[]).size).to.equal(2);
  });

  it('train and test that are divided stay so', async () => {
    await write(folder, { 'divided/train/a/1.png': flat(2, 2, red), 'divided/train/b/1.png': flat(2, 2, blue) });
    await write(folder, { 'divided/test/a/1.png': flat(2, 2, blue), 'divided/test/b/1.png': flat(2, 2, blue) });
    const { train, test } = await pv.data.imageFolder(folder.at('divided'));
    expect([train.images.shape[0], test.images.shape[0]]).to.deep.equal([2, 2]);
    expect(await test.images.slice([0, 0], [2, 1]).max().item()).to.equal(0);
    await write(folder, { 'divided/train/c/1.png': flat(2, 2, red) });
    expect(await failureOf(pv.data.imageFolder(folder.at('divided')))).to.match(
      /has the classes a, b, c in train, but a, b in test; they must be the same/,
    );
  });

  it('grey is the luma, and what is transparent lies on white', async () => {
    await write(folder, { 'grey/a/1.png': flat(1, 1, [100, 200, 50]), 'half/a/1.png': flat(1, 1, [255, 0, 0, 51]) });
    const options = { split: 'train', testShare: 0 } as const;
    const grey = await pv.data.imageFolder(folder.at('grey'), { ...options, channels: 1 });
    expect(await grey.images.item()).to.be.closeTo((0.299 * 100 + 0.587 * 200 + 0.114 * 50) / 255, 1e-12);
    const half = await pv.data.imageFolder(folder.at('half'), options);
    const [r, g, b] = await half.images.data();
    expect([r, g, b].map((value) => Math.round(1000 * value!))).to.deep.equal([1000, 800, 800]);
  });

  it('size brings different pictures to one', async () => {
    await write(folder, { 'mixed/a/1.png': flat(8, 6, red), 'mixed/a/2.png': flat(3, 5, red) });
    const options = { split: 'train', testShare: 0 } as const;
    const { images } = await pv.data.imageFolder(folder.at('mixed'), { ...options, size: [4, 2] });
    expect(images.shape).to.deep.equal([2, 3, 4, 2]);
    const spread = await images.slice([0, 0], [2, 1]).sub(1).abs().max().item();
    expect(spread).to.be.lessThan(1e-12);
    expect(await failureOf(pv.data.imageFolder(folder.at('mixed'), options))).to.match(
      /^imageFolder: '.*\.png' is \d×\d, but those before it \d×\d; set size to give all of them one$/,
    );
  });

  it('says what is wrong with a folder, a picture or an option', async () => {
    const failure = (name: string, options: object = {}): Promise<string> => failureOf(pv.data.imageFolder(folder.at(name), options));
    expect(await failure('nowhere')).to.match(/^imageFolder: '.*nowhere' is not there/);
    await write(folder, { 'flat/1.png': flat(1, 1, red) });
    expect(await failure('flat')).to.match(/'.*flat' has no sub-folders, but must have one for each class/);
    await write(folder, { 'other/a/1.webp': 'x' });
    expect(await failure('other')).to.match(/'.*other\/a' has no PNG or JPEG pictures, but 1\.webp; convert them, or remove the folder/);
    await write(folder, { 'broken/a/1.png': flat(4, 4, red).subarray(0, 50), 'broken/a/2.png': flat(4, 4, red) });
    expect(await failure('broken')).to.match(/1\.png is a PNG file of 50 bytes that cannot be read/);
    await write(folder, { 'single/a/1.png': flat(4, 4, red) });
    expect(await failure('single')).to.match(/has no images to test with; change testShare/);
    expect(await failure('single', { size: 0 })).to.equal('imageFolder: size: height is 0, but must be a positive integer');
    expect(await failure('single', { size: [1, 2, 3] })).to.match(/size is \[1, 2, 3\], but must be a number or \[height, width\]/);
    expect(await failure('single', { channels: 2 })).to.equal('imageFolder: channels is 2, but must be 1 or 3');
    expect(await failure('single', { testShare: 2 })).to.equal('imageFolder: testShare is 2, but must be 0 to 1');
  });
});

describe('resize', () => {
  it('keeps a ramp where it grows, away from the borders, and its mean where it halves', () => {
    const ramp = Float64Array.from({ length: 8 }, (_, i) => i);
    const grown = resize(ramp, [1, 8], [1, 16]);
    for (let i = 2; i < 14; i++) expect(grown[i]).to.be.closeTo((i + 0.5) / 2 - 0.5, 1e-12);
    const halved = resize(ramp, [8, 1], [4, 1]);
    expect(halved[1]).to.be.closeTo(2.5, 1e-12);
    expect(halved[2]).to.be.closeTo(4.5, 1e-12);
  });

  it('leaves nothing of what the new grid is too coarse for', () => {
    const stripes = Float64Array.from({ length: 64 }, (_, i) => Number(i % 3 === 0));
    // At the borders half of the triangle is missing.
    for (const value of resize(stripes, [1, 64], [1, 8]).subarray(1, -1)) expect(value).to.be.closeTo(1 / 3, 0.02);
  });
});
