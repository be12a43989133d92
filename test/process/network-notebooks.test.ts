// The notebooks that train networks: executed on node as a user does, by the built command line.
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { SavedNotebook } from '../notebooks.js';
import { codeCells, readNotebook, textOf } from '../notebooks.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a notebook claims, and what of that a run must have found. */
interface Lesson {
  readonly file: string;
  readonly title: string;
  /** At least so many pictures. */
  readonly pictures: number;
  /** Numbers that lines `✓ claim: number` must give. */
  readonly claims: Readonly<Record<string, (found: number) => boolean>>;
}

const lessons: readonly Lesson[] = [
  {
    file: '05-a-cnn-for-house-numbers.ipynb',
    title: 'reads at least 90% of digits held out, and trains by FFT as directly',
    pictures: 6,
    claims: {
      'accuracy on digits held out': (share) => share >= 0.9,
      'largest difference of the losses': (difference) => difference < 1e-4,
    },
  },
];

/** Executes a notebook on node; where it throws, the error shows what was printed. */
async function executed(file: string): Promise<SavedNotebook> {
  const folder = await mkdtemp(join(tmpdir(), 'parseval-lesson-'));
  const out = join(folder, 'run.ipynb');
  // They compute longer than they compile: their adapter optimizes, whatever that of the tests does.
  const { PARSEVAL_DEVICE: _device, GALLIVM_PERF: _compiling, ...env } = process.env;
  try {
    const args = ['dist/cli.js', 'run', join('notebooks', file), '--out', out, '--device', 'node'];
    await promisify(execFile)(process.execPath, args, { cwd: root, env, maxBuffer: 1 << 26 });
    return readNotebook(out);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

for (const { file, title, pictures, claims } of lessons) {
  describe(`notebook ${file.slice(0, 2)}`, function () {
    this.timeout(600_000);

    it(`${title}: it was checked now, and when it was saved`, async () => {
      const saved = readNotebook(join(root, 'notebooks', file));
      for (const notebook of [await executed(file), saved]) {
        const outputs = codeCells(notebook).flatMap((cell) => cell.outputs ?? []);
        const all = outputs.map(textOf).join('\n');
        const found = [...all.matchAll(/^✓ (.+): (\S+)$/gm)].map(([, claim, number]) => ({ claim, number: Number(number) }));
        for (const [claim, holds] of Object.entries(claims)) {
          const numbers = found.filter((line) => line.claim === claim).map(({ number }) => number);
          expect(numbers, claim).to.not.be.empty;
          for (const number of numbers) expect(holds(number), `${claim}: ${number}`).to.equal(true);
        }
        expect(Number(/claims checked by numbers +(\d+)/.exec(all)?.[1])).to.equal(found.length);
        const drawn = outputs.flatMap(({ data }) => data?.['image/png'] ?? []);
        for (const picture of drawn) expect(Buffer.from(picture as string, 'base64').length).to.be.at.most(300_000);
        expect(drawn.length).to.be.at.least(pictures);
      }
      expect((await stat(join(root, 'notebooks', file))).size).to.be.at.most(3_000_000);
    });
  });
}
