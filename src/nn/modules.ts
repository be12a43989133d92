// What layers and networks have in common: a forward, parameters by name, and whether they are being trained.

import { loadSafetensors, saveSafetensors } from '../data/safetensors.js';
import { show } from '../tensor/checks.js';
import { Tensor } from '../tensor/tensor.js';
import { assignAll } from './state-dict.js';
import { summarize, type Summary } from './summary.js';

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
    return namedTensors(this, ({ requiresGrad }) => requiresGrad);
  }

  /** Other tensors in properties by name, such as `1.runningMean`: they are saved with the parameters, but not trained. */
  namedBuffers(): Map<string, Tensor> {
    return namedTensors(this, ({ requiresGrad }) => !requiresGrad);
  }

  /** Itself, under the name '', and all parts by name, each after what it is a part of; one that is used in several places once. */
  namedModules(): Map<string, Module> {
    const names = new Map<Module, string>([[this, '']]);
    for (const [name, part] of partsOf(this))
      for (const [inner, module] of part.namedModules())
        if (!names.has(module)) names.set(module, inner === '' ? name : `${name}.${inner}`);
    return new Map([...names].map(([module, name]) => [name, module]));
  }

  /** Parameters and buffers by name: all that a trained network is, as it is saved. */
  stateDict(): Map<string, Tensor> {
    return new Map([...this.namedParameters(), ...this.namedBuffers()]);
  }

  /**
   * Takes over the values that stand under its names, all or none; devices and dtypes stay. Names may be PyTorch's (`running_mean`). Throws where one
   * is missing, or has no place, or another shape.
   */
  loadStateDict(values: ReadonlyMap<string, Tensor>): this {
    if (!(values instanceof Map)) throw new TypeError(`loadStateDict: expects a Map of tensors by name, but was given ${show(values)}`);
    assignAll('loadStateDict', this.stateDict(), values);
    return this;
  }

  /** Writes its stateDict to a safetensors file, whole or not at all. Rejects when the file cannot be written. */
  save(path: string): Promise<void> {
    return saveSafetensors(path, this.stateDict());
  }

  /** Takes over the values of a safetensors file, as loadStateDict does. Rejects when it cannot be read or does not fit. */
  async load(path: string): Promise<this> {
    const state = this.stateDict();
    const [first] = state.values();
    const values = await loadSafetensors(path, first === undefined ? {} : { device: first.device });
    assignAll(`load: '${path}'`, state, values);
    return this;
  }

  /** Its layers with shapes, parameters, operations and bytes, for an input of this shape [batch, …]. Nothing is computed. */
  summary(inputShape: readonly number[]): Summary {
    return summarize(this, inputShape);
  }

  /** Parameters, as optimizers take them. */
  parameters(): Tensor[] {
    return [...this.namedParameters().values()];
  }
}

/** Tensors of a module and its parts by name; one that is used in several places once, under its first name. */
function namedTensors(module: Module, isAsked: (tensor: Tensor) => boolean): Map<string, Tensor> {
  const names = new Map<Tensor, string>();
  const add = (name: string, tensor: Tensor): void => void (names.has(tensor) || names.set(tensor, name));
  for (const [name, value] of Object.entries(module)) if (value instanceof Tensor && isAsked(value)) add(name, value);
  for (const [name, part] of partsOf(module)) for (const [inner, tensor] of namedTensors(part, isAsked)) add(`${name}.${inner}`, tensor);
  return new Map([...names].map(([tensor, name]) => [name, tensor]));
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
