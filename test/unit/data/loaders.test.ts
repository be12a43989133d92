import { expect } from 'chai';
import { copyFile, mkdir, readFile, readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { deflateSync, gzipSync } from 'node:zlib';
import { decodeIdx } from '../../../src/data/idx-file.js';
import { decodeMat } from '../../../src/data/mat-file.js';
import { untar } from '../../../src/data/tar-file.js';
import * as pv from '../../../src/index.js';
import { expectOnlyOwnErrors, failureOf, useFolder, type TestFolder } from './files.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/data/${name}`, import.meta.url));
/** Files of the tests are not the published ones. */
const ours = { verify: false } as const;

/** An IDX file by the format's definition. */
function idx(type: number, shape: readonly number[], body: readonly number[]): Buffer {
  const extents = shape.flatMap((extent) => [extent >>> 24, (extent >>> 16) & 255, (extent >>> 8) & 255, extent & 255]);
  return Buffer.from([0, 0, type, shape.length, ...extents, ...body]);
}

const counted = (count: number, of = 256): number[] => Array.from({ length: count }, (_, i) => (i * 7) % of);

/** Four files as MNIST has them, of 3 and 2 images of 2×3. */
const mnistFiles: Readonly<Record<string, Buffer>> = {
  'train-images-idx3-ubyte': idx(8, [3, 2, 3], counted(18)),
  'train-labels-idx1-ubyte': idx(8, [3], [5, 0, 9]),
  't10k-images-idx3-ubyte': idx(8, [2, 2, 3], counted(12)),
  't10k-labels-idx1-ubyte': idx(8, [2], [1, 2]),
};

/** A tape archive by the format's definition. */
function tar(files: Readonly<Record<string, Buffer>>): Buffer {
  const blocks = Object.entries(files).map(([name, content]) => {
    const header = Buffer.alloc(512);
    header.write(name);
    header.write(content.length.toString(8).padStart(11, '0'), 124);
    header.write('        ', 148);
    header.write('0', 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** Records of CIFAR-10: a label, then 3 planes of 32×32. */
function cifar(labels: readonly number[]): Buffer {
  return Buffer.concat(labels.map((label) => Buffer.from([label, ...counted(3072, 251)])));
}

const cifarFiles = Object.fromEntries([
  ...[1, 2, 3, 4, 5].map((i) => [`data_batch_${i}.bin`, cifar([i, i + 1])] as const),
  ['test_batch.bin', cifar([9, 0, 8])] as const,
]);

async function write(folder: TestFolder, within: string, files: Readonly<Record<string, Uint8Array>>): Promise<string> {
  await mkdir(folder.at(within), { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await folder.write(`${within}/${name}`, bytes);
  return folder.at(within);
}

const packed = (files: Readonly<Record<string, Buffer>>): Record<string, Buffer> =>
  Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)]));

describe('pv.data: sets of images', () => {
  const folder = useFolder();
  before(() => pv.setDevice('cpu'));

  describe('mnist', () => {
    it('gives images of 0 to 1 and their labels, from plain files and from packed ones', async () => {
      for (const [within, files] of [
        ['mnist', mnistFiles],
        ['mnist-gz', packed(mnistFiles)],
        ['torch/MNIST/raw', mnistFiles],
      ] as const) {
        const path = await write(folder, within, files);
        const { train, test, classes } = await pv.data.mnist(path.replace(/\/MNIST\/raw$/u, ''), ours);
        expect([train.images.shape, train.labels.shape, train.labels.dtype]).to.deep.equal([[3, 1, 2, 3], [3], 'int32']);
        expect(Array.from(await train.images.data())).to.deep.equal(counted(18).map((byte) => byte / 255));
        expect(await train.labels.array()).to.deep.equal([5, 0, 9]);
        expect(await test.labels.array()).to.deep.equal([1, 2]);
        expect(classes).to.deep.equal(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
      }
    });

    it('takes the first images, one part, and another type', async () => {
      const path = await write(folder, 'mnist', mnistFiles);
      const train = await pv.data.mnist(path, { ...ours, split: 'train', limit: 2, dtype: 'float32' });
      expect([train.images.shape, train.images.dtype]).to.deep.equal([[2, 1, 2, 3], 'float32']);
      expect(await train.labels.array()).to.deep.equal([5, 0]);
    });
  });

  describe('svhn', () => {
    // As generate.py makes them: byte i of [image, channel, row, column] is 7 i mod 251.
    const pixels = (images: number): number[] => Array.from({ length: images * 3072 }, (_, i) => ((i * 7) % 251) / 255);

    for (const [name, images] of [
      ['svhn-packed.mat', 5],
      ['svhn-plain.mat', 2],
      ['svhn-big-endian.mat', 2],
    ] as const) {
      it(`${name}: images stand upright, and the label 10 is the digit 0`, async () => {
        const path = await write(folder, name, {});
        await copyFile(fixture(name), `${path}/train_32x32.mat`);
        const train = await pv.data.svhn(path, { ...ours, split: 'train' });
        expect(train.images.shape).to.deep.equal([images, 3, 32, 32]);
        expect(Array.from(await train.images.data())).to.deep.equal(pixels(images));
        expect(await train.labels.array()).to.deep.equal([1, 9, 0, 4, 0].slice(0, images));
      });
    }

    it('takes the first images', async () => {
      const path = await write(folder, 'svhn', {});
      await copyFile(fixture('svhn-packed.mat'), `${path}/test_32x32.mat`);
      const test = await pv.data.svhn(path, { ...ours, split: 'test', limit: 2 });
      expect(Array.from(await test.images.data())).to.deep.equal(pixels(2));
    });
  });

  describe('cifar10', () => {
    it('reads the batches in their order, from files and from the archive', async () => {
      const archive = gzipSync(
        tar(Object.fromEntries(Object.entries(cifarFiles).map(([name, bytes]) => [`cifar-10-batches-bin/${name}`, bytes]))),
      );
      for (const path of [
        await write(folder, 'cifar', cifarFiles),
        (await write(folder, 'unpacked/cifar-10-batches-bin', cifarFiles)).replace(/\/cifar-10-batches-bin$/u, ''),
        await write(folder, 'cifar-archive', { 'cifar-10-binary.tar.gz': archive }),
      ]) {
        const { train, test, classes } = await pv.data.cifar10(path, ours);
        expect([train.images.shape, test.images.shape]).to.deep.equal([
          [10, 3, 32, 32],
          [3, 3, 32, 32],
        ]);
        expect(await train.labels.array()).to.deep.equal([1, 2, 2, 3, 3, 4, 4, 5, 5, 6]);
        expect(await test.labels.array()).to.deep.equal([9, 0, 8]);
        expect(Array.from(await test.images.data()).slice(3072, 6144)).to.deep.equal(counted(3072, 251).map((byte) => byte / 255));
        expect(classes[9]).to.equal('truck');
      }
    });

    it('limit counts over the batches', async () => {
      const train = await pv.data.cifar10(await write(folder, 'cifar', cifarFiles), { ...ours, split: 'train', limit: 3 });
      expect(await train.labels.array()).to.deep.equal([1, 2, 2]);
    });
  });

  describe('loadIdx', () => {
    it('reads every type of the format by its definition', async () => {
      const cases: readonly (readonly [type: number, body: readonly number[], dtype: pv.DType, values: readonly number[]])[] = [
        [0x08, [0, 255], 'int32', [0, 255]],
        [0x09, [1, 255], 'int32', [1, -1]],
        [0x0b, [1, 2, 255, 254], 'int32', [258, -2]],
        [0x0c, [0, 0, 1, 0, 255, 255, 255, 255], 'int32', [256, -1]],
        [0x0d, [0x3f, 0xc0, 0, 0, 0xbf, 0x80, 0, 0], 'float32', [1.5, -1]],
        [0x0e, [0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 'float64', [1.5, 0]],
      ];
      for (const [type, body, dtype, values] of cases) {
        const x = await pv.data.loadIdx(await folder.write('x.idx', idx(type, [2], body)));
        expect([x.dtype, x.shape, Array.from(await x.data())], String(type)).to.deep.equal([dtype, [2], values]);
      }
    });
  });

  describe('what does not fit a device', () => {
    it('is refused before memory is taken, with the limit that would do', async () => {
      const path = await write(folder, 'cifar', cifarFiles);
      await pv.setDevice('node');
      const { limits } = (await import('../../../src/tensor/devices.js')).currentState().device;
      const real = limits.maxBufferBytes;
      try {
        Object.assign(limits, { maxBufferBytes: 40_000 });
        expect(await failureOf(pv.data.cifar10(path, ours))).to.equal(
          'cifar10: 10 images of [3, 32, 32] take 122880 bytes as float32, but device node binds at most 40000 bytes in one buffer; set limit to 3 or less',
        );
      } finally {
        Object.assign(limits, { maxBufferBytes: real });
        await pv.setDevice('cpu');
      }
    });
  });
});

describe('pv.data: downloads', () => {
  const folder = useFolder();
  let server: Server;
  let mirror = '';
  let served: Record<string, Buffer> = {};
  const asked: string[] = [];

  before(async () => {
    await pv.setDevice('cpu');
    server = createServer((request, response) => {
      asked.push(request.url!);
      const bytes = served[request.url!.slice(1)];
      if (bytes === undefined) response.writeHead(404).end();
      else response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => asked.splice(0));

  it('fetch what is missing once, and leave nothing but the files', async () => {
    served = packed(mnistFiles);
    const path = folder.at('fetched');
    for (let time = 0; time < 2; time++) {
      const { train } = await pv.data.mnist(path, { ...ours, download: true, mirror });
      expect(await train.labels.array()).to.deep.equal([5, 0, 9]);
    }
    expect(asked.sort()).to.deep.equal(
      Object.keys(served)
        .sort()
        .map((name) => `/${name}`),
    );
    expect((await readdir(path)).sort()).to.deep.equal(Object.keys(served).sort());
    expect(await readFile(`${path}/t10k-labels-idx1-ubyte.gz`)).to.deep.equal(served['t10k-labels-idx1-ubyte.gz']);
  });

  it('refuse what has another checksum than the published file, and keep none of it', async () => {
    served = packed(mnistFiles);
    const message = await failureOf(pv.data.mnist(folder.at('wrong'), { download: true, mirror }));
    expect(message).to.match(
      /^mnist: train-images-idx3-ubyte\.gz cannot be fetched from http:\/\/127.*\.gz \(what it gave has the MD5 [0-9a-f]{32}, but the published file f68b3c2dcbeaaa9fbdd348bbdeb94873\); put it into '.*' by hand, or name another mirror$/,
    );
    expect(await readdir(folder.at('wrong'))).to.deep.equal([]);
  });

  it('say what the other side answers, and that nobody is there', async () => {
    served = {};
    const fetching = (from: string): Promise<string> => failureOf(pv.data.svhn(folder.at('none'), { download: true, mirror: from }));
    expect(await fetching(mirror)).to.match(
      /svhn: train_32x32\.mat cannot be fetched from .*train_32x32\.mat \(it answers 404 Not Found\)/,
    );
    expect(await fetching('http://127.0.0.1:9')).to.match(/cannot be fetched from http:\/\/127\.0\.0\.1:9\/train_32x32\.mat \(/);
  });

  it('that break off leave nothing', async () => {
    const broken = createServer((_, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write(Buffer.alloc(500), () => response.destroy());
    });
    await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve));
    const from = `http://127.0.0.1:${(broken.address() as AddressInfo).port}`;
    const message = await failureOf(pv.data.svhn(folder.at('broken'), { ...ours, download: true, mirror: from }));
    expect(message).to.match(/^svhn: train_32x32\.mat cannot be fetched from http:\/\/127.* \(.*\); put it into/);
    expect(await readdir(folder.at('broken'))).to.deep.equal([]);
    await new Promise((resolve) => broken.close(resolve));
  });

  it('are not made unless asked for', async () => {
    const path = await write(folder, 'empty', {});
    expect(await failureOf(pv.data.svhn(path, { mirror }))).to.match(/pass download: true/);
    expect(asked).to.deep.equal([]);
  });
});

describe('pv.data: errors say what was given, what was expected and what to do', () => {
  const folder = useFolder();
  before(() => pv.setDevice('cpu'));
  const mnistWith = async (name: string, bytes: Buffer, options = ours): Promise<string> =>
    failureOf(pv.data.mnist(await write(folder, 'broken-mnist', { ...mnistFiles, [name]: bytes }), options));
  const images = mnistFiles['train-images-idx3-ubyte']!;

  it('a folder that is not there, is none, or lacks the files', async () => {
    expect(await failureOf(pv.data.mnist('no/such'))).to.match(
      /^mnist: 'no\/such' is not there; paths are relative to .*; make it and put the files there, or pass download: true$/,
    );
    expect(await failureOf(pv.data.svhn(await folder.write('file', 'x')))).to.match(/^svhn: '.*file' is no folder/);
    expect(await failureOf(pv.data.cifar10(7 as never))).to.equal('cifar10: the folder is 7, but must be the path of a folder');
    const other = await write(folder, 'cifar-python', { 'cifar-10-python.tar.gz': Buffer.from('x') });
    expect(await failureOf(pv.data.cifar10(other))).to.match(
      /^cifar10: none of cifar-10-binary\.tar\.gz, .* is in '.*', where there is cifar-10-python\.tar\.gz; pass download: true, or put https:.*cifar-10-binary\.tar\.gz there$/,
    );
  });

  it('options that are none', async () => {
    const path = await write(folder, 'mnist', mnistFiles);
    const failure = (options: object): Promise<string> => failureOf(pv.data.mnist(path, options));
    expect(await failure({ limit: 0 })).to.equal('mnist: limit is 0, but must be a positive integer');
    expect(await failure({ split: 'valid' })).to.equal("mnist: split is 'valid', but must be one of 'train', 'test'");
    expect(await failure({ dtype: 'int32' })).to.equal("mnist: dtype is 'int32', but must be one of 'float32', 'float64'");
  });

  it('MNIST: files of another kind, cut, of other shapes, and not the published ones', async () => {
    const name = 'train-images-idx3-ubyte';
    const cases: readonly (readonly [Buffer, RegExp])[] = [
      [Buffer.alloc(0), /^mnist: '.*train-images-idx3-ubyte' is empty \(0 bytes\), but must be an IDX file/],
      [Buffer.from('<html>404'), /\(9 bytes\) cannot be read as an IDX file: it starts with "<html>40", but must with two zero bytes/],
      [idx(7, [1], [0]), /its numbers are of type 0x07, but the format knows 08/],
      [images.subarray(0, 9), /it ends within its header of 3 extents/],
      [images.subarray(0, 20), /its \[3, 2, 3\] numbers take 18 bytes, but 4 follow its header/],
      [Buffer.concat([images, Buffer.of(0)]), /take 18 bytes, but 19 follow its header/],
      [idx(0x0c, [1], [0, 0, 0, 0]), /it holds \[1\] of i4, but must hold \[image, row, column\] of u1/],
      [idx(8, [1], [0]), /it holds \[1\] of u1, but must hold \[image, row, column\] of u1/],
      [idx(8, [2, 2, 3], counted(12)), /holds 2 images, but '.*' 3 labels; they belong to different sets/],
      [gzipSync(images).subarray(0, 30), /it is packed by gzip, and cannot be unpacked \(unexpected end of file\)/],
    ];
    for (const [bytes, expected] of cases) expect(await mnistWith(name, bytes)).to.match(expected);
    expect(await mnistWith('train-labels-idx1-ubyte', idx(8, [3], [0, 10, 1]))).to.match(/the label of image 1 is 10, but must be 0 to 9/);
    expect(await failureOf(pv.data.mnist(await write(folder, 'mnist', mnistFiles)))).to.match(
      /^mnist: '.*train-images-idx3-ubyte' is not the published file: its MD5 is [0-9a-f]{32}, but must be 6bbc9ace898e44ae57da46a324031adb; fetch it again, or pass verify: false/,
    );
  });

  it('SVHN: files of another version, cut, without X and y, and of other shapes', async () => {
    const good = await readFile(fixture('svhn-plain.mat'));
    const failure = async (bytes: Uint8Array): Promise<string> =>
      failureOf(pv.data.svhn(await write(folder, 'broken-svhn', { 'train_32x32.mat': bytes }), ours));
    const header = good.subarray(0, 128);
    const without = (name: string): Buffer => {
      const bytes = Buffer.from(good);
      bytes[bytes.indexOf(Buffer.from([1, 0, 1, 0, name.charCodeAt(0)])) + 4] = 'q'.charCodeAt(0);
      return bytes;
    };
    const reshaped = Buffer.from(good);
    // The extents 32, 32, 3, 2 of X.
    const at = reshaped.indexOf(Buffer.from([32, 0, 0, 0, 32, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0]));
    reshaped.writeInt32LE(2, at + 8);
    reshaped.writeInt32LE(3, at + 12);
    const cases: readonly (readonly [Uint8Array, RegExp])[] = [
      [
        Buffer.from('MATLAB 7.3 MAT-file, Platform: GLNXA64'.padEnd(512)),
        /it is of version 7\.3, which is HDF5\. In MATLAB: save\(path, 'X', 'y', '-v7'\)/,
      ],
      [
        await readFile(fixture('svhn-old.mat')),
        /it starts with bytes .*, but a MATLAB 5 file with "MATLAB 5"\. Check the path; older files are saved again/,
      ],
      [good.subarray(0, 100), /it ends within its header of 128 bytes/],
      [good.subarray(0, 132), /element 1 begins at byte 128, but only 4 bytes are left/],
      [good.subarray(0, 3000), /should take \d+ bytes, but \d+ are there/],
      [
        Buffer.concat([header, Buffer.from([15, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4])]),
        /element 1 is packed and cannot be unpacked \(incorrect header check\)/,
      ],
      [without('y'), /it holds X, q, but must hold X and y/],
      [header, /it holds no arrays of numbers, but must hold X and y/],
      [reshaped, /X is \[32, 32, 2, 3\] of u1, but must be \[row, column, 3, image\] of u1/],
    ];
    for (const [bytes, expected] of cases) expect(await failure(bytes)).to.match(expected);
    expect(await failureOf(pv.data.svhn(await write(folder, 'broken-svhn', { 'train_32x32.mat': good })))).to.match(
      /is not the published file: its MD5 is [0-9a-f]{32}, but must be e26dedcc434d2e4c54c9b2d4a06d8373/,
    );
  });

  it('CIFAR-10: records that are none, labels beyond the classes, archives that break off', async () => {
    const failure = async (files: Record<string, Buffer>): Promise<string> =>
      failureOf(pv.data.cifar10(await write(folder, `broken-cifar-${Object.keys(files).join()}`, files), { ...ours, split: 'test' }));
    expect(await failure({ 'test_batch.bin': cifar([1]).subarray(0, 3000) })).to.match(
      /its 3000 bytes are not records of 3073: a label and 3 planes/,
    );
    expect(await failure({ 'test_batch.bin': cifar([1, 10]) })).to.match(/the label of its image 1 is 10, but must be 0 to 9/);
    const archive = (bytes: Buffer): Promise<string> => failure({ 'cifar-10-binary.tar.gz': bytes });
    expect(await archive(gzipSync(tar({ a: Buffer.alloc(600) }).subarray(0, 700)))).to.match(
      /its file 'a' should take 600 bytes, but 188 are there/,
    );
    expect(await archive(gzipSync(Buffer.alloc(512, 'x')))).to.match(/it is no tape archive, or damaged: the header at byte 0/);
    expect(await archive(gzipSync(tar({ a: Buffer.alloc(1) })))).to.match(/has no cifar-10-batches-bin\/test_batch\.bin; fetch it again/);
    expect(await failureOf(pv.data.cifar10(await write(folder, 'cifar', cifarFiles)))).to.match(
      /its SHA1 is [0-9a-f]{40}, but must be aadd24acce27caa71bf4b10992e9e7b2d74c2540/,
    );
  });

  it('whatever byte is missing or changed, the answer is a value or an error of ours', async () => {
    expectOnlyOwnErrors(images, decodeIdx);
    expectOnlyOwnErrors(tar({ a: Buffer.from('abc') }), untar);
    // A file of few bytes, plain and packed: X is [2, 1], and y a number within its tag.
    const plain = (await readFile(fixture('svhn-plain.mat'))).subarray(0, 128);
    const x = Buffer.from([
      14,
      0,
      0,
      0,
      64,
      0,
      0,
      0,
      ...[6, 0, 0, 0, 8, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0],
      ...[5, 0, 0, 0, 8, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0],
      ...[1, 0, 1, 0, 88, 0, 0, 0],
      ...[9, 0, 0, 0, 16, 0, 0, 0],
      ...counted(16),
    ]);
    const small = Buffer.concat([plain, x]);
    expect(decodeMat(small).get('X')!.shape).to.deep.equal([2, 1]);
    expectOnlyOwnErrors(small, decodeMat);
    const body = deflateSync(x);
    expectOnlyOwnErrors(Buffer.concat([plain, Buffer.from([15, 0, 0, 0, body.length, 0, 0, 0]), body]), decodeMat);
  });
});
