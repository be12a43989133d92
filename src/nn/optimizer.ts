// What optimizers have in common. A step only records assignments and flushes them; it is correct without the await, which paces the loop.

import { isComplex } from '../devices/dtype.js';
import { flush } from '../graph/flush.js';
import { uninterrupted } from '../graph/interrupt.js';
import { withoutGradients, type Node } from '../graph/node.js';
import { checkList, checkOptions, show } from '../tensor/checks.js';
import { tensor } from '../tensor/create.js';
import type { DeviceName } from '../tensor/devices.js';
import { leaveScopes } from '../tensor/handles.js';
import { expand } from '../tensor/operations/broadcast.js';
import { complex, imag, like, real } from '../tensor/operations/elementwise/index.js';
import { endStep } from '../tensor/step.js';
import { Tensor, wrap } from '../tensor/tensor.js';
import { assignAll } from './state-dict.js';

/** Options of every optimizer. */
export interface OptimizerOptions {
  /** Learning rate; may be changed between steps. */
  lr?: number | undefined;
}

/** A tensor that an optimizer keeps from step to step; it begins as zeros, like what it goes with. */
export class Memory {
  #tensor: Tensor | null = null;

  /** The value for a parameter, or a part of one, that is like `node`. */
  of(node: Node): Node {
    if (this.#tensor === null) {
      this.#tensor = wrap(expand(like(node, 0), node.shape));
      leaveScopes(this.#tensor);
    }
    return this.#tensor.node;
  }

  /** Replaces the value; to be asked for before. */
  assign(node: Node): Node {
    this.#tensor?.assignNode(node);
    return node;
  }

  /** The tensor, or null before anything was kept. */
  get tensor(): Tensor | null {
    return this.#tensor;
  }

  /** The tensor, which begins now where it did not before. */
  begin(node: Node): Tensor {
    this.of(node);
    return this.#tensor as unknown as Tensor;
  }

  /** Begins again as zeros. */
  forget(): void {
    this.#tensor?.dispose();
    this.#tensor = null;
  }
}

/** What an optimizer keeps under one name: a memory for each parameter, of complex ones for the real and for the imaginary part. */
export class Memories {
  readonly #of = new Map<Tensor, readonly [Memory, Memory]>();

  /** The memory of a part of a parameter. */
  of(parameter: Tensor, part: 0 | 1): Memory {
    let memories = this.#of.get(parameter);
    if (memories === undefined) this.#of.set(parameter, (memories = [new Memory(), new Memory()]));
    return memories[part];
  }
}

/** What moves: a parameter, or a part of a complex one, and the number of its step, from 1. */
export interface Moved {
  readonly parameter: Tensor;
  readonly part: 0 | 1;
  readonly step: number;
}

/** Moves parameters against their gradients. */
export abstract class Optimizer {
  /** Learning rate of the next step. */
  lr: number;
  readonly #name: string;
  readonly #parameters: readonly Tensor[];
  readonly #kept = new Map<string, Memories>();
  // Steps that each parameter has made: one without a gradient makes none.
  readonly #steps: number[] = [];

  /** Throws where parameters are no tensors with requiresGrad, or are listed twice. */
  protected constructor(name: string, parameters: readonly Tensor[], options: OptimizerOptions, lr: number | undefined) {
    this.#name = name;
    if (options === undefined) throw new TypeError(`${name}: expects options like {lr: 0.01}, but was given undefined`);
    checkOptions(name, options, '{lr: 0.01}');
    this.#parameters = checkList(`${name}: parameters`, parameters).map((parameter) => {
      if (!(parameter instanceof Tensor) || !parameter.requiresGrad) {
        throw new TypeError(
          `${name}: a parameter is ${parameter instanceof Tensor ? parameter.toString() + ' without requiresGrad' : show(parameter)}, but must be a tensor with requiresGrad`,
        );
      }
      return parameter;
    });
    this.#parameters.forEach((parameter, i) => {
      if (this.#parameters.indexOf(parameter) < i) throw new Error(`${name}: parameter ${i} is listed twice; it would move twice a step`);
    });
    this.lr = this.factor('lr', options.lr ?? lr);
    this.#steps = this.#parameters.map(() => 0);
  }

  /** What a step goes by beside the parameters: running means by names such as `0.mean`, and `steps`, int32 [parameters]. As it is saved. */
  stateDict(): Map<string, Tensor> {
    const state = new Map([['steps', tensor(Int32Array.from(this.#steps), this.#place)]]);
    for (const [name, memory] of this.#memories()) if (memory.tensor !== null) state.set(name, memory.tensor);
    return state;
  }

  /** Goes on from what stateDict gave, of an optimizer of the same kind for parameters of the same shapes. Nothing is changed where it does not fit. */
  async loadStateDict(values: ReadonlyMap<string, Tensor>): Promise<void> {
    const what = `${this.#name}: loadStateDict`;
    const steps = values instanceof Map ? (values.get('steps') as unknown) : undefined;
    if (!(steps instanceof Tensor) || steps.shape.join() !== String(this.#parameters.length))
      throw new Error(
        `${what}: expects the stateDict of an optimizer of ${this.#parameters.length} parameters, but was given ${steps instanceof Tensor ? `one of ${steps.shape.join(' × ')}` : show(values)}`,
      );
    const counts = await steps.data();
    withoutGradients(() => {
      const memories = [...this.#memories()];
      const begun = memories.filter(([name]) => values.has(name)).map(([name, memory, like]) => [name, memory.begin(like)] as const);
      assignAll(what, new Map(begun), new Map([...values].filter(([name]) => name !== 'steps')));
      for (const [name, memory] of memories) if (!values.has(name)) memory.forget();
    });
    this.#steps.splice(0, Infinity, ...counts);
  }

  get #place(): { readonly device?: DeviceName } {
    const [first] = this.#parameters;
    return first === undefined ? {} : { device: first.device };
  }

  /** All memories by name, with what they are like. */
  *#memories(): Generator<[name: string, memory: Memory, like: Node]> {
    for (const [kind, memories] of this.#kept)
      for (const [i, parameter] of this.#parameters.entries()) {
        const w = parameter.node;
        const isPair = isComplex(w.dtype);
        yield [`${i}.${kind}`, memories.of(parameter, 0), isPair ? real(w) : w];
        if (isPair) yield [`${i}.${kind}.imag`, memories.of(parameter, 1), imag(w)];
      }
  }

  /** What is kept for each parameter under a name: to be asked for once, when it is made. */
  protected remember(name: string): Memories {
    const memories = new Memories();
    this.#kept.set(name, memories);
    return memories;
  }

  /** Forgets all gradients. */
  zeroGrad(): void {
    for (const parameter of this.#parameters) {
      parameter.forgetGrad();
    }
  }

  /** Moves every parameter that has a gradient. Await it in loops: it lets the device catch up. */
  step(): Promise<void> {
    this.factor('lr', this.lr);
    const [first] = this.#parameters;
    if (first === undefined) return Promise.resolve();
    // All parameters move, or none does.
    uninterrupted(() => {
      withoutGradients(() => {
        this.#parameters.forEach((parameter, i) => {
          if (parameter.gradNode === null) return;
          this.#steps[i]!++;
          parameter.assignNode(this.#moved(parameter, this.#steps[i]!, parameter.gradNode));
        });
      });
      for (const state of new Set(this.#parameters.map(({ node }) => node.state))) flush(state, []);
    });
    return endStep(first.node.state);
  }

  #moved(parameter: Tensor, step: number, grad: Node): Node {
    const w = parameter.node;
    if (!isComplex(w.dtype)) return this.move({ parameter, part: 0, step }, w, grad);
    return complex(
      this.move({ parameter, part: 0, step }, real(w), real(grad)),
      this.move({ parameter, part: 1, step }, imag(w), imag(grad)),
    );
  }

  /** The new value of a real parameter, or of the real (part 0) or imaginary (part 1) part of a complex one. */
  protected abstract move(of: Moved, w: Node, grad: Node): Node;

  /** Checks an option that is a factor. */
  protected factor(what: string, value: unknown, below = Infinity): number {
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0 || value >= below) {
      const range = below === Infinity ? 'a non-negative number' : `a number from 0 up to, but not including, ${below}`;
      throw new TypeError(`${this.#name}: ${what} is ${show(value)}, but must be ${range}`);
    }
    return value;
  }
}
