import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import type { CellResult } from '../../../src/kernel/index.js';
import { createSession } from '../../../src/kernel/index.js';
import { library, runAll, textOf } from './cells.js';

const require = createRequire(import.meta.url);

/** The forms of what a cell displayed. */
function displays(result: CellResult | undefined): unknown[] {
  return (result?.outputs ?? []).flatMap((output) => (output.output_type === 'display_data' ? [output.data] : []));
}

describe("import 'tslab' in a cell", () => {
  let folder: string;

  /** Runs cells in an empty folder. */
  const run = (...cells: string[]): Promise<CellResult[]> => runAll(cells, folder);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parseval-tslab-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is the real package, by namespace, by name, as default and by require, also in an empty folder', async () => {
    const [result] = await run(`import * as all from 'tslab'; import whole, { display, newDisplay, versions } from 'tslab';
      const required = require('tslab');
      console.log(versions.tslab, all.display === display, whole.display === display, required.newDisplay === newDisplay);`);
    const { version } = require('tslab/package.json') as { version: string };
    expect(textOf(result)).to.equal(`${version} true true true`);
  });

  it('says which TypeScript compiles the cells, not which one tslab brings', async () => {
    const [result] = await run(`import { versions } from 'tslab'; console.log(versions.typescript, versions.node)`);
    expect(textOf(result)).to.equal(`${ts.version} ${process.version}`);
  });

  it('loads neither its fork of TypeScript nor its messaging', async () => {
    await run(`import { display } from 'tslab'; display.text('x')`);
    const loaded = Object.keys(require.cache).filter((file) => /typescript-for-tslab|zeromq|tslab\/dist\/(?!util\.js)/.test(file));
    expect(loaded).to.deep.equal([]);
  });

  it('displays each kind as an output of the cell, in order, with words for those who cannot show it', async () => {
    const [result] = await run(`import { display } from 'tslab';
      display.html('<b>1</b>'); console.log('between'); display.markdown('*2*'); display.latex('$3$'); display.text('4');
      display.javascript('5'); display.svg('<svg/>'); display.raw('application/x-own', '7');`);
    expect(result?.outputs.map(({ output_type }) => output_type).slice(0, 3)).to.deep.equal(['display_data', 'stream', 'display_data']);
    expect(displays(result)).to.deep.equal([
      { 'text/html': '<b>1</b>', 'text/plain': 'tslab display: text/html' },
      { 'text/markdown': '*2*', 'text/plain': '*2*' },
      { 'text/latex': '$3$', 'text/plain': '$3$' },
      { 'text/plain': '4' },
      { 'text/javascript': '5', 'application/javascript': '5', 'text/plain': 'tslab display: text/javascript' },
      { 'image/svg+xml': '<svg/>', 'text/plain': 'tslab display: image/svg+xml' },
      { 'application/x-own': '7', 'text/plain': 'tslab display: application/x-own' },
    ]);
  });

  it('displays bytes in base64', async () => {
    const [result] = await run(`import { display } from 'tslab';
      const bytes = Uint8Array.of(0, 255, 7);
      display.png(bytes); display.jpeg(bytes); display.gif(bytes); display.pdf(Buffer.from(bytes));`);
    const kinds = ['image/png', 'image/jpeg', 'image/gif', 'application/pdf'];
    expect(displays(result)).to.deep.equal(kinds.map((mime) => ({ [mime]: 'AP8H', 'text/plain': `tslab display: ${mime}` })));
  });

  it('displays from a local file, too', async () => {
    await writeFile(
      join(folder, 'hello.ts'),
      `import tslab, { display } from 'tslab'; export const hello = () => display.text(String(tslab.display === display));`,
    );
    const [result] = await run(`import { hello } from './hello'; hello();`);
    expect(displays(result)).to.deep.equal([{ 'text/plain': 'true' }]);
  });

  it('updates what newDisplay() shows in its place, and no other display', async () => {
    const [result] = await run(`import { newDisplay } from 'tslab';
      const first = newDisplay(); const second = newDisplay();
      first.text('one'); second.text('other'); first.markdown('**two**');`);
    expect(displays(result)).to.deep.equal([{ 'text/markdown': '**two**', 'text/plain': '**two**' }, { 'text/plain': 'other' }]);
  });

  it('updates the display of an earlier cell there, and puts nothing out where it was asked to', async () => {
    const updates: [string, unknown][] = [];
    const session = createSession({ library, cwd: folder, onUpdate: (id, data) => updates.push([id, data]) });
    try {
      const made = await session.run(`import { newDisplay } from 'tslab'; const bar = newDisplay(); bar.text('one');`, { cell: 1 });
      const changed = await session.run(`bar.text('two');`, { cell: 2 });
      const [output] = made.outputs;
      expect(output).to.include({ output_type: 'display_data' });
      expect(changed.outputs).to.deep.equal([]);
      expect(updates).to.deep.equal([[output?.output_type === 'display_data' && output.displayId, { 'text/plain': 'two' }]]);
    } finally {
      session.dispose();
    }
  });
});
