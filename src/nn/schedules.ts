// Learning rates as functions of the step: pv.optim.schedules. A training that is resumed goes on with them where it was.

import { checkInteger, checkNumber, checkOptions } from '../tensor/checks.js';

/** The learning rate of a step, counted from 0. Set it as `optimizer.lr = schedule(step)`, or give it to pv.train. */
export type Schedule = (step: number) => number;

/** Options that all schedules have. */
export interface ScheduleOptions {
  /** The learning rate at its largest. */
  readonly lr: number;
  /** Steps over which it grows from nothing, in a straight line; 0 when not given. */
  readonly warmup?: number | undefined;
}

/** Options of cosine. */
export interface CosineOptions extends ScheduleOptions {
  /** Steps of the whole training, warm-up included. */
  readonly steps: number;
  /** Where it ends; 0 when not given. */
  readonly least?: number | undefined;
}

/** Options of stepped. */
export interface SteppedOptions extends ScheduleOptions {
  /** Steps between changes. */
  readonly every: number;
  /** What it is multiplied by each time; 0.1 when not given. */
  readonly factor?: number | undefined;
}

/** The same all the time, after the warm-up. */
export function constant(options: ScheduleOptions): Schedule {
  const { lr, warmup } = checkSchedule('constant', options, '{lr: 0.01, warmup: 100}');
  return (step) => lr * warmed(step, warmup);
}

/** Half a cosine from lr down to `least` (Loshchilov and Hutter 2017): least + (lr − least)·(1 + cos πt)/2, t from 0 to 1 over the steps. */
export function cosine(options: CosineOptions): Schedule {
  const { lr, warmup } = checkSchedule('cosine', options, '{lr: 0.01, steps: 1000}');
  const steps = checkInteger('cosine: steps', options.steps, 1);
  const least = checkNumber('cosine: least', options.least ?? 0);
  if (warmup >= steps) throw new RangeError(`cosine: warmup is ${warmup}, but must be less than the ${steps} steps`);
  if (least < 0 || least > lr) throw new RangeError(`cosine: least is ${least}, but must be from 0 to lr, ${lr}`);
  return (step) => {
    if (step < warmup) return lr * warmed(step, warmup);
    const t = Math.min(1, (step - warmup) / (steps - warmup));
    return least + ((lr - least) * (1 + Math.cos(Math.PI * t))) / 2;
  };
}

/** lr·factor^⌊step/every⌋ */
export function stepped(options: SteppedOptions): Schedule {
  const { lr, warmup } = checkSchedule('stepped', options, '{lr: 0.01, every: 100}');
  const every = checkInteger('stepped: every', options.every, 1);
  const factor = checkNumber('stepped: factor', options.factor ?? 0.1);
  if (!(factor > 0 && factor <= 1)) throw new RangeError(`stepped: factor is ${factor}, but must be above 0 and at most 1`);
  return (step) => lr * factor ** Math.floor(step / every) * warmed(step, warmup);
}

/** Steps are counted from 0, and none has a learning rate of 0. */
function warmed(step: number, warmup: number): number {
  return step < warmup ? (step + 1) / (warmup + 1) : 1;
}

function checkSchedule(name: string, options: ScheduleOptions, example: string): { readonly lr: number; readonly warmup: number } {
  checkOptions(name, options, example);
  const lr = checkNumber(`${name}: lr`, options.lr);
  if (!(lr > 0 && Number.isFinite(lr))) throw new RangeError(`${name}: lr is ${lr}, but must be a positive number`);
  return { lr, warmup: checkInteger(`${name}: warmup`, options.warmup ?? 0, 0) };
}
