// Checks of what people pass in. Every message says what was given, what was expected and what to do.

import { dtypes, type DType } from '../devices/dtype.js';
import { showShape, type Shape } from '../devices/shape.js';

/** A value as text for messages, cut when long. */
export function show(value: unknown): string {
  const text =
    typeof value === 'string'
      ? `'${value}'`
      : Array.isArray(value)
        ? `[${value.map(show).join(', ')}]`
        : typeof value === 'object' && value !== null
          ? `a ${value.constructor.name}`
          : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** An integer ≥ least. */
export function checkInteger(what: string, value: unknown, least = -Infinity): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least) {
    const wanted =
      least === 0
        ? 'a non-negative integer'
        : least === 1
          ? 'a positive integer'
          : Number.isFinite(least)
            ? `an integer of at least ${least}`
            : 'an integer';
    throw new TypeError(`${what} is ${show(value)}, but must be ${wanted}`);
  }
  return value;
}

/** A finite number. */
export function checkNumber(what: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new TypeError(`${what} is ${show(value)}, but must be a finite number`);
  return value;
}

/** A shape: non-negative integers. */
export function checkShape(what: string, shape: unknown): number[] {
  if (!Array.isArray(shape))
    throw new TypeError(`${what}: shape is ${show(shape)}, but must be a list of non-negative integers like [2, 3]`);
  return shape.map((extent, axis) => checkInteger(`${what}: shape ${show(shape)}: extent of axis ${axis}`, extent, 0));
}

/** An axis of a tensor of this rank, counted from the end when negative. */
export function checkAxis(what: string, axis: unknown, shape: Shape): number {
  const rank = shape.length;
  const at = checkInteger(`${what}: axis`, axis);
  if (at < -rank || at >= rank) {
    throw new RangeError(
      `${what}: axis ${at} does not exist in ${showShape(shape)}; expected ${rank === 0 ? 'none (a scalar has no axes)' : `${-rank} to ${rank - 1}`}`,
    );
  }
  return at < 0 ? at + rank : at;
}

/** Axes in ascending order without repetition; all of them when none are given. */
export function checkAxes(what: string, axes: number | readonly number[] | undefined, shape: Shape): number[] {
  if (axes === undefined) return shape.map((_, axis) => axis);
  const list = (typeof axes === 'number' ? [axes] : [...checkList(`${what}: axes`, axes)]).map((axis) => checkAxis(what, axis, shape));
  if (new Set(list).size !== list.length) throw new RangeError(`${what}: axes ${show(axes)} name an axis of ${showShape(shape)} twice`);
  return list.sort((a, b) => a - b);
}

/** A list. */
export function checkList(what: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`${what} is ${show(value)}, but must be a list`);
  return value as readonly unknown[];
}

/** Options: an object, as in the example; undefined means none. */
export function checkOptions(what: string, options: unknown, example: string): void {
  const plain =
    typeof options === 'object' && options !== null && [Object.prototype, null].includes(Object.getPrototypeOf(options) as object | null);
  if (options !== undefined && !plain) throw new TypeError(`${what}: expects options like ${example}, but was given ${show(options)}`);
}

/** A number, which may be infinite or NaN: a value, not a size. */
export function checkValue(what: string, value: unknown): number {
  if (typeof value !== 'number') throw new TypeError(`${what} is ${show(value)}, but must be a number`);
  return value;
}

/** One of a few words. */
export function checkOneOf<T extends string>(what: string, value: unknown, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined)
    throw new TypeError(`${what} is ${show(value)}, but must be one of ${choices.map((choice) => `'${choice}'`).join(', ')}`);
  return found;
}

/** A dtype's name. */
export function checkDTypeName(what: string, dtype: unknown): DType {
  return checkOneOf(`${what}: dtype`, dtype, dtypes);
}
