// What is drawn of a tensor: a plane of it, or its spectrum.

import { isComplex } from '../devices/dtype.js';
import { transformNode } from '../fft/fft.js';
import type { SpectrumInfo } from '../graph/node.js';
import { floating } from '../tensor/arguments.js';
import { show as describe } from '../tensor/checks.js';
import { wrap, type Tensor } from '../tensor/tensor.js';
import { indexAt } from './gradcheck-planes.js';
import { wholeSpectrum, type ComplexPlane } from './half-spectrum.js';
import { counted } from './number-format.js';

/** The first plane of a tensor with more axes than are drawn; the drawing says so. */
export function firstPlane(x: Tensor, axes: number): { plane: Tensor; note: string } {
  const outer = x.shape.slice(0, Math.max(0, x.shape.length - axes));
  return { plane: planeAt(x, axes, 0), note: outer.every((extent) => extent === 1) ? '' : `first of ${outer.join(' × ')}` };
}

/** The plane over the last axes at a place of the others, counted through in row-major order. */
export function planeAt(x: Tensor, axes: number, place: number): Tensor {
  const extra = x.shape.length - axes;
  if (extra <= 0) return x;
  const outer = x.shape.slice(0, extra);
  const index = indexAt(place, outer);
  return x
    .slice(
      index,
      index.map((at) => at + 1),
    )
    .reshape(x.shape.slice(extra));
}

/** The full plane of a spectrum that a transform made, zero frequency first; shape is [n] or [rows, cols]. */
export async function binsOf(x: Tensor, info: SpectrumInfo): Promise<ComplexPlane & { readonly shape: number[] }> {
  const values = await x.data();
  const count = x.size;
  const [re, im] = [new Float64Array(count), new Float64Array(count)];
  const parts = isComplex(x.dtype) ? 2 : 1;
  for (let i = 0; i < count; i++) {
    re[i] = values[parts * i]!;
    im[i] = parts === 2 ? values[2 * i + 1]! : 0;
  }
  if (!info.half) return { re, im, shape: [...x.shape] };
  const columns = info.sizes.at(-1) as number;
  const rows = x.shape.length === 2 ? (x.shape[0] as number) : 1;
  return {
    ...wholeSpectrum(re, im, rows, x.shape.at(-1) as number, columns),
    shape: x.shape.length === 2 ? [rows, columns] : [columns],
  };
}

/** Magnitude of the full plane of a spectrum that a transform made. */
export async function magnitudeOf(x: Tensor, info: SpectrumInfo): Promise<{ magnitude: Float64Array; shape: number[] }> {
  const { re, im, shape } = await binsOf(x, info);
  return { magnitude: re.map((part, i) => Math.hypot(part, im[i]!)), shape };
}

/** The spectrum as given, or that of a signal over its last one or two axes; of more axes the first plane. */
export function asSpectrum(x: Tensor): { spectrum: Tensor; info: SpectrumInfo; note: string } {
  const { dimensions, known } = axesOf(x, undefined);
  const { plane, note } = firstPlane(x, dimensions);
  if (known !== null) return { spectrum: plane, info: known, note: [kindOf(known), note].filter(Boolean).join(', ') };
  const { spectrum, info } = transformed(plane);
  return { spectrum, info, note: [ofSignal(plane.shape), note].filter(Boolean).join(', ') };
}

/** What a spectrum is, in words. */
export function kindOf({ half, sizes, norm }: SpectrumInfo): string {
  return `${half ? 'half spectrum' : 'spectrum'} of ${sizes.join(' × ')}, norm ${norm}`;
}

/** Whose spectrum it is, in words: of a shape [n] or [rows, cols]. */
export function ofSignal(shape: readonly number[]): string {
  return shape.length === 1 ? `of a signal of ${counted(shape[0] as number, 'sample')}` : `of the signal ${shape.join(' × ')}`;
}

/** The transform of a signal over all of its axes, half of it where it is real. */
export function transformed(signal: Tensor): { spectrum: Tensor; info: SpectrumInfo } {
  const node = floating(signal.node);
  const axes = node.shape.map((_, axis) => axis);
  const result = transformNode(isComplex(node.dtype) ? 'fft' : 'rfft', node, axes, node.shape, 'backward');
  return { spectrum: wrap(result), info: result.spectrum as SpectrumInfo };
}

/**
 * Over how many of the last axes a spectrum of a tensor is drawn, and what is known of it where it is one already. Throws where that is neither
 * one nor two, not what was asked for, or where other axes were transformed.
 */
export function axesOf(x: Tensor, asked: 1 | 2 | undefined): { readonly dimensions: 1 | 2; readonly known: SpectrumInfo | null } {
  const known = x.node.spectrum;
  const dimensions = known?.axes.length ?? asked ?? Math.min(x.shape.length, 2);
  if (dimensions !== 1 && dimensions !== 2)
    throw new Error(
      `show.spectrum: draws spectra over one or two axes, but the tensor [${x.shape.join(', ')}] has ${dimensions}; transform or slice it first`,
    );
  if (known !== null && known.axes.some((axis, i) => axis !== i - dimensions))
    throw new Error(`show.spectrum: the spectrum lies along axes ${describe(known.axes)}; transpose it so that they are last`);
  if (asked !== undefined && asked !== dimensions)
    throw new Error(`show.spectrum: dimensions is ${asked}, but the tensor is a spectrum over ${dimensions}; leave it out`);
  if (dimensions > x.shape.length)
    throw new Error(`show.spectrum: dimensions is ${dimensions}, but the tensor [${x.shape.join(', ')}] has ${x.shape.length}`);
  return { dimensions, known };
}
