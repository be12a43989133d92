// Data in batches, as a network is trained with them.

import { checkInteger, checkOptions, show } from '../tensor/checks.js';
import { tensor } from '../tensor/create.js';
import { Tensor } from '../tensor/tensor.js';
import { permutation } from './permutation.js';

/** Options of batches. */
export interface BatchOptions {
  /** Examples in a batch; 32 when not given. */
  readonly batchSize?: number | undefined;
  /** Whether each pass takes the examples in an order of its own; true when not given. */
  readonly shuffle?: boolean | undefined;
  /** Chooses the orders; 0 when not given. */
  readonly seed?: number | undefined;
  /** Leaves out the last batch where it would be smaller than the others; false when not given. */
  readonly dropLast?: boolean | undefined;
  /** The number of the first pass, which chooses its order, too: a training that is resumed goes on with the order that would have come. */
  readonly epoch?: number | undefined;
}

/** The tensors of data, by their names. */
export type Batch<Data> = { readonly [Name in keyof Data as Data[Name] extends Tensor ? Name : never]: Tensor };

/** The batches of a pass; each iteration is another pass. */
export interface Batches<Data> extends Iterable<Batch<Data>> {
  /** Batches in a pass. */
  readonly length: number;
  /** The number of the pass that the next iteration makes. */
  readonly epoch: number;
}

/**
 * Data in batches: of tensors with one extent of their first axis, as {images, labels}, in each batch the same examples of all of them, on their
 * device. What is no tensor (`classes`) is left out. `for (const {images, labels} of pv.data.batches(train, {batchSize: 64, seed: 1}))` is one pass;
 * each pass takes another order, and the same seed the same orders.
 */
export function batches<Data extends object>(data: Data, options: BatchOptions = {}): Batches<Data> {
  checkOptions('batches', options, '{batchSize: 32, seed: 1}');
  const tensors = tensorsOf(data);
  const { shuffle = true, dropLast = false } = options;
  for (const [name, value] of Object.entries({ shuffle, dropLast }))
    if (typeof value !== 'boolean') throw new TypeError(`batches: ${name} is ${show(value)}, but must be true or false`);
  const batchSize = checkInteger('batches: batchSize', options.batchSize ?? 32, 1);
  const seed = checkInteger('batches: seed', options.seed ?? 0);
  const count = tensors[0]![1].shape[0]!;
  const length = dropLast ? Math.floor(count / batchSize) : Math.ceil(count / batchSize);
  let epoch = checkInteger('batches: epoch', options.epoch ?? 0, 0);

  function* pass(number: number): Generator<Batch<Data>> {
    const order = shuffle ? tensor(permutation(count, seed, number), { device: tensors[0]![1].device }) : null;
    for (let i = 0; i < length; i++) {
      const [begin, end] = [i * batchSize, Math.min((i + 1) * batchSize, count)];
      const from = order?.slice([begin], [end]);
      const batch = tensors.map(([name, all]) => [name, from === undefined ? all.slice([begin], [end]) : all.take(from)] as const);
      yield Object.fromEntries(batch) as Batch<Data>;
    }
  }
  return {
    length,
    get epoch() {
      return epoch;
    },
    [Symbol.iterator]: () => pass(epoch++),
  };
}

function tensorsOf(data: unknown): [string, Tensor][] {
  const given = typeof data === 'object' && data !== null && !(data instanceof Tensor) && !Array.isArray(data) ? Object.entries(data) : [];
  const tensors = given.filter((entry): entry is [string, Tensor] => entry[1] instanceof Tensor);
  if (tensors.length === 0) {
    const advice = given.some(([name]) => name === 'train') ? '; take its part `train` or `test`' : '';
    throw new TypeError(`batches: expects tensors by name, like {images, labels}, but was given ${show(data)}${advice}`);
  }
  const [[first, { shape, device }]] = tensors as [[string, Tensor]];
  for (const [name, each] of tensors) {
    if (each.shape[0] === undefined || each.shape[0] !== shape[0])
      throw new Error(
        `batches: ${name} is [${each.shape.join(', ')}], but its first axis must count the examples, as that of ${first}, [${shape.join(', ')}]`,
      );
    if (each.device !== device) throw new Error(`batches: ${name} lives on ${each.device}, but ${first} on ${device}; use to('${device}')`);
  }
  return tensors;
}
