// pv.show: views of tensors as outputs of the cell. Each call takes its place among the outputs at once and appears when its
// data has been read.

import type { SpectrumInfo } from '../graph/node.js';
import { isComplex } from '../devices/dtype.js';
import { checkNumber, show as describe } from '../tensor/checks.js';
import { transformNode } from '../fft/fft.js';
import { floating } from '../tensor/arguments.js';
import { Tensor, wrap } from '../tensor/tensor.js';
import { figureBundle } from './bundle.js';
import type { Figure } from './figure.js';
import { expandHalf } from './half-spectrum.js';
import { drawImage, type ImageDrawing } from './image-figure.js';
import { emit } from './sink.js';
import { drawSpectrum, type SpectrumFigure } from './spectrum-figure.js';
import type { SpectrumPeak } from './spectrum-values.js';

/** Options of show.spectrum. */
export interface SpectrumOptions {
  readonly title?: string | undefined;
  /** Lowest level drawn, in dB below the maximum (negative). Chosen from the data when not given. */
  readonly floorDb?: number | undefined;
  /** Samples a second, for signals: frequencies are then in Hz. */
  readonly sampleRate?: number | undefined;
}

/** Options of show.image. */
export interface ImageOptions {
  readonly title?: string | undefined;
  /** Values drawn as darkest and lightest; the data's own when not given. */
  readonly range?: readonly [number, number] | undefined;
  readonly map?: ImageDrawing['map'] | undefined;
}

/** What a spectrum shows in numbers. */
export interface SpectrumSummary {
  /** The largest bin besides zero frequency, or null where there is none. */
  readonly peak: SpectrumPeak | null;
}

function checkTensor(name: string, value: unknown): Tensor {
  if (!(value instanceof Tensor)) throw new TypeError(`${name}: expects a tensor, but was given ${describe(value)}`);
  if (value.size === 0) throw new Error(`${name}: the tensor [${value.shape.join(', ')}] is empty; nothing can be drawn`);
  return value;
}

/** Emits a figure; resolves when it has been drawn. */
async function present<F extends Figure>(draw: Promise<(maxCells: number) => F>): Promise<F> {
  let last: F | null = null;
  const bundle = draw.then((make) => figureBundle((maxCells) => (last = make(maxCells))));
  emit(bundle);
  await bundle;
  return last as unknown as F;
}

/** The first plane of a tensor with more axes than are drawn; the drawing says so. */
function firstPlane(x: Tensor, axes: number): { plane: Tensor; note: string } {
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
async function magnitudeOf(x: Tensor, info: SpectrumInfo): Promise<{ magnitude: Float64Array; shape: number[] }> {
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
function asSpectrum(x: Tensor): { spectrum: Tensor; info: SpectrumInfo; note: string } {
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

/**
 * Draws the magnitude spectrum over the last one or two axes, in dB, zero frequency in the middle. A spectrum made by pv.fft is
 * recognized (also a half spectrum) and not transformed again. Resolves to its peak once it is drawn.
 */
export async function spectrum(value: Tensor, { title, floorDb, sampleRate }: SpectrumOptions = {}): Promise<SpectrumSummary> {
  const x = checkTensor('show.spectrum', value);
  if (x.shape.length === 0) throw new Error('show.spectrum: a scalar has no spectrum; expects at least one axis');
  if (floorDb !== undefined && checkNumber('show.spectrum: floorDb', floorDb) >= 0)
    throw new RangeError(`show.spectrum: floorDb is ${floorDb}, but must be negative: decibels below the maximum`);
  const { spectrum: plane, info, note } = asSpectrum(x);
  const draw = magnitudeOf(plane, info).then(
    ({ magnitude, shape }) =>
      (maxCells: number): SpectrumFigure =>
        drawSpectrum({
          magnitude,
          shape: shape,
          title: title ?? 'Spectrum',
          note: `${note} · ${x.device}`,
          maxCells,
          ...(floorDb === undefined ? {} : { range: { floorDb } }),
          ...(sampleRate === undefined ? {} : { sampleRate }),
        }),
  );
  const { peak } = await present(draw);
  return { peak };
}

/** Draws an image [height, width], or [channels, height, width] with 1, 3 or 4 channels; of a batch the first. */
export async function image(value: Tensor, { title, range, map }: ImageOptions = {}): Promise<void> {
  const x = checkTensor('show.image', value);
  if (x.shape.length < 2)
    throw new Error(`show.image: expects [height, width] or [channels, height, width], but the tensor has shape [${x.shape.join(', ')}]`);
  if (isComplex(x.dtype))
    throw new TypeError(`show.image: the tensor is ${x.dtype}, and a picture is real; use abs(), angle(), real() or imag()`);
  const colour = x.shape.length >= 3 && [1, 3, 4].includes(x.shape.at(-3) as number);
  const { plane, note } = firstPlane(x, colour ? 3 : 2);
  const draw = plane.data().then(
    (values) => (maxCells: number) =>
      drawImage({
        data: Float64Array.from(values),
        shape: plane.shape,
        title: title ?? 'Image',
        note: [`[${x.shape.join(', ')}] ${x.dtype}`, note, x.device].filter(Boolean).join(' · '),
        maxCells,
        ...(range === undefined ? {} : { range }),
        ...(map === undefined ? {} : { map }),
      }),
  );
  await present(draw);
}

/** Labelled results, shown as a table and repeated at the end of a run on the command line. */
export function summary(values: Readonly<Record<string, string | number>>): void {
  if (typeof values !== 'object' || values === null)
    throw new TypeError(`show.summary: expects an object of label and value, but was given ${describe(values)}`);
  const entries = Object.entries(values).map(([label, value]): [string, string] => [label, String(value)]);
  const width = Math.max(0, ...entries.map(([label]) => label.length));
  const text = entries.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join('\n');
  emit(Promise.resolve({ 'text/plain': text, 'application/vnd.parseval.summary.v1+json': Object.fromEntries(entries) }));
}
