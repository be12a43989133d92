// Initial values of parameters, drawn in place. Fans are counted as PyTorch counts them: weight [out, in, …taps].

import { checkInteger, checkNumber, checkOneOf, checkOptions, show } from '../tensor/checks.js';
import { full, randn, uniform as drawUniform, type RandomOptions } from '../tensor/create.js';
import { Tensor } from '../tensor/tensor.js';

/** Options of what is drawn. */
export interface InitOptions {
  /** Seed of the values; the global generator's when not given. */
  readonly seed?: number | undefined;
}

/** Options of He's initialization. */
export interface KaimingOptions extends InitOptions {
  /** What follows the layer, which decides the gain: 'relu' (√2) when not given. */
  readonly nonlinearity?: 'linear' | 'relu' | 'tanh' | undefined;
  /** Keeps the variance of what goes forward ('fanIn', when not given) or of gradients. */
  readonly mode?: 'fanIn' | 'fanOut' | undefined;
}

const gains = { linear: 1, relu: Math.SQRT2, tanh: 5 / 3 } as const;

/** Sets all elements to a number. Returns the parameter, as all of these do. */
export function constant(parameter: Tensor, value: number): Tensor {
  const { shape, device, dtype } = checkParameter('constant', parameter);
  return parameter.assign(full([...shape], checkNumber('constant: value', value), { device, dtype }));
}

/** Draws from the uniform distribution between two numbers. */
export function uniform(parameter: Tensor, low: number, high: number, options: InitOptions = {}): Tensor {
  const { shape } = checkParameter('uniform', parameter);
  const [from, to] = [checkNumber('uniform: low', low), checkNumber('uniform: high', high)];
  return parameter.assign(drawUniform([...shape], { ...drawOptions('uniform', parameter, options), low: from, high: to }));
}

/** Draws from the normal distribution of this mean and standard deviation. Of complex parameters, real and imaginary parts share the variance. */
export function normal(parameter: Tensor, mean = 0, std = 1, options: InitOptions = {}): Tensor {
  const { shape } = checkParameter('normal', parameter);
  const [middle, width] = [checkNumber('normal: mean', mean), checkNumber('normal: std', std)];
  if (width < 0) throw new RangeError(`normal: std is ${width}, but must not be negative`);
  return parameter.assign(
    randn([...shape], drawOptions('normal', parameter, options))
      .mul(width)
      .add(middle),
  );
}

/** He, Zhang, Ren and Sun (2015): uniform in ±gain·√(3/fan). */
export function kaimingUniform(parameter: Tensor, options: KaimingOptions = {}): Tensor {
  const std = kaimingStd('kaimingUniform', parameter, options);
  return uniform(parameter, -std * Math.sqrt(3), std * Math.sqrt(3), seedOf(options));
}

/** He, Zhang, Ren and Sun (2015): normal with standard deviation gain/√fan. */
export function kaimingNormal(parameter: Tensor, options: KaimingOptions = {}): Tensor {
  return normal(parameter, 0, kaimingStd('kaimingNormal', parameter, options), seedOf(options));
}

/** Glorot and Bengio (2010): uniform in ±√(6/(fanIn + fanOut)). */
export function xavierUniform(parameter: Tensor, options: InitOptions = {}): Tensor {
  const [fanIn, fanOut] = fans('xavierUniform', parameter);
  const bound = Math.sqrt(6 / (fanIn + fanOut));
  return uniform(parameter, -bound, bound, options);
}

/** Glorot and Bengio (2010): normal with standard deviation √(2/(fanIn + fanOut)). */
export function xavierNormal(parameter: Tensor, options: InitOptions = {}): Tensor {
  const [fanIn, fanOut] = fans('xavierNormal', parameter);
  return normal(parameter, 0, Math.sqrt(2 / (fanIn + fanOut)), options);
}

function kaimingStd(name: string, parameter: Tensor, options: KaimingOptions): number {
  checkOptions(name, options, "{nonlinearity: 'relu'}");
  const gain = gains[checkOneOf(`${name}: nonlinearity`, options.nonlinearity ?? 'relu', ['linear', 'relu', 'tanh'])];
  const [fanIn, fanOut] = fans(name, parameter);
  return gain / Math.sqrt(checkOneOf(`${name}: mode`, options.mode ?? 'fanIn', ['fanIn', 'fanOut']) === 'fanIn' ? fanIn : fanOut);
}

function fans(name: string, parameter: Tensor): [fanIn: number, fanOut: number] {
  const { shape } = checkParameter(name, parameter);
  const [to, from, ...taps] = shape;
  if (to === undefined || from === undefined)
    throw new Error(`${name}: the parameter is [${shape.join(', ')}], but must be a weight [out, in, …]; use normal or constant`);
  const field = taps.reduce((product, extent) => product * extent, 1);
  return [from * field, to * field];
}

function checkParameter(name: string, parameter: unknown): Tensor {
  if (!(parameter instanceof Tensor)) throw new TypeError(`${name}: expects a tensor to fill, but was given ${show(parameter)}`);
  return parameter;
}

function seedOf({ seed }: InitOptions): InitOptions {
  return seed === undefined ? {} : { seed };
}

function drawOptions(name: string, { device, dtype }: Tensor, options: InitOptions): RandomOptions {
  checkOptions(name, options, '{seed: 1}');
  return { device, dtype, ...(options.seed === undefined ? {} : { seed: checkInteger(`${name}: seed`, options.seed) }) };
}
