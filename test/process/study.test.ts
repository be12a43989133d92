import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readResults, type Results } from '../../bench/study/results.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folderOf = (path: string): string => pathToFileURL(join(root, path)).href;

/** A study of two tiny networks on the cpu; kills itself in a training step, if it is told in which. */
const program = `
import * as pv from ${JSON.stringify(folderOf('src/index.ts'))};
import { trainAll } from ${JSON.stringify(folderOf('bench/study/study.ts'))};
import { countAll } from ${JSON.stringify(folderOf('bench/study/costs.ts'))};
import { timeAll } from ${JSON.stringify(folderOf('bench/study/times.ts'))};
const [folder, killAt, signal, seeds] = process.argv.slice(2);
await pv.setDevice('cpu');
const { nn } = pv;
const controller = new AbortController();
let steps = 0;
/** Counts the steps of trainings. */
class Counted extends nn.Module {
  forward(x) {
    if (this.training && x.shape[0] === 8 && ++steps === Number(killAt)) {
      if (signal === 'SIGKILL') process.kill(process.pid, 'SIGKILL');
      else controller.abort();
    }
    return x;
  }
}
const network = (id, layer) => ({ id, title: id, size: 8, isTrained: true, make: (seed) =>
  new nn.Sequential(layer(seed), new nn.GELU(), new nn.Flatten(), new Counted(), new nn.Linear(128, 10, { seed: seed + 9 })) });
const networks = [
  network('space', (seed) => new nn.Conv2d(1, 2, 3, { padding: 1, seed })),
  network('spectrum', (seed) => new nn.SpectralConv2d(1, 2, 3, { padding: 1, seed })),
];
const settings = { train: 24, validation: 10, test: 20, difficulty: 0, dataSeed: 1, batchSize: 8, epochs: 3, rateEpochs: 1, rates: [0.001, 0.01], furtherRates: [], seeds: JSON.parse(seeds) };
const options = { networks, settings, results: folder + '/results.json', checkpoints: folder + '/checkpoints', say: (line) => console.log(line), stop: controller.signal };
const results = await trainAll(options);
console.log('steps made: ' + steps);
await countAll(options, results);
await timeAll(options, results, { adapter: 'cpu', machine: 'this one', turns: 2, turnLength: 0 }, false);
`;

interface Outcome {
  readonly signal: string | null;
  readonly code: number | null;
  readonly out: string;
}

describe('the study', function () {
  this.timeout(120_000);
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parseval-study-'));
    await writeFile(join(folder, 'study.ts'), program);
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Runs the tiny study; without `at` to its end. */
  function run(into: string, at = 0, how: 'SIGKILL' | 'stop' = 'SIGKILL', seeds = [1, 2]): Promise<Outcome> {
    const args = ['--import=./test/register.mjs', join(folder, 'study.ts'), into, String(at), how, JSON.stringify(seeds)];
    return new Promise((resolve) => {
      execFile(process.execPath, args, { cwd: root }, (error, out, err) =>
        resolve({ signal: error?.signal ?? null, code: typeof error?.code === 'number' ? error.code : 0, out: out + err }),
      );
    });
  }

  async function place(name: string): Promise<string> {
    const path = await mkdtemp(join(folder, name));
    return path;
  }

  /** What was found, but for what clocks and garbage collectors say. */
  async function found(into: string): Promise<Omit<Results, 'times'>> {
    const { times: _times, ...rest } = (await readResults(join(into, 'results.json')))!;
    const costs = Object.fromEntries(Object.entries(rest.costs).map(([id, cost]) => [id, { ...cost, memory: 0 }]));
    return { ...rest, costs, runs: Object.fromEntries(Object.entries(rest.runs).map(([key, one]) => [key, { ...one, seconds: 0 }])) };
  }

  it('that is killed in a training goes on within it, and finds the same as one that was not', async () => {
    const [whole, killed] = [await place('whole'), await place('killed')];
    expect(await run(whole)).to.include({ signal: null, code: 0 });
    // Four trainings of 3 steps to choose the rates; then in the third epoch of the first one that counts.
    expect((await run(killed, 12 + 8)).signal).to.equal('SIGKILL');
    const early = await found(killed);
    expect(Object.keys(early.runs)).to.have.length(4);
    const { out } = await run(killed);
    // Two networks with two seeds were left, and one epoch of the first.
    expect(out.match(/^\[\d\/8\] .*% read/gm)).to.have.length(4);
    expect(out, '3 of the first, 9 of each other').to.include('steps made: 30');
    expect(await readdir(join(killed, 'checkpoints'))).to.deep.equal([]);
    expect(await found(killed)).to.deep.equal(await found(whole));
    const { runs, costs, labels } = await found(whole);
    expect(Object.keys(runs)).to.have.length(8);
    expect(Object.keys(costs)).to.deep.equal(['space', 'spectrum']);
    // The other way of writing the kernel has 3·2 complex numbers for 3·3 real ones.
    expect(costs['spectrum']!.parameters - costs['space']!.parameters).to.equal(2 * (12 - 9));
    for (const { score } of Object.values(runs).filter(({ seed }) => seed < 100)) {
      const right = Array.from(labels[8]!).filter((digit, i) => digit === score!.read[i]).length;
      expect(score!.accuracy).to.equal(right / 20);
    }
  });

  it('that was finished has nothing left to do; another seed is trained beside the others', async () => {
    const into = await place('again');
    await run(into, 0, 'SIGKILL', [1]);
    const first = await found(into);
    const written = await readFile(join(into, 'results.json'), 'utf8');
    expect((await run(into, 0, 'SIGKILL', [1])).out).to.equal('steps made: 0\n');
    expect(await readFile(join(into, 'results.json'), 'utf8')).to.equal(written);
    const { out } = await run(into, 0, 'SIGKILL', [1, 3]);
    expect(out.match(/seed 3/g)).to.have.length(2);
    expect((await found(into)).runs).to.deep.include(first.runs);
  });

  it('that is told to stop stops at the next step, says so, and goes on later', async () => {
    const into = await place('stopped');
    const { code, out } = await run(into, 4, 'stop');
    expect(code).to.equal(1);
    expect(out).to.include('Stopped');
    expect(Object.keys((await found(into)).runs)).to.have.length(1);
    expect((await run(into)).code).to.equal(0);
    expect(Object.keys((await found(into)).runs)).to.have.length(8);
  });

  it('refuses a file of something else, and says what to do', async () => {
    const into = await place('other');
    await writeFile(join(into, 'results.json'), '{"settings": {}, "runs": 3}');
    const { code, out } = await run(into);
    expect(code).to.equal(1);
    expect(out).to.match(/holds no results of a study .* begin anew with --again/);
  });
});
