// A training as JSON: what is saved of it, small enough for a notebook, and what is pushed of it while it runs.

import { curveData, type CurveData, type LiveParts, type PictureData } from '../protocol/live.js';
import { floatPlane, levelPlane, type PlaneData } from '../protocol/plane-data.js';
import { floatsToText } from '../protocol/numbers.js';
import { finiteExtent } from './extent.js';
import { thinned, type Points } from './live-curve.js';
import type { Snapshot } from './live-history.js';
import type { LiveRecord, TrackedPicture } from './live-record.js';

/** Points of one curve, and of all together, that are saved at most: 12 bytes each. */
const [mostPoints, mostPointsInAll] = [2000, 6000] as const;
/** Bytes that snapshots take at most: all of them together. */
const mostBytes = 80_000;
/** What a snapshot takes besides its cells, in bytes. */
const bytesBeside = 220;

/** All that a view shows of a training, at most about 200 KB. */
export function savedParts(record: LiveRecord): LiveParts {
  const { state, step, problem } = record;
  const most = Math.max(64, Math.min(mostPoints, Math.floor(mostPointsInAll / Math.max(1, record.curves.size))));
  const room = mostBytes / Math.max(1, record.pictures.size);
  return {
    state,
    step,
    problem,
    curves: [...record.curves].map(([name, curve]) => thinCurve(name, curve.count, curve.points(), most)),
    pictures: [...record.pictures.values()].map((picture) => {
      const cells = picture.planes * picture.rows * picture.cols;
      const [inFloats, inLevels] = [(16 * cells) / 3, (4 * cells) / 3 + bytesBeside];
      // The last one as it is, unless that leaves no room for the others, which are in levels.
      const isWhole = inFloats + inLevels <= room;
      const count = isWhole ? 1 + Math.floor((room - inFloats) / inLevels) : Math.max(1, Math.floor(room / inLevels));
      const kept = picture.history.some(count);
      return pictureData(picture, kept, (each) => (isWhole && each === kept.at(-1) ? floats(picture, each) : levels(picture, each)));
    }),
  };
}

/** What is new of a training. */
export interface News {
  readonly curves: ReadonlyMap<string, Points>;
  readonly pictures: ReadonlyMap<string, readonly Snapshot[]>;
}

/** What is new, as it is pushed: of very many points those that show the same. */
export function pushedParts(record: LiveRecord, news: News): LiveParts {
  const { state, step, problem } = record;
  return {
    state,
    step,
    problem,
    curves: [...news.curves].map(([name, points]) => thinCurve(name, record.curve(name).count, points, mostPoints)),
    pictures: [...news.pictures].flatMap(([name, snapshots]) => {
      const picture = record.pictures.get(name);
      return picture === undefined ? [] : [pictureData(picture, snapshots, (snapshot) => floats(picture, snapshot))];
    }),
  };
}

function thinCurve(name: string, all: number, points: Points, most: number): CurveData {
  const { steps, values } = thinned(points, most);
  return curveData(name, all, steps, values);
}

function pictureData(
  { name, note, planes, rows, cols }: TrackedPicture,
  snapshots: readonly Snapshot[],
  encode: (snapshot: Snapshot) => PlaneData,
): PictureData {
  const data = snapshots.map((each) => ({
    index: each.index,
    step: each.step,
    cells: encode(each),
    radial: floatsToText(each.radial),
  }));
  return { name, note, planes, rows, cols, snapshots: data };
}

function floats({ planes, rows, cols }: TrackedPicture, { cells }: Snapshot): PlaneData {
  return floatPlane(cells, planes * rows, cols);
}

function levels(picture: TrackedPicture, snapshot: Snapshot): PlaneData {
  const { min, max } = finiteExtent(snapshot.cells);
  // Without a finite value there is nothing to have levels of.
  if (min > max) return floats(picture, snapshot);
  return levelPlane(snapshot.cells, picture.planes * picture.rows, picture.cols, min, max);
}
