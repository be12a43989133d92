// What layers and networks have in common: a forward, parameters by name, and whether they are being trained.

import { show } from '../tensor/checks.js';
import { Tensor } from '../tensor/tensor.js';

/** A layer or a network. Its tensors with requiresGrad are its parameters; modules in its properties, or in lists there, are parts of it. */
export abstract class Module {
  #training = true;

  /** What it computes. */
  abstract forward(...inputs: Tensor[]): Tensor;

  /** True while it is trained: dropout and batch normalization ask for it. */
  get training(): boolean {
    return this.#training;
  }

  /** Sets whether it is trained, for all parts; returns this. */
  train(training = true): this {
    if (typeof training !== 'boolean') throw new TypeError(`train: expects true or false, but was given ${show(training)}`);
    this.#training = training;
    for (const [, part] of partsOf(this)) part.train(training);
    return this;
  }

  /** Ends training: the same as train(false). */
  eval(): this {
    return this.train(false);
  }

  /**
   * Parameters by name, such as `0.weight`: names of properties, and positions in lists, joined by dots. One that is used in several places is
   * listed once, under its first name.
   */
  namedParameters(): Map<string, Tensor> {
    const names = new Map<Tensor, string>();
    const add = (name: string, tensor: Tensor): void => void (names.has(tensor) || names.set(tensor, name));
    for (const [name, value] of Object.entries(this)) if (value instanceof Tensor && value.requiresGrad) add(name, value);
    for (const [name, part] of partsOf(this)) for (const [inner, tensor] of part.namedParameters()) add(`${name}.${inner}`, tensor);
    return new Map([...names].map(([tensor, name]) => [name, tensor]));
  }

  /** Parameters, as optimizers take them. */
  parameters(): Tensor[] {
    return [...this.namedParameters().values()];
  }
}

/** The modules that a module is made of, by name. */
function partsOf(module: Module): [name: string, part: Module][] {
  return Object.entries(module).flatMap(([name, value]: [string, unknown]): [string, Module][] => {
    if (value instanceof Module) return [[name, value]];
    if (!Array.isArray(value)) return [];
    // The parts of a Sequential are known by their positions alone, as everywhere.
    const prefix = module instanceof Sequential ? '' : `${name}.`;
    return value.flatMap((part: unknown, i): [string, Module][] => (part instanceof Module ? [[`${prefix}${i}`, part]] : []));
  });
}

/** Modules one after the other. */
export class Sequential extends Module {
  readonly layers: readonly Module[];

  constructor(...layers: Module[]) {
    super();
    layers.forEach((layer: unknown, i) => {
      if (!(layer instanceof Module))
        throw new TypeError(`Sequential: layer ${i} is ${show(layer)}, but must be a module, such as new pv.nn.ReLU()`);
    });
    this.layers = layers;
  }

  /** Hands the result of each layer to the next. */
  override forward(x: Tensor): Tensor {
    return this.layers.reduce((value, layer) => layer.forward(value), x);
  }
}
