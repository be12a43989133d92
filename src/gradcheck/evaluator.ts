// Computes nodes of a replayed graph at given values of its variables, again and again. What no variable reaches is computed once. A node
// may be replaced by something else, which is how a hypothesis asks "what if", and rounding may be added behind each operation.

import { float64Values, ndarray, type NdArray } from '../devices/ndarray.js';
import { checkInterrupt, replaceable } from '../graph/interrupt.js';
import type { Node } from '../graph/node.js';
import type { ReferenceCall } from '../graph/operation.js';
import { collect } from '../graph/program.js';
import type { Values } from './replay.js';

/** What a node computes in place of its operation. */
export type Override = (call: ReferenceCall<object>, inputs: readonly NdArray[]) => NdArray;

/** Adds rounding to a value that `node` computed of `inputs`; the same array where there is none. */
export type Rounding = (node: Node, inputs: readonly NdArray[], value: NdArray) => NdArray;

/** Takes the branches of an operation with a kink. */
export type OnBranch = (branch: Int32Array) => void;

/** No variable given: all keep the values that they were copied with. */
export const asCopied: ReadonlyMap<Node, Values> = new Map();

/** Computes some nodes. */
export class Evaluator {
  readonly #outputs: readonly Node[];
  /** Operands first: nodes that depend on a variable, and those that depend on none. */
  readonly #varying: readonly Node[];
  readonly #fixed: readonly Node[];
  /** The last reader of each value. */
  readonly #last = new Map<Node, Node>();
  #fixedValues: Map<Node, NdArray> | null = null;
  #allValues: Map<Node, NdArray> | null = null;

  /** `constantOf` gives the values of variables and constants. */
  constructor(
    outputs: readonly Node[],
    varying: readonly Node[],
    private readonly constantOf: (node: Node) => NdArray,
  ) {
    this.#outputs = outputs;
    const { nodes } = collect(outputs);
    const reached = downstream(nodes, varying);
    this.#varying = nodes.filter((node) => reached.has(node));
    this.#fixed = nodes.filter((node) => !reached.has(node));
    for (const node of this.#varying) for (const input of node.inputs) this.#last.set(input, node);
    for (const output of outputs) this.#last.delete(output);
  }

  /** What is computed each time. */
  get nodes(): readonly Node[] {
    return this.#varying;
  }

  /** All that is computed at least once, operands first. */
  get all(): readonly Node[] {
    return [...this.#fixed, ...this.#varying];
  }

  /** True where something that is computed each time has a kink. */
  get hasKinks(): boolean {
    return this.#varying.some((node) => node.operation.branch !== undefined);
  }

  /** The outputs at these values of variables; variables that are not given keep the value they were copied with. */
  run(values: ReadonlyMap<Node, Values>, onBranch?: OnBranch): Values[] {
    const known = new Map(this.#prepared());
    for (const [node, given] of values) known.set(node, ndarray(node.dtype, node.shape, given));
    for (const node of this.#varying) {
      const inputs = this.#inputsOf(node, known);
      known.set(node, compute(node, inputs));
      if (onBranch !== undefined && node.operation.branch !== undefined) onBranch(node.operation.branch(callOf(node), inputs));
      for (const input of node.inputs) if (this.#last.get(input) === node) known.delete(input);
    }
    return this.#results(known);
  }

  /** The first output. */
  one(values: ReadonlyMap<Node, Values>, onBranch?: OnBranch): Values {
    return this.run(values, onBranch)[0] as Values;
  }

  /** The outputs with rounding behind every operation. */
  rounded(rounding: Rounding, onBranch?: OnBranch): Values[] {
    const known = new Map<Node, NdArray>();
    for (const node of this.all) {
      const inputs = this.#inputsOf(node, known);
      known.set(node, rounding(node, inputs, compute(node, inputs)));
      if (onBranch !== undefined && node.operation.branch !== undefined) onBranch(node.operation.branch(callOf(node), inputs));
    }
    return this.#results(known);
  }

  /** The outputs where some nodes compute something else. What they do not reach is computed once. */
  whatIf(overrides: ReadonlyMap<Node, Override>): Values[] {
    const known = new Map(this.valuesOfAll());
    const changed = downstream(this.all, overrides.keys());
    for (const node of this.all) {
      if (!changed.has(node)) continue;
      const inputs = this.#inputsOf(node, known);
      const override = overrides.get(node);
      known.set(node, override === undefined ? compute(node, inputs) : override(callOf(node), inputs));
    }
    return this.#results(known);
  }

  /** The values of everything, at the values that variables were copied with. */
  valuesOfAll(): ReadonlyMap<Node, NdArray> {
    if (this.#allValues === null) {
      const known = new Map<Node, NdArray>();
      for (const node of this.all) known.set(node, compute(node, this.#inputsOf(node, known)));
      this.#allValues = known;
    }
    return this.#allValues;
  }

  /** The value of a node, at the values that variables were copied with. */
  valueOf(node: Node): Values {
    return float64Values(this.valuesOfAll().get(node) ?? this.constantOf(node));
  }

  #inputsOf(node: Node, known: ReadonlyMap<Node, NdArray>): NdArray[] {
    return node.inputs.map((input) => known.get(input) ?? this.constantOf(input));
  }

  #results(known: ReadonlyMap<Node, NdArray>): Values[] {
    return this.#outputs.map((node) => float64Values(known.get(node) ?? this.constantOf(node)));
  }

  #prepared(): ReadonlyMap<Node, NdArray> {
    if (this.#fixedValues === null) {
      const needed = new Set([...this.#varying.flatMap((node) => node.inputs), ...this.#outputs]);
      const known = new Map<Node, NdArray>();
      for (const node of this.#fixed) known.set(node, compute(node, this.#inputsOf(node, known)));
      this.#fixedValues = new Map([...known].filter(([node]) => needed.has(node)));
    }
    return this.#fixedValues;
  }
}

/** Of `nodes`, operands first, those that `sources` reach, and the sources. */
function downstream(nodes: readonly Node[], sources: Iterable<Node>): Set<Node> {
  const reached = new Set(sources);
  for (const node of nodes) if (node.inputs.some((input) => reached.has(input))) reached.add(node);
  return reached;
}

function callOf({ attributes, scalars, dtype, shape }: Node): ReferenceCall<object> {
  return { attributes, scalars, dtype, shape };
}

/** The operation's own reference, as the reference device runs it. */
function compute(node: Node, inputs: readonly NdArray[]): NdArray {
  checkInterrupt();
  return replaceable(() => node.operation.reference(callOf(node), inputs));
}
