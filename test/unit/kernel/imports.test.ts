import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { library, runAll, textOf, withSession } from './cells.js';

describe('imports of cells', () => {
  let folder = '';
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const run = async (...cells: string[]): Promise<string> => textOf((await runAll(cells, folder)).at(-1));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parseval-imports-'));
    write('node_modules/esm-only/package.json', '{"name": "esm-only", "type": "module", "exports": {"import": "./main.js"}}');
    write(
      'node_modules/esm-only/main.js',
      'export default "esm"; export const named = 1; export let count = 0; export function inc() { count++ }',
    );
    write('node_modules/common/package.json', '{"name": "common", "main": "main.js"}');
    write('node_modules/common/main.js', 'const hidden = () => ({ found: 1, late: 2 }); module.exports = hidden();');
    write('node_modules/peer/package.json', '{"name": "peer", "type": "module", "exports": "./main.js"}');
    write('node_modules/peer/main.js', "import { answer } from 'parseval'; import * as all from 'parseval'; export { answer, all };");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('of the library give the one instance that the session was given', async () => {
    await withSession(async (session) => {
      const { outputs } = await session.run(
        "import * as pv from 'parseval'; import { answer } from 'parseval'\nconst again = await import('parseval')\n;[pv === again, answer]",
        { cell: 1 },
      );
      expect(outputs).to.have.nested.property('[0].data.text/plain', '[ true, 42 ]');
      await session.run('globalThis.__seen = pv', { cell: 2 });
    });
    expect(Reflect.get(globalThis, '__seen')).to.equal(library);
    Reflect.deleteProperty(globalThis, '__seen');
  });

  it('default, named, renamed, namespace and type-only, of an ES module', async () => {
    expect(
      await run(
        "import d, { named as n, type Foo } from 'esm-only'\nimport type { Bar } from 'nowhere'\nimport * as all from 'esm-only'\n[d, n, all.named]".replace(
          '\n[',
          '\n;[',
        ),
      ),
    ).to.equal("[ 'esm', 1, 1 ]");
  });

  it('are live', async () => {
    expect(await run("import { count, inc } from 'esm-only'", 'inc(); inc()', 'count')).to.equal('2');
  });

  it('that the cell itself does not use are there in the next', async () => {
    expect(await run("import { named } from 'esm-only'", 'named')).to.equal('1');
  });

  it('come before the first statement, wherever they stand', async () => {
    expect(await run("const a = named\nimport { named } from 'esm-only'\na")).to.equal('1');
  });

  it('of a CommonJS package: default, and names that Node does not find by itself', async () => {
    expect(await run("import c, { late } from 'common'; import x = require('common')\n;[c.found, late, x.found]")).to.equal('[ 1, 2, 1 ]');
  });

  it('of a name that the module lacks fail when it is read, since it may be a type', async () => {
    const text = await run("import { Nothing, named } from 'esm-only'\nlet t: Nothing\nconsole.log(named)\nNothing");
    expect(text)
      .to.include('1\n')
      .and.include("SyntaxError: 'esm-only' does not export 'Nothing'; it exports ")
      .and.include('at cell 1:4:1');
  });

  it('of a missing package say where it was looked for and what to do', async () => {
    const text = await run("1\nimport x from '@scope/none/sub'");
    expect(text.split('\n')[0]).to.equal(
      `Error: Cannot find package '@scope/none/sub' from the notebook's folder ${folder}: run 'npm install @scope/none' there.`,
    );
    expect(text).to.match(/at async cell 1:2:15$/);
  });

  it('of TypeScript files, by ./x, ./x.js and ./x.ts, which import each other and the library', async () => {
    write(
      'a.ts',
      "import { b } from './lib/b.js'; import { answer } from 'parseval'; export enum E { A = 1 }\nexport const sum: number = b + E.A + answer;",
    );
    write('lib/b.ts', "import { E } from '../a'; export const b = 10; export const later = () => E.A;");
    expect(
      await run("import { sum } from './a'; import { later } from './lib/b.js'; import * as a from './a.ts'\n;[sum, later(), a.sum]"),
    ).to.equal('[ 53, 1, 53 ]');
  });

  it('of JavaScript and JSON files', async () => {
    write('m.mjs', 'export const m = 1');
    write('c.cjs', 'module.exports = { c: 2 }');
    write('data.json', '{"d": 3}');
    expect(
      await run(
        "import { m } from './m.mjs'; import c from './c.cjs'; import data from './data.json'; import same from './data.json' with { type: 'json' }; const dynamic = await import('./data.json', { with: { type: 'json' } })\n;[m, c.c, data.d, same.d, dynamic.default.d]",
      ),
    ).to.equal('[ 1, 2, 3, 3, 3 ]');
  });

  it('of an edited file, and of files that import it, are fresh; others keep their state', async () => {
    write('leaf.ts', 'export const leaf: number = 1');
    write('top.ts', "import { leaf } from './leaf'; export const top = () => leaf");
    write('other.ts', 'export const state = { n: 0 }');
    write('c.cjs', 'module.exports = { c: 1 }');
    await withSession(async (session) => {
      const cell =
        "import { top } from './top'; import { state } from './other'; import c from './c.cjs'; state.n++\n;[top(), state.n, c.c]";
      expect(textOf(await session.run(cell, { cell: 1 }))).to.equal('[ 1, 1, 1 ]');
      write('leaf.ts', 'export const leaf: number = 2');
      write('c.cjs', 'module.exports = { c: 2 }');
      expect(textOf(await session.run(cell, { cell: 1 }))).to.equal('[ 2, 2, 2 ]');
      expect(textOf(await session.run(cell, { cell: 1 }))).to.equal('[ 2, 3, 2 ]');
    }, folder);
  });

  it('of the library by a package are the same instance', async () => {
    expect(await run("import { answer, all } from 'peer'; import * as pv from 'parseval'\n;[answer, all.DISPLAY === pv.DISPLAY]")).to.equal(
      '[ 42, true ]',
    );
  });

  it('for their effect alone', async () => {
    write('effect.ts', 'Reflect.set(globalThis, "__effect", 1 as number)');
    expect(await run("import './effect.js'\nglobalThis.__effect")).to.equal('1');
  });

  it('of a file that is not TypeScript name file and place', async () => {
    write('bad.ts', 'const a = 1;\nlet b = ;');
    const text = await run("import './bad'");
    expect(text).to.include(`bad.ts:2:9: Expression expected.`).and.include('at async cell 1:1:8').and.not.include('node:internal');
  });

  it('of a file that throws show its line, relative to the notebook', async () => {
    write('boom.ts', 'interface I { a: number }\n\nexport function boom(i: I): never {\n  throw new Error("boom" + i.a);\n}');
    const text = await run("import { boom } from './boom'\n\n boom({ a: 1 })");
    expect(text).to.match(/at boom \(\.\/boom\.ts:4:9\)\n {4}at cell 1:3:2$/);
  });
});
