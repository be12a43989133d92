// A recorded graph copied to float64 on the host: what the oracle and the differences of a gradient check compute with. What f captured,
// its constants and its random numbers come along; convolutions run by their definition and not by FFT; a customOp is its forward, so that
// nothing here takes a backward's word for anything.

import { createCpuDevice } from '../devices/cpu/cpu.js';
import { hostArray, isComplex, isFloat, type DType } from '../devices/dtype.js';
import { float64Values, ndarray, type NdArray } from '../devices/ndarray.js';
import { sizeOf } from '../devices/shape.js';
import { newBuffer } from '../graph/flush.js';
import { isInterruptRequested } from '../graph/interrupt.js';
import { graphOf, Node, type GraphState } from '../graph/node.js';
import type { Origin } from '../graph/origin.js';
import { pushforward } from '../tensor/autograd.js';
import { forwardOf } from '../tensor/gradients.js';
import { stored } from '../tensor/operations/sources.js';
import { readNode } from '../tensor/tensor.js';
import { Evaluator } from './evaluator.js';

/** Values of a node, complex ones interleaved. */
export type Values = Float64Array<ArrayBuffer>;

/** The float64 type of the same kind. */
function widen(dtype: DType): DType {
  return isFloat(dtype) ? 'float64' : isComplex(dtype) ? 'complex128' : dtype;
}

/** Graphs copied to float64. */
export class Replay {
  readonly #state: GraphState = graphOf(createCpuDevice({ interrupted: isInterruptRequested }));
  readonly #copies = new Map<Node, Node>();
  readonly #originals = new Map<Node, Node>();
  readonly #values = new Map<Node, NdArray>();

  /** Copies captured graphs. The values of nodes in `given` are taken from the device and not computed again. */
  static async of(captured: Captured, given: ReadonlySet<Node> = new Set()): Promise<Replay> {
    const replay = new Replay();
    for (const { node, inputs, isConstant } of captured) {
      const copy = isConstant ? replay.#keep(await constant(node)) : replay.#operation(node, inputs);
      if (!isConstant && given.has(node)) {
        copy.buffer = newBuffer();
        replay.#values.set(copy, await constant(node));
      }
      replay.#copies.set(node, copy);
      if (!replay.#originals.has(copy)) replay.#originals.set(copy, node);
    }
    return replay;
  }

  /** The float64 node that stands for a node of the original graphs. */
  node(original: Node): Node {
    const copy = this.#copies.get(original);
    if (copy === undefined) throw new Error(`gradcheck: ${original.operation.name} is not part of the traced function`);
    return copy;
  }

  /** True for nodes of the original graphs that were copied. */
  has(original: Node): boolean {
    return this.#copies.has(original);
  }

  /** The original of a copied node; of a node that was recorded on the replay itself there is none. */
  original(copy: Node): Node | undefined {
    return this.#originals.get(copy);
  }

  /** Which call of people's code recorded a node, where that is known. */
  originOf(copy: Node): Origin | undefined {
    return this.#originals.get(copy)?.origin;
  }

  /** The value that a variable or constant had when it was copied. */
  value(copy: Node): Values {
    return float64Values(this.#values.get(copy) as NdArray);
  }

  /** A new variable on the replayed graph, zero until given a value. */
  variable(shape: readonly number[], dtype: DType): Node {
    return this.#keep(ndarray(dtype, shape, hostArray(dtype, sizeOf(shape))));
  }

  /** A constant of the given values. */
  constant(shape: readonly number[], dtype: DType, values: Values): Node {
    return this.#keep(ndarray(widen(dtype), shape, values));
  }

  /** The derivative of y in a direction of `input`: the tangent node and the variable that holds the direction. */
  tangent(y: Node, input: Node): { readonly tangent: Node | null; readonly direction: Node } {
    const direction = this.variable(input.shape, input.dtype);
    return { tangent: pushforward(y, new Map([[input, direction]])), direction };
  }

  /** What computes nodes; parts that none of `varying` reaches are computed once. */
  evaluator(outputs: readonly Node[], varying: readonly Node[]): Evaluator {
    return new Evaluator(outputs, varying, (node) => this.#values.get(node) as NdArray);
  }

  #operation(node: Node, inputs: readonly Node[]): Node {
    const operands = inputs.map((input) => this.node(input));
    const forward = forwardOf(node);
    if (forward !== null) return this.node(forward);
    // A value that came from another device: here all are on one.
    if (node.operation.lowering.kind === 'input' && operands[0] !== undefined) return operands[0];
    const { operation, attributes, scalars, shape } = node;
    const type = { dtype: widen(node.dtype), shape };
    const widened = operation.name === 'cast' ? { to: type.dtype } : attributes;
    const copy = new Node(this.#state, operation, operands, widened, scalars, type);
    copy.requiresGrad = operands.some((operand) => operand.requiresGrad) && (isFloat(type.dtype) || isComplex(type.dtype));
    return copy;
  }

  #keep(value: NdArray): Node {
    // A buffer id marks the node as computed; its value lives here, not on a device.
    const node = stored(this.#state, value.dtype, value.shape, newBuffer());
    node.requiresGrad = value.dtype === 'float64' || value.dtype === 'complex128';
    this.#values.set(node, value);
    return node;
  }
}

/** A graph as it was when it was captured, operands first. Reading a value may drop histories: so this comes before anything is read. */
export type Captured = readonly {
  readonly node: Node;
  readonly inputs: readonly Node[];
  /** It lies on a device, or is a variable. */
  readonly isConstant: boolean;
}[];

/** The nodes that `roots` need, with the operands that they have now; `inputs` are variables, and what is computed and reads none is a constant. */
export function capture(roots: readonly Node[], inputs: readonly Node[]): Captured {
  const order: Captured[number][] = [];
  const variables = new Set(inputs);
  const reads = readers(roots, variables);
  const seen = new Set<Node>();
  const stack: { readonly entry: Captured[number]; next: number }[] = [];
  const enter = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    const isConstant = variables.has(node) || (!reads.has(node) && (node.buffer !== null || isSource(node)));
    stack.push({ entry: { node, inputs: isConstant ? [] : node.inputs, isConstant }, next: 0 });
  };
  for (const root of [...inputs, ...roots]) {
    enter(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = top.entry.inputs[top.next++];
      if (input !== undefined) enter(input);
      else {
        stack.pop();
        order.push(top.entry);
      }
    }
  }
  return order;
}

/** A value that was written to a device; numbers, counting and random numbers are operations without operands. */
function isSource({ inputs, operation: { lowering } }: Node): boolean {
  return inputs.length === 0 && lowering.kind === 'input';
}

/** The nodes that a variable reaches. */
function readers(roots: readonly Node[], variables: ReadonlySet<Node>): ReadonlySet<Node> {
  const reached = new Set<Node>(variables);
  const seen = new Set<Node>(variables);
  const stack = roots.filter((node) => !seen.has(node)).map((node) => ({ node, next: 0 }));
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    seen.add(top.node);
    const input = top.node.inputs[top.next++];
    if (input !== undefined) {
      if (!seen.has(input)) stack.push({ node: input, next: 0 });
      continue;
    }
    stack.pop();
    if (top.node.inputs.some((from) => reached.has(from))) reached.add(top.node);
  }
  return reached;
}

async function constant(node: Node): Promise<NdArray> {
  const values = await readNode(node);
  const dtype = widen(node.dtype);
  const data = hostArray(dtype, sizeOf(node.shape));
  data.set(values);
  return ndarray(dtype, node.shape, data);
}
