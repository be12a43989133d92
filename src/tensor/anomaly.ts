// Where a NaN comes from: each result is looked at when it is computed.

import { isComplex, type TypedArray } from '../devices/dtype.js';
import { sizeOf } from '../devices/shape.js';
import type { Node } from '../graph/node.js';
import { describeNode, placeEachCall } from '../graph/origin.js';
import { setWatcher, type Watcher } from '../graph/watcher.js';
import { show } from './checks.js';

let active: AnomalyWatcher | null = null;

/**
 * While on, names the operation that makes the first NaN, with the line of the cell that recorded it and the values that it was made of; of a
 * gradient, with the operation whose backward made it. The error comes from the next read of a value, step of an optimizer or `pv.sync`, or at
 * the end of the cell. A NaN that was given in data is named, too; infinities are not, until one becomes NaN.
 *
 * Each operation is then computed by itself and read: results are the same but for rounding, and come many times later. Switch it off when the
 * place is found.
 */
export function detectAnomaly(on: boolean): void {
  if (typeof on !== 'boolean') throw new TypeError(`detectAnomaly: expects true or false, but was given ${show(on)}`);
  if (on === (active !== null)) return;
  active = on ? new AnomalyWatcher() : null;
  setWatcher(active);
  placeEachCall(on);
}

/** Resolves when all that was computed so far is looked at; rejects with the first anomaly that nobody was told of. */
export async function anomaliesTold(): Promise<void> {
  await active?.told();
}

/** True while results are looked at. */
export function isDetectingAnomalies(): boolean {
  return active !== null;
}

class AnomalyWatcher implements Watcher {
  /** Nodes whose NaN was told, or follows from one that was. */
  readonly #known = new WeakSet<Node>();
  /** Nodes that say NaN on purpose, for whoever chooses from them: no anomaly until they are chosen. */
  readonly #constants = new WeakSet<Node>();
  readonly #values = new WeakMap<Node, Promise<TypedArray>>();
  /** Of nodes that a backward recorded, the operation that it is of. */
  readonly #forward = new WeakMap<Node, Node>();
  #looked: Promise<void> = Promise.resolve();
  #found: Error | null = null;

  compute(node: Node, run: () => void): void {
    // Before it runs: inputs that nothing else needs are freed then.
    const inputs = node.inputs.map((input) => ({ input, values: this.#read(input), description: describe(input) }));
    run();
    const values = this.#read(node);
    const description = describe(node);
    this.#looked = this.#looked.then(async () => {
      // A value that cannot be read is told to whoever reads it.
      const error = await this.#judge(node, description, values, inputs).catch(() => null);
      this.#found ??= error;
    });
  }

  pulledBack(node: Node, gradients: readonly (Node | null | undefined)[]): void {
    const stack = gradients.filter((gradient) => gradient != null);
    for (let made = stack.pop(); made !== undefined; made = stack.pop()) {
      // What the backward recorded is younger than what it is of, and not yet someone else's.
      if (made.id <= node.id || this.#forward.has(made) || made.buffer !== null) continue;
      this.#forward.set(made, node);
      stack.push(...made.inputs);
    }
  }

  async told(): Promise<void> {
    await this.#looked;
    const error = this.#found;
    this.#found = null;
    if (error !== null) throw error;
  }

  #read(node: Node): Promise<TypedArray> {
    let values = this.#values.get(node);
    if (values === undefined) {
      values = node.device.read(node.buffer as number, node.dtype, sizeOf(node.shape));
      values.catch(() => undefined);
      this.#values.set(node, values);
    }
    return values;
  }

  /** True for a number that was written down, and for other looks at one. */
  #isConstant({ operation }: Node, inputs: readonly { readonly input: Node }[]): boolean {
    const isLook = operation.lowering.kind === 'view' || operation.name === 'cast';
    return inputs.length === 0 || (isLook && inputs.every(({ input }) => this.#constants.has(input)));
  }

  async #judge(
    node: Node,
    description: string,
    output: Promise<TypedArray>,
    inputs: readonly { readonly input: Node; readonly values: Promise<TypedArray>; readonly description: string }[],
  ): Promise<Error | null> {
    const values = await output;
    const first = values.findIndex(Number.isNaN);
    if (first < 0) return null;
    if (this.#isConstant(node, inputs)) {
      this.#constants.add(node);
      return null;
    }
    this.#known.add(node);
    for (const { input, values, description: given } of inputs) {
      if (this.#constants.has(input)) continue;
      if (this.#known.has(input) || input.inputs.some((source) => this.#known.has(source))) return null;
      const at = (await values).findIndex(Number.isNaN);
      if (at < 0) continue;
      this.#known.add(input);
      return new Error(`detectAnomaly: NaN was given: ${given} is NaN at ${indexOf(at, input)}; ${description} is the first to read it`);
    }
    const count = values.filter(Number.isNaN).length;
    const others = count > 1 ? `, and ${count - 1} more of ${values.length} numbers` : '';
    const forward = this.#forward.get(node);
    const backward = forward === undefined ? '' : ` (the backward of ${describe(forward)})`;
    const from = await operandsAt(node, inputs, first);
    return new Error(`detectAnomaly: ${description}${backward} is NaN at ${indexOf(first, node)}${others}, from ${from}`);
  }
}

function describe(node: Node): string {
  return describeNode(node) ?? `${node.operation.name} [${node.shape.join(', ')}]`;
}

/** The index of the element that the `at`-th number of a node's values belongs to. */
function indexOf(at: number, { dtype, shape }: Node): string {
  let rest = isComplex(dtype) ? Math.floor(at / 2) : at;
  const index = [...shape].reverse().map((extent) => {
    const i = rest % extent;
    rest = (rest - i) / extent;
    return i;
  });
  return `[${index.reverse().join(', ')}]`;
}

/** What the `at`-th number was made of: the operands of an elementwise operation, else how many infinities there were. */
async function operandsAt(
  node: Node,
  inputs: readonly { readonly input: Node; readonly values: Promise<TypedArray> }[],
  at: number,
): Promise<string> {
  const all = await Promise.all(inputs.map(({ values }) => values));
  const { kind } = node.operation.lowering;
  const isReal = !isComplex(node.dtype) && !inputs.some(({ input }) => isComplex(input.dtype));
  if (kind === 'elementwise' && isReal && all.every(({ length }) => length === 1 || length === sizeOf(node.shape))) {
    const operands = all.map((values, i) => {
      const value = values[values.length === 1 ? 0 : at];
      return inputs[i]?.input.dtype === 'bool' ? value === 1 : value;
    });
    return `${node.operation.name}(${[...operands, ...node.scalars].join(', ')})`;
  }
  const infinite = all.reduce((sum, values) => sum + values.filter((value) => Math.abs(value) === Infinity).length, 0);
  return infinite === 0 ? 'finite values' : `values of which ${infinite} are infinite`;
}
