// Training a network: epochs over batches, with curves, validation, and a file to go on from.

import { batches, type Batch } from '../data/batches.js';
import { passingProgress } from '../display/progress.js';
import { live, type LiveHandle } from '../display/show-live.js';
import { hasOutputSink } from '../display/sink.js';
import { crossEntropy } from '../nn/functional.js';
import { accuracy } from '../nn/metrics.js';
import { Module } from '../nn/modules.js';
import type { Optimizer } from '../nn/optimizer.js';
import { Adam } from '../nn/optim.js';
import { assignAll } from '../nn/state-dict.js';
import { show } from '../tensor/checks.js';
import { seed as restart } from '../tensor/create.js';
import { DISPLAY, type MimeBundle } from '../tensor/displayable.js';
import { noGrad } from '../tensor/functions.js';
import { Tensor } from '../tensor/tensor.js';
import { loadCheckpoint, saveCheckpoint, type Identity } from './checkpoint.js';
import { RunningMeans } from './means.js';
import { settingsOf, type Epoch, type Means, type Settings, type Terms, type Training, type TrainOptions } from './options.js';

/**
 * Trains a network with data such as {images, labels}, and resolves to the means of each epoch. Deterministic: the same data, initial parameters, seed
 * and device give the same bits, also when it is killed and goes on from its checkpoint. Random numbers are begun anew by each epoch. While it
 * runs the model is in training; afterwards it is as it was. Rejects where the loss is no number any more; the checkpoint holds the last epoch before.
 */
export async function train<Data extends object>(model: Module, data: Data, options: TrainOptions<Data> = {}): Promise<Training> {
  if (!(model instanceof Module)) throw new TypeError(`train: expects a module first, but was given ${show(model)}`);
  const settings = settingsOf(options);
  const optimizer = settings.optimizer ?? new Adam(model.parameters());
  const first = batches(data, { batchSize: settings.batchSize, seed: settings.seed });
  if (settings.validation !== undefined) batches(settings.validation);
  const { checkpoint } = settings;
  const identity: Identity = { seed: settings.seed, batchSize: settings.batchSize, examples: examplesOf(data) };
  const before = checkpoint === undefined || !settings.resume ? null : await loadCheckpoint(checkpoint, model, optimizer, identity);
  const epochs: Epoch[] = [...(before?.epochs ?? [])];
  let best = before?.best ?? null;
  const wasTraining = model.training;
  const total = settings.epochs * first.length;
  using bar = passingProgress(total, settings.title ?? 'Training');
  const view = (settings.view ?? hasOutputSink()) ? live({ title: settings.title ?? 'Training' }) : null;
  try {
    for (const { epoch, train: means, validation } of epochs) view?.log(curves(means, validation), { step: epoch * first.length });
    bar.update(Math.min(total, epochs.length * first.length));
    while (epochs.length < settings.epochs && !isOver(epochs, settings)) {
      const epoch = await runEpoch(model, data, optimizer, settings, epochs.length, { view, step: () => bar.tick() });
      epochs.push(epoch);
      view?.log(curves(null, epoch.validation), { step: epochs.length * first.length });
      if (settings.patience !== undefined && bestOf(epochs) === epoch) best = copyOf(model);
      if (checkpoint !== undefined) await saveCheckpoint(checkpoint, model, optimizer, identity, { epochs, best });
    }
    if (best !== null) assignAll('train', model.stateDict(), best);
    bar.done();
  } finally {
    view?.done();
    model.train(wasTraining);
  }
  return resultOf(epochs, isOver(epochs, settings) ? 'patience' : 'epochs', before?.epochs.length ?? 0);
}

interface Watcher {
  readonly view: LiveHandle | null;
  readonly step: () => void;
}

/** One pass over the data, and what came of it. */
async function runEpoch<Data extends object>(
  model: Module,
  data: Data,
  optimizer: Optimizer,
  settings: Settings<Data>,
  done: number,
  watcher: Watcher,
): Promise<Epoch> {
  const { batchSize, seed, schedule } = settings;
  // What is drawn in an epoch depends on its number alone, so that a training that is resumed draws the same.
  restart(seed * 100_003 + done);
  const begin = performance.now();
  const pass = batches(data, { batchSize, seed, epoch: done });
  const means = new RunningMeans();
  let step = done * pass.length;
  model.train();
  for (const batch of pass) {
    if (schedule !== undefined) optimizer.lr = schedule(step);
    optimizer.zeroGrad();
    const terms = termsOf(model, batch, settings);
    terms.loss.backward();
    means.add(terms, examplesOf(batch));
    step++;
    watcher.view?.log(terms, { step });
    await optimizer.step();
    watcher.step();
  }
  const learned = await means.read();
  const seconds = (performance.now() - begin) / 1000;
  if (!Number.isFinite(learned.loss)) throw new Error(notFinite(learned.loss, done + 1, settings));
  const validation = settings.validation === undefined ? null : await evaluate(model, settings.validation, settings);
  return { epoch: done + 1, train: learned, validation, lr: optimizer.lr, seconds };
}

/** Means over data that are not learned from, with the model as it is used. */
async function evaluate<Data extends object>(model: Module, data: Data, settings: Settings<Data>): Promise<Means> {
  const means = new RunningMeans();
  model.eval();
  for (const batch of batches(data, { batchSize: settings.batchSize, shuffle: false }))
    means.add(
      noGrad(() => termsOf(model, batch, settings)),
      examplesOf(batch),
    );
  return means.read();
}

function termsOf<Data extends object>(model: Module, batch: Batch<Data>, { loss }: Settings<Data>): Terms {
  const given: unknown = loss === undefined ? ofImages(model, batch) : loss(model, batch);
  const terms = given instanceof Tensor ? { loss: given } : given;
  if (typeof terms !== 'object' || terms === null || !('loss' in terms))
    throw new TypeError(`train: loss gave ${show(given)}, but must give a tensor, or tensors by name as {loss, accuracy}`);
  for (const [name, value] of Object.entries(terms))
    if (!(value instanceof Tensor) || value.size !== 1)
      throw new TypeError(`train: loss gave ${name} ${show(value)}, but must give tensors of one number, means over the batch`);
  return terms as Terms;
}

function ofImages(model: Module, batch: object): Terms {
  const { images, labels } = batch as Record<string, Tensor | undefined>;
  if (images === undefined || labels === undefined)
    throw new Error(
      `train: without a loss the data must be {images, labels}, but hold ${Object.keys(batch).join(', ')}; give loss: (model, batch) => …`,
    );
  const logits = model.forward(images);
  return { loss: crossEntropy(logits, labels), accuracy: accuracy(logits, labels) };
}

/** How many examples tensors by name hold, or a batch of them. */
function examplesOf(data: object): number {
  const tensors = Object.values(data).filter((value) => value instanceof Tensor);
  return tensors[0]?.shape[0] ?? 0;
}

function copyOf(model: Module): Map<string, Tensor> {
  return new Map([...model.stateDict()].map(([name, tensor]) => [name, tensor.detach()]));
}

/** Of equally good epochs the first. */
function bestOf(epochs: readonly Epoch[]): Epoch | undefined {
  const lossOf = ({ train: means, validation }: Epoch): number => (validation ?? means).loss;
  return epochs.reduce<Epoch | undefined>((best, epoch) => (best === undefined || lossOf(epoch) < lossOf(best) ? epoch : best), undefined);
}

function isOver<Data>(epochs: readonly Epoch[], { patience }: Settings<Data>): boolean {
  return patience !== undefined && epochs.length - (bestOf(epochs)?.epoch ?? 0) >= patience;
}

function curves(means: Means | null, validation: Means | null): Record<string, number> {
  const named = Object.entries(validation ?? {}).map(([name, value]) => [`validation ${name}`, value] as const);
  return Object.fromEntries([...Object.entries(means ?? {}), ...named]);
}

function notFinite<Data>(loss: number, epoch: number, { checkpoint }: Settings<Data>): string {
  const kept = checkpoint === undefined || epoch === 1 ? '' : ` '${checkpoint}' holds epoch ${epoch - 1}.`;
  return `train: the loss of epoch ${epoch} is ${loss}; take a smaller learning rate, or look for what is not finite in the data.${kept}`;
}

function resultOf(epochs: readonly Epoch[], ended: 'epochs' | 'patience', resumed: number): Training {
  const [best, last] = [bestOf(epochs), epochs.at(-1)];
  if (best === undefined || last === undefined) throw new Error('train: no epoch was made');
  const words = (means: Means): string =>
    Object.entries(means)
      .map(([name, value]) => `${name} ${value.toPrecision(4)}`)
      .join(', ');
  const text = `Epoch ${last.epoch}: ${words(last.train)}${last.validation === null ? '' : `; validation ${words(last.validation)}`}; best: epoch ${best.epoch}`;
  const bundle = (): MimeBundle => ({ 'text/plain': text });
  return Object.defineProperties({ epochs, best, ended, resumed }, { toString: { value: () => text }, [DISPLAY]: { value: bundle } });
}
