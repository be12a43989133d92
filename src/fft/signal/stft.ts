// The short-time Fourier transform and its inverse, in torch's conventions: [..., frequency, frame], reflected at the ends.

import { isComplex, realOf } from '../../devices/dtype.js';
import type { Node } from '../../graph/node.js';
import { floating } from '../../tensor/arguments.js';
import { checkInteger, checkOptions, show } from '../../tensor/checks.js';
import { uploadReal } from '../../tensor/devices.js';
import { expand, sum } from '../../tensor/operations/broadcast.js';
import { div, mul } from '../../tensor/operations/elementwise/index.js';
import { padWith } from '../../tensor/operations/join.js';
import { pad, reshape, shear, sliceAxis, swapAxes, unshear } from '../../tensor/operations/views.js';
import { Tensor, wrap } from '../../tensor/tensor.js';
import { transformNode } from '../fft.js';
import { windowValues, type WindowOption } from './windows.js';

/** Options of a short-time transform. */
export interface StftOptions {
  /** Samples of a frame. */
  readonly nFft: number;
  /** Samples from one frame to the next; a quarter of nFft when not given. */
  readonly hopLength?: number | undefined;
  /** Weights of a frame's samples: a window by name (periodic), or nFft numbers; a boxcar when not given, as in torch. */
  readonly window?: WindowOption | Tensor | undefined;
  /** Whether frame m has its middle at sample m·hopLength, the signal being reflected at its ends (the default), or begins there. */
  readonly center?: boolean | undefined;
}

/** Options of the inverse: those of the transform, and the signal's length. */
export interface IstftOptions extends StftOptions {
  /** Samples of the signal; when not given, as many as the frames surely hold. */
  readonly length?: number | undefined;
}

interface Frames {
  readonly nFft: number;
  readonly hop: number;
  readonly center: boolean;
  /** Samples in float64, or a tensor of them. */
  readonly window: Float64Array<ArrayBuffer> | Node;
}

function framesOf(what: string, options: StftOptions): Frames {
  checkOptions(what, options, "{nFft: 512, hopLength: 128, window: 'hann'}");
  const nFft = checkInteger(`${what}: nFft`, options.nFft, 1);
  const hop = checkInteger(`${what}: hopLength`, options.hopLength ?? Math.max(1, Math.floor(nFft / 4)), 1);
  const { center = true, window = 'boxcar' } = options;
  if (typeof center !== 'boolean') throw new TypeError(`${what}: center is ${show(center)}, but must be true or false`);
  if (!(window instanceof Tensor)) return { nFft, hop, center, window: windowValues(what, window, nFft, true) };
  if (window.shape.length !== 1 || window.shape[0] !== nFft)
    throw new Error(`${what}: the window has shape [${window.shape.join(', ')}], but must have nFft = ${nFft} numbers: [${nFft}]`);
  return { nFft, hop, center, window: floating(window.node) };
}

/** The window as [nFft, 1], beside a signal. */
function besideFrames({ window, nFft }: Frames, x: Node): Node {
  const node = window instanceof Float64Array ? uploadReal(x.state, realOf(x.dtype), window) : window;
  return reshape(node, [nFft, 1]);
}

function checkSignal(what: string, x: unknown, rank: number): Node {
  if (!(x instanceof Tensor)) throw new TypeError(`${what}: expects a tensor, but was given ${show(x)}`);
  if (x.shape.length < rank)
    throw new Error(
      `${what}: was given shape [${x.shape.join(', ')}], but expects ${rank === 1 ? 'at least one axis: [..., samples]' : '[..., frequency, frame]'}`,
    );
  return floating(x.node);
}

/** Overlapping pieces of the last axis: [..., samples] → [..., nFft, frames]; a view. */
export function framed(x: Node, nFft: number, hop: number): Node {
  const samples = x.shape.at(-1) as number;
  const before = x.shape.slice(0, -1);
  const rank = before.length;
  const wide = expand(reshape(x, [...before, 1, samples]), [...before, nFft, samples]);
  const window = { tapAxis: rank, axis: rank + 1, stride: hop, dilation: 1, before: 0 };
  return shear(wide, window, Math.floor((samples - nFft) / hop) + 1);
}

/**
 * The way back: adds frames up where they lie, [..., nFft, frames] → [..., (frames − 1)·hop + nFft]. Samples of a frame are taken as rows of
 * one hop each, so that only frames which do overlap are added.
 */
function overlapAdded(frames: Node, hop: number): Node {
  const [nFft, count] = frames.shape.slice(-2) as [number, number];
  const before = frames.shape.slice(0, -2);
  const rank = before.length;
  const rows = Math.ceil(nFft / hop);
  const filled = pad(
    frames,
    frames.shape.map((_, axis) => [0, axis === rank ? rows * hop - nFft : 0]),
  );
  const split = reshape(filled, [...before, rows, hop, count]);
  const moved = unshear(split, { tapAxis: rank, axis: rank + 2, stride: 1, dilation: 1, before: 0 }, count + rows - 1);
  const total = sum(moved, [rank]);
  const samples = reshape(swapAxes(total, rank, rank + 1), [...before, (count + rows - 1) * hop]);
  return sliceAxis(samples, rank, 0, (count - 1) * hop + nFft);
}

/**
 * The spectra of overlapping frames, [..., samples] → [..., frequency, frame]: X_kt = Σ_j w_j·x_(t·hop + j)·e^(−2πijk/nFft). Real signals give
 * nFft/2 + 1 frequencies, complex ones nFft.
 */
export function stft(x: Tensor, options: StftOptions): Tensor {
  const signal = checkSignal('stft', x, 1);
  const frames = framesOf('stft', options);
  const { nFft, hop, center } = frames;
  const rank = signal.shape.length;
  const half = Math.floor(nFft / 2);
  const samples = signal.shape[rank - 1] as number;
  if (center && half >= samples)
    throw new RangeError(
      `stft: ${samples} samples cannot be reflected by nFft/2 = ${half} at each end; give a smaller nFft, or center: false`,
    );
  if (!center && samples < nFft)
    throw new RangeError(`stft: ${samples} samples are less than one frame of nFft = ${nFft}; give a smaller nFft`);
  const widths = signal.shape.map((_, axis) => (axis === rank - 1 ? ([half, half] as const) : ([0, 0] as const)));
  const whole = center ? padWith(signal, widths, 'reflect') : signal;
  const pieces = framed(whole, nFft, hop);
  const weighted = mul(pieces, expand(besideFrames(frames, signal), pieces.shape));
  return wrap(transformNode(isComplex(signal.dtype) ? 'fft' : 'rfft', weighted, [rank - 1], [nFft], 'backward'));
}

/**
 * The real signal of half spectra, [..., frequency, frame] → [..., samples]: frames are weighted by the window again, added up and divided by
 * the sum of its squares, which is the inverse with the least squares of errors (Griffin and Lim 1984).
 */
export function istft(spectra: Tensor, options: IstftOptions): Tensor {
  const node = checkSignal('istft', spectra, 2);
  const frames = framesOf('istft', options);
  const { nFft, hop, center, window } = frames;
  const [bins, count] = node.shape.slice(-2) as [number, number];
  if (bins !== Math.floor(nFft / 2) + 1)
    throw new Error(
      `istft: was given ${bins} frequencies, but nFft = ${nFft} has ${Math.floor(nFft / 2) + 1}; give the spectra of a real signal, and their nFft`,
    );
  if (count === 0) throw new Error('istft: was given no frame');
  const rank = node.shape.length;
  const begin = center ? Math.floor(nFft / 2) : 0;
  const held = (count - 1) * hop + nFft - begin;
  const length =
    options.length === undefined ? held - (center ? Math.floor(nFft / 2) : 0) : checkInteger('istft: length', options.length, 1);
  if (length > held) throw new RangeError(`istft: length is ${length}, but ${count} frames hold ${held} samples`);
  if (window instanceof Float64Array) checkCovered(window, hop, count, begin, length);
  const pieces = transformNode('irfft', node, [rank - 2], [nFft], 'backward');
  const weights = besideFrames(frames, pieces);
  const signal = overlapAdded(mul(pieces, expand(weights, pieces.shape)), hop);
  const squares = overlapAdded(expand(mul(weights, weights), [nFft, count]), hop);
  const cut = (x: Node): Node => sliceAxis(x, x.shape.length - 1, begin, begin + length);
  const [sums, envelope] = [cut(signal), cut(squares)];
  return wrap(div(sums, expand(envelope, sums.shape)));
}

/** Throws where no frame tells of a sample: the window is zero there in all of them. */
function checkCovered(window: Float64Array, hop: number, count: number, begin: number, length: number): void {
  // Between the first and the last frames the sum repeats with each hop: those ends and one hop tell all.
  const envelope = (sample: number): number => {
    let total = 0;
    const last = Math.min(count - 1, Math.floor(sample / hop));
    for (let frame = last; frame >= 0 && sample - frame * hop < window.length; frame--) total += window[sample - frame * hop]! ** 2;
    return total;
  };
  const ends = window.length + hop;
  for (let i = 0; i < length; i++) {
    if (i === ends && length > 2 * ends) i = length - ends;
    if (envelope(begin + i) > 1e-11) continue;
    throw new RangeError(
      `istft: the window is zero in every frame at sample ${i}, so that nothing is known of it; give a smaller hopLength, a window without zeros, or center: true`,
    );
  }
}
