// What the study has found so far, in a file: written whole after each training, so that whoever is killed loses none that was finished.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { writeWhole } from '../../src/data/file.js';
import type * as pv from '../../src/index.js';
import type { Network } from './networks.js';
import { RATE_SEED, type Settings } from './settings.js';

const number = v.pipe(v.number(), v.finite());
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

const scoreSchema = v.object({
  loss: number,
  accuracy: share,
  /** What was read, a character a digit. */
  read: v.pipe(v.string(), v.regex(/^\d+$/)),
});

const runSchema = v.object({
  network: v.string(),
  rate: number,
  seed: number,
  /** Means over each epoch, with the parameters as they were then. */
  losses: v.array(number),
  /** On the digits to choose rates by, or on those held out; null where the loss was no number any more. */
  score: v.nullable(scoreSchema),
  steps: number,
  seconds: number,
});

const costSchema = v.object({
  /** Of which network: that of its own and of what it was measured with. */
  of: v.string(),
  /** Numbers that are learned, two of a complex one. */
  parameters: number,
  /** Of a forward pass of one image, by definition, whatever algorithm computes it. */
  flop: number,
  /** Of one step on the device: operations and bytes moved as its counters have them, and dispatches. */
  stepFlop: number,
  stepBytes: number,
  dispatches: number,
  /** What the device holds after a step: parameters, optimizer, batch, and what it keeps for intermediate results. */
  memory: number,
});

const timeSchema = v.object({
  of: v.string(),
  /** Milliseconds of a step. */
  median: number,
  fastest: number,
  /** Times as long as the reference in the same turn: median, least and most. */
  ratio: number,
  leastRatio: number,
  mostRatio: number,
});

const schema = v.object({
  settings: v.record(v.string(), v.unknown()),
  /** Labels of the digits held out, a character a digit, by the images' size. */
  labels: v.record(v.string(), v.string()),
  /** Trainings by `keyOf`. */
  runs: v.record(v.string(), runSchema),
  /** By network. */
  costs: v.record(v.string(), costSchema),
  times: v.nullable(
    v.object({
      adapter: v.string(),
      machine: v.string(),
      /** Load average at the beginning and at the end. */
      load: v.tuple([number, number]),
      turns: number,
      networks: v.record(v.string(), timeSchema),
    }),
  ),
});

/** How well a network reads. */
export type Score = v.InferOutput<typeof scoreSchema>;
/** One training. */
export type Run = v.InferOutput<typeof runSchema>;
/** What a network takes, in numbers that no clock has to do with. */
export type Cost = v.InferOutput<typeof costSchema>;
/** How long a step takes. */
export type Time = v.InferOutput<typeof timeSchema>;
/** All that was found. */
export type Results = v.InferOutput<typeof schema>;

/** A study that has not begun. */
export function noResults(settings: Settings): Results {
  return { settings: { ...settings }, labels: {}, runs: {}, costs: {}, times: null };
}

/** What is in the file; null where there is none. Rejects where it is something else, saying what to do. */
export async function readResults(path: string): Promise<Results | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return v.parse(schema, JSON.parse(text));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`study: '${path}' holds no results of a study (${why}); begin anew with --again, which writes over it`, {
      cause: error,
    });
  }
}

/** Writes the file whole or not at all. */
export function writeResults(path: string, results: Results): Promise<void> {
  return writeWhole('study', path, 'JSON', [Buffer.from(`${JSON.stringify(results, undefined, 1)}\n`)]);
}

/** Of a network and the images that it is given: another one has another print. */
export function printOf(network: Network, { batchSize }: Settings, summary: pv.nn.Summary): string {
  return hashOf([network.id, network.size, batchSize, String(summary)]);
}

/** Names a training: of another network, of other settings or of another rate it is another one. `summary` is that of the network. */
export function keyOf(network: Network, settings: Settings, summary: pv.nn.Summary, rate: number, seed: number): string {
  const { train, validation, test, difficulty, dataSeed, epochs, rateEpochs } = settings;
  const kind = seed === RATE_SEED ? { epochs: rateEpochs, of: validation } : { epochs, of: test };
  const depends = [train, validation, difficulty, dataSeed, kind, printOf(network, settings, summary)];
  return `${network.id} rate ${rate} ${seed === RATE_SEED ? 'to choose it' : `seed ${seed}`} ${hashOf(depends)}`;
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 8);
}
