// What the drawings of spectra of one and of two axes have in common.

import type { Region } from '../../ui/plane/viewport.js';
import type { Bins, PeakBin, QuantityScale, SpectrumModel } from './model.js';
import type { Settings } from './settings.js';

/** A bin by its signed numbers: zero frequency is 0, 0. The row of a signal is 0. */
export interface Bin {
  readonly row: number;
  readonly col: number;
}

/** What is known of a bin: of the largest of `pool` bins. */
export interface BinValue {
  readonly magnitude: number;
  readonly phase: number;
  readonly pool: readonly [number, number];
}

/** How a spectrum is to look. */
export interface Look {
  readonly settings: Settings;
  readonly scale: QuantityScale;
  readonly zeroDb: number;
  /** Levels in dB between which phases appear. */
  readonly fade: readonly [number, number];
  readonly model: SpectrumModel;
}

/** What a drawing is made of. */
export interface DrawingOptions {
  readonly label: string;
  readonly shape: readonly number[];
  readonly sampleRate: number | null;
  readonly look: () => Look;
  readonly onPoint: (bin: Bin | null, isKept: boolean) => void;
  readonly onPick: (bin: Bin) => void;
  /** The ends of the colours were moved. */
  readonly onRange: (min: number, max: number) => void;
  /** A part is seen, zero frequency in the middle, for which there are more px than bins; null where there is none. */
  readonly onPart: (region: Region | null, rows: number, cols: number) => void;
}

/** A drawing of a spectrum. Put `element` on the page, give it bins, and tell it when something is otherwise (`draw`). */
export interface Drawing {
  readonly element: HTMLElement;
  readonly canvases: readonly HTMLCanvasElement[];
  setBins(whole: Bins): void;
  setDetail(detail: Bins): void;
  setMarks(peaks: readonly Bin[], picked: Bin | null, linked: Bin | null): void;
  valueAt(bin: Bin): BinValue | null;
  zoomBy(factor: number): void;
  fit(): void;
  draw(): void;
}

/** A peak by its signed numbers. */
export function binOfPeak({ row, col }: PeakBin, shape: readonly number[]): Bin {
  const cols = shape.at(-1) ?? 1;
  const rows = shape.length === 2 ? (shape[0] ?? 1) : 1;
  return { row: row - Math.floor(rows / 2), col: col - Math.floor(cols / 2) };
}
