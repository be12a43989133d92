// What pv.train is told, and what it tells.

import type { Batch } from '../data/batches.js';
import type { Module } from '../nn/modules.js';
import { Optimizer } from '../nn/optimizer.js';
import type { Schedule } from '../nn/schedules.js';
import { checkInteger, checkOptions, show } from '../tensor/checks.js';
import type { Tensor } from '../tensor/tensor.js';

/** Numbers of a batch, each of shape []: the loss, and what else is to be seen, such as {loss, accuracy}. */
export type Terms = { readonly loss: Tensor } & Readonly<Record<string, Tensor>>;

/** Options of train. */
export interface TrainOptions<Data> {
  /** Passes over the data; 10 when not given. */
  readonly epochs?: number | undefined;
  /** Examples of a step; 32 when not given. */
  readonly batchSize?: number | undefined;
  /** Decides the order of the examples and all that is drawn by lot in the training; 0 when not given. */
  readonly seed?: number | undefined;
  /** Adam with its defaults when not given. */
  readonly optimizer?: Optimizer | undefined;
  /** The learning rate of each step, counted from 0 over all epochs. The optimizer's when not given. */
  readonly schedule?: Schedule | undefined;
  /** The loss of a batch, means over its examples; cross entropy and accuracy of {images, labels} when not given. */
  readonly loss?: ((model: Module, batch: Batch<Data>) => Tensor | Terms) | undefined;
  /** Data that are not learned from, looked at after each epoch. */
  readonly validation?: Data | undefined;
  /** Stops when the loss of the validation was not better for so many epochs, and goes back to the best parameters. */
  readonly patience?: number | undefined;
  /** A file that holds the training as it is after each epoch: when it is killed and started again, it goes on from there. */
  readonly checkpoint?: string | undefined;
  /** Whether it goes on from the checkpoint where there is one; true when not given. */
  readonly resume?: boolean | undefined;
  /** Whether curves are shown while it runs; true in a notebook when not given. */
  readonly view?: boolean | undefined;
  /** The title of the curves. */
  readonly title?: string | undefined;
}

/** Means over an epoch: the loss, and what else was asked for. */
export type Means = { readonly loss: number } & Readonly<Record<string, number>>;

/** One pass over the data. */
export interface Epoch {
  /** Its number, from 1. */
  readonly epoch: number;
  /** Over its steps, with the parameters as they were then. */
  readonly train: Means;
  /** Over the validation, with the parameters at its end; null where there is none. */
  readonly validation: Means | null;
  /** The learning rate of its last step. */
  readonly lr: number;
  /** How long it took, without the validation. */
  readonly seconds: number;
}

/** What came of a training. */
export interface Training {
  readonly epochs: readonly Epoch[];
  /** The epoch with the least loss: of the validation where there is one. */
  readonly best: Epoch;
  /** Whether all epochs were made, or it stopped by its patience. */
  readonly ended: 'epochs' | 'patience';
  /** Epochs that a checkpoint held already. */
  readonly resumed: number;
  /** The last epoch in words. */
  toString(): string;
}

/** Options as they hold, checked. */
export interface Settings<Data> extends TrainOptions<Data> {
  readonly epochs: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly resume: boolean;
}

/** Checks options. Throws what was given and what is expected. */
export function settingsOf<Data>(options: TrainOptions<Data>): Settings<Data> {
  checkOptions('train', options, '{epochs: 10, batchSize: 32}');
  const { optimizer, schedule, loss, validation, patience, checkpoint, view, title } = options;
  if (optimizer !== undefined && !(optimizer instanceof Optimizer))
    throw new TypeError(`train: optimizer is ${show(optimizer)}, but must be one, such as new pv.optim.Adam(model.parameters())`);
  for (const [name, value] of Object.entries({ schedule, loss }))
    if (value !== undefined && typeof value !== 'function') throw new TypeError(`train: ${name} is ${show(value)}, but must be a function`);
  for (const [name, value] of Object.entries({ view, resume: options.resume }))
    if (value !== undefined && typeof value !== 'boolean')
      throw new TypeError(`train: ${name} is ${show(value)}, but must be true or false`);
  for (const [name, value] of Object.entries({ checkpoint, title }))
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      throw new TypeError(`train: ${name} is ${show(value)}, but must be a text`);
  if (patience !== undefined) {
    checkInteger('train: patience', patience, 1);
    if (validation === undefined)
      throw new Error('train: patience looks at the validation; give validation data as well, or leave patience out');
  }
  return {
    ...options,
    epochs: checkInteger('train: epochs', options.epochs ?? 10, 1),
    batchSize: checkInteger('train: batchSize', options.batchSize ?? 32, 1),
    seed: checkInteger('train: seed', options.seed ?? 0, 0),
    resume: options.resume ?? true,
  };
}
