// What a spectrum is made of: a signal that is prepared and transformed, or a spectrum as it was given, one plane of a batch at a time.

import { isComplex } from '../devices/dtype.js';
import { ifft2, irfft2, ifft, irfft } from '../fft/fft.js';
import type { SpectrumInfo } from '../graph/node.js';
import type { OnePlane, Preparation } from '../protocol/spectrum.js';
import { floating } from '../tensor/arguments.js';
import { wrap, type Tensor } from '../tensor/tensor.js';
import { indexAt } from './gradcheck-planes.js';
import { axesOf, kindOf, ofSignal, planeAt, transformed } from './planes.js';
import { findBorder, prepare, type PreparedSpectrum } from './spectrum-border.js';
import { savedPlane, type SpectrumRoom } from './spectrum-data.js';
import { analyseOnDevice } from './spectrum-device.js';
import { analysePlane, type AnalysedPlane } from './spectrum-plane.js';
import type { DbReference } from './spectrum-values.js';

/** Spectra of more bins than this are reduced on their device, others are read. */
const MOST_READ = 2 ** 19;

/** Options of the source. */
export interface SourceOptions {
  readonly dimensions: 1 | 2 | undefined;
  readonly sampleRate: number | undefined;
  readonly floorDb: number | undefined;
  readonly reference: DbReference;
}

/** One spectrum of a batch. */
export interface SourcePlane {
  readonly analysed: AnalysedPlane;
  readonly saved: (room: SpectrumRoom) => OnePlane;
}

/** A tensor whose spectra are shown. Throws where it has none to be drawn. */
export class SpectrumSource {
  readonly given: 'signal' | 'spectrum' | 'half spectrum';
  readonly norm: SpectrumInfo['norm'];
  /** Extents of the axes that are not transformed, and how many spectra that makes. */
  readonly outer: readonly number[];
  readonly count: number;
  /** [n] or [rows, cols] of the full spectrum. */
  readonly shape: readonly number[];
  readonly #x: Tensor;
  readonly #known: SpectrumInfo | null;
  readonly #dimensions: 1 | 2;
  // What people look at is asked for again and again, from one spectrum.
  #last: { readonly key: string; readonly plane: Promise<SourcePlane> } | null = null;

  constructor(
    value: Tensor,
    private readonly options: SourceOptions,
  ) {
    const { dimensions, known } = axesOf(value, options.dimensions);
    this.#dimensions = dimensions;
    this.#known = known;
    // A handle of its own: what people dispose of is still shown.
    this.#x = wrap(known === null ? floating(value.node) : value.node);
    this.outer = value.shape.slice(0, -dimensions);
    this.count = this.outer.reduce((product, extent) => product * extent, 1);
    this.given = known === null ? 'signal' : known.half ? 'half spectrum' : 'spectrum';
    this.norm = known?.norm ?? 'backward';
    this.shape = known?.sizes ?? value.shape.slice(-dimensions);
  }

  /** What was given, in words. */
  get note(): string {
    return this.#known === null ? ofSignal(this.shape) : kindOf(this.#known);
  }

  /** The spectrum at a place of the batch, counted through, and what was found out about it. */
  plane(place: number, prepared: Preparation): Promise<SourcePlane> {
    const key = JSON.stringify([place, prepared]);
    if (this.#last?.key !== key) this.#last = { key, plane: this.#analyse(place, prepared) };
    return this.#last.plane;
  }

  async #analyse(place: number, prepared: Preparation): Promise<SourcePlane> {
    if (place >= this.count) throw new RangeError(`there are ${this.count} spectra, but number ${place} was asked for, counted from 0`);
    const { floorDb, sampleRate, reference } = this.options;
    const given = planeAt(this.#x, this.#dimensions, place);
    const isPlain = prepared.border === 'none';
    if (this.#known !== null && !isPlain) throw new Error(needsSignal);
    const of: PreparedSpectrum =
      this.#known === null
        ? isPlain
          ? { ...transformed(given), signal: given }
          : prepare(given, prepared)
        : { spectrum: given, info: this.#known, signal: null };
    const { info, signal } = of;
    // Computed once, for all that is made of it.
    const spectrum = this.#known === null ? of.spectrum.keep() : of.spectrum;
    const size = this.shape.reduce((product, n) => product * n, 1);
    const isLarge = size > MOST_READ && this.#dimensions === 2 && isComplex(spectrum.dtype);
    const [onDevice, signalEnergy, borderFinding] = await Promise.all([
      isLarge ? analyseOnDevice(spectrum, info) : null,
      energyOf(signal ?? (isLarge ? null : signalOf(spectrum, info))),
      this.#known === null && isPlain ? findBorder(given, spectrum) : '',
    ]);
    const analysed = onDevice ?? (await analysePlane(spectrum, info, sampleRate));
    const index = indexAt(place, this.outer);
    return {
      analysed,
      saved: (room) => savedPlane(analysed, { index, floorDb, sampleRate, reference, signalEnergy, borderFinding }, room),
    };
  }
}

/** Why a spectrum cannot be prepared otherwise. */
export const needsSignal = 'borders are seen to before a transform: show the signal instead of its spectrum';

/** Σ|x|², or null of no signal. */
async function energyOf(signal: Tensor | null): Promise<number | null> {
  return signal === null ? null : signal.abs().square().sum().item();
}

/** The signal that a spectrum is of. */
function signalOf(spectrum: Tensor, { sizes, half, norm }: SpectrumInfo): Tensor {
  const [n] = sizes as [number];
  if (sizes.length === 1) return half ? irfft(spectrum, { n, norm }) : ifft(spectrum, { norm });
  return half ? irfft2(spectrum, { s: sizes, norm }) : ifft2(spectrum, { norm });
}
