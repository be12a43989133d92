// What is drawn of a tensor: a plane of it, or the magnitudes of its spectrum.

import { isComplex } from '../devices/dtype.js';
import { transformNode } from '../fft/fft.js';
import type { SpectrumInfo } from '../graph/node.js';
import { floating } from '../tensor/arguments.js';
import { show as describe } from '../tensor/checks.js';
import { wrap, type Tensor } from '../tensor/tensor.js';
import { expandHalf } from './half-spectrum.js';

/** The first plane of a tensor with more axes than are drawn; the drawing says so. */
export function firstPlane(x: Tensor, axes: number): { plane: Tensor; note: string } {
  const extra = x.shape.length - axes;
  if (extra <= 0) return { plane: x, note: '' };
  const outer = x.shape.slice(0, extra);
  const plane = x
    .slice(
      outer.map(() => 0),
      outer.map(() => 1),
    )
    .reshape(x.shape.slice(extra));
  return { plane, note: outer.every((extent) => extent === 1) ? '' : `first of ${outer.join(' × ')}` };
}

/** Magnitude of the full plane of a spectrum that a transform made. */
export async function magnitudeOf(x: Tensor, info: SpectrumInfo): Promise<{ magnitude: Float64Array; shape: number[] }> {
  const values = await x.data();
  const count = x.size;
  const [re, im] = [new Float64Array(count), new Float64Array(count)];
  const parts = isComplex(x.dtype) ? 2 : 1;
  for (let i = 0; i < count; i++) {
    re[i] = values[parts * i]!;
    im[i] = parts === 2 ? values[2 * i + 1]! : 0;
  }
  if (!info.half) return { magnitude: re.map((part, i) => Math.hypot(part, im[i]!)), shape: [...x.shape] };
  const columns = info.sizes.at(-1) as number;
  const rows = x.shape.length === 2 ? (x.shape[0] as number) : 1;
  return {
    magnitude: expandHalf(re, im, rows, x.shape.at(-1) as number, columns),
    shape: x.shape.length === 2 ? [rows, columns] : [columns],
  };
}

/** The spectrum as given, or that of a signal over its last one or two axes. */
export function asSpectrum(x: Tensor): { spectrum: Tensor; info: SpectrumInfo; note: string } {
  const known = x.node.spectrum;
  const dimensions = known?.axes.length ?? Math.min(x.shape.length, 2);
  if (dimensions > 2 || dimensions < 1)
    throw new Error(
      `show.spectrum: draws spectra over one or two axes, but the tensor [${x.shape.join(', ')}] has ${dimensions}; transform or slice it first`,
    );
  if (known !== null && known.axes.some((axis, i) => axis !== i - dimensions))
    throw new Error(`show.spectrum: the spectrum lies along axes ${describe(known.axes)}; transpose it so that they are last`);
  const { plane, note } = firstPlane(x, dimensions);
  if (known !== null) {
    const kind = known.half ? 'half spectrum' : 'spectrum';
    return {
      spectrum: plane,
      info: known,
      note: [`${kind} of ${known.sizes.join(' × ')}, norm ${known.norm}`, note].filter(Boolean).join(', '),
    };
  }
  const axes = plane.shape.map((_, axis) => axis);
  const signal = floating(plane.node);
  const node = transformNode(isComplex(signal.dtype) ? 'fft' : 'rfft', signal, axes, plane.shape, 'backward');
  return {
    spectrum: wrap(node),
    info: node.spectrum as SpectrumInfo,
    note: [`of the signal ${plane.shape.join(' × ')}`, note].filter(Boolean).join(', '),
  };
}
