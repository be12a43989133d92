// One training of the study: the same batches in the same order for all networks, Adam, half a cosine.

import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as pv from '../../src/index.js';
import type { Network } from './networks.js';
import type { Run, Score } from './results.js';
import type { Settings } from './settings.js';

/** The digits of one size, in three parts. */
export interface Digits {
  readonly train: pv.data.LabelledImages;
  readonly validation: pv.data.LabelledImages;
  readonly test: pv.data.LabelledImages;
}

/** The study was asked to stop. */
export class Stopped extends Error {}

/** Draws grey digits of a size on the device that is chosen. Those to choose rates by come behind those to learn from. */
export async function drawDigits(size: number, { train, validation, test, difficulty, dataSeed }: Settings): Promise<Digits> {
  const drawn = await pv.data.digits({ count: train + validation, testCount: test, size, channels: 1, difficulty, seed: dataSeed });
  const { images, labels, classes } = drawn.train;
  const part = (begin: number, end: number): pv.data.LabelledImages => ({
    images: images.slice([begin, 0, 0, 0], [end, 1, size, size]).keep(),
    labels: labels.slice([begin], [end]).keep(),
    classes,
  });
  return { train: part(0, train), validation: part(train, train + validation), test: drawn.test };
}

/** What a training is told. */
export interface Task {
  readonly network: Network;
  readonly settings: Settings;
  readonly rate: number;
  readonly seed: number;
  readonly epochs: number;
  readonly train: pv.data.LabelledImages;
  /** What it is scored by when it is over. */
  readonly scoredBy: pv.data.LabelledImages;
  /** Its name, by which its checkpoint is found. */
  readonly key: string;
  /** Where checkpoints lie. */
  readonly folder: string;
  readonly stop: AbortSignal;
}

/** Trains a network, from its checkpoint where it has one, and scores it. Rejects with Stopped where it is told to stop. */
export async function runTraining(task: Task): Promise<Run> {
  const { network, settings, rate, seed, epochs, train, scoredBy, key, folder, stop } = task;
  await mkdir(folder, { recursive: true });
  const checkpoint = join(folder, `${createHash('sha256').update(key).digest('hex').slice(0, 16)}.safetensors`);
  const model = network.make(seed);
  const steps = epochs * Math.ceil(settings.train / settings.batchSize);
  const loss = (trained: pv.nn.Module, { images, labels }: { images: pv.Tensor; labels: pv.Tensor }): pv.Tensor => {
    if (stop.aborted) throw new Stopped();
    return pv.nn.functional.crossEntropy(trained.forward(images), labels);
  };
  const found = { network: network.id, rate, seed, steps };
  let run: Run;
  try {
    const { epochs: made } = await pv.train(model, train, {
      epochs,
      batchSize: settings.batchSize,
      seed,
      optimizer: new pv.optim.Adam(model.parameters(), { lr: rate }),
      schedule: pv.optim.schedules.cosine({ lr: rate, steps }),
      loss,
      checkpoint,
      title: `${network.title}, seed ${seed}`,
    });
    const seconds = made.reduce((sum, epoch) => sum + epoch.seconds, 0);
    const losses = made.map((epoch) => epoch.train.loss);
    run = { ...found, losses, score: await scoreOf(model, scoredBy, settings.batchSize), seconds };
  } catch (error) {
    // A rate too large for this network: a result as well.
    if (!(error instanceof Error && /^train: the loss of epoch \d+ is/.test(error.message))) throw error;
    run = { ...found, losses: [], score: null, seconds: 0 };
  }
  await rm(checkpoint, { force: true });
  return run;
}

/** Reads digits with the network as it is used. */
export async function scoreOf(model: pv.nn.Module, { images, labels }: pv.data.LabelledImages, batchSize: number): Promise<Score> {
  model.eval();
  const parts: pv.Tensor[] = [];
  for (const batch of pv.data.batches({ images }, { batchSize, shuffle: false }))
    parts.push(pv.noGrad(() => model.forward(batch.images)).keep());
  const logits = pv.concat(parts, { axis: 0 }).keep();
  const [read, truth] = await Promise.all([digitsOf(logits.argmax({ axis: 1 })), digitsOf(labels)]);
  const right = Array.from(truth).filter((digit, i) => digit === read[i]).length;
  const loss = await pv.noGrad(() => pv.nn.functional.crossEntropy(logits, labels)).item();
  return { loss, accuracy: right / truth.length, read };
}

/** Labels as text, a character each. */
export async function digitsOf(labels: pv.Tensor): Promise<string> {
  return Array.from(await labels.data(), String).join('');
}
