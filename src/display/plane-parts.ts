// Parts of planes: what a view asks for when people look closer, and cells that stand for blocks of others.

import * as v from 'valibot';
import { floatPlane, levelPlane, planeRequest, type PlaneData } from '../protocol/plane-data.js';
import type { Tensor } from '../tensor/tensor.js';
import { finiteExtent } from './extent.js';

/** Cells along the longer side of an answer, at most. */
const MOST_ANSWERED = 1024;
/** Cells that are saved as float32, 49 KB of base64; more are saved in levels. */
const MOST_FLOATS = 96 * 96;

/** A part of a tensor's last two axes. */
export interface PlanePart {
  readonly part: Tensor;
  readonly rows: number;
  readonly cols: number;
  /** Cells along the longer side that are asked for. */
  readonly most: number;
}

/** What a request asks of a tensor's last two axes, of all before them. Throws where it asks for what is not there. */
export function partOfPlane(plane: Tensor, given: unknown): PlanePart {
  const request = v.parse(planeRequest, given);
  const [height, width] = [plane.shape.at(-2) as number, plane.shape.at(-1) as number];
  const [top, left, bottom, right] = [request.top, request.left, Math.min(height, request.bottom), Math.min(width, request.right)];
  if (top >= bottom || left >= right)
    throw new RangeError(`the plane of ${height}×${width} has no part [${top}, ${bottom}) × [${left}, ${right})`);
  const outer = plane.shape.slice(0, -2);
  const part = plane.slice([...outer.map(() => 0), top, left], [...outer, bottom, right]);
  const [rows, cols] = [bottom - top, right - left];
  return { part, rows, cols, most: Math.min(MOST_ANSWERED, Math.max(request.rows, request.cols)) };
}

/** Fewer cells for a plane: in each block the one of largest weight, NaN before all. */
export interface Representatives {
  readonly rows: number;
  readonly cols: number;
  /** The place of each in the plane. */
  readonly places: Int32Array;
}

/** Picks cells that stand for blocks, so that at most `most` are left along the longer side. */
export function representatives(weight: (place: number) => number, rows: number, cols: number, most: number): Representatives {
  const pool = Math.max(1, Math.ceil(Math.max(rows, cols) / most));
  const [down, across] = [Math.ceil(rows / pool), Math.ceil(cols / pool)];
  const places = new Int32Array(down * across);
  for (let i = 0; i < places.length; i++) {
    const [top, left] = [Math.floor(i / across) * pool, (i % across) * pool];
    let best = top * cols + left;
    let largest = weight(best);
    for (let row = top; row < Math.min(rows, top + pool); row++) {
      for (let col = left; col < Math.min(cols, left + pool); col++) {
        const own = weight(row * cols + col);
        if (own > largest || (Number.isNaN(own) && !Number.isNaN(largest))) [best, largest] = [row * cols + col, own];
      }
    }
    places[i] = best;
  }
  return { rows: down, cols: across, places };
}

/** The values of representatives as they are saved: as float32 where they are few, else in levels over their finite extent. */
export function savedCells(values: (place: number) => number, { rows, cols, places }: Representatives): PlaneData {
  const kept = Float64Array.from(places, values);
  const { min, max } = finiteExtent(kept);
  return kept.length <= MOST_FLOATS || min > max ? floatPlane(kept, rows, cols) : levelPlane(kept, rows, cols, min, max);
}
