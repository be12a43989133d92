import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseJunit } from '../unit/cli/junit.js';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** A custom operation whose backward is `factor` times the right one, and its check as the value of the cell. */
const squares = (factor: number): string[] => [
  "import * as pv from 'parseval';\nconst x = pv.randn([2, 3], { seed: 1 });",
  `const square = pv.customOp({
  name: 'square',
  forward: (x) => x!.mul(x!),
  backward: (g, [x]) => [g.mul(x!).mul(${factor})],
});
await pv.gradcheck(square, { x })`,
];

describe('parseval check of the built package', function () {
  this.timeout(120_000);
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parseval-check-'));
    await write('right.ipynb', ...squares(2));
    await write('doubled.ipynb', ...squares(4));
    await write('throws.ipynb', ...squares(2).map((code) => code.replace('{ x }', '{ x: x.reshape([7]) }')));
  });
  after(() => rm(folder, { recursive: true }));

  async function write(name: string, ...sources: string[]): Promise<void> {
    const cells = sources.map((source) => ({ cell_type: 'code', metadata: {}, outputs: [], execution_count: null, source }));
    await writeFile(join(folder, name), JSON.stringify({ nbformat: 4, nbformat_minor: 4, metadata: {}, cells }));
  }

  /** Runs the command on the cpu, in the folder, and returns its exit code and what stands behind the progress. */
  function check(...args: string[]): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
    const { PARSEVAL_DEVICE: _, ...env } = process.env;
    return new Promise((resolve) => {
      execFile(process.execPath, [cli, 'check', ...args, '--device', 'cpu'], { cwd: folder, env }, (error, stdout) => {
        const lines = stdout.split('\n').filter((line) => /^[✓✗–\d]/.test(line));
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), lines });
      });
    });
  }

  it('passes where gradients agree', async () => {
    const before = await readFile(join(folder, 'right.ipynb'), 'utf8');
    const { code, lines } = await check('right.ipynb');
    expect(lines).to.have.length(2);
    expect(lines[0]).to.match(/^✓ right\.ipynb, cell 2: .*dx/);
    expect(lines[1]).to.equal('1 of 1 gradient checks passed.');
    expect(code).to.equal(0);
    expect(await readFile(join(folder, 'right.ipynb'), 'utf8')).to.equal(before);
  });

  it('fails where a gradient is doubled and where a cell throws, and says the same in JUnit’s XML', async () => {
    const { code, lines } = await check('right.ipynb', 'doubled.ipynb', 'throws.ipynb', '--junit', 'report.xml');
    expect(lines).to.have.length(4);
    expect(lines[1]).to.match(/^✗ doubled\.ipynb, cell 2: .*dx/);
    expect(lines[2]).to.match(/^✗ throws\.ipynb, cell 2: .*reshape.*7/);
    expect(lines[3]).to.equal('2 of 3 gradient checks failed.');
    expect(code).to.equal(1);

    const root = parseJunit(await readFile(join(folder, 'report.xml'), 'utf8'));
    expect(root.attributes).to.include({ tests: '3', failures: '1', errors: '1' });
    const results = root.children.map(({ attributes, children: [test] }) => [attributes.name, test?.children[0]?.name]);
    expect(results).to.deep.equal([
      ['right.ipynb', 'system-out'],
      ['doubled.ipynb', 'failure'],
      ['throws.ipynb', 'error'],
    ]);
    const message = root.children[1]?.children[0]?.children[0]?.attributes.message;
    expect(lines[1]).to.equal(`✗ doubled.ipynb, cell 2: ${message}`);
  });
});
