// What planes and signals of a comparison have in common. No page in here.

import { finiteExtent } from '../../../src/display/extent.js';
import { planeValues, type PlaneData } from '../../../src/protocol/plane-data.js';

/** The lowest level of a saved spectrum, in dB re max. */
export const FLOOR_DB = -160;

/** The finite extent of a saved plane; from 0 to 1 where nothing in it is finite, and of constants about the value. */
export function extentOf(plane: PlaneData): { readonly min: number; readonly max: number } {
  const { min, max } = finiteExtent(planeValues(plane));
  if (min > max) return { min: 0, max: 1 };
  const half = min === max ? Math.abs(min) / 2 || 0.5 : 0;
  return { min: min - half, max: max + half };
}

/** What is drawn of something with a name: of complex values the magnitude. */
export function nameOf(name: string, isComplex: boolean): string {
  return isComplex ? `|${name}|` : name;
}
