// What optimizers have in common. A step only records assignments and flushes them; it is correct without the await, which paces the loop.

import { isComplex } from '../devices/dtype.js';
import { flush } from '../graph/flush.js';
import { uninterrupted } from '../graph/interrupt.js';
import { withoutGradients, type Node } from '../graph/node.js';
import { checkList, checkOptions, show } from '../tensor/checks.js';
import { leaveScopes } from '../tensor/handles.js';
import { expand } from '../tensor/operations/broadcast.js';
import { complex, imag, like, real } from '../tensor/operations/elementwise/index.js';
import { endStep } from '../tensor/step.js';
import { Tensor, wrap } from '../tensor/tensor.js';

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
}

/** Moves parameters against their gradients. */
export abstract class Optimizer {
  /** Learning rate of the next step. */
  lr: number;
  readonly #name: string;
  readonly #parameters: readonly Tensor[];

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
        for (const parameter of this.#parameters)
          if (parameter.gradNode !== null) parameter.assignNode(this.#moved(parameter, parameter.gradNode));
      });
      for (const state of new Set(this.#parameters.map(({ node }) => node.state))) flush(state, []);
    });
    return endStep(first.node.state);
  }

  #moved(parameter: Tensor, grad: Node): Node {
    const w = parameter.node;
    this.begin(parameter);
    if (!isComplex(w.dtype)) return this.move(parameter, 0, w, grad);
    return complex(this.move(parameter, 0, real(w), real(grad)), this.move(parameter, 1, imag(w), imag(grad)));
  }

  /** Told once a step of each parameter that moves. */
  protected begin(_parameter: Tensor): void {
    // Most optimizers need not know.
  }

  /** The new value of a real parameter, or of the real (part 0) or imaginary (part 1) part of a complex one. */
  protected abstract move(parameter: Tensor, part: 0 | 1, w: Node, grad: Node): Node;

  /** Checks an option that is a factor. */
  protected factor(what: string, value: unknown, below = Infinity): number {
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0 || value >= below) {
      const range = below === Infinity ? 'a non-negative number' : `a number from 0 up to, but not including, ${below}`;
      throw new TypeError(`${this.#name}: ${what} is ${show(value)}, but must be ${range}`);
    }
    return value;
  }
}
