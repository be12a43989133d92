// What the picture of a gradient shows: which numbers, in which colours, and what is said of one of them. No page in here.

import {
  largestFinite,
  formatIndex,
  placeAt,
  planeName,
  planePeaks,
  planesOf,
  planesOfWorst,
  rankPlanes,
  type Planes,
} from '../../src/display/gradcheck-planes.js';
import { formatValue, gradientName, type ShownInput } from '../../src/display/gradcheck-words.js';
import { formatError, formatNumber } from '../../src/display/number-format.js';
import { hasQuickSpectrum, planeSpectrum } from '../../src/display/plane-spectrum.js';
import { formatDecibels, toDecibels } from '../../src/display/spectrum-values.js';
import { elementAt, partsOf, savedError } from './gradcheck-decode.js';
import type { Cell, PictureLayout } from './gradcheck-layout.js';

/** Which of the gradients is looked at; `error` is analytic − oracle over the rms. */
export type Quantity = 'error' | 'analytic' | 'numeric' | 'oracle';
/** Elements as they lie in the tensor, or the spectrum of each plane. */
export type Domain = 'spatial' | 'spectral';

/** Lowest level of a spectrum that is drawn, in dB. */
const FLOOR_DB = -60;
/** Planes shown before all are asked for. */
const FIRST_SHOWN = 24;

/** Numbers to be drawn, with the ends of their scale. */
export interface Drawn {
  readonly domain: Domain;
  readonly parts: number;
  /** Of one tile, row-major: the tile's plane and part. */
  readonly tile: (plane: number, part: number) => Float64Array;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
}

/** The numbers of one input that can be looked at. */
export class GradientModel {
  readonly planes: Planes;
  readonly parts: 1 | 2;
  readonly error: Float64Array | null;
  /** Planes from the worst to the best; where the error is not known of all, those of the worst that are known, then the largest. */
  readonly #ranked: readonly number[];
  readonly #spectra = new Map<string, Drawn>();

  constructor(readonly input: ShownInput) {
    this.planes = planesOf(input.shape);
    this.parts = partsOf(input);
    this.error = savedError(input);
    const sizes = this.error ?? input.values?.analytic ?? [];
    const ranked = rankPlanes(planePeaks(sizes, this.planes, this.parts));
    this.#ranked = this.error === null ? [...new Set([...planesOfWorst(input, this.planes), ...ranked])] : ranked;
  }

  /** Why a gradient cannot be looked at; undefined where it can. */
  hindrance(quantity: Quantity): string | undefined {
    const { values } = this.input;
    const isKnown = quantity === 'error' ? this.error !== null : values !== null && values[quantity] !== null;
    return isKnown ? undefined : 'not known of every element';
  }

  /** Why there is no spectrum; undefined where there is. */
  spectralHindrance(): string | undefined {
    return hasQuickSpectrum(this.planes.rows, this.planes.cols) ? undefined : 'too long to be transformed here';
  }

  /** The planes to show: all in their order, or where they are many the worst first. */
  shown(all: boolean): number[] {
    if (this.planes.count <= FIRST_SHOWN) return Array.from({ length: this.planes.count }, (_, plane) => plane);
    return all ? [...this.#ranked] : this.#ranked.slice(0, FIRST_SHOWN);
  }

  /** What is said of the planes that stand for all; undefined where all can be seen at once. */
  get first(): string | undefined {
    if (this.planes.count <= FIRST_SHOWN) return undefined;
    // Of errors that are not all known, none is known to be the worst.
    return this.error === null ? String(FIRST_SHOWN) : `the worst ${FIRST_SHOWN}`;
  }

  /** The numbers of a quantity: the error in units of the rms, gradients as they are. */
  draw(quantity: Quantity, domain: Domain): Drawn {
    const numbers = this.#numbers(quantity);
    if (domain === 'spectral') return this.#spectrum(quantity, numbers);
    const { rows, cols } = this.planes;
    const length = rows * cols;
    const limit = this.#limit(quantity);
    return {
      domain,
      parts: this.parts,
      tile: (plane, part) => Float64Array.from({ length }, (_, i) => numbers[(plane * length + i) * this.parts + part] ?? NaN),
      min: -limit,
      max: limit,
      unit: quantity === 'error' ? 'of rms' : '',
    };
  }

  /** The place of a cell among the input's elements. */
  placeOf(layout: PictureLayout, { tile, row, col }: Cell): number {
    const { rows, cols } = this.planes;
    return (layout.tiles[tile]?.plane ?? 0) * rows * cols + row * cols + col;
  }

  /** The cell of an element, of its part with the larger error; null where its plane is not shown. */
  cellOf(layout: PictureLayout, index: readonly number[]): Cell | null {
    const { rows, cols, shape } = this.planes;
    const place = placeAt(index, shape);
    const plane = Math.floor(place / (rows * cols));
    const size = (part: number): number => Math.abs(this.error?.[place * this.parts + part] ?? 0);
    const part = this.parts === 2 && layout.rows > 1 && size(1) > size(0) ? 1 : 0;
    const tile = layout.tiles.findIndex((at) => at.plane === plane && at.part === part);
    return tile < 0 ? null : { tile, row: Math.floor(place / cols) % rows, col: place % cols };
  }

  /** What is said of an element: its index and error, and its three values. */
  say(place: number): readonly [string, string] {
    const { input, parts, error } = this;
    const { index, analytic, numeric, oracle } = elementAt(input, place);
    const name = `${gradientName(input)}${formatIndex(index)}`;
    const digits = parts === 2 ? 4 : 6;
    const size = error === null ? '' : ` · error ${formatErrors(error.subarray(place * parts, place * parts + parts))} of rms`;
    const known = (quantity: Exclude<Quantity, 'error'>, label: string, value: typeof analytic): string =>
      this.hindrance(quantity) === undefined || elementIsKnown(value) ? `${label} ${formatValue(value, digits)}` : '';
    const values = [
      known('analytic', 'backward', analytic),
      known('numeric', 'differences', numeric),
      known('oracle', 'forward mode', oracle),
    ];
    return [name + size, values.filter(Boolean).join(' · ')];
  }

  /** What is said of a frequency: where it is, and how large. */
  sayFrequency(drawn: Drawn, layout: PictureLayout, { tile, row, col }: Cell): readonly [string, string] {
    const { rows, cols } = this.planes;
    const plane = layout.tiles[tile]?.plane ?? 0;
    const level = drawn.tile(plane, 0)[row * cols + col] ?? NaN;
    const frequency = (place: number, n: number): string => formatNumber((place - Math.floor(n / 2)) / n);
    const where =
      rows === 1
        ? `${frequency(col, cols)} cycles/sample`
        : `${frequency(col, cols)} horizontal, ${frequency(row, rows)} vertical cycles/pixel`;
    const db = level === -Infinity ? 'no energy' : `${formatDecibels(level)} re max`;
    return [`${gradientName(this.input)}${planeName(plane, this.planes)} at ${where}`, db];
  }

  #numbers(quantity: Quantity): ArrayLike<number> {
    const { values } = this.input;
    return (quantity === 'error' ? this.error : values?.[quantity]) ?? [];
  }

  /** The value in full colour: for errors at least what fails, so that noise looks as faint as it is; the same for all three gradients. */
  #limit(quantity: Quantity): number {
    const { values, detectable } = this.input;
    if (quantity === 'error') return Math.max(largestFinite(this.error ?? []), Number.isFinite(detectable) ? detectable : 0) || 1;
    return Math.max(...[values?.analytic, values?.numeric, values?.oracle].map((array) => largestFinite(array ?? []))) || 1;
  }

  #spectrum(quantity: Quantity, numbers: ArrayLike<number>): Drawn {
    const known = this.#spectra.get(quantity);
    if (known !== undefined) return known;
    const { rows, cols, count } = this.planes;
    const length = rows * cols * this.parts;
    const planes = Array.from({ length: count }, (_, plane) => {
      const slice = Float64Array.from({ length }, (_, i) => numbers[plane * length + i] ?? NaN);
      return planeSpectrum(slice, this.parts, rows, cols) ?? new Float64Array(rows * cols).fill(NaN);
    });
    const reference = Math.max(...planes.map(largestFinite));
    const levels = planes.map((plane) => plane.map((value) => toDecibels(value, reference)));
    const drawn: Drawn = {
      domain: 'spectral',
      parts: 1,
      tile: (plane) => levels[plane] ?? new Float64Array(rows * cols).fill(NaN),
      min: FLOOR_DB,
      max: 0,
      unit: 'dB re max',
    };
    this.#spectra.set(quantity, drawn);
    return drawn;
  }
}

function elementIsKnown(value: number | readonly [number, number]): boolean {
  return typeof value !== 'number' || !Number.isNaN(value);
}

function formatErrors([re = NaN, im]: Float64Array): string {
  return im === undefined ? formatError(re) : `${formatError(re)} ${im < 0 ? '−' : '+'} ${formatError(Math.abs(im))}i`;
}
