import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LanguageService } from '../../../src/kernel/language/service.js';
import { NotebookUnderTest } from './notebook-under-test.js';

describe('imports of a notebook in a folder', () => {
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'parseval-language-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  }

  const open = (cells: Record<string, string>, of?: LanguageService): NotebookUnderTest => new NotebookUnderTest(cells, folder, of);

  it('find parseval, Node and WebGPU in an empty folder', async () => {
    const notebook = open({
      a: `import * as pv from 'parseval'; import { readFile } from 'node:fs/promises'; import path from 'path';
const t: pv.Tensor = pv.zeros([1]); path.join('a').foo; (await readFile('x', 'utf8')).bar; let b: GPUBuffer; b!.baz; t.qux`,
    });
    const errors = await notebook.errors('a');
    expect(errors).to.deep.equal([
      `foo: Property 'foo' does not exist on type 'string'.`,
      `bar: Property 'bar' does not exist on type 'string'.`,
      `baz: Property 'baz' does not exist on type 'GPUBuffer'.`,
      `qux: Property 'qux' does not exist on type 'Tensor'.`,
    ]);
    expect(await notebook.squiggles('a')).to.deep.equal(errors);
  });

  it('find ES modules and CommonJS packages with their types, by the rules of Node', async () => {
    write({
      'node_modules/esm/package.json':
        '{"name":"esm","type":"module","exports":{".":{"types":"./i.d.ts","default":"./i.js"},"./sub":{"types":"./s.d.ts","default":"./s.js"}}}',
      'node_modules/esm/i.js': 'export default 1; export const named = "x"',
      'node_modules/esm/i.d.ts':
        'declare const one: number; export default one; export const named: string; export interface Shape { sides: number }',
      'node_modules/esm/s.js': 'export const sub = true',
      'node_modules/esm/s.d.ts': 'export const sub: boolean',
      'node_modules/cjs/package.json': '{"name":"cjs","main":"i.js","types":"i.d.ts"}',
      'node_modules/cjs/i.js': 'module.exports = (n) => n; module.exports.unit = 1',
      'node_modules/cjs/i.d.ts': 'declare function twice(n: number): number; declare namespace twice { const unit: number } export = twice',
      'node_modules/transpiled/package.json': '{"name":"transpiled","main":"i.js","types":"i.d.ts"}',
      'node_modules/transpiled/i.js': 'exports.__esModule = true; exports.default = () => 1',
      'node_modules/transpiled/i.d.ts': 'export default function go(): number; export const other: string',
      'node_modules/@types/plain/package.json': '{"name":"@types/plain","types":"index.d.ts"}',
      'node_modules/@types/plain/index.d.ts': 'export function typed(): string',
      'node_modules/plain/package.json': '{"name":"plain","main":"i.js"}',
      'node_modules/plain/i.js': 'exports.typed = () => "x"',
    });
    const notebook = open({
      a: `import one, { named, type Shape } from 'esm'; import { sub } from 'esm/sub'; import twice from 'cjs'; import { unit } from 'cjs';
import * as all from 'cjs'; import { typed } from 'plain'; import transpiled, { other } from 'transpiled'; const lazy = await import('esm');`,
      b: `one.foo; named.foo; sub.foo; twice(1).foo; unit.foo; all.unit.foo; typed().foo; transpiled.default().foo; other.foo; lazy.named.foo; let s: Shape = { sides: 1 }; s.foo`,
    });
    expect(await notebook.run('a')).to.deep.equal([]);
    const types = (await notebook.errors('b')).map((error) => /on type '(\w+)'/.exec(error)?.[1]);
    expect(types).to.deep.equal([
      'number',
      'string',
      'boolean',
      'number',
      'number',
      'number',
      'string',
      'number',
      'string',
      'string',
      'Shape',
    ]);
  });

  it('take a package without types as any', async () => {
    write({
      'node_modules/untyped/package.json': '{"name":"untyped","main":"i.js"}',
      'node_modules/untyped/i.js': 'module.exports = { go() {} }',
      'node_modules/untyped-esm/package.json': '{"name":"untyped-esm","type":"module","exports":"./i.js"}',
      'node_modules/untyped-esm/i.js': 'export default 1; export const x = 2',
    });
    const notebook = open({
      a: `import untyped from 'untyped'; import one, { x } from 'untyped-esm'; untyped.go().anything; one.foo + x.bar`,
      b: 'x.y.z(untyped)',
    });
    expect(await notebook.run('a', 'b')).to.deep.equal([]);
    expect([...(await notebook.squiggles('a')), ...(await notebook.squiggles('b'))]).to.deep.equal([]);
  });

  it('find files of the folder with and without their extension, as ES modules, and JSON', async () => {
    write({
      'helper.ts': 'export const h = 1; export default function d(): string { return "x"; } export interface Opt { deep: boolean }',
      'lib/index.ts': `import { h } from '../helper'; export const twice = h * 2; export { type Opt } from '../helper.js';`,
      'plain.js': 'exports.p = [1]',
      'data.json': '{"n": 1, "list": ["x"]}',
    });
    const notebook = open({
      a: `import d, { h, type Opt } from './helper'; import { h as h2 } from './helper.ts'; import { h as h3 } from './helper.js'; import { twice } from './lib';
import { p } from './plain.js'; import p2 from './plain'; import data, { n } from './data.json'; import type { Opt as Opt2 } from './lib/index.ts';`,
      b: `d().foo; h.foo; h2.foo; h3.foo; twice.foo; p.foo; p2.p.foo; data.list.foo; n.foo; const o: Opt = { deep: true }; const o2: Opt2 = o; o2.foo`,
    });
    expect(await notebook.run('a')).to.deep.equal([]);
    const types = (await notebook.errors('b')).map((error) => /on type '([^']+)'/.exec(error)?.[1]);
    expect(types).to.deep.equal(['string', '1', '1', '1', 'number', 'number[]', 'number[]', 'string[]', 'number', 'Opt']);
    expect(await notebook.squiggles('a')).to.deep.equal([]);
  });

  it('say what is missing, and where it was looked for', async () => {
    const notebook = open({ a: `import './no'; import 'nothing'; import '@no/thing/deep'; import { x } from './there';` });
    write({ 'there.ts': 'export const y = 1' });
    const from = `from the notebook's folder ${folder}`;
    expect(await notebook.errors('a')).to.deep.equal([
      `'./no': Cannot find file './no' ${from}: check the path, which starts from the notebook.`,
      `'nothing': Cannot find package 'nothing' ${from}: run 'npm install nothing' there.`,
      `'@no/thing/deep': Cannot find package '@no/thing/deep' ${from}: run 'npm install @no/thing' there.`,
      `x: Module '"./there"' has no exported member 'x'.`,
    ]);
  });

  it('see an edited file in the next check, and in the editor', async () => {
    write({ 'helper.ts': `export { deep } from './deep'; export const h = 1`, 'deep.ts': 'export const deep = 1' });
    const notebook = open({ a: `import { h, deep } from './helper'; const x: number = h; const y: number = deep;` });
    expect(await notebook.errors('a')).to.deep.equal([]);
    expect(await notebook.squiggles('a')).to.deep.equal([]);
    write({ 'deep.ts': `export const deep = 'a text now'` });
    const expected = [`y: Type 'string' is not assignable to type 'number'.`];
    expect(await notebook.errors('a')).to.deep.equal(expected);
    expect(await notebook.squiggles('a')).to.deep.equal(expected);
    rmSync(join(folder, 'deep.ts'));
    expect(await notebook.errors('a')).to.have.length(0);
    write({ 'helper.ts': 'export const deep = 2' });
    expect(await notebook.errors('a')).to.deep.equal([`h: Module '"./helper"' has no exported member 'h'.`]);
    expect(await notebook.squiggles('a')).to.deep.equal([`h: Module '"./helper"' has no exported member 'h'.`]);
  });

  it('find a file and a package that come later', async () => {
    const notebook = open({ a: `import { h } from './helper'; import { p } from 'pack'; h.foo; p.foo` });
    expect(await notebook.errors('a')).to.have.length(2);
    expect(await notebook.squiggles('a')).to.have.length(2);
    write({ 'helper.ts': 'export const h = 1' });
    const found = (errors: readonly string[]): string[] => errors.map((error) => error.slice(0, error.indexOf(':')));
    expect(found(await notebook.errors('a'))).to.deep.equal([`'pack'`, 'foo']);
    expect(found(await notebook.squiggles('a'))).to.deep.equal([`'pack'`, 'foo']);
    write({ 'node_modules/pack/package.json': '{"name":"pack","types":"i.d.ts"}', 'node_modules/pack/i.d.ts': 'export const p: number' });
    expect(found(await notebook.errors('a'))).to.deep.equal(['foo', 'foo']);
    expect(found(await notebook.squiggles('a'))).to.deep.equal(['foo', 'foo']);
  });

  it('tell the host when a file that cells import changed, or one that was missing came', async () => {
    write({ 'helper.ts': 'export const h = 1' });
    let tell: (notebooks: string[]) => void = () => undefined;
    const own = new LanguageService((notebooks) => tell(notebooks));
    const told = (): Promise<string[]> => new Promise((resolve) => (tell = resolve));
    try {
      const notebook = open({ a: `import { h } from './helper'; import { l } from './later'; const x: number = h;` }, own);
      expect(await notebook.squiggles('a')).to.have.length(1);
      const edited = told();
      write({ 'helper.ts': `export const h = 'text'` });
      expect(await edited).to.deep.equal([notebook.uri]);
      expect(await notebook.squiggles('a')).to.have.length(2);
      const came = told();
      write({ 'later.ts': 'export const l = 1' });
      expect(await came).to.deep.equal([notebook.uri]);
      expect(await notebook.squiggles('a')).to.have.length(1);
    } finally {
      own.dispose();
    }
  });

  it("keep the types of Node apart from a package's own copy", async () => {
    write({
      'node_modules/@types/node/package.json': '{"name":"@types/node","version":"1.0.0","types":"index.d.ts"}',
      'node_modules/@types/node/index.d.ts': 'declare const process: { old: number }; interface Buffer { old: number }',
      'node_modules/pack/package.json': '{"name":"pack","types":"i.d.ts"}',
      'node_modules/pack/i.d.ts': '/// <reference types="node" />\nexport const b: Buffer',
    });
    const notebook = open({
      a: `import { b } from 'pack'; b.length.toFixed(); process.argv.length; Buffer.from('x').toString(); b.old`,
    });
    expect(await notebook.errors('a')).to.deep.equal([`old: Property 'old' does not exist on type 'Buffer<ArrayBufferLike>'.`]);
  });

  it('need the types of Node wherever something of them is used, and only then', async () => {
    write({ 'helper.ts': `export const b = Buffer.from('x')`, 'node_modules/pack/package.json': '{"name":"pack","types":"i.d.ts"}' });
    write({ 'node_modules/pack/i.d.ts': `import { Stats } from 'node:fs'; export const s: Stats` });
    const cells = {
      few: `import * as pv from 'parseval'; console.log(pv.zeros([1]).shape);`,
      global: 'process.argv.foo',
      builtin: `import { sep } from 'node:path'; sep.at(0)!.foo`,
      local: `import { b } from './helper'; b.foo`,
      pack: `import { s } from 'pack'; s.foo`,
    };
    const javascript = { code: `const j = process.argv;`, language: 'javascript' } as const;
    for (const name of Object.keys(cells) as (keyof typeof cells)[]) {
      const own = new LanguageService(() => undefined);
      const notebook = new NotebookUnderTest({ few: cells.few, cell: cells[name], javascript, after: 'j.foo' }, folder, own);
      expect(await notebook.run('few')).to.deep.equal([]);
      expect(own.hasNode, 'before').to.equal(false);
      expect(await notebook.errors('cell')).to.have.length(name === 'few' ? 0 : 1);
      expect(own.hasNode, name).to.equal(name !== 'few');
      await notebook.run('javascript');
      expect(await notebook.errors('after')).to.deep.equal([`foo: Property 'foo' does not exist on type 'string[]'.`]);
      own.dispose();
    }
  });

  it('find tslab as the kernel brings it', async () => {
    const notebook = open({ a: `import * as tslab from 'tslab'; tslab.display.html('x'); tslab.display.html(1)` });
    expect(await notebook.errors('a')).to.deep.equal([`1: Argument of type 'number' is not assignable to parameter of type 'string'.`]);
  });

  it('follow a notebook that moves to another folder', async () => {
    write({ 'one/helper.ts': 'export const h = 1', 'two/helper.ts': `export const h = 'x'` });
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    const notebook = new NotebookUnderTest({ a: `import { h } from './helper'; h.toFixed()` }, one);
    expect(await notebook.squiggles('a')).to.deep.equal([]);
    notebook.move(two);
    expect(await notebook.squiggles('a')).to.have.length(1);
  });

  it('lead through links of a workspace', async () => {
    write({
      'packages/shared/package.json': '{"name":"shared","type":"module","exports":"./i.ts"}',
      'packages/shared/i.ts': 'export const s = 1',
    });
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(join(folder, 'packages/shared'), join(folder, 'node_modules/shared'));
    const notebook = open({ a: `import { s } from 'shared'; s.foo` });
    expect(await notebook.errors('a')).to.deep.equal([`foo: Property 'foo' does not exist on type '1'.`]);
  });
});
