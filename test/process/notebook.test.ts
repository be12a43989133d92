import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Node on the built files, as a user does. */
function node(...args: string[]): Promise<Finished> {
  return new Promise((resolve) => {
    const { PARSEVAL_DEVICE: _device, ...env } = process.env;
    execFile(process.execPath, args, { cwd: root, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

interface SavedCell {
  readonly cell_type: string;
  readonly outputs?: readonly {
    readonly output_type: string;
    readonly data?: Readonly<Record<string, unknown>>;
    readonly text?: string | string[];
  }[];
}

describe('the built package', () => {
  it('is usable in plain Node by its name, and is one instance however often it is imported', async () => {
    const script = `import * as pv from 'parseval'; import * as again from 'parseval';
      const x = pv.tensor([3, 4]); console.log(await x.square().sum().sqrt().item(), pv.Tensor === again.Tensor);`;
    const { code, stdout, stderr } = await node('--input-type=module', '--eval', script);
    expect([code, stdout.trim(), stderr]).to.deep.equal([0, '5 true', '']);
  });

  it('lists its devices', async () => {
    const { code, stdout } = await node('dist/cli.js', 'devices');
    expect(code).to.equal(0);
    expect(stdout).to.match(/cpu/).and.to.match(/node/);
  });
});

for (const device of ['cpu', 'node']) {
  describe(`notebook 01 on ${device}`, function () {
    this.timeout(300_000);
    let folder: string;
    let run: Finished;
    let cells: readonly SavedCell[];

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'parseval-notebook-'));
      const out = join(folder, 'run.ipynb');
      run = await node('dist/cli.js', 'run', 'notebooks/01-one-convolution-three-ways.ipynb', '--out', out, '--device', device);
      cells = (JSON.parse(await readFile(out, 'utf8')) as { cells: SavedCell[] }).cells;
    });
    after(() => rm(folder, { recursive: true, force: true }));

    const textOf = (data: Readonly<Record<string, unknown>>): string => [data['text/plain']].flat().join('');
    const texts = (): string[] =>
      cells.flatMap(({ outputs = [] }) =>
        outputs.map((output) => (output.data ? textOf(output.data) : [output.text ?? ''].flat().join(''))),
      );

    it('runs to its end and prints the summary', () => {
      expect(run.code, run.stderr + run.stdout).to.equal(0);
      const summary = run.stdout.slice(run.stdout.lastIndexOf('Summary'));
      expect(summary).to.match(new RegExp(`device +${device}: `));
      expect(summary).to.match(/spectrum peak +362 px wavelength, -17\.7 dB/);
      expect(summary).to.match(/built-in layer +passed/);
      expect(summary).to.match(/conjugate forgotten +caught: dw wrong/);
      expect(summary).to.match(/mended +passed/);
    });

    it('finds FFT and im2col equal to direct summation to float32, and Parseval’s theorem to hold', () => {
      const all = texts().join('\n');
      const value = (label: RegExp): number => Number(label.exec(all)?.[1] ?? NaN);
      const limit = device === 'cpu' ? 1e-13 : 2e-6;
      const sameOrBelow = (label: string): void => {
        const found = new RegExp(`${label} *(0 \\(identical\\)|\\S+)`).exec(all)?.[1];
        expect(found, label).to.not.equal(undefined);
        expect(found?.startsWith('0') === true ? 0 : Number(found), label).to.be.below(limit);
      };
      for (const label of ['im2col against direct:', 'fft against direct:', 'forward:', 'dW:', 'dX:']) sameOrBelow(label);
      expect(value(/relative difference +(\S+)/)).to.be.below(limit);
    });

    it('shows the failing check with the wrong gradient named, between two passing ones', () => {
      const verdicts = texts().filter((text) => text.includes('gradient check') && text.includes('forward values'));
      expect(verdicts.map((text) => text.slice(0, text.indexOf('\n')))).to.deep.equal([
        `✓ gradient check passed on ${device}`,
        `✗ gradient check failed on ${device}: dw is wrong`,
        `✓ gradient check passed on ${device}`,
      ]);
    });

    it('saves pictures that any viewer shows, at most 300 KB each', async () => {
      const pictures = cells.flatMap(({ outputs = [] }) =>
        outputs.flatMap(({ data }) => (typeof data?.['image/png'] === 'string' ? [data['image/png']] : [])),
      );
      expect(pictures).to.have.length(5);
      for (const picture of pictures) {
        const bytes = Buffer.from(picture, 'base64');
        expect(bytes.subarray(1, 4).toString()).to.equal('PNG');
        expect(bytes.length).to.be.at.most(300_000);
      }
      expect((await readdir(join(folder, 'run_files'))).filter((file) => file.endsWith('.png'))).to.have.length(5);
    });
  });
}
