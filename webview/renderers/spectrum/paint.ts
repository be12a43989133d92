// The colours of bins, and where they lie with zero frequency in the middle or first.

import { colorize } from '../../../src/display/color.js';
import type { PlaneLayer } from '../../ui/plane/layer.js';
import type { Region } from '../../ui/plane/viewport.js';
import { valueOf, valuesOf, type Bins, type Quantity, type QuantityScale } from './model.js';
import { toDecibels } from '../../../src/display/spectrum-values.js';

/** How bins become colours. */
export interface BinColors {
  readonly quantity: Quantity;
  readonly scale: QuantityScale;
  /** The magnitude of 0 dB. */
  readonly zeroDb: number;
  /** Levels in dB between which phases appear out of grey. */
  readonly fade: readonly [number, number];
}

/** The middle of the cyclic map, between its white, blue, black and red: no phase at all, on a light page and on a dark one. */
const GREY = 116;

/** The colours of bins as RGBA: phases are faded by magnitude, because where there is nothing they are noise. */
export function colorsOf(bins: Pick<Bins, 'magnitude' | 'phase'>, { quantity, scale, zeroDb, fade }: BinColors): Uint8ClampedArray {
  const colors = colorize(valuesOf(bins, quantity, zeroDb), scale);
  if (quantity !== 'phase') return colors;
  const [low, high] = fade;
  bins.magnitude.forEach((magnitude, bin) => {
    const part = magnitude === 0 ? 0 : Math.min(1, Math.max(0, (toDecibels(magnitude, zeroDb) - low) / (high - low)));
    if (Number.isNaN(part)) return;
    for (let i = 0; i < 3; i++) colors[4 * bin + i] = GREY + part * ((colors[4 * bin + i] ?? 0) - GREY);
  });
  return colors;
}

/** Bins as layers of a plane [rows, cols]: one with zero frequency in the middle, else the parts around it that come to lie at the ends. */
export function layersOf(bins: Bins, colors: BinColors, rows: number, cols: number, isShifted: boolean): PlaneLayer[] {
  const { magnitude, phase } = bins;
  const isUnknown = (cell: number): boolean =>
    Number.isNaN(valueOf(magnitude[cell] ?? NaN, phase[cell] ?? NaN, colors.quantity, colors.zeroDb));
  const layer = {
    rows: bins.rows,
    cols: bins.cols,
    colors: colorsOf(bins, colors),
    isNan: magnitude.some(Number.isNaN) ? isUnknown : null,
    weight: magnitude,
  };
  if (isShifted) return [{ ...layer, region: bins.region }];
  const moves = (n: number): readonly number[] => [-Math.floor(n / 2), Math.ceil(n / 2)];
  // The one moved to the right lies over what the last block of the other reaches too far.
  return moves(rows).flatMap((down) => moves(cols).map((across) => ({ ...layer, region: moved(bins.region, down, across) })));
}

/** A region, moved by cells. */
export function moved({ top, left, bottom, right }: Region, down: number, across: number): Region {
  return { top: top + down, left: left + across, bottom: bottom + down, right: right + across };
}
