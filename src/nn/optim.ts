// Optimizers. A step only records assignments and flushes them; it is correct without the await, which paces the loop.

import { flush } from '../graph/flush.js';
import { uninterrupted } from '../graph/interrupt.js';
import { withoutGradients, type Node } from '../graph/node.js';
import { checkList, checkOptions, show } from '../tensor/checks.js';
import { endStep } from '../tensor/step.js';
import { leaveScopes } from '../tensor/handles.js';
import { expand } from '../tensor/operations/broadcast.js';
import { add, like, mul } from '../tensor/operations/elementwise/index.js';
import { Tensor, wrap } from '../tensor/tensor.js';

/** Options of SGD; PyTorch's defaults. */
export interface SgdOptions {
  /** Learning rate; may be changed between steps. */
  lr: number;
  readonly momentum?: number | undefined;
  readonly nesterov?: boolean | undefined;
  readonly weightDecay?: number | undefined;
}

function checkFactor(what: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw new TypeError(`SGD: ${what} is ${show(value)}, but must be a non-negative number`);
  return value;
}

/** Stochastic gradient descent: v ← momentum·v + g, w ← w − lr·v (Nesterov: w − lr·(g + momentum·v)). */
export class SGD {
  /** Learning rate of the next step. */
  lr: number;
  readonly #parameters: readonly Tensor[];
  readonly #momentum: number;
  readonly #nesterov: boolean;
  readonly #weightDecay: number;
  readonly #velocity = new Map<Tensor, Tensor>();

  constructor(parameters: readonly Tensor[], options: SgdOptions) {
    if (options === undefined) throw new TypeError('SGD: expects options like {lr: 0.01}, but was given undefined');
    checkOptions('SGD', options, '{lr: 0.01}');
    const { lr, momentum = 0, nesterov = false, weightDecay = 0 } = options;
    this.#parameters = checkList('SGD: parameters', parameters).map((parameter) => {
      if (!(parameter instanceof Tensor) || !parameter.requiresGrad) {
        throw new TypeError(
          `SGD: a parameter is ${parameter instanceof Tensor ? parameter.toString() + ' without requiresGrad' : show(parameter)}, but must be a tensor with requiresGrad`,
        );
      }
      return parameter;
    });
    this.#parameters.forEach((parameter, i) => {
      if (this.#parameters.indexOf(parameter) < i) throw new Error(`SGD: parameter ${i} is listed twice; it would move twice a step`);
    });
    this.lr = checkFactor('lr', lr);
    this.#momentum = checkFactor('momentum', momentum);
    this.#weightDecay = checkFactor('weightDecay', weightDecay);
    this.#nesterov = nesterov;
    if (nesterov && momentum <= 0) throw new RangeError(`SGD: nesterov needs a momentum, but momentum is ${momentum}`);
  }

  /** Forgets all gradients. */
  zeroGrad(): void {
    for (const parameter of this.#parameters) {
      parameter.forgetGrad();
    }
  }

  /** Moves every parameter that has a gradient. Await it in loops: it lets the device catch up. */
  step(): Promise<void> {
    checkFactor('lr', this.lr);
    const [first] = this.#parameters;
    if (first === undefined) return Promise.resolve();
    // All parameters move, or none does.
    uninterrupted(() => {
      withoutGradients(() => {
        for (const parameter of this.#parameters) this.#move(parameter);
      });
      for (const state of new Set(this.#parameters.map(({ node }) => node.state))) flush(state, []);
    });
    return endStep(first.node.state);
  }

  /** Starts at zero, which makes the first step like all others: v = g. */
  #velocityOf(parameter: Tensor): Tensor {
    let velocity = this.#velocity.get(parameter);
    if (velocity === undefined) {
      velocity = wrap(expand(like(parameter.node, 0), parameter.shape));
      leaveScopes(velocity);
      this.#velocity.set(parameter, velocity);
    }
    return velocity;
  }

  #move(parameter: Tensor): void {
    const grad = parameter.gradNode;
    if (grad === null) return;
    const w = parameter.node;
    const decayed = this.#weightDecay === 0 ? grad : add(grad, mul(w, like(w, this.#weightDecay)));
    let direction: Node = decayed;
    if (this.#momentum !== 0) {
      const state = this.#velocityOf(parameter);
      const velocity = add(mul(state.node, like(w, this.#momentum)), decayed);
      state.assignNode(velocity);
      direction = this.#nesterov ? add(decayed, mul(velocity, like(w, this.#momentum))) : velocity;
    }
    parameter.assignNode(add(w, mul(direction, like(w, -this.lr))));
  }
}
