// The traced function on its own device, at other values of its inputs: only what an input reaches is recorded anew, so that all else (the
// spectra of the weights, while x varies) is computed once a batch.

import { flush } from '../graph/flush.js';
import { Node, withoutGradients } from '../graph/node.js';
import { tensor } from '../tensor/create.js';
import { forwardOf } from '../tensor/gradients.js';
import { readNode, wrap, type Tensor } from '../tensor/tensor.js';
import type { Captured, Values } from './replay.js';

/** Evaluates a captured graph. */
export class DeviceFunction {
  /** Times that the function was computed. */
  evaluations = 0;

  constructor(
    private readonly captured: Captured,
    private readonly y: Tensor,
  ) {}

  /** Its values where `input` has each of these values; all are computed as one batch. */
  async at(input: Tensor, points: readonly Values[]): Promise<Values[]> {
    const made = withoutGradients(() => points.map((values) => this.#record(input, values)));
    try {
      flush(
        this.y.node.state,
        made.map(({ y }) => y.node),
      );
      const read: Values[] = [];
      for (const { y } of made) read.push(Float64Array.from(await readNode(y.node)));
      this.evaluations += points.length;
      return read;
    } finally {
      for (const { x, y } of made) {
        y.dispose();
        x.dispose();
      }
    }
  }

  #record(input: Tensor, values: Values): { readonly x: Tensor; readonly y: Tensor } {
    const x = tensor(values, { shape: input.shape, dtype: input.dtype, device: input.device });
    const moved = new Map<Node, Node>([[input.node, x.node]]);
    for (const { node, inputs, isConstant } of this.captured) {
      if (isConstant || !inputs.some((operand) => moved.has(operand))) continue;
      const forward = forwardOf(node);
      const operands = inputs.map((operand) => moved.get(operand) ?? operand);
      const { state, operation, attributes, scalars, dtype, shape } = node;
      const copy = forward !== null ? moved.get(forward) : new Node(state, operation, operands, attributes, scalars, { dtype, shape });
      if (copy !== undefined) moved.set(node, copy);
    }
    return { x, y: wrap(moved.get(this.y.node) ?? this.y.node) };
  }
}

/** x + h·direction. */
export function movedBy(x: Values, direction: Values, h: number): Values {
  return x.map((value, i) => value + h * direction[i]!);
}
