// What every tensor has: a node of the graph. The methods of Tensor stand on it, a file for each family.

import type { DType } from '../devices/dtype.js';
import type { Shape } from '../devices/shape.js';
import type { Node } from '../graph/node.js';
import { show } from './checks.js';
import type { DeviceName } from './devices.js';
import type { Tensor } from './tensor.js';

/** What binary operations accept: a tensor, or a number of its type. */
export type Operand = Tensor | number;

/** Axes of a reduction (all when not given) and whether they stay with extent 1. */
export interface ReduceOptions {
  readonly axis?: number | readonly number[] | undefined;
  readonly keepDims?: boolean | undefined;
}

/** A handle on a recorded node. */
export abstract class Recorded implements Disposable {
  /** The recorded node. Library only. Throws when the tensor was disposed. */
  abstract get node(): Node;

  /** Extent of each axis. */
  abstract get shape(): Shape;

  /** Element type. */
  abstract get dtype(): DType;

  /** Name of the device the tensor lives on. */
  abstract get device(): DeviceName;

  /** Frees the tensor now; using it afterwards throws. */
  abstract dispose(): void;

  /** A tensor for a node that a method recorded. */
  protected abstract wrap(node: Node): Tensor;

  /** `using t = …` disposes at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Throws: a tensor's value is not known while the cell runs. */
  valueOf(): never {
    throw new TypeError(
      'a tensor has no value yet, so it cannot be used in a condition or in arithmetic with + - * /; use methods like a.add(b), or read it: await t.item()',
    );
  }

  /** What console.log shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** Shape, type and device; a template string shows them, since the values are not known yet. */
  toString(): string {
    return `Tensor([${this.shape.join(', ')}], ${this.dtype}, ${this.device})`;
  }
}

/** The node of an operand, or the number itself; throws for anything else. */
export function nodeOf(name: string, operand: unknown): Node | number {
  if (operand instanceof Recorded) return operand.node;
  if (typeof operand === 'number') return operand;
  throw new TypeError(`${name}: expects a tensor or a number, but was given ${show(operand)}; make tensors with pv.tensor(values)`);
}
