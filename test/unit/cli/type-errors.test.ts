import { expect } from 'chai';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CellChecker, CheckedCell } from '../../../src/cli/checker.js';
import { CheckerEnded } from '../../../src/cli/checker.js';
import { runCli } from '../../../src/cli/cli.js';
import { fakeLibrary } from './fake-library.js';

describe('parseval run with a checker', () => {
  let folder = '';
  beforeEach(() => (folder = realpathSync(mkdtempSync(join(tmpdir(), 'parseval-checker-')))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** What the checker was told, and what the command wrote. */
  interface Run {
    readonly code: number;
    readonly out: string;
    readonly err: string;
    readonly told: readonly unknown[];
  }

  /** Runs cells of code; `verdict` answers for a cell's number. */
  async function run(sources: readonly object[], verdict: (number: number) => Promise<string | null>, ...args: string[]): Promise<Run> {
    const file = join(folder, 'a.ipynb');
    const cells = sources.map((cell) => ({ cell_type: 'code', metadata: {}, outputs: [], execution_count: null, ...cell }));
    writeFileSync(file, JSON.stringify({ nbformat: 4, nbformat_minor: 4, metadata: {}, cells }));
    const told: unknown[] = [];
    const written = { out: '', err: '' };
    const checker: CellChecker = {
      open: (from: string, given: readonly CheckedCell[]) => told.push([from, ...given]),
      check: async (number) => {
        const evalue = await verdict(number);
        return evalue === null ? null : { output_type: 'error', ename: 'Type error', evalue, traceback: [evalue] };
      },
      ran: (number) => told.push(number),
    };
    const streams = {
      stdout: { write: (text: string) => (written.out += text) },
      stderr: { write: (text: string) => (written.err += text) },
    };
    const code = await runCli(['run', file, '--device', 'cpu', ...args], { load: () => Promise.resolve(fakeLibrary()), streams, checker });
    return { code, ...written, told };
  }

  it('tells it the folder and the cells with text, and which of them run', async () => {
    const sources = [
      { source: '1' },
      { source: ' ' },
      { source: '2', metadata: { vscode: { languageId: 'javascript' } } },
      { source: '3' },
    ];
    const { code, told } = await run(sources, (number) => Promise.resolve(number === 2 ? 'wrong' : null), '--allow-errors');
    expect(code).to.equal(0);
    expect(told).to.deep.equal([
      [folder, { code: '1', language: 'typescript' }, { code: '2', language: 'javascript' }, { code: '3', language: 'typescript' }],
      1,
      3,
    ]);
  });

  it('says once that it ended, and runs the cells without it', async () => {
    let asked = 0;
    const { code, out, err } = await run([{ source: '"one"' }, { source: '"two"' }], () => {
      asked++;
      return Promise.reject(new CheckerEnded('it crashed'));
    });
    expect(code).to.equal(0);
    expect(asked).to.equal(1);
    expect(err).to.equal('The type checker ended, so cells run unchecked from here: it crashed\n');
    expect(out).to.match(/'one'/).and.match(/'two'/);
  });
});
