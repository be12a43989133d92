// pv.show.live: a training as an output of the cell that changes while it runs.

import { isComplex } from '../devices/dtype.js';
import { checkInteger, checkOptions, show as describe } from '../tensor/checks.js';
import { Tensor } from '../tensor/tensor.js';
import { asOutput } from './display.js';
import { machineClock, type Clock } from './live-clock.js';
import { Training } from './live-training.js';
import { mostSeries } from './plot-figure.js';
import { checkFilled } from './show-common.js';

/** Options of show.live. */
export interface LiveOptions {
  readonly title?: string | undefined;
}

/** What a step has to show: numbers and tensors of one element become curves, other tensors are shown with their radial spectra. */
export type Logged = Readonly<Record<string, number | Tensor>>;

/** Options of a view's `log`. */
export interface LogOptions {
  /** The step, which may not go back; the one after the last when not given. The first is 1. */
  readonly step?: number | undefined;
}

/** A view of a training. `using` it ends it. */
export interface LiveHandle extends Disposable {
  /**
   * Takes what belongs to a step. It returns at once: what lies on a device is read in the background, at most ten times a second. All numbers
   * are kept. Tensors of one element are read in batches, some 300 a second: of more than 256 that wait, every second one is left out, and the view
   * says how many.
   * Of other tensors, of at least two axes, the first planes are read as they are when their turn comes.
   */
  log(values: Logged, options?: LogOptions): void;
  /** Nothing more is logged. Without it the view ends as it is when its cell does, and a later cell may go on. */
  done(): void;
}

/** Tensors that are looked at, at most. */
const mostPictures = 8;
const longestName = 60;

/** Shows a training while it runs. Returns at once; the view takes its place among the outputs. */
export function live(options: LiveOptions = {}): LiveHandle {
  return openLive(options, machineClock);
}

/** `live` by another clock. */
export function openLive(options: LiveOptions, clock: Clock): LiveHandle {
  checkOptions('show.live', options, "{title: 'Training'}");
  const { title = 'Training' } = options;
  if (typeof title !== 'string') throw new TypeError(`show.live: title is ${describe(title)}, but must be text`);
  const training = new Training(title, clock);
  return asOutput({
    log: (values, given = {}) => log(training, values, given),
    done: () => training.done(),
    [Symbol.dispose]: () => training.done(),
  });
}

function log(training: Training, values: Logged, options: LogOptions): void {
  if (training.isOver) throw new Error('log: the view is done; open another one with pv.show.live()');
  if (typeof values !== 'object' || values === null || values instanceof Tensor || Array.isArray(values))
    throw new TypeError(
      `log: expects names with numbers or tensors, as in {loss, kernels: conv.weight}, but was given ${describe(values)}`,
    );
  checkOptions('log', options, '{step: 5}');
  const { step = training.step + 1 } = options;
  if (checkInteger('log: step', step, 0) < training.step)
    throw new RangeError(`log: step is ${step}, but step ${training.step} was logged before; steps may not go back`);
  const points: [string, number | Tensor][] = [];
  const pictures: [string, Tensor][] = [];
  for (const [name, value] of Object.entries(values)) {
    if (name.length > longestName)
      throw new Error(`log: the name ${describe(name)} has ${name.length} characters; give one of at most ${longestName}`);
    if (typeof value === 'number' || checkLogged(name, value).size === 1) points.push([name, value]);
    else pictures.push([name, value]);
  }
  checkRoom(
    training,
    points.map(([name]) => name),
    pictures.map(([name]) => name),
  );
  training.log(step, points, pictures);
}

function checkLogged(name: string, value: unknown): Tensor {
  if (!(value instanceof Tensor)) throw new TypeError(`log: ${name} is ${describe(value)}, but must be a number or a tensor`);
  const { shape, dtype } = checkFilled('log', value);
  // It throws where it was disposed.
  void value.node;
  if (isComplex(dtype)) throw new TypeError(`log: ${name} is ${dtype}, and what is drawn is real; use abs(), real() or imag()`);
  if (value.size > 1 && shape.length < 2)
    throw new Error(
      `log: ${name} has shape [${shape.join(', ')}]; give one element for a curve, or planes as [height, width] or [..., height, width]`,
    );
  return value;
}

function checkRoom(training: Training, curves: readonly string[], pictures: readonly string[]): void {
  if (new Set([...training.curves, ...curves]).size > mostSeries)
    throw new Error(`log: more than ${mostSeries} curves cannot be told apart; open a second view`);
  if (new Set([...training.pictures, ...pictures]).size > mostPictures)
    throw new Error(`log: more than ${mostPictures} tensors are too many for one view; open a second one`);
}
