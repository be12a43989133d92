// Planes of one size beside each other: what is looked at in one is marked in the others, and all show the same part.

import * as v from 'valibot';
import { planesAnswer, planeValues, type PlaneData, type PlaneRequest } from '../../../src/protocol/plane-data.js';
import { make } from '../dom.js';
import type { ViewPage } from '../renderer.js';
import type { Axis } from './axes.js';
import { askedCells, DetailRequests } from './detail.js';
import { PlaneCard, type PlaneCardOptions, type ValuePlane } from './plane-card.js';
import { wholeOf, type Cell, type Region } from './viewport.js';

/** One of the planes. */
export type PlaneMember = Pick<PlaneCardOptions, 'scale' | 'unit' | 'reduce' | 'isSymmetric' | 'barTicks' | 'onScale' | 'label'> & {
  /** Stands above it. */
  readonly title: string;
  /** Ends of the range that the handles can set. */
  readonly ends: readonly [low: number, high: number];
};

/** What a group is made of. */
export interface PlaneGroupOptions {
  readonly rows: number;
  readonly cols: number;
  readonly x: Axis;
  readonly y: Axis;
  readonly page: ViewPage;
  readonly members: readonly PlaneMember[];
  /** What was saved; `derive` makes of such planes the values of each member. */
  readonly saved: readonly PlaneData[];
  readonly derive: (planes: readonly ValuePlane[]) => readonly ValuePlane[];
  /** By what the kernel knows the view, to be asked for finer cells by `planeRequest`; null where it holds nothing. */
  readonly view: string | null;
  readonly maxHeight?: number;
  readonly onPoint: (cell: Cell | null, isKept: boolean) => void;
  readonly onPick?: (cell: Cell) => void;
  /** Why there are no finer cells. */
  readonly onProblem: (reason: string) => void;
}

/** Planes of one size. Put `element` on the page, then call `start`. */
export class PlaneGroup {
  readonly element = make('div', 'planes');
  readonly cards: readonly PlaneCard[];
  readonly #details: DetailRequests<readonly ValuePlane[]>;
  #isFollowing = false;

  constructor(private readonly options: PlaneGroupOptions) {
    const { members, rows, cols, x, y, page, maxHeight = 320, onPick } = options;
    this.cards = members.map(
      (member, at) =>
        new PlaneCard({
          ...member,
          rows,
          cols,
          x,
          y,
          maxHeight,
          ink: page.ink,
          signal: page.signal,
          onPoint: (cell, isKept) => this.#point(at, cell, isKept),
          ...(onPick === undefined ? {} : { onPick }),
          onRegion: (region, height, width) => this.#follow(at, region, height, width),
        }),
    );
    this.element.append(
      ...this.cards.map(({ element }, at) => make('div', 'plane-member', make('div', 'name', members[at]?.title ?? ''), element)),
    );
    this.#details = new DetailRequests<readonly ValuePlane[]>(
      (planes) => {
        this.#derived(planes, (card, plane) => card.setDetail(plane));
        const { cell } = this.#pointed() ?? {};
        if (cell) options.onPoint(cell, false);
      },
      options.onProblem,
      page.signal,
    );
  }

  /** Why there are no finer cells of what is seen; empty where there are, or none are needed. */
  get problem(): string {
    return this.#details.problem;
  }

  /** Draws what was saved, once the group is on the page. */
  start(): void {
    const { saved, rows, cols, members } = this.options;
    this.#derived(this.#decode(saved, wholeOf(rows, cols)), (card, plane, at) => card.setValues(plane, members[at]?.ends ?? [0, 1]));
  }

  /** Draws anew. */
  draw(): void {
    for (const card of this.cards) card.draw();
  }

  /** All show the same part, larger or smaller. */
  zoomBy(factor: number): void {
    (this.#pointed() ?? this.cards[0]?.view)?.zoomBy(factor);
  }

  /** All show everything. */
  fit(): void {
    this.cards[0]?.view.fit();
  }

  #pointed(): PlaneCard['view'] | undefined {
    return this.cards.map(({ view }) => view).find(({ cell }) => cell !== null);
  }

  #decode(planes: readonly PlaneData[], region: Region): readonly ValuePlane[] {
    return planes.map((plane) => ({ region, rows: plane.rows, cols: plane.cols, values: planeValues(plane) }));
  }

  #derived(planes: readonly ValuePlane[], use: (card: PlaneCard, plane: ValuePlane, at: number) => void): void {
    this.options.derive(planes).forEach((plane, at) => {
      const card = this.cards[at];
      if (card !== undefined) use(card, plane, at);
    });
  }

  #point(at: number, cell: Cell | null, isKept: boolean): void {
    this.cards.forEach((card, other) => {
      if (other !== at) card.view.setMarks(cell === null ? [] : [{ ...cell, kind: 'cross' }]);
    });
    this.options.onPoint(cell, isKept);
  }

  #follow(at: number, region: Region, height: number, width: number): void {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    this.cards.forEach((card, other) => other !== at && card.view.setRegion(region));
    this.#isFollowing = false;
    const { view, page, rows, cols } = this.options;
    if (view === null || this.cards[at]?.isFine(region, height, width) !== false) return this.#details.cancel();
    const asked = askedCells(region, rows, cols);
    const request: PlaneRequest = { ...asked, rows: Math.min(4096, 2 * height), cols: Math.min(4096, 2 * width) };
    this.#details.ask(async () => this.#decode(v.parse(planesAnswer, await page.ask(view, request)), asked));
  }
}
