// What is known of a training: its curves, and its tensors at some steps. The kernel keeps one, and so does each page that shows it: nothing of
// Node in here.

import { Curve } from './live-curve.js';
import { History } from './live-history.js';

/** A tensor over the steps. */
export interface TrackedPicture {
  readonly name: string;
  readonly note: string;
  readonly planes: number;
  readonly rows: number;
  readonly cols: number;
  readonly history: History;
}

/** How a training stands. */
export type LiveState = 'running' | 'done' | 'stopped';

/** A training. */
export class LiveRecord {
  state: LiveState = 'running';
  /** The last step. */
  step = 0;
  /** What could not be read, and why. */
  problem = '';
  readonly curves = new Map<string, Curve>();
  readonly pictures = new Map<string, TrackedPicture>();

  /** The curve of a name, which begins now where there was none. */
  curve(name: string): Curve {
    let curve = this.curves.get(name);
    if (curve === undefined) this.curves.set(name, (curve = new Curve()));
    return curve;
  }

  /** The tensor of a name; one of another shape begins anew. */
  picture(like: Omit<TrackedPicture, 'history'>): TrackedPicture {
    let picture = this.pictures.get(like.name);
    const isSame = picture?.planes === like.planes && picture.rows === like.rows && picture.cols === like.cols;
    if (picture === undefined || !isSame) {
      const { name, note, planes, rows, cols } = like;
      this.pictures.set(name, (picture = { name, note, planes, rows, cols, history: new History() }));
    }
    return picture;
  }
}
