// pv.show.spectrum: the spectrum of a signal or picture as an output of the cell.

import * as v from 'valibot';
import { windowValues, type WindowOption } from '../fft/signal/windows.js';
import { withoutGradients } from '../graph/node.js';
import {
  borders,
  SPECTRUM_MIME,
  spectrumRequest,
  type Preparation,
  type SpectrumContent,
  type SpectrumData,
} from '../protocol/spectrum.js';
import { checkNumber, checkOneOf, show as describe } from '../tensor/checks.js';
import type { Tensor } from '../tensor/tensor.js';
import { asOutput } from './display.js';
import { openView } from './live-views.js';
import { savedBins } from './spectrum-bins.js';
import { checkTensor, present, presentEmpty } from './show-common.js';
import { drawBatch } from './spectrum-batch.js';
import { drawAnalysed, type SpectrumFigure } from './spectrum-figure.js';
import { needsSignal, SpectrumSource, type SourceOptions, type SourcePlane } from './spectrum-source.js';
import { levelRange, toDecibels, type DbReference, type SpectrumPeak } from './spectrum-values.js';

/** Options of show.spectrum. */
export interface SpectrumOptions {
  readonly title?: string | undefined;
  /** Lowest level drawn, in dB below the maximum (negative), whatever 0 dB is. Chosen from the data when not given. */
  readonly floorDb?: number | undefined;
  /** What 0 dB is: the largest bin ('max', when not given), or this magnitude, as 1 or the sum of a window for levels of the signal's units. */
  readonly reference?: DbReference | undefined;
  /** Samples a second, for signals: frequencies are then in Hz. */
  readonly sampleRate?: number | undefined;
  /** How many of the last axes are transformed; when not given two, or those that a spectrum was made over. */
  readonly dimensions?: 1 | 2 | undefined;
  /**
   * What is done about opposite borders that differ, whose jumps draw a cross through the spectrum of a photograph: nothing, fade them out by a
   * window, or take the smooth part out that holds the jumps (periodic plus smooth, Moisan 2011). Of signals, not of spectra.
   */
  readonly border?: 'none' | 'window' | 'periodic' | undefined;
  /** The window of `border: 'window'`, which it implies: a name or pair as getWindow takes it; 'hann' when not given. */
  readonly window?: WindowOption | undefined;
}

/** What a spectrum shows in numbers. */
export interface SpectrumSummary {
  /** The largest bin besides zero frequency, or null where there is none; of the first of a batch. Its level is in dB re `reference`. */
  readonly peak: SpectrumPeak | null;
}

/** Spectra of a batch that are shown at once. */
const MOST_SHOWN = 12;
/** Bins along a side of an answer, at most. */
const MOST_ANSWERED = 1024;

/**
 * Draws the spectrum over the last one or two axes, zero frequency in the middle. A spectrum made by pv.fft is recognized (also a half spectrum)
 * and not transformed again. Resolves to its peak once it is drawn.
 */
export async function spectrum(value: Tensor, options: SpectrumOptions = {}): Promise<SpectrumSummary> {
  const x = checkTensor('show.spectrum', value);
  if (x.shape.length === 0) throw new Error('show.spectrum: a scalar has no spectrum; expects at least one axis');
  const { title, floorDb, sampleRate, dimensions, reference } = checkOptions(options);
  if (x.size === 0) {
    await presentEmpty(x, title ?? 'Spectrum', 'Its spectrum');
    return asOutput({ peak: null });
  }
  const prepared = preparationOf(options);
  const source = withoutGradients(() => new SpectrumSource(x, { dimensions, sampleRate, floorDb, reference }));
  if (source.given !== 'signal' && prepared.border !== 'none') throw new Error(`show.spectrum: ${needsSignal}`);
  if (prepared.border === 'window') for (const n of source.shape) windowValues('show.spectrum', prepared.window, n, true);
  if (sampleRate !== undefined && source.shape.length === 2)
    throw new Error(
      `show.spectrum: sampleRate is for signals of one axis, but the shape is [${source.shape.join(', ')}]; leave it out, or give dimensions: 1`,
    );
  const view = openView((request) => withoutGradients(() => answer(source, request)));
  const notes = [source.note, preparationNote(prepared), source.count > 1 ? `first of ${source.outer.join(' × ')}` : ''];
  const note = `${notes.filter(Boolean).join(', ')} · ${x.device}`;
  const draw = withoutGradients(() => contentOf(source, prepared, 0)).then(async (contentIn) => {
    const { analysed } = await source.plane(0, prepared);
    const { planes } = contentIn(Infinity);
    const savedIn = (room: number): SpectrumData => ({
      version: 2,
      view: view?.name ?? null,
      title: title ?? 'Spectrum',
      note: `${source.note} · ${x.device}`,
      shape: source.shape.length === 1 ? [source.shape[0] as number] : (source.shape as [number, number]),
      outer: [...source.outer],
      sampleRate: sampleRate ?? null,
      given: source.given,
      norm: source.norm,
      options: { title: title ?? null, floorDb: floorDb ?? null, dimensions: dimensions ?? null, reference },
      content: contentIn(room),
    });
    const range = floorDb === undefined ? undefined : { floorDb };
    return (maxCells: number): SpectrumFigure => ({
      ...drawBatch(
        drawAnalysed(analysed, { title: title ?? 'Spectrum', note, range, sampleRate, reference, maxCells }),
        planes,
        title ?? 'Spectrum',
      ),
      data: { mime: SPECTRUM_MIME, within: savedIn },
    });
  });
  const { peak } = await present(draw);
  return asOutput({ peak: peak === null || reference === 'max' ? peak : { ...peak, db: toDecibels(peak.magnitude, reference) } });
}

function checkOptions({
  title,
  floorDb,
  sampleRate,
  dimensions,
  reference = 'max',
}: SpectrumOptions): SourceOptions & { readonly title: string | undefined } {
  if (floorDb !== undefined && !(checkNumber('show.spectrum: floorDb', floorDb) < 0 && Number.isFinite(floorDb)))
    throw new RangeError(`show.spectrum: floorDb is ${floorDb}, but must be negative: decibels below the maximum`);
  if (sampleRate !== undefined && !(checkNumber('show.spectrum: sampleRate', sampleRate) > 0 && Number.isFinite(sampleRate)))
    throw new RangeError(`show.spectrum: sampleRate is ${sampleRate}, but must be a positive number of samples a second`);
  if (dimensions !== undefined && ![1, 2].includes(dimensions))
    throw new RangeError(
      `show.spectrum: dimensions is ${describe(dimensions)}, but must be 1 or 2: how many of the last axes are transformed`,
    );
  if (reference !== 'max' && !(typeof reference === 'number' && reference > 0 && Number.isFinite(reference)))
    throw new RangeError(
      `show.spectrum: reference is ${describe(reference)}, but must be 'max' (0 dB is the largest bin) or a magnitude above 0 that is 0 dB, such as 1`,
    );
  return { title, floorDb, sampleRate, dimensions, reference };
}

function preparationOf({ border, window }: SpectrumOptions): Preparation {
  const chosen = checkOneOf('show.spectrum: border', border ?? (window === undefined ? 'none' : 'window'), borders);
  if (window !== undefined && chosen !== 'window')
    throw new Error(`show.spectrum: a window was given with border '${chosen}'; leave border out, or the window`);
  const [name, parameter] = typeof window === 'string' || window === undefined ? [window ?? 'hann'] : window;
  return {
    border: chosen,
    window: parameter === undefined ? (name as Preparation['window']) : ([name, parameter] as Preparation['window']),
  };
}

function preparationNote({ border, window }: Preparation): string {
  if (border === 'none') return '';
  return border === 'periodic' ? 'periodic part' : `window ${typeof window === 'string' ? window : window.join(' ')}`;
}

/** Spectra of the batch from a place on, as finely as so many bytes allow. */
async function contentOf(source: SpectrumSource, prepared: Preparation, from: number): Promise<(bytes: number) => SpectrumContent> {
  const count = Math.min(MOST_SHOWN, source.count - from);
  const planes: SourcePlane[] = [];
  // One after the other, the first last: what is drawn at once and looked at most is held.
  for (let place = from + count - 1; place >= from; place--) planes.unshift(await source.plane(place, prepared));
  return (bytes) => ({ prepared, from, planes: planes.map((plane) => plane.saved({ bytes, sharing: count })) });
}

/** Answers a view. */
async function answer(source: SpectrumSource, given: unknown): Promise<object> {
  const request = v.parse(spectrumRequest, given);
  if (request.kind === 'content') {
    if (request.from >= source.count) throw new RangeError(`there are ${source.count} spectra, and none from ${request.from}`);
    return (await contentOf(source, request.prepared, request.from))(Infinity);
  }
  const { analysed } = await source.plane(request.plane, request.prepared);
  const [height, width] = source.shape.length === 1 ? [1, source.shape[0] as number] : (source.shape as [number, number]);
  const { top, left, bottom, right } = request;
  const isWithin = (from: number, to: number, n: number): boolean => from < n && from < to && to <= from + n;
  if (!isWithin(top, bottom, height) || !isWithin(left, right, width))
    throw new RangeError(`the spectrum of ${height}×${width} has no part [${top}, ${bottom}) × [${left}, ${right})`);
  const most = height === 1 ? 4096 : MOST_ANSWERED;
  const bins = await analysed.part({ top, left, bottom, right }, Math.min(most, request.rows), Math.min(most, request.cols));
  return { pool: [...bins.pool], bins: savedBins(bins, analysed.facts.reference, levelRange(analysed.facts, undefined), false) };
}
