// pv.train against loops that are written out, interrupted and not.
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';
import { settleTrainings } from '../../../src/display/live-training.js';
import * as pv from '../../../src/index.js';
import { LIVE_MIME, liveSchema } from '../../../src/protocol/live.js';
import { PROGRESS_MIME } from '../../../src/protocol/progress.js';

const { nn } = pv;

/** Two classes of noise of different spread, which a network can tell apart. */
function examples(count: number, seed: number): { images: pv.Tensor; labels: pv.Tensor } {
  const labels = pv.tensor(
    Array.from({ length: count }, (_, i) => i % 2),
    { dtype: 'int32' },
  );
  const spread = labels.astype('float32').mul(2).add(0.5).reshape([count, 1, 1, 1]);
  return { images: pv.randn([count, 1, 4, 4], { seed }).mul(spread).keep(), labels };
}

const network = (): pv.nn.Sequential =>
  new nn.Sequential(
    new nn.Conv2d(1, 4, 3, { seed: 1 }),
    new nn.BatchNorm2d(4),
    new nn.ReLU(),
    new nn.Dropout(0.25),
    new nn.Flatten(),
    new nn.Linear(16, 2, { seed: 3 }),
  );

async function failure(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was thrown';
}

const parametersOf = async (model: pv.nn.Module): Promise<number[][]> =>
  Promise.all([...model.stateDict().values()].map(async (tensor) => Array.from(await tensor.data())));

describe('train', function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(async () => {
    await pv.setDevice('cpu');
    folder = await mkdtemp(join(tmpdir(), 'parseval-train-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('makes the steps of a loop that is written out, and gives the means of its losses', async () => {
    const data = examples(10, 1);
    const linear = (): pv.nn.Sequential => new nn.Sequential(new nn.Flatten(), new nn.Linear(16, 2, { seed: 3 }));
    const [model, other] = [linear(), linear()];
    const trained = await pv.train(model, data, {
      epochs: 3,
      batchSize: 4,
      seed: 5,
      optimizer: new pv.optim.SGD(model.parameters(), { lr: 0.1 }),
      schedule: (step) => 0.1 / (1 + step),
    });
    const sgd = new pv.optim.SGD(other.parameters(), { lr: 0.1 });
    const batches = pv.data.batches(data, { batchSize: 4, seed: 5 });
    let step = 0;
    for (const { train: means } of trained.epochs) {
      let sum = 0;
      for (const { images, labels } of batches) {
        sgd.lr = 0.1 / (1 + step++);
        sgd.zeroGrad();
        const loss = nn.functional.crossEntropy(other.forward(images), labels);
        loss.backward();
        sum += (await loss.item()) * images.shape[0]!;
        await sgd.step();
      }
      expect(means.loss).to.be.closeTo(sum / 10, 1e-12);
    }
    expect(await parametersOf(model)).to.deep.equal(await parametersOf(other));
    expect(trained.ended).to.equal('epochs');
    expect(trained.epochs.map(({ epoch }) => epoch)).to.deep.equal([1, 2, 3]);
  });

  it('learns, looks at its validation as the network is used, and leaves it in the mode that it was in', async () => {
    const model = network().eval();
    const validation = examples(40, 2);
    const { epochs, best } = await pv.train(model, examples(60, 1), {
      epochs: 15,
      seed: 1,
      optimizer: new pv.optim.Adam(model.parameters(), { lr: 0.02 }),
      validation,
    });
    expect(model.training).to.equal(false);
    const last = epochs.at(-1)!;
    expect(last.train.loss).to.be.below(epochs[0]!.train.loss);
    expect(last.validation!['accuracy']).to.be.above(0.8);
    const logits = model.forward(validation.images);
    expect(await nn.functional.crossEntropy(logits, validation.labels).item()).to.be.closeTo(last.validation!.loss, 1e-12);
    expect(best.validation!.loss).to.equal(Math.min(...epochs.map((epoch) => epoch.validation!.loss)));
  });

  for (const device of ['cpu', 'node'] as const)
    it(`goes on from its checkpoint with the same bits as if it had not been interrupted, on ${device}`, async () => {
      await pv.setDevice(device);
      const options = { batchSize: 16, seed: 7, validation: examples(20, 2) };
      const whole = network();
      const uninterrupted = await pv.train(whole, examples(40, 1), { ...options, epochs: 4 });
      const checkpoint = join(folder, 'training.safetensors');
      await pv.train(network(), examples(40, 1), { ...options, epochs: 2, checkpoint });
      // What was drawn meanwhile changes nothing.
      await pv.randn([5]).data();
      const again = network();
      const resumed = await pv.train(again, examples(40, 1), { ...options, epochs: 4, checkpoint });
      expect(resumed.resumed).to.equal(2);
      const means = ({ epochs }: pv.Training): unknown => epochs.map(({ train: learned, validation }) => [learned, validation]);
      expect(means(resumed)).to.deep.equal(means(uninterrupted));
      expect(await parametersOf(again)).to.deep.equal(await parametersOf(whole));
    });

  it('that is killed and started again ends as if it had not been', async () => {
    const checkpoint = join(folder, 'training.safetensors');
    const script = join(folder, 'train.ts');
    const library = pathToFileURL('src/index.ts').href;
    await writeFile(
      script,
      `import * as pv from ${JSON.stringify(library)};
await pv.setDevice('cpu');
const [checkpoint, killAt] = process.argv.slice(2);
const images = pv.randn([24, 6], { seed: 1 }).keep();
const labels = pv.tensor(Array.from({ length: 24 }, (_, i) => i % 3), { dtype: 'int32' });
const model = new pv.nn.Sequential(new pv.nn.Linear(6, 8, { seed: 1 }), new pv.nn.Dropout(0.2), new pv.nn.ReLU(), new pv.nn.Linear(8, 3, { seed: 3 }));
let steps = 0;
const result = await pv.train(model, { images, labels }, {
  epochs: 5, batchSize: 8, seed: 2, ...(checkpoint === 'none' ? {} : { checkpoint }),
  loss: (m, batch) => {
    if (++steps === Number(killAt)) process.kill(process.pid, 'SIGKILL');
    return pv.nn.functional.crossEntropy(m.forward(batch.images), batch.labels);
  },
});
console.log(JSON.stringify([result.resumed, result.epochs.map(({ train }) => train.loss)]));`,
    );
    const run = (file: string, killAt: number): Promise<{ readonly signal: string | null; readonly out: string }> =>
      new Promise((resolve) => {
        const args = ['--import=./test/register.mjs', script, file, String(killAt)];
        execFile(process.execPath, args, (error, out) => resolve({ signal: error?.signal ?? null, out: out.trim() }));
      });
    const [, expected] = JSON.parse((await run('none', 0)).out) as [number, number[]];
    // In the middle of the third epoch.
    expect((await run(checkpoint, 8)).signal).to.equal('SIGKILL');
    const [resumed, losses] = JSON.parse((await run(checkpoint, 0)).out) as [number, number[]];
    expect(resumed).to.equal(2);
    expect(losses).to.deep.equal(expected);
  });

  it('stops when its validation is not better for some epochs, with the best parameters, also when it was interrupted', async () => {
    const data = examples(16, 1);
    // Labels of the validation are the other way around: what is learned makes it worse.
    const { images, labels } = examples(16, 2);
    const validation = { images, labels: labels.mul(-1).add(1).astype('int32').keep() };
    const checkpoint = join(folder, 'training.safetensors');
    const settings = { validation, patience: 3, seed: 1, batchSize: 8 };
    const model = network();
    const { epochs, ended, best } = await pv.train(model, data, { ...settings, epochs: 50 });
    expect(ended).to.equal('patience');
    expect(epochs.length).to.equal(best.epoch + 3);
    const lossOf = (net: pv.nn.Module): Promise<number> => nn.functional.crossEntropy(net.eval().forward(images), validation.labels).item();
    expect(await lossOf(model)).to.be.closeTo(best.validation!.loss, 1e-12);
    await pv.train(network(), data, { ...settings, epochs: best.epoch + 1, checkpoint });
    const again = network();
    const resumed = await pv.train(again, data, { ...settings, epochs: 50, checkpoint });
    expect(resumed.best.epoch).to.equal(best.epoch);
    expect(await parametersOf(again)).to.deep.equal(await parametersOf(model));
    // Started once more, nothing is left to do.
    expect((await pv.train(network(), data, { ...settings, epochs: 50, checkpoint })).resumed).to.equal(epochs.length);
  });

  it('stops where the loss is no number any more, says so, and keeps the checkpoint of the epoch before', async () => {
    const checkpoint = join(folder, 'training.safetensors');
    const model = network();
    let calls = 0;
    const message = await failure(() =>
      pv.train(model, examples(8, 1), {
        epochs: 4,
        checkpoint,
        loss: (net, { images, labels }) => nn.functional.crossEntropy(net.forward(images), labels).mul(++calls > 2 ? NaN : 1),
      }),
    );
    expect(message).to.equal(
      `train: the loss of epoch 3 is NaN; take a smaller learning rate, or look for what is not finite in the data. '${checkpoint}' holds epoch 2.`,
    );
    expect((await readFile(checkpoint)).includes('"epoch\\":2')).to.equal(true);
    expect((await readFile(checkpoint)).includes('"epoch\\":3')).to.equal(false);
  });

  it('refuses the checkpoint of another training, and another file, and changes nothing', async () => {
    const checkpoint = join(folder, 'training.safetensors');
    await pv.train(network(), examples(8, 1), { epochs: 1, checkpoint });
    const model = network();
    const before = await parametersOf(model);
    const start = (options: object, net: pv.nn.Module = model): Promise<string> =>
      failure(() => pv.train(net, examples(8, 1), { epochs: 2, checkpoint, ...options }));
    expect(await start({ seed: 1 })).to.include('is of a training with seed 0, but this one has 1; delete it or name another file');
    expect(await start({ batchSize: 4 })).to.include('with batchSize 32, but this one has 4');
    expect(await start({ optimizer: new pv.optim.SGD(model.parameters(), { lr: 1 }) })).to.include("'0.mean' [4, 1, 3, 3] has no place");
    const wider = new nn.Sequential(new nn.Flatten(), new nn.Linear(16, 2, { seed: 1 }));
    expect(await start({}, wider)).to.include('expects the stateDict of an optimizer of 2 parameters');
    await model.save(join(folder, 'model.safetensors'));
    expect(await start({ checkpoint: join(folder, 'model.safetensors') })).to.include('is no checkpoint of a training');
    expect(await parametersOf(model)).to.deep.equal(before);
    expect(await start({ seed: 1, resume: false })).to.equal('nothing was thrown');
  });

  it('shows in a notebook the loss of every step and the validation of every epoch, and how far it is', async () => {
    const pending: Promise<pv.MimeBundle>[] = [];
    const take = (bundle: pv.MimeBundle | Promise<pv.MimeBundle>): void => void pending.push(Promise.resolve(bundle));
    const before = pv.setOutputSink({ display: take, update: (_, bundle) => take(bundle) });
    try {
      const { epochs } = await pv.train(network(), examples(12, 1), {
        epochs: 3,
        batchSize: 4,
        validation: examples(6, 2),
        title: 'A network',
      });
      settleTrainings();
      const displays = await Promise.all(pending);
      const last = displays.findLast((bundle) => LIVE_MIME in bundle);
      const { title, curves } = v.parse(liveSchema, last![LIVE_MIME]);
      expect(title).to.equal('A network');
      expect(curves.map(({ name, count }) => [name, count])).to.deep.equal([
        ['loss', 9],
        ['accuracy', 9],
        ['validation loss', 3],
        ['validation accuracy', 3],
      ]);
      expect(epochs.length).to.equal(3);
      expect(displays.some((bundle) => PROGRESS_MIME in bundle)).to.equal(true);
    } finally {
      pv.setOutputSink(before);
    }
  });

  it('takes a loss of its own for any data, with further numbers', async () => {
    const x = pv.randn([20, 2], { seed: 1 }).keep();
    const model = new nn.Linear(2, 1, { seed: 1 });
    const { epochs } = await pv.train(
      model,
      { x, y: x.sum({ axis: 1, keepDims: true }).keep() },
      {
        epochs: 60,
        optimizer: new pv.optim.SGD(model.parameters(), { lr: 0.2 }),
        loss: (net, batch) => {
          const difference = net.forward(batch.x).sub(batch.y);
          return { loss: difference.square().mean(), largest: difference.abs().max() };
        },
      },
    );
    expect(Object.keys(epochs[0]!.train)).to.deep.equal(['loss', 'largest']);
    expect(epochs.at(-1)!.train.loss).to.be.below(1e-6);
  });

  it('says what does not fit', async () => {
    const data = examples(4, 1);
    const cases: [() => Promise<unknown>, string][] = [
      [() => pv.train({} as never, data), 'train: expects a module first, but was given'],
      [() => pv.train(network(), data, { epochs: 0 }), 'train: epochs'],
      [() => pv.train(network(), data, { patience: 2 }), 'patience looks at the validation'],
      [() => pv.train(network(), data, { optimizer: 1 as never }), 'train: optimizer is 1, but must be one'],
      [() => pv.train(network(), data, { schedule: 1 as never }), 'train: schedule is 1, but must be a function'],
      [() => pv.train(network(), data, { view: 1 as never }), 'train: view is 1, but must be true or false'],
      [() => pv.train(network(), data, { checkpoint: '' }), "train: checkpoint is '', but must be a text"],
      [() => pv.train(network(), { x: data.images }), 'without a loss the data must be {images, labels}, but hold x'],
      [() => pv.train(network(), data, { loss: () => 3 as never }), 'loss gave 3, but must give a tensor'],
      [() => pv.train(network(), data, { loss: (_, { images }) => images }), 'must give tensors of one number'],
      [() => pv.train(network(), {} as never), 'batches: expects tensors by name'],
    ];
    for (const [start, message] of cases) expect(await failure(start)).to.include(message);
  });
});
