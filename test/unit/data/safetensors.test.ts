import { expect } from 'chai';
import { readFile, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { writeWhole } from '../../../src/data/file.js';
import { decodeSafetensors } from '../../../src/data/safetensors-file.js';
import * as pv from '../../../src/index.js';
import { readCases } from '../../reference/cases.js';
import { onEachDevice } from '../core/support.js';
import { expectOnlyOwnErrors, failureOf, useFolder } from './files.js';

/** A file by the format's definition: the header's length, the header, the numbers. */
function safetensors(header: string | object, body: readonly number[] = []): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.from(body)]);
}

const one = (dtype: string, shape: readonly number[], body: readonly number[]): Buffer =>
  safetensors({ x: { dtype, shape, data_offsets: [0, body.length] } }, body);

/** The header and the body of a file, taken apart by the definition. */
function parts(bytes: Buffer): {
  length: number;
  header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
  body: Buffer;
} {
  const length = Number(bytes.readBigUInt64LE(0));
  return { length, header: JSON.parse(bytes.toString('utf8', 8, 8 + length)) as never, body: bytes.subarray(8 + length) };
}

describe('loadSafetensors', () => {
  const folder = useFolder();

  it("reads what PyTorch's writer wrote: every tensor of a reference file", async () => {
    const path = fileURLToPath(new URL('../../fixtures/layers.safetensors', import.meta.url));
    const loaded = await pv.data.loadSafetensors(path, { device: 'cpu' });
    const cases = readCases('layers');
    let seen = 0;
    for (const { name, inputs, outputs } of cases) {
      for (const [part, { shape, values, kind }] of [...inputs, ...outputs]) {
        const tensor = loaded.get(`${name}/${part}`)!;
        expect(tensor.dtype, `${name}/${part}`).to.equal(kind === 'integer' ? 'int32' : 'float64');
        expect(tensor.shape, `${name}/${part}`).to.deep.equal(kind === 'complex' ? [...shape, 2] : shape);
        expect(Array.from(await tensor.data()), `${name}/${part}`).to.deep.equal(Array.from(values));
        seen++;
      }
    }
    expect(seen).to.equal(loaded.size).and.to.be.greaterThan(50);
    expect(loaded.metadata).to.have.property('cases');
  });

  it('every dtype of the format is read by its definition', () => {
    const cases: readonly (readonly [dtype: string, bytes: readonly number[], as: string, values: readonly number[]])[] = [
      ['BOOL', [0, 1], 'bool', [0, 1]],
      ['U8', [0, 255], 'int32', [0, 255]],
      ['I8', [0, 255], 'int32', [0, -1]],
      ['U16', [1, 2, 255, 255], 'int32', [513, 65535]],
      ['I16', [1, 2, 255, 255], 'int32', [513, -1]],
      ['U32', [1, 0, 0, 0, 255, 255, 255, 127], 'int32', [1, 2 ** 31 - 1]],
      ['I32', [254, 255, 255, 255, 0, 0, 0, 128], 'int32', [-2, -(2 ** 31)]],
      ['U64', [7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], 'int32', [7, 256]],
      ['I64', [255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 1, 0, 0, 0, 0], 'int32', [-1, 2 ** 24]],
      // Half precision: 1.5, and the smallest subnormal negative; then the largest, and −∞ (IEEE 754).
      ['F16', [0x00, 0x3e, 0x01, 0x80, 0xff, 0x7b, 0x00, 0xfc], 'float32', [1.5, -(2 ** -24), 65504, -Infinity]],
      ['BF16', [0xc0, 0x3f, 0x80, 0xbf], 'float32', [1.5, -1]],
      ['F32', [0, 0, 0xc0, 0x3f, 0, 0, 0x80, 0xff], 'float32', [1.5, -Infinity]],
      ['F64', [0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0x80], 'float64', [1.5, -0]],
    ];
    for (const [dtype, bytes, as, values] of cases) {
      const { arrays } = decodeSafetensors(one(dtype, [values.length], bytes));
      const { dtype: to, shape, data } = arrays.get('x')!;
      expect({ to, shape, values: Array.from(data) }, dtype).to.deep.equal({ to: as, shape: [values.length], values });
    }
  });

  it('tensors may stand in another order than their names, and scalars and empty ones among them', () => {
    const header = {
      b: { dtype: 'U8', shape: [2], data_offsets: [1, 3] },
      none: { dtype: 'F32', shape: [0, 3], data_offsets: [1, 1] },
      a: { dtype: 'U8', shape: [], data_offsets: [0, 1] },
    };
    const { arrays } = decodeSafetensors(safetensors(header, [5, 6, 7]));
    expect([...arrays.keys()]).to.deep.equal(['b', 'none', 'a']);
    expect([...arrays.values()].map(({ shape, data }) => [shape, Array.from(data)])).to.deep.equal([
      [[2], [6, 7]],
      [[0, 3], []],
      [[], [5]],
    ]);
  });

  onEachDevice((device) => {
    it('what was saved comes back: every dtype, complex too, shapes and texts', async () => {
      const double = device === 'cpu';
      const tensors = {
        flags: pv.tensor([true, false, true]),
        'layer.0.weight': pv.randn([3, 5], { seed: 1 }),
        count: pv.tensor(Int32Array.of(-7, 2 ** 31 - 1)),
        spectrum: pv.complex(pv.randn([2, 2], { seed: 2 }), pv.randn([2, 2], { seed: 3 })),
        scalar: pv.tensor(0.1),
        none: pv.zeros([0, 4]),
      };
      const path = folder.at(`${device}.safetensors`);
      await pv.data.saveSafetensors(path, tensors, { metadata: { note: 'ünïcode "quoted"' } });
      const loaded = await pv.data.loadSafetensors(path);
      expect([...loaded.keys()]).to.deep.equal(Object.keys(tensors));
      expect(loaded.metadata).to.deep.equal({ note: 'ünïcode "quoted"' });
      expect(loaded.get('spectrum')!.dtype).to.equal(double ? 'complex128' : 'complex64');
      for (const [name, tensor] of Object.entries(tensors)) {
        const back = loaded.get(name)!;
        expect([back.dtype, back.shape, back.device], name).to.deep.equal([tensor.dtype, tensor.shape, device]);
        expect(Array.from(await back.data()), name).to.deep.equal(Array.from(await tensor.data()));
      }
    });

    it('float64 is kept on cpu and narrowed on WebGPU', async () => {
      const path = await folder.write('double.safetensors', one('F64', [1], [0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f]));
      const x = (await pv.data.loadSafetensors(path)).get('x')!;
      expect([x.dtype, await x.item()]).to.deep.equal(device === 'cpu' ? ['float64', 0.1] : ['float32', Math.fround(0.1)]);
    });
  });
});

describe('saveSafetensors', () => {
  const folder = useFolder();
  before(() => pv.setDevice('cpu'));

  it('writes the format as defined: padded header, contiguous numbers, each array at a multiple of its width', async () => {
    const path = folder.at('written.safetensors');
    const tensors = new Map([
      ['flag', pv.tensor([true])],
      ['half', pv.tensor([0.5], { dtype: 'float32' })],
      ['z', pv.tensor([[1, -2]], { dtype: 'complex128' })],
    ]);
    await pv.data.saveSafetensors(path, tensors);
    const { length, header, body } = parts(await readFile(path));
    expect(length % 8).to.equal(0);
    expect(header).to.deep.equal({
      __metadata__: { 'parseval.complex': '["z"]' },
      flag: { dtype: 'BOOL', shape: [1], data_offsets: [20, 21] },
      half: { dtype: 'F32', shape: [1], data_offsets: [16, 20] },
      z: { dtype: 'F64', shape: [1, 2], data_offsets: [0, 16] },
    });
    expect(body.length).to.equal(21);
    expect([body.readDoubleLE(0), body.readDoubleLE(8), body.readFloatLE(16), body[20]]).to.deep.equal([1, -2, 0.5, 1]);
  });

  it('writes values as they are at the call, whatever is assigned before it is done', async () => {
    const path = folder.at('early.safetensors');
    const x = pv.tensor([1, 2]);
    const saved = pv.data.saveSafetensors(path, { x });
    x.assign(pv.tensor([8, 9]));
    await saved;
    expect(await (await pv.data.loadSafetensors(path)).get('x')!.array()).to.deep.equal([1, 2]);
  });

  it('a write that fails leaves the file that was there, and nothing beside it', async () => {
    const path = folder.at('folder-in-the-way');
    await pv.data.saveSafetensors(`${path}.safetensors`, { x: pv.tensor([1]) });
    const before = await readdir(folder.at('.'));
    const message = await failureOf(pv.data.saveSafetensors(folder.at('no-such-folder/x.safetensors'), { x: pv.tensor([2]) }));
    expect(message).to.match(/^saveSafetensors: '.*x\.safetensors' cannot be written \(ENOENT.*; paths are relative to /);
    // A folder cannot be replaced by a file: the rename fails after all was written.
    expect(await failureOf(pv.data.saveSafetensors(folder.at('.'), { x: pv.tensor([2]) }))).to.match(/cannot be written/);
    expect(await readdir(folder.at('.'))).to.deep.equal(before);
  });

  it('a write that is cut off leaves the file that was there, and nothing beside it', async () => {
    const path = folder.at('whole.safetensors');
    await pv.data.saveSafetensors(path, { x: pv.tensor([1]) });
    const [bytes, names] = [await readFile(path), await readdir(folder.at('.'))];
    function* parts(): Generator<Uint8Array> {
      yield Uint8Array.of(1, 2, 3);
      throw new Error('cut off');
    }
    expect(await failureOf(writeWhole('test', path, 'test', parts()))).to.equal('cut off');
    expect(await readFile(path)).to.deep.equal(bytes);
    expect(await readdir(folder.at('.'))).to.deep.equal(names);
  });

  it('says what it cannot write', async () => {
    const save = (tensors: unknown, options?: unknown): Promise<string> =>
      failureOf(pv.data.saveSafetensors(folder.at('never'), tensors as never, options as never));
    const x = pv.tensor([1]);
    expect(await save(x)).to.equal('saveSafetensors: expects tensors by name, like {weight}, but was given a Tensor');
    expect(await save([x])).to.match(/expects tensors by name, like \{weight\}, but was given \[a Tensor\]/);
    expect(await save({ x: 3 })).to.equal("saveSafetensors: 'x' is 3, but must be a tensor");
    expect(await save(new Map([[7, x]]))).to.match(/a name is 7, but must be a text other than '__metadata__'/);
    expect(await save({ __metadata__: x })).to.match(/a name is '__metadata__'/);
    expect(await save({ x }, { metadata: { epoch: 3 } })).to.equal(
      "saveSafetensors: metadata 'epoch' is 3, but must be a text; use JSON.stringify",
    );
    expect(await save({ x }, { metadata: { 'parseval.complex': '' } })).to.match(/is written by the library itself/);
    expect(await failureOf(pv.data.saveSafetensors('', { x }))).to.match(
      /the path is '', but must be the name of a safetensors file to write/,
    );
  });
});

describe('loadSafetensors: errors say what was given, what was expected and what to do', () => {
  const folder = useFolder();
  const x = (more: object): Buffer => safetensors({ x: { dtype: 'F32', shape: [1], data_offsets: [0, 4], ...more } }, [0, 0, 0, 0]);
  const two = (a: readonly number[], b: readonly number[], bytes: number): Buffer =>
    safetensors(
      { a: { dtype: 'U8', shape: [a[1]! - a[0]!], data_offsets: a }, b: { dtype: 'U8', shape: [b[1]! - b[0]!], data_offsets: b } },
      Array.from({ length: bytes }, () => 0),
    );
  const noted = (note: string, shape = [2]): Buffer =>
    safetensors({ __metadata__: { 'parseval.complex': note }, x: { dtype: 'U8', shape, data_offsets: [0, 2] } }, [0, 0]);
  const cases: readonly (readonly [what: string, bytes: Buffer, expected: RegExp])[] = [
    [
      'an empty file',
      Buffer.alloc(0),
      /^loadSafetensors: '.*' is empty \(0 bytes\), but must be a safetensors file; copy or download it again$/,
    ],
    [
      'a cut length',
      Buffer.alloc(7),
      /\(7 bytes\) cannot be read as a safetensors file: it ends within the length of its header, which takes 8 bytes\. It may be damaged or cut short; copy or download it again\.$/,
    ],
    [
      'text',
      Buffer.from('hello world'),
      /its header would take \d+ bytes \(it starts with "hello wo"\), but takes at most 100000000\. It is probably a file of another kind; check the path/,
    ],
    ['a cut header', x({}).subarray(0, 30), /its header should take \d+ bytes, but 22 are there/],
    ['a header that is no JSON', safetensors('{"x": '), /its header is not JSON \(/],
    ['a header that is a list', safetensors('[1, 2]'), /its header is \[1,2\], but must be a JSON object/],
    ['a header that is no text', Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0xff]), /its header is not UTF-8 text/],
    [
      'a name that stands twice',
      safetensors('{"x": {"dtype": "F32"}, "\\u0078": {}}'),
      /its header names 'x' twice\. Write it again with names that differ/,
    ],
    ['a field that stands twice', safetensors('{"x": {"dtype": "F32", "a": "}", "dtype": "F64"}}'), /its header names 'dtype' twice/],
    ['a tensor that is a number', safetensors({ x: 5 }), /tensor 'x' is described by 5, but must be by dtype, shape and data_offsets/],
    ['an unknown dtype', x({ dtype: 'F8_E4M3' }), /tensor 'x' has dtype "F8_E4M3", but must have one of BOOL, .*F64\. Convert it/],
    ['a dtype that every object has', x({ dtype: 'constructor' }), /tensor 'x' has dtype "constructor", but must have one of/],
    ['a negative extent', x({ shape: [-1] }), /tensor 'x' has shape \[-1\], but must have a list of non-negative integers/],
    ['extents beyond counting', x({ shape: [2 ** 40, 2 ** 40] }), /tensor 'x' has shape \[1099511627776,1099511627776\], but must/],
    ['offsets that are none', x({ data_offsets: [0] }), /tensor 'x' has data_offsets \[0\], but must have \[begin, end\] in bytes/],
    [
      'offsets that do not fit the shape',
      x({ shape: [3] }),
      /tensor 'x' of F32 \[3\] takes 12 bytes, but its data_offsets \[0, 4\] give it 4/,
    ],
    ['an end before its begin', x({ data_offsets: [4, 0] }), /takes 4 bytes, but its data_offsets \[4, 0\] give it -4/],
    [
      'tensors that overlap',
      two([0, 3], [2, 4], 4),
      /tensor 'b' begins at byte 2 of the data, but tensor 'a' ends at byte 3: they overlap/,
    ],
    [
      'a hole between tensors',
      two([0, 1], [2, 4], 4),
      /tensor 'b' begins at byte 2 of the data, but tensor 'a' ends at byte 1: they leave a hole/,
    ],
    ['data that is cut short', two([0, 2], [2, 4], 3), /tensor 'b' ends at byte 4 of the data, but 3 are there/],
    ['data that goes on', two([0, 2], [2, 4], 5), /its tensors take 4 bytes, but 5 follow its header/],
    [
      'an integer beyond 32 bits',
      one('I64', [1], [0, 0, 0, 0, 1, 0, 0, 0]),
      /tensor 'x': element 0 is 4294967296, but the integers here have 32 bits/,
    ],
    ['an unsigned one', one('U32', [1], [0, 0, 0, 128]), /tensor 'x': element 0 is 2147483648, but/],
    ['metadata that is no text', safetensors({ __metadata__: { epoch: 3 } }), /its metadata is \{"epoch":3\}, but must map names to texts/],
    ['a note that is no list', noted('x'), /its metadata "parseval.complex" is 'x', but must be a JSON list of names/],
    ['a note of an unknown tensor', noted('["y"]'), /its metadata "parseval.complex" names 'y', but there is no such tensor/],
    ['a note of integers', noted('["x"]'), /names 'x', but U8 \[2\] holds no pairs of F32 or F64 along a last axis of 2/],
  ];
  for (const [what, bytes, expected] of cases) {
    it(what, async () => {
      const path = await folder.write('broken.safetensors', bytes);
      expect(await failureOf(pv.data.loadSafetensors(path, { device: 'cpu' }))).to.match(expected);
    });
  }

  it('a missing file, and a path that is none', async () => {
    expect(await failureOf(pv.data.loadSafetensors('missing.safetensors'))).to.match(
      /^loadSafetensors: 'missing\.safetensors' cannot be read \(ENOENT.*; paths are relative to /,
    );
    expect(await failureOf(pv.data.loadSafetensors(3 as never))).to.equal(
      'loadSafetensors: the path is 3, but must be the name of a safetensors file',
    );
  });

  it('whatever byte is missing or changed, the answer is a value or an error of ours', () => {
    const good = safetensors(
      {
        __metadata__: { 'parseval.complex': '["z"]' },
        z: { dtype: 'F32', shape: [1, 2], data_offsets: [0, 8] },
        n: { dtype: 'I64', shape: [1], data_offsets: [8, 16] },
      },
      Array.from({ length: 16 }, () => 0),
    );
    expect(decodeSafetensors(good).arrays.get('z')!.dtype).to.equal('complex64');
    expectOnlyOwnErrors(good, decodeSafetensors);
  });
});
