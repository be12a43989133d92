// Methods of Tensor that give the same elements in another order or shape. None of them copies.

import { completeShape, indexNode } from './arguments.js';
import { Arithmetic } from './arithmetic.js';
import { checkAxes, checkAxis, checkInteger, checkList, checkOneOf, checkOptions, checkShape, checkValue, show } from './checks.js';
import { expand } from './operations/broadcast.js';
import { padWith, take, type PadMode } from './operations/join.js';
import { flip, reshape, roll, slice, transpose } from './operations/views.js';
import type { Tensor } from './tensor.js';

/** Methods that rearrange elements. */
export abstract class Views extends Arithmetic {
  /** The same elements in another shape; one extent may be −1. */
  reshape(shape: readonly number[]): Tensor {
    return this.wrap(reshape(this.node, completeShape(this.node.shape, shape)));
  }

  /** Axes in another order; reversed when none are given. */
  transpose(axes?: readonly number[]): Tensor {
    const { shape } = this;
    const order =
      axes === undefined
        ? shape.map((_, axis) => shape.length - 1 - axis)
        : checkList('transpose: axes', axes).map((axis) => checkAxis('transpose', axis, shape));
    if (order.length !== shape.length || new Set(order).size !== order.length) {
      throw new Error(`transpose: axes ${show(axes)} must name each of the ${shape.length} axes of [${shape.join(', ')}] once`);
    }
    return this.wrap(transpose(this.node, order));
  }

  /** Drops axes of extent 1: the given ones, or all. */
  squeeze(axes?: number | readonly number[]): Tensor {
    const { shape } = this;
    const dropped = axes === undefined ? shape.flatMap((extent, axis) => (extent === 1 ? [axis] : [])) : checkAxes('squeeze', axes, shape);
    for (const axis of dropped)
      if (shape[axis] !== 1)
        throw new Error(
          `squeeze: axis ${axis} of [${shape.join(', ')}] has ${shape[axis]} elements, but only axes of extent 1 can be dropped`,
        );
    return this.wrap(
      reshape(
        this.node,
        shape.filter((_, axis) => !dropped.includes(axis)),
      ),
    );
  }

  /** The block from `begin` up to, without, `end`; negative positions count from the end. Axes that are not named stay whole. */
  slice(begin: readonly number[], end?: readonly number[]): Tensor {
    const { shape } = this;
    const position = (what: string, list: readonly number[] | undefined, axis: number, otherwise: number): number => {
      const value = list?.[axis];
      if (value === undefined) return otherwise;
      const extent = shape[axis] as number;
      const at = checkInteger(`slice: ${what} of axis ${axis}`, value);
      const from = at < 0 ? at + extent : at;
      if (from < 0 || from > extent)
        throw new RangeError(
          `slice: ${what} ${value} of axis ${axis} lies outside [${shape.join(', ')}]; expected ${-extent} to ${extent}`,
        );
      return from;
    };
    if (end !== undefined) checkList('slice: end', end);
    if (checkList('slice: begin', begin).length > shape.length || (end?.length ?? 0) > shape.length) {
      throw new RangeError(
        `slice: names ${Math.max(begin.length, end?.length ?? 0)} axes, but the tensor has ${shape.length}: [${shape.join(', ')}]`,
      );
    }
    const from = shape.map((_, axis) => position('begin', begin, axis, 0));
    const to = shape.map((extent, axis) => position('end', end, axis, extent));
    const block = from.map((at, axis) => Math.max((to[axis] as number) - at, 0));
    return this.wrap(slice(this.node, from, block));
  }

  /** Elements at int32 positions (a tensor or a list) along an axis. */
  take(indices: Tensor | readonly number[], options: { readonly axis?: number } = {}): Tensor {
    checkOptions('take', options, '{axis: 0}');
    const { shape, node } = this;
    const at = checkAxis('take', options.axis ?? 0, shape);
    return this.wrap(take(node, indexNode(node.state, indices, shape[at] as number), at));
  }

  /** Pads each axis by [before, after] elements. */
  pad(widths: readonly (readonly [number, number])[], options: { readonly mode?: PadMode; readonly value?: number } = {}): Tensor {
    checkOptions('pad', options, "{mode: 'reflect'}");
    const { mode = 'constant', value = 0 } = options;
    const { shape } = this;
    if (checkList('pad: widths', widths).length !== shape.length)
      throw new Error(`pad: widths ${show(widths)} name ${widths.length} axes, but the tensor has ${shape.length}: [${shape.join(', ')}]`);
    const checked = widths.map((pair, axis): [number, number] => {
      const [before, after] = checkList(`pad: width of axis ${axis}`, pair);
      return [checkInteger(`pad: width before axis ${axis}`, before, 0), checkInteger(`pad: width after axis ${axis}`, after, 0)];
    });
    return this.wrap(
      padWith(
        this.node,
        checked,
        checkOneOf('pad: mode', mode, ['constant', 'reflect', 'replicate', 'circular']),
        checkValue('pad: value', value),
      ),
    );
  }

  /** Reverses the order along axes (all when none are given). */
  flip(axes?: number | readonly number[]): Tensor {
    return this.wrap(flip(this.node, checkAxes('flip', axes, this.shape)));
  }

  /** Moves elements forward by a shift along each axis; what leaves comes in at the other end. */
  roll(shifts: number | readonly number[], axes: number | readonly number[]): Tensor {
    const { shape } = this;
    const list = (typeof axes === 'number' ? [axes] : [...checkList('roll: axes', axes)]).map((axis) => checkAxis('roll', axis, shape));
    const by = typeof shifts === 'number' ? list.map(() => shifts) : [...checkList('roll: shifts', shifts)];
    if (by.length !== list.length) throw new Error(`roll: was given ${by.length} shifts for ${list.length} axes; give one for each`);
    const all = shape.map(() => 0);
    list.forEach((axis, i) => (all[axis] = (all[axis] as number) + checkInteger(`roll: shift of axis ${axis}`, by[i])));
    return this.wrap(roll(this.node, all));
  }

  /** Repeats axes of extent 1, and adds axes in front, so that the tensor has `shape`. */
  expand(shape: readonly number[]): Tensor {
    const wanted = checkShape('expand', shape);
    const from = this.shape;
    const fits =
      wanted.length >= from.length && from.every((extent, axis) => extent === 1 || extent === wanted[wanted.length - from.length + axis]);
    if (!fits)
      throw new Error(
        `expand: [${from.join(', ')}] does not expand to [${wanted.join(', ')}]; axes must be equal or 1, aligned at the end`,
      );
    return this.wrap(expand(this.node, wanted));
  }
}
