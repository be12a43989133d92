import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { floatPlane, levelPlane } from '../../src/protocol/plane-data.js';
import type { SavedNotebook } from '../notebooks.js';
import { codeCells, compareNotebooks, joined, readNotebook, textOf, tourEdit } from '../notebooks.js';

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

const devices = ['cpu', 'node'] as const;
type Device = (typeof devices)[number];

interface Run extends Finished {
  /** The folder with the executed notebook `run.ipynb` and its pictures. */
  readonly folder: string;
  readonly notebook: SavedNotebook;
}

const runs = new Map<string, Promise<Run>>();

/** Executes a notebook on a device, once for all tests. */
function execute(name: string, device: Device): Promise<Run> {
  const key = `${name} ${device}`;
  const known = runs.get(key) ?? executeNow(join(root, 'notebooks', name), device);
  runs.set(key, known);
  return known;
}

async function executeNow(file: string, device: Device): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'parseval-notebook-'));
  const out = join(folder, 'run.ipynb');
  const finished = await node('dist/cli.js', 'run', file, '--out', out, '--device', device);
  if (finished.code !== 0) throw new Error(`parseval run ended with ${finished.code}:\n${finished.stdout}${finished.stderr}`);
  return { ...finished, folder, notebook: readNotebook(out) };
}

const tour = '00-tour.ipynb';
const first = '01-one-convolution-three-ways.ipynb';
const second = '02-three-convolutions-of-backprop.ipynb';
const third = '03-reading-spectra.ipynb';

/** What the outputs of each code cell say, in order. */
function said({ notebook }: Run): string[] {
  return codeCells(notebook).map(({ outputs = [] }) => outputs.map(textOf).join('\n'));
}

after(async () => {
  for (const run of runs.values()) await run.then(({ folder }) => rm(folder, { recursive: true, force: true }));
});

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

for (const device of devices) {
  describe(`notebook 01 on ${device}`, function () {
    this.timeout(300_000);
    let run: Run;

    before(async () => {
      run = await execute(first, device);
    });

    it('runs to its end and prints the summary', () => {
      const summary = run.stdout.slice(run.stdout.lastIndexOf('Summary'));
      expect(summary).to.match(new RegExp(`device +${device}: `));
      expect(summary).to.match(/spectrum peak +362 px wavelength, -17\.7 dB/);
      expect(summary).to.match(/built-in layer +passed/);
      expect(summary).to.match(/conjugate forgotten +caught: dw wrong/);
      expect(summary).to.match(/mended +passed/);
    });

    it('finds FFT and im2col equal to direct summation to float32, and Parseval’s theorem to hold', () => {
      const all = said(run).join('\n');
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
      const verdicts = said(run).filter((text) => text.includes('gradient check') && text.includes('forward values'));
      expect(verdicts.map((text) => text.slice(0, text.indexOf('\n')))).to.deep.equal([
        `✓ gradient check passed on ${device}`,
        `✗ gradient check failed on ${device}: dw is wrong`,
        `✓ gradient check passed on ${device}`,
      ]);
    });

    it('saves pictures that any viewer shows, at most 300 KB each', async () => {
      const pictures = codeCells(run.notebook).flatMap(({ outputs = [] }) =>
        outputs.flatMap(({ data }) => (typeof data?.['image/png'] === 'string' ? [data['image/png']] : [])),
      );
      expect(pictures).to.have.length(8);
      for (const picture of pictures) {
        const bytes = Buffer.from(picture, 'base64');
        expect(bytes.subarray(1, 4).toString()).to.equal('PNG');
        expect(bytes.length).to.be.at.most(300_000);
      }
      expect((await readdir(join(run.folder, 'run_files'))).filter((file) => file.endsWith('.png'))).to.have.length(8);
    });
  });

  describe(`the tour on ${device}`, function () {
    this.timeout(300_000);

    /** What its last cell found: the difference between the hand-written layer and direct summation. */
    const differences = (text: string | undefined): number[] =>
      [...(text ?? '').matchAll(/differs by (\S+)/g)].map(([, value]) => Number(value));

    it('finds dw wrong while the conjugate is missing, and right after the edit', async () => {
      const [, , before, off] = said(await execute(tour, device));
      expect(before?.split('\n')[0]).to.equal(`✗ gradient check failed on ${device}: dw is wrong`);
      expect(before)
        .to.match(/^✓ dx agrees/m)
        .and.match(/^✗ dw disagrees/m)
        .and.match(/so the backward is wrong/);
      const [y = NaN, dx = NaN, dw = NaN] = differences(off);
      expect([y, dx].every((difference) => difference < 2e-6)).to.equal(true, off);
      expect(dw).to.be.above(0.1);

      const folder = await mkdtemp(join(tmpdir(), 'parseval-tour-'));
      try {
        await cp(join(root, 'notebooks/data'), join(folder, 'data'), { recursive: true });
        await writeFile(join(folder, tour), JSON.stringify(mended(readNotebook(join(root, 'notebooks', tour)))));
        const again = await executeNow(join(folder, tour), device);
        await rm(again.folder, { recursive: true });
        const [, , after, agree] = said(again);
        expect(after?.split('\n')[0]).to.equal(`✓ gradient check passed on ${device}`);
        expect(differences(agree).length).to.equal(3);
        expect(Math.max(...differences(agree))).to.be.below(2e-6);
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });
}

/** The tour after its reader's edit. */
function mended(notebook: SavedNotebook): SavedNotebook {
  const wrong = codeCells(notebook)[tourEdit.cell - 1];
  const [before, after, ...more] = joined(wrong?.source).split(tourEdit.after);
  expect(more, `"${tourEdit.after}" stands once in the cell`).to.deep.equal([]);
  const source = `${before}${tourEdit.after}${tourEdit.insert}${after}`;
  return { ...notebook, cells: notebook.cells.map((cell) => (cell === wrong ? { ...cell, source } : cell)) };
}

describe('the same notebook on all devices', function () {
  this.timeout(300_000);

  for (const name of [tour, first]) {
    it(`${name} says the same on node and cpu as its saved copy`, async () => {
      const saved = readNotebook(join(root, 'notebooks', name));
      for (const device of devices) expect(compareNotebooks((await execute(name, device)).notebook, saved), device).to.deep.equal([]);
      expect(compareNotebooks((await execute(name, 'node')).notebook, (await execute(name, 'cpu')).notebook)).to.deep.equal([]);
    });
  }
});

for (const name of [second, third]) {
  describe(`${name} on cpu`, function () {
    this.timeout(300_000);

    it('says what its saved copy says, which was made on node', async () => {
      expect(compareNotebooks((await execute(name, 'cpu')).notebook, readNotebook(join(root, 'notebooks', name)))).to.deep.equal([]);
    });
  });
}

describe('notebook 03', function () {
  this.timeout(300_000);

  it('has checked each claim by a number, and shows as many pictures as its saved copy, at most 300 KB each and 3 MB in all', async () => {
    const run = await execute(third, 'cpu');
    const all = said(run).join('\n');
    const checks = [...all.matchAll(/^✓ .+: \S+$/gm)].length;
    expect(checks).to.be.above(60);
    expect(Number(/claims checked by numbers +(\d+)/.exec(all)?.[1])).to.equal(checks);
    const [now, saved] = [run.notebook, readNotebook(join(root, 'notebooks', third))].map((notebook) =>
      codeCells(notebook).flatMap(({ outputs = [] }) => outputs.flatMap(({ data }) => data?.['image/png'] ?? [])),
    );
    expect(saved).to.have.length(now?.length ?? 0);
    for (const picture of saved ?? []) expect(Buffer.from(picture as string, 'base64').length).to.be.at.most(300_000);
    expect((await stat(join(root, 'notebooks', third))).size).to.be.at.most(3_000_000);
  });
});

describe('the comparison of two runs', () => {
  const report = {
    ok: false,
    device: 'cpu',
    inputs: [
      { ok: true, z: 3, rms: 0.5, worst: { index: [1] } },
      { ok: false, z: 2, rms: 0.7, worst: { index: [2] } },
    ],
  };
  const picture = (...levels: number[]): object => ({ reduced: { data: Buffer.from(levels).toString('base64') } });
  const levels = (...data: number[]): object => ({ planes: [{ kind: 'levels', rows: 1, data: Buffer.from(data).toString('base64') }] });
  const floats = (...data: number[]): object => {
    const bytes = Buffer.from(new Float32Array(data).buffer).toString('base64');
    return { planes: [{ kind: 'float32', rows: 1, data: bytes }] };
  };
  /** Bins of these levels in dB and phases, as a view saves them. */
  const bins = (level: number[], phase: number[]): object => ({
    level: levelPlane(level, 1, level.length, -160, 0),
    phase: levelPlane(phase, 1, phase.length, -Math.PI, Math.PI),
  });
  const parts = (re: number[], im: number[]): object => ({ re: floatPlane(re, 1, re.length), im: floatPlane(im, 1, im.length) });
  const notebook = (...outputs: object[]): SavedNotebook =>
    ({ cells: [{ cell_type: 'code', source: '1', outputs }] }) as unknown as SavedNotebook;
  const text = (plain: string): object => ({ output_type: 'display_data', data: { 'text/plain': plain } });
  const stream = (words: string): object => ({ output_type: 'stream', name: 'stdout', text: words });
  const json = (value: object): object => ({ output_type: 'display_data', data: { 'application/json': value } });
  const error = (evalue: string): object => ({ output_type: 'error', ename: 'Error', evalue, traceback: [`Error: ${evalue}`] });
  const differ = (a: object[], b: object[]): boolean => compareNotebooks(notebook(...a), notebook(...b)).length > 0;

  it('lets devices differ in name, precision, time and rounding', () => {
    expect(differ([text('float32 · node, 3 ms')], [text('float64 · cpu, 1.2 s')])).to.equal(false);
    expect(differ([text('error 3.1e-7, 0.333333')], [text('error 0, 0.333334')])).to.equal(false);
    expect(differ([text('error 3.1·10⁻⁷ of 89.9×10³')], [text('error 0 of 89.9×10³')])).to.equal(false);
    expect(differ([text('✓ dx agrees: worst at [1, 2]')], [text('✓ dx agrees, worst at [3, 4]'.replace(', w', ': w'))])).to.equal(true);
    expect(differ([text('✓ dx agrees, worst at [1, 2]')], [text('✓ dx agrees, worst at [3, 4]')])).to.equal(false);
    expect(differ([stream('a '), stream('b\n')], [stream('a b\n')])).to.equal(false);
    const progress = { output_type: 'display_data', data: { 'application/vnd.parseval.progress.v1+json': {}, 'text/plain': '3 s' } };
    expect(differ([stream('a\n'), progress], [stream('a\n')])).to.equal(false);
    expect(differ([json(picture(1, 200))], [json(picture(2, 199))])).to.equal(false);
    expect(differ([json(levels(1, 200))], [json(levels(2, 199))])).to.equal(false);
    expect(differ([json(floats(1e-5, NaN, 3))], [json(floats(0, NaN, 3.00001))])).to.equal(false);
    // At −120 dB re max rounding may turn a bin about, not at −20 dB.
    expect(differ([json(bins([0, -20, -120], [0, 1, 1]))], [json(bins([0, -20, -121.2], [0, 1, 2]))])).to.equal(false);
    expect(differ([json(parts([1, 2], [1e-7, 0]))], [json(parts([1, 2], [0, 1e-8]))])).to.equal(false);
    expect(differ([text('✗ dw, allowed 1.2·10⁻⁴, worst')], [text('✗ dw, allowed 7·10⁻¹⁵, worst')])).to.equal(false);
    const [right, wrong] = report.inputs;
    const other = {
      ...report,
      device: 'node',
      inputs: [
        { ...right, z: 4, worst: { index: [3] } },
        { ...wrong, z: 5 },
      ],
    };
    expect(differ([json(report)], [json(other)])).to.equal(false);
  });

  it('sees every other difference', () => {
    expect(differ([text('0.333333')], [text('0.33334')])).to.equal(true);
    expect(differ([text('−17.7 dB')], [text('17.7 dB')])).to.equal(true);
    expect(differ([text('89.9×10³')], [text('89.9×10⁴')])).to.equal(true);
    expect(differ([text('✗ dw, worst at [1, 2]')], [text('✗ dw, worst at [1, 3]')])).to.equal(true);
    expect(differ([text('✓ passed')], [text('✗ passed')])).to.equal(true);
    expect(differ([stream('a\n')], [])).to.equal(true);
    expect(differ([stream('a\n')], [text('a\n')])).to.equal(true);
    expect(differ([error('x is 1')], [error('x is 2')])).to.equal(true);
    expect(differ([json(picture(1, 200))], [json(picture(1, 202))])).to.equal(true);
    expect(differ([json(levels(1, 200))], [json(levels(1, 202))])).to.equal(true);
    expect(differ([json(floats(1, 3))], [json(floats(1, 3.001))])).to.equal(true);
    expect(differ([json(floats(1, 3))], [json(floats(1, NaN))])).to.equal(true);
    expect(differ([json(floats(1, 3))], [json(floats(1))])).to.equal(true);
    expect(differ([json(bins([0, -20], [0, 1]))], [json(bins([0, -20], [0, 1.1]))])).to.equal(true);
    expect(differ([json(bins([0, -20], [0, 1]))], [json(bins([0, -21.5], [0, 1]))])).to.equal(true);
    expect(differ([json(bins([0, -20], [0, 1]))], [json(bins([0], [0]))])).to.equal(true);
    expect(differ([json(parts([1, 2], [1, 0]))], [json(parts([1, 2], [1, 0.001]))])).to.equal(true);
    const [right, wrong] = report.inputs;
    for (const change of [{ rms: 0.8 }, { worst: { index: [3] } }])
      expect(differ([json(report)], [json({ ...report, inputs: [right, { ...wrong, ...change }] })])).to.equal(true);
    expect(differ([json(report)], [json({ ...report, ok: true })])).to.equal(true);
  });
});
