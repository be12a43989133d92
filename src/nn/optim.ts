// The optimizers, with PyTorch's defaults and its order of operations.

import type { Node } from '../graph/node.js';
import { show } from '../tensor/checks.js';
import { add, div, like, mul, sqrt, square } from '../tensor/operations/elementwise/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { Optimizer, type Moved, type OptimizerOptions } from './optimizer.js';

export { Optimizer } from './optimizer.js';
export * as schedules from './schedules.js';

/** Options of SGD. */
export interface SgdOptions extends OptimizerOptions {
  lr: number;
  readonly momentum?: number | undefined;
  readonly nesterov?: boolean | undefined;
  /** Adds weightDecay·w to the gradient. */
  readonly weightDecay?: number | undefined;
}

/** Options of Adam and AdamW. */
export interface AdamOptions extends OptimizerOptions {
  /** Learning rate, 1e-3 when not given. */
  lr?: number | undefined;
  /** How much of the running means of g and g² stays in a step; [0.9, 0.999] when not given. */
  readonly betas?: readonly [number, number] | undefined;
  /** Added to the root of the mean square; 1e-8 when not given. */
  readonly eps?: number | undefined;
  /** Adam: adds weightDecay·w to the gradient (0 when not given). AdamW: takes lr·weightDecay·w from w (0.01 when not given). */
  readonly weightDecay?: number | undefined;
}

/** a + factor·b. */
function plus(a: Node, b: Node, factor: number): Node {
  return factor === 0 ? a : add(a, mul(b, like(b, factor)));
}

/** Stochastic gradient descent: v ← momentum·v + g, w ← w − lr·v (Nesterov: w − lr·(g + momentum·v)). */
export class SGD extends Optimizer {
  readonly #momentum: number;
  readonly #nesterov: boolean;
  readonly #weightDecay: number;
  readonly #velocities = this.remember('velocity');

  constructor(parameters: readonly Tensor[], options: SgdOptions) {
    super('SGD', parameters, options, undefined);
    const { momentum = 0, nesterov = false, weightDecay = 0 } = options;
    this.#momentum = this.factor('momentum', momentum);
    this.#weightDecay = this.factor('weightDecay', weightDecay);
    this.#nesterov = nesterov;
    if (nesterov && momentum <= 0) throw new RangeError(`SGD: nesterov needs a momentum, but momentum is ${momentum}`);
  }

  protected override move({ parameter, part }: Moved, w: Node, grad: Node): Node {
    const decayed = plus(grad, w, this.#weightDecay);
    let direction = decayed;
    if (this.#momentum !== 0) {
      const memory = this.#velocities.of(parameter, part);
      const velocity = memory.assign(add(mul(memory.of(w), like(w, this.#momentum)), decayed));
      direction = this.#nesterov ? plus(decayed, velocity, this.#momentum) : velocity;
    }
    return add(w, mul(direction, like(w, -this.lr)));
  }
}

/**
 * Adam (Kingma and Ba 2015): m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², w ← w − lr·m̂/(√v̂ + eps) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ). Of complex parameters
 * the real and the imaginary part move apart.
 */
export class Adam extends Optimizer {
  readonly #betas: readonly [number, number];
  readonly #eps: number;
  readonly #weightDecay: number;
  readonly #isDecoupled: boolean;
  readonly #means = this.remember('mean');
  readonly #squares = this.remember('square');

  constructor(parameters: readonly Tensor[], options: AdamOptions = {}, decoupled = false) {
    super(decoupled ? 'AdamW' : 'Adam', parameters, options, 1e-3);
    const { betas = [0.9, 0.999], eps = 1e-8, weightDecay = decoupled ? 0.01 : 0 } = options;
    if (!Array.isArray(betas) || betas.length !== 2)
      throw new TypeError(`Adam: betas is ${show(betas)}, but must be two numbers like [0.9, 0.999]`);
    this.#betas = [this.factor('betas[0]', betas[0], 1), this.factor('betas[1]', betas[1], 1)];
    this.#eps = this.factor('eps', eps);
    this.#weightDecay = this.factor('weightDecay', weightDecay);
    this.#isDecoupled = decoupled;
  }

  protected override move({ parameter, part, step }: Moved, w: Node, grad: Node): Node {
    const [beta1, beta2] = this.#betas;
    const g = this.#isDecoupled ? grad : plus(grad, w, this.#weightDecay);
    const [means, squares] = [this.#means.of(parameter, part), this.#squares.of(parameter, part)];
    const mean = means.assign(add(mul(means.of(w), like(w, beta1)), mul(g, like(w, 1 - beta1))));
    const meanSquare = squares.assign(add(mul(squares.of(w), like(w, beta2)), mul(square(g), like(w, 1 - beta2))));
    const root = mul(sqrt(meanSquare), like(w, 1 / Math.sqrt(1 - beta2 ** step)));
    const direction = div(mean, add(root, like(w, this.#eps)));
    const decayed = this.#isDecoupled ? mul(w, like(w, 1 - this.lr * this.#weightDecay)) : w;
    return add(decayed, mul(direction, like(w, -this.lr / (1 - beta1 ** step))));
  }
}

/** Adam whose weight decay does not go through the means (Loshchilov and Hutter 2019): w ← (1 − lr·weightDecay)·w first. */
export class AdamW extends Adam {
  constructor(parameters: readonly Tensor[], options: AdamOptions = {}) {
    super(parameters, options, true);
  }
}
