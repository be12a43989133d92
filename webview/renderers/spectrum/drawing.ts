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

/** How finely a part of a spectrum is drawn: what is drawn one by one, and of how many bins along each axis that is the largest. */
export interface Resolution {
  readonly each: 'cell' | 'point' | 'pixel';
  readonly bins: readonly number[];
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
  /**
   * For the part that is seen there are more px than bins: the part to ask for, zero frequency in the middle, may run over the end of an axis.
   * Null where nothing finer could be seen.
   */
  readonly onPart: (region: Region | null, rows: number, cols: number) => void;
}

/** A drawing of a spectrum. Put `element` on the page, give it bins, and tell it when something is otherwise (`draw`). */
export interface Drawing {
  readonly element: HTMLElement;
  readonly canvases: readonly HTMLCanvasElement[];
  /** Bins of all of it. With zero frequency elsewhere they must be set again. */
  setBins(whole: Bins): void;
  /** How fine the bins are that are seen; null while it is not on the page. */
  resolution(): Resolution | null;
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
