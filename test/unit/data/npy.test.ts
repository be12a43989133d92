import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { decodeNpy, decodeNpz } from '../../../src/data/npy-file.js';
import * as pv from '../../../src/index.js';
import { onEachDevice } from '../core/support.js';
import { expectOnlyOwnErrors, failureOf, useFolder } from './files.js';

// Written by NumPy: see generate.py beside them, which says what they hold.
const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/data/${name}`, import.meta.url));

/** The values of generate.py, element by element. */
function valuesOf(kind: string, count: number): number[] {
  const centred = Array.from({ length: count }, (_, i) => i - Math.floor(count / 2));
  if (kind === 'b') return centred.map((_, i) => Number(i % 3 === 0));
  if (kind === 'u') return centred.map((_, i) => i);
  if (kind === 'i') return centred;
  if (kind === 'c') return centred.flatMap((value, i) => [value / 2, i]);
  return centred.map((value) => value / 2);
}

describe('loadNpy', () => {
  before(() => pv.setDevice('cpu'));

  it('reads every type and byte order that NumPy writes', async () => {
    const cases: Readonly<Record<string, pv.DType>> = {
      ...{ b1: 'bool', i1: 'int32', lei2: 'int32', lei4: 'int32', bei4: 'int32', lei8: 'int32', bei8: 'int32', u1: 'int32', leu4: 'int32' },
      ...{ lef2: 'float32', lef4: 'float32', bef4: 'float32', lef8: 'float64', bef8: 'float64', lec8: 'complex64', bec16: 'complex128' },
    };
    for (const [name, dtype] of Object.entries(cases)) {
      const x = await pv.data.loadNpy(fixture(`c-${name}.npy`));
      expect([x.dtype, x.shape], name).to.deep.equal([dtype, [2, 3]]);
      expect(Array.from(await x.data()), name).to.deep.equal(valuesOf(/[a-z](?=\d)/u.exec(name)![0], 6));
    }
  });

  it('Fortran order comes as C order, complex numbers whole', async () => {
    const x = await pv.data.loadNpy(fixture('fortran.npy'));
    expect([x.shape, Array.from(await x.data())]).to.deep.equal([[2, 3, 4], valuesOf('f', 24)]);
    const z = await pv.data.loadNpy(fixture('fortran-complex.npy'));
    expect([z.shape, Array.from(await z.data())]).to.deep.equal([[2, 3], valuesOf('c', 6)]);
  });

  it('versions 1, 2 and 3, a scalar, and no elements at all', async () => {
    for (const version of [1, 2, 3]) {
      const x = await pv.data.loadNpy(fixture(`version-${version}.npy`));
      expect(Array.from(await x.data()), `version ${version}`).to.deep.equal(valuesOf('i', 5));
    }
    expect((await pv.data.loadNpy(fixture('scalar.npy'))).shape).to.deep.equal([]);
    expect((await pv.data.loadNpy(fixture('empty.npy'))).shape).to.deep.equal([0, 4]);
  });

  onEachDevice((device) => {
    it('float64 is kept on cpu and narrowed on WebGPU', async () => {
      const x = await pv.data.loadNpy(fixture('c-lef8.npy'));
      expect([x.dtype, x.device]).to.deep.equal([device === 'cpu' ? 'float64' : 'float32', device]);
      expect(Array.from(await x.data())).to.deep.equal(valuesOf('f', 6));
    });
  });
});

describe('loadNpz', () => {
  for (const name of ['stored.npz', 'deflated.npz']) {
    it(`${name}: the arrays by their names`, async () => {
      const arrays = await pv.data.loadNpz(fixture(name), { device: 'cpu' });
      expect([...arrays.keys()]).to.deep.equal(['x', 'y']);
      expect(Array.from(await arrays.get('x')!.data())).to.deep.equal(valuesOf('f', 6));
      expect(Array.from(await arrays.get('y')!.data())).to.deep.equal(valuesOf('i', 4));
    });
  }
});

describe('saveNpy', () => {
  const folder = useFolder();
  before(() => pv.setDevice('cpu'));

  it('writes the bytes that NumPy writes', async () => {
    const cases: Readonly<Record<string, pv.Tensor>> = {
      'c-b1': pv.tensor([true, false, false, true, false, false]).reshape([2, 3]),
      'c-lei4': pv.tensor(Int32Array.from(valuesOf('i', 6)), { shape: [2, 3] }),
      'c-lef4': pv.tensor(valuesOf('f', 6), { shape: [2, 3], dtype: 'float32' }),
      'c-lef8': pv.tensor(valuesOf('f', 6), { shape: [2, 3] }),
      'c-lec8': pv.tensor(valuesOf('c', 6), { shape: [2, 3], dtype: 'complex64' }),
      'version-1': pv.tensor(Int32Array.from(valuesOf('i', 5))),
      scalar: pv.tensor(0),
    };
    for (const [name, tensor] of Object.entries(cases)) {
      await pv.data.saveNpy(folder.at(`${name}.npy`), tensor);
      const [ours, theirs] = await Promise.all([readFile(folder.at(`${name}.npy`)), readFile(fixture(`${name}.npy`))]);
      expect(ours.toString('latin1'), name).to.equal(theirs.toString('latin1'));
    }
  });

  it('says what it cannot write', async () => {
    expect(await failureOf(pv.data.saveNpy('x.npy', [1] as never))).to.equal('saveNpy: expects a path and a tensor, but was given [1]');
    expect(await failureOf(pv.data.saveNpy(folder.at('none/x.npy'), pv.tensor([1])))).to.match(/^saveNpy: '.*' cannot be written \(ENOENT/);
  });
});

describe('loadNpy and loadNpz: errors say what was given, what was expected and what to do', () => {
  const folder = useFolder();
  const npy = (dictionary: string, body: readonly number[] = [], version = 1): Buffer => {
    const length = Buffer.alloc(version === 1 ? 2 : 4);
    length.writeUIntLE(dictionary.length, 0, length.length);
    return Buffer.concat([
      Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, 'latin1'),
      length,
      Buffer.from(dictionary),
      Buffer.from(body),
    ]);
  };
  const good = (more = ''): string => `{'descr': '<i4', 'fortran_order': False, 'shape': (1,), ${more}}`;
  const cases: readonly (readonly [what: string, bytes: Uint8Array | string, expected: RegExp])[] = [
    ['an empty file', '', /^loadNpy: '.*' is empty \(0 bytes\), but must be a NumPy \(\.npy\) file/],
    [
      'text',
      'hello world',
      /\(11 bytes\) cannot be read as a NumPy \(\.npy\) file: it starts with "hello wo", but must with the bytes of "\\x93NUMPY"\. It is probably a file of another kind/,
    ],
    ['a cut magic', Buffer.from('\x93NUM', 'latin1'), /it ends within its header\. It may be damaged or cut short/],
    ['an unknown version', npy(good(), [0, 0, 0, 0], 4), /its version is 4, but 1, 2 and 3 are known/],
    ['a cut header', npy(good()).subarray(0, 30), /its header should take \d+ bytes, but 20 are there/],
    [
      'a header without shape',
      npy("{'descr': '<i4', 'fortran_order': False}"),
      /its header '\{.*' does not tell its shape as np\.save writes it/,
    ],
    ['a negative extent', npy(good().replace('1,', '-1,')), /tells no shape of non-negative integers/],
    ['extents beyond counting', npy(good().replace('1,', `${'9'.repeat(30)},`)), /tells no shape of non-negative integers/],
    ['an unknown type', npy(good().replace('<i4', '<f16')), /its elements are '<f16', but must be one of b1, i1, .*\. In Python: np\.save/],
    ['missing numbers', npy(good(), [0, 0, 0]), /its \[1\] of i4 takes 4 bytes, but 3 follow its header/],
    ['too many numbers', npy(good(), [0, 0, 0, 0, 0]), /its \[1\] of i4 takes 4 bytes, but 5 follow its header/],
  ];
  for (const [what, bytes, expected] of cases) {
    it(what, async () => {
      const path = await folder.write('broken.npy', bytes);
      expect(await failureOf(pv.data.loadNpy(path))).to.match(expected);
    });
  }

  it('Python objects, records and texts, which NumPy wrote', async () => {
    expect(await failureOf(pv.data.loadNpy(fixture('objects.npy')))).to.match(
      /its elements are '\|O', which are Python objects, but must be one of/,
    );
    expect(await failureOf(pv.data.loadNpy(fixture('records.npy')))).to.match(
      /its elements are records of several fields\. Save each field/,
    );
    expect(await failureOf(pv.data.loadNpy(fixture('text.npy')))).to.match(/its elements are '<U2', but must be one of/);
  });

  it('integers beyond 32 bits', async () => {
    expect(await failureOf(pv.data.loadNpy(fixture('wide.npy')))).to.match(
      /element 1 is 1099511627776, but the integers here have 32 bits.*In Python: np\.save\(path, x\.astype\(np\.float64\)\)/,
    );
  });

  it('archives: none at all, cut, a wrong checksum, and an array in it that is none', async () => {
    const stored = await readFile(fixture('stored.npz'));
    const failure = async (bytes: Uint8Array): Promise<string> => failureOf(pv.data.loadNpz(await folder.write('broken.npz', bytes)));
    expect(await failure(Buffer.from('hello world'))).to.match(/it starts with "hello wo" and is no ZIP archive/);
    expect(await failure(stored.subarray(0, 400))).to.match(/the list of its files, which stands at the end of a ZIP archive, is missing/);
    const wrong = Buffer.from(stored);
    wrong[stored.indexOf('NUMPY') + 130]! ^= 1;
    expect(await failure(wrong)).to.match(/the file "x\.npy" in it does not have the checksum that was noted for it/);
  });

  it('whatever byte is missing or changed, the answer is a value or an error of ours', async () => {
    expectOnlyOwnErrors(await readFile(fixture('fortran-complex.npy')), decodeNpy);
    expectOnlyOwnErrors(await readFile(fixture('stored.npz')), decodeNpz);
    expectOnlyOwnErrors(await readFile(fixture('deflated.npz')), decodeNpz);
  });
});
