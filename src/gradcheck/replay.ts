// Replays a recorded graph in float64 on the host. What f captured, its constants and its random numbers come along; operations
// run by their own references, convolutions directly and not by FFT.

import { runReference } from '../devices/cpu/run.js';
import { createCpuDevice } from '../devices/cpu/cpu.js';
import { hostArray, isFloat, isComplex, type DType } from '../devices/dtype.js';
import { float64Values, ndarray, type NdArray } from '../devices/ndarray.js';
import { sizeOf } from '../devices/shape.js';
import { newBuffer } from '../graph/flush.js';
import { collect } from '../graph/program.js';
import { isInterruptRequested } from '../graph/interrupt.js';
import { graphOf, Node, type GraphState } from '../graph/node.js';
import { referencePlan } from '../graph/reference-plan.js';
import { pushforward } from '../tensor/autograd.js';
import { copyBackward } from '../tensor/gradients.js';
import { stored } from '../tensor/operations/sources.js';
import { readNode } from '../tensor/tensor.js';

/** The float64 type of the same kind. */
function widen(dtype: DType): DType {
  return isFloat(dtype) ? 'float64' : isComplex(dtype) ? 'complex128' : dtype;
}

/** A function of some nodes that can be evaluated in float64 at any values of them. */
export type Evaluate = (values: ReadonlyMap<Node, Float64Array<ArrayBuffer>>) => Float64Array<ArrayBuffer>;

/** A graph copied to float64. */
export class Replay {
  readonly #state: GraphState = graphOf(createCpuDevice({ interrupted: isInterruptRequested }));
  readonly #copies = new Map<Node, Node>();
  readonly #values = new Map<Node, NdArray>();

  /** Copies y's graph; `inputs` become the variables, everything else that is already computed becomes a constant. */
  static async of(y: Node, inputs: readonly Node[]): Promise<Replay> {
    const replay = new Replay();
    for (const input of inputs) replay.#copies.set(input, await replay.#constant(input));
    await replay.#copy(y);
    return replay;
  }

  /** The float64 node that stands for a node of the original graph. */
  node(original: Node): Node {
    const copy = this.#copies.get(original);
    if (copy === undefined) throw new Error(`gradcheck: ${original.operation.name} is not part of the traced function`);
    return copy;
  }

  /** The value that a variable or constant had when it was copied. */
  value(copy: Node): Float64Array<ArrayBuffer> {
    return float64Values(this.#values.get(copy) as NdArray);
  }

  /** A new variable on the replayed graph, zero until given a value. */
  variable(shape: readonly number[], dtype: DType): Node {
    return this.#keep(dtype, ndarray(dtype, shape, hostArray(dtype, sizeOf(shape))));
  }

  /** The derivative of y in a direction of `input`: the tangent node and the variable that holds the direction. */
  tangent(y: Node, input: Node): { readonly tangent: Node | null; readonly direction: Node } {
    const direction = this.variable(input.shape, input.dtype);
    return { tangent: pushforward(y, new Map([[input, direction]])), direction };
  }

  /** Compiles a node to a function of variables. */
  compile(node: Node): Evaluate {
    const program = collect([node]);
    const plan = referencePlan(program);
    const scalars = program.nodes.flatMap((at) => at.scalars);
    return (values) => {
      const inputs = program.inputs.map((input): NdArray => {
        const given = values.get(input);
        return given === undefined ? (this.#values.get(input) as NdArray) : ndarray(input.dtype, input.shape, given);
      });
      const [result] = runReference(plan, inputs, scalars);
      return float64Values(result as NdArray);
    };
  }

  async #copy(y: Node): Promise<void> {
    const stack: Node[] = [y];
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      if (this.#copies.has(node)) {
        stack.pop();
        continue;
      }
      const isConstant = node.buffer !== null || node.operation.lowering.kind === 'input';
      const missing = isConstant ? [] : node.inputs.filter((input) => !this.#copies.has(input));
      if (missing.length > 0) {
        stack.push(...missing);
        continue;
      }
      stack.pop();
      this.#copies.set(node, isConstant ? await this.#constant(node) : this.#operation(node));
    }
  }

  #operation(node: Node): Node {
    const inputs = node.inputs.map((input) => this.node(input));
    const { operation, attributes, scalars, shape } = node;
    const type = { dtype: widen(node.dtype), shape };
    const widened = operation.name === 'cast' ? { to: type.dtype } : attributes;
    const copy = new Node(this.#state, operation, inputs, widened, scalars, type);
    copy.requiresGrad = node.requiresGrad;
    copyBackward(node, copy);
    return copy;
  }

  async #constant(node: Node): Promise<Node> {
    const values = await readNode(node);
    const dtype = widen(node.dtype);
    const data = hostArray(dtype, sizeOf(node.shape));
    data.set(values);
    return this.#keep(dtype, ndarray(dtype, node.shape, data));
  }

  #keep(dtype: DType, value: NdArray): Node {
    // A buffer id marks the node as computed; its value lives here, not on a device.
    const node = stored(this.#state, dtype, value.shape, newBuffer());
    node.requiresGrad = dtype === 'float64' || dtype === 'complex128';
    this.#values.set(node, value);
    return node;
  }
}
