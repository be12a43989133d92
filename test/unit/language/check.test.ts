import { expect } from 'chai';
import { NotebookUnderTest } from './notebook-under-test.js';

/** The errors of one cell. */
function errorsIn(code: string): Promise<string[]> {
  return new NotebookUnderTest({ a: code }).errors('a');
}

describe('the check of a cell', () => {
  it('finds nothing in what cells may do', async () => {
    const code = `import * as pv from 'parseval';
export const x = pv.randn([2, 3], { seed: 1 });
using held = { [Symbol.dispose]() {} };
await using later = { async [Symbol.asyncDispose]() {} };
for await (const each of [Promise.resolve(1)]) console.log(each.toFixed(), x.shape);
const { signal } = new AbortController();
fetch('http://localhost', { signal });
const bytes = Buffer.from('x'), url = new URL(import.meta.url), name: string = import.meta.filename;
const usage: GPUBufferUsageFlags = 1; let device: GPUDevice | undefined;
setTimeout(() => process.stdout.write(bytes), 1); [url, name, usage, device, signal, held, later];
const groups = Object.groupBy([1, 2], (n) => (n > 1 ? 'big' : 'small'));
const m: Map<string, number[]> = new Map(); new Set([1]).union(new Set([2]));
export default groups; export { m as exported };
label: for (const i of [1]) { if (i) continue label; }
await import('node:fs');
x.sum()`;
    expect(await errorsIn(code)).to.deep.equal([]);
  });

  it('is strict', async () => {
    expect(
      await errorsIn('function f(x) { return x; }\nlet s: string = null;\ntry {} catch (e) { e.message }\nclass A { p: number }'),
    ).to.deep.equal([
      `x: Parameter 'x' implicitly has an 'any' type.`,
      `s: Type 'null' is not assignable to type 'string'.`,
      `e: 'e' is of type 'unknown'.`,
      `p: Property 'p' has no initializer and is not definitely assigned in the constructor.`,
    ]);
  });

  it('lets an element of an array be used without a check, and a promise be left alone', async () => {
    expect(
      await errorsIn('const data = [1, 2]; let sum = 0; for (let i = 0; i < 2; i++) sum += data[i]; Promise.resolve(sum);'),
    ).to.deep.equal([]);
  });

  it('finds wrong arguments, missing properties and wrong options of the library', async () => {
    const code = `import * as pv from 'parseval';
pv.tensor('x');
pv.randn([2], { sed: 1 });
pv.nn.functional.conv2d(pv.zeros([1]), pv.zeros([1]), undefined, { algorithm: 'fast' });
pv.zeros([1]).shpe;`;
    const errors = await errorsIn(code);
    expect(errors.map((error) => error.slice(0, error.indexOf(':')))).to.deep.equal([`'x'`, 'sed', 'algorithm', 'shpe']);
    expect(errors.at(-1)).to.equal(`shpe: Property 'shpe' does not exist on type 'Tensor'. Did you mean 'shape'?`);
  });

  it('asks whether await was forgotten', async () => {
    const [error] = await errorsIn(`import * as pv from 'parseval'; const loss = pv.zeros([]).item(); loss.toFixed()`);
    expect(error).to.match(/^toFixed: Property 'toFixed' does not exist on type 'Promise<number>'\.\nDid you forget to use 'await'\?$/);
  });

  const operators: readonly (readonly [code: string, advice: string])[] = [
    ['a + b', 'a.add(b)'],
    ['a - 1', 'a.sub(1)'],
    ['2 * a', 'a.mul(2)'],
    ['1 / a', 'pv.div(1, a)'],
    ['a ** 2', 'a.pow(2)'],
    ['a += b', 'a = a.add(b)'],
    ['a.sum() * (b.mean())', 'a.sum().mul((b.mean()))'],
    ['a * b', 'a.mul(b)'],
    ['a + (b as pv.Tensor | number)', 'a.add(b)'],
  ];
  for (const [code, advice] of operators) {
    it(`says that tensors have no operators, and what to write for ${code}`, async () => {
      const notebook = new NotebookUnderTest({ a: `import * as pv from 'parseval'; let a = pv.zeros([1]), b = pv.zeros([1]);`, b: code });
      await notebook.run('a');
      const errors = await notebook.errors('b');
      expect(errors).to.have.length(1);
      expect(errors[0]).to.match(/Tensors have no operators: use /);
      expect(errors[0]?.split('use ').at(-1)).to.equal(`${advice}.`);
    });
  }

  it('says nothing of tensors where none are', async () => {
    expect((await errorsIn('({}) - 1')).join()).to.not.match(/ensor/);
  });

  it('says that there is no page', async () => {
    expect(await errorsIn('document.title')).to.deep.equal([
      `document: Cannot find name 'document'. Cells run in Node, which has no page.`,
    ]);
  });

  it('leaves a cell that is not TypeScript to the compiler', async () => {
    expect(await new NotebookUnderTest({ a: 'const x: number = ; "x" - 1' }).check('a')).to.equal(null);
  });

  it('does not check JavaScript, but knows its names', async () => {
    const notebook = new NotebookUnderTest({
      a: { code: 'function f(x) { return [x]; } let n = f(1); n = null - 1;', language: 'javascript' },
      b: 'f(n).foo',
    });
    expect(await notebook.run('a', 'b')).to.deep.equal([`foo: Property 'foo' does not exist on type 'any[]'.`]);
  });

  it('heeds comments to the compiler, also at the head of a cell', async () => {
    expect(await errorsIn(`// a title\n// @ts-nocheck\nnull.x; ({}) - 1`)).to.deep.equal([]);
    expect(await errorsIn(`// @ts-expect-error it is wrong\nconst n: number = 'x';`)).to.deep.equal([]);
    expect(await errorsIn(`// @ts-expect-error it is right\nconst n = 1;`)).to.deep.equal([
      `// @ts-expect-error it is right: Unused '@ts-expect-error' directive.`,
    ]);
  });

  it('does not know the names that it adds to cells', async () => {
    const notebook = new NotebookUnderTest({ a: 'let x = 1', b: 'x·cell; x·end' });
    await notebook.run('a');
    expect((await notebook.check('b'))?.diagnostics).to.have.length(2);
  });
});

describe('the output of a check', () => {
  it('shows each error with its place and its line', async () => {
    const notebook = new NotebookUnderTest({ a: 'let x = 1', b: '// first\nconst y: string = x;\n\n\n\ny.foo' });
    await notebook.run('a');
    expect((await notebook.check('b'))?.output).to.deep.equal({
      output_type: 'error',
      ename: 'Type error',
      evalue: `Type 'number' is not assignable to type 'string'.`,
      traceback: [
        `Type error: Type 'number' is not assignable to type 'string'.`,
        '  1 | // first',
        '> 2 | const y: string = x;',
        '    |       ^',
        '  3 |',
        '  4 |',
        '    at cell 2:2:7',
        `Type error: Property 'foo' does not exist on type 'string'.`,
        '  4 |',
        '  5 |',
        '> 6 | y.foo',
        '    |   ^',
        '    at cell 2:6:3',
      ],
    });
  });

  for (const [name, end] of [
    ['\\r\\n', '\r\n'],
    ['\\r', '\r'],
  ] as const) {
    it(`counts lines that end in ${name} as the kernel does`, async () => {
      const notebook = new NotebookUnderTest({ a: `let x = 1;${end}// c${end}${end}  x.foo;${end}let y` });
      const failure = await notebook.check('a');
      expect(failure?.output.traceback).to.include('    at cell 1:4:5').and.include('> 4 |   x.foo;');
    });
  }

  it('shows ten errors and counts the rest', async () => {
    const failure = await new NotebookUnderTest({ a: Array.from({ length: 13 }, (_, index) => `missing${index};`).join('\n') }).check('a');
    expect(failure?.diagnostics).to.have.length(13);
    expect(failure?.output.traceback.filter((line) => line.startsWith('Type error'))).to.have.length(10);
    expect(failure?.output.traceback.at(-1)).to.equal('… and 3 more');
  });
});
