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
    file: '04-why-cnns-avoid-the-fourier-domain.ipynb',
    title: 'the FFT leaves gradients local, a free spectrum does not, and a polynomial of a graph reaches no further than its degree',
    pictures: 20,
    claims: {
      'gradient of the kernel by FFT against direct sums': (error) => error < 2e-5,
      'pixels with a gradient, by FFT': (pixels) => pixels === 25,
      'pixels that it sees by FFT': (pixels) => pixels === 1,
      'pixels that a free coefficient’s update sees': (pixels) => pixels === 1024,
      'pixels that one weight’s update sees when all outputs count': (pixels) => pixels === 784,
      'corner of the free gradient against the kernel’s own': (error) => error < 2e-5,
      'share of the free kernel’s energy outside of these taps': (share) => share > 0.1,
      'error of the free one, of that of the padded one': (factor) => factor > 3,
      'Toeplitz matrix times image against conv2d': (error) => error < 2e-5,
      'im2col times kernel against conv2d': (error) => error < 2e-5,
      'F C F⁻¹ against the kernel’s spectrum on a diagonal': (error) => error < 2e-5,
      'crossover by count, 16 channels': (taps) => taps === 3,
      'second harmonic: 2/(3π)': (amplitude) => Math.abs(amplitude - 2 / (3 * Math.PI)) < 1e-3,
      'ring: F L F⁻¹ against 2 − 2 cos(2πj/n) on a diagonal': (error) => error < 2e-5,
      'largest difference between L³ at three hops and −1 times the shortest ways': (difference) => difference === 0,
      'entries of the ChebNet filter of degree 3 beyond three hops': (entries) => entries === 0,
      'energy of the ideal low pass beyond three hops': (share) => share > 0.1,
    },
  },
  {
    file: '05-a-cnn-for-house-numbers.ipynb',
    title: 'reads at least 90% of digits held out, and trains by FFT as directly',
    pictures: 6,
    claims: {
      'accuracy on digits held out': (share) => share >= 0.9,
      'largest difference of the losses': (difference) => difference < 1e-4,
    },
  },
  {
    file: '06-fourier-cnn.ipynb',
    title: 'a Fourier CNN is circular convolutions, linear without a nonlinearity, and bin by bin with one of bins',
    pictures: 15,
    claims: {
      'products of spectra against direct sums': (error) => error < 1e-4,
      'gradient of the weight, against the spectrum of the kernel’s': (error) => error < 1e-4,
      'the network against one matrix': (error) => error < 1e-4,
      'accuracy of the linear Fourier network': (share) => share < 0.8,
      'shifted, then crelu, against crelu, then shifted': (error) => error > 0.1,
      'shifted, then modrelu, against modrelu, then shifted': (error) => error < 1e-4,
      'bins of 40 that change with one, crelu': (bins) => bins === 1,
      'bins of 40 that change with one, inverse-relu': (bins) => bins > 32,
      'most that is left above, by truncation': (share) => share < 1e-4,
      'above, by maxima': (share) => share > 0.5,
      'accuracy of the spatial network': (share) => share >= 0.9,
      'accuracy with ReLU of pixels': (share) => share >= 0.85,
      'what CReLU adds to the linear network': (share) => share > 0.15,
      'largest k from which direct sums cost more than products': (k) => k === 2,
    },
  },
  {
    file: '07-learning-kernels-in-the-fourier-domain.ipynb',
    title: 'smooth multipliers are taps under a window; SGD learns the same from taps and coefficients, Adam does not',
    pictures: 14,
    claims: {
      'kernels against repeated taps under a window, bilinear, k = 9': (error) => error < 1e-5,
      'kernels against repeated taps under a window, spline, k = 9': (error) => error < 1e-5,
      'most energy outside of k×k pixels, bilinear': (share) => share < 0.12,
      'most energy outside of k×k pixels, spline': (share) => share < 0.06,
      'the layer against a direct convolution by its whole kernel': (error) => error < 1e-5,
      'SGD: largest difference of losses, taps against coefficients': (difference) => difference < 1e-4,
      'SGD: the same without √2': (difference) => difference > 0.02,
      'SGD: largest difference of losses, smooth multipliers against taps under a window': (difference) => difference < 1e-4,
      'Adam on digits: error left on taps, times that on coefficients': (factor) => factor > 2,
      'Adam on white noise: the same': (factor) => factor > 0.4 && factor < 2.5,
      'accuracy on digits held out, smooth 5×5': (share) => share > 0.8,
    },
  },
  {
    file: '08-spectral-pooling-and-operators.ipynb',
    title: 'spectral pooling is nearest but for the best linear map, and operators hold at resolutions that kernels do not',
    pictures: 15,
    claims: {
      'spectral pooling loses, relative to means, at most': (ratio) => ratio < 0.97,
      'relative to the best of all linear maps, at 16²': (ratio) => ratio >= 1 && ratio < 1.2,
      'energy lost at 47², relative to that of the waves dropped, minus 1': (difference) => difference < 1e-3,
      'lost of flat squares by means': (error) => error < 1e-12,
      '16² enlarged to 24² and pooled: error': (error) => error < 1e-12,
      'imaginary share with one of both': (share) => share > 0.1,
      'overshoot of 24 values': (height) => height > 0.05 && height < 0.12,
      'global filter against the circular convolution, by definition': (error) => error < 1e-5,
      'largest difference of a learned multiplier from the known one': (difference) => difference < 0.02,
      'largest change of it at 64² and 128², relative': (change) => change < 0.05,
      'error of the kernel at 64²': (error) => error > 0.3,
      'what the operator leaves of it': (left) => left < 1e-5,
      'error of the neural operator at 32²': (error) => error < 0.15,
      'at 128², relative to that': (ratio) => ratio < 1.2,
      'change of the operators’ scores at 128²': (change) => change < 0.05,
      'change of the kernels’ scores at 128²': (change) => change > 0.3,
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
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`parseval run failed:\n${stdout}${stderr}`, { cause: error });
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
