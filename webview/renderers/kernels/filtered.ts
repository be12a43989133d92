// The image and what the kernel makes of it: at once in the page from the saved image, and at full size from the kernel process a moment later.

import * as v from 'valibot';
import { finiteExtent } from '../../../src/display/extent.js';
import { filtered, type Taps } from '../../../src/display/kernels-response.js';
import { formatNumber } from '../../../src/display/number-format.js';
import type { KernelsData, KernelsRequest } from '../../../src/protocol/kernels.js';
import { numberTo } from '../../../src/protocol/numbers.js';
import { planeSchema, planeValues } from '../../../src/protocol/plane-data.js';
import { colorize } from '../../../src/display/color.js';
import { make, setText } from '../../ui/dom.js';
import { askedCells, DetailRequests } from '../../ui/plane/detail.js';
import { indexAxis } from '../../ui/plane/index-axis.js';
import type { PlaneLayer } from '../../ui/plane/layer.js';
import { valueIn, type ValuePlane } from '../../ui/plane/plane-card.js';
import { PlaneView } from '../../ui/plane/plane-view.js';
import { wholeOf, type Cell, type Region } from '../../ui/plane/viewport.js';
import type { ViewPage } from '../../ui/renderer.js';

/** Says what is pointed at. */
export type Say = (place: string, values: string, isKept: boolean) => void;

/** An image beside itself, filtered. */
export class FilteredImage {
  readonly element: HTMLElement;
  readonly #image: ValuePlane;
  readonly #views: readonly [PlaneView, PlaneView];
  readonly #caption = make('p', 'facts');
  readonly #details: DetailRequests<ValuePlane>;
  #taps: Taps | null = null;
  #result: ValuePlane;
  #detail: ValuePlane | null = null;

  constructor(
    private readonly saved: KernelsData,
    image: NonNullable<KernelsData['image']>,
    private readonly page: ViewPage,
    private readonly say: Say,
  ) {
    const { rows, cols, plane } = image;
    const whole = wholeOf(rows, cols);
    this.#image = this.#result = { region: whole, rows: plane.rows, cols: plane.cols, values: planeValues(plane) };
    const view = (at: 0 | 1, label: string): PlaneView =>
      new PlaneView({
        label,
        rows,
        cols,
        x: indexAxis('column'),
        y: indexAxis('row'),
        ink: page.ink,
        signal: page.signal,
        maxHeight: 280,
        onPoint: (cell, isKept) => this.#point(at, cell, isKept),
        onRegion: (region) => this.#follow(at, region),
      });
    this.#views = [view(0, 'Image'), view(1, 'Filtered image')];
    this.element = make(
      'div',
      'panels',
      make('figure', 'panel', make('figcaption', '', 'image'), this.#views[0].element),
      make('figure', 'panel', make('figcaption', '', 'filtered'), this.#views[1].element, this.#caption),
    );
    this.#details = new DetailRequests(
      (detail) => {
        this.#detail = detail;
        this.#drawResult();
      },
      (reason) => setText(this.#caption, `${this.#words()} · not at full size: ${reason}`),
      page.signal,
    );
  }

  /** Filters by another kernel. */
  filter(taps: Taps): void {
    this.#taps = taps;
    const { region, rows, cols, values } = this.#image;
    this.#result = { region, rows, cols, values: filtered(values, rows, cols, taps, this.saved.operation) };
    this.#detail = null;
    this.#drawResult();
    this.#ask();
  }

  /** Draws anew. */
  draw(): void {
    const { min, max } = finiteExtent(this.#image.values);
    this.#views[0].setLayers([greyLayer(this.#image, min, max)]);
    this.#drawResult();
  }

  #drawResult(): void {
    const shown = this.#detail ?? this.#result;
    this.#views[1].setLayers([this.#result, ...(this.#detail === null ? [] : [this.#detail])].map((plane) => this.#layer(plane, shown)));
    setText(this.#caption, this.#words());
  }

  /** What keeps no mean is drawn about 0 in two colours, all else from black to white. */
  #layer(plane: ValuePlane, of: ValuePlane): PlaneLayer {
    const { min, max } = finiteExtent(of.values);
    if (!this.#isSigned()) return greyLayer(plane, min, max);
    const size = Math.max(Math.abs(min), Math.abs(max));
    return layerOf(plane, colorize(plane.values, { map: this.page.ink().isDark ? 'divergingDark' : 'diverging', min: -size, max: size }));
  }

  #isSigned(): boolean {
    const values = this.#taps?.values ?? new Float64Array();
    const sum = values.reduce((total, value) => total + value, 0);
    return Math.abs(sum) <= 1e-3 * Math.sqrt(values.reduce((total, value) => total + value * value, 0));
  }

  #words(): string {
    const { min, max } = finiteExtent((this.#detail ?? this.#result).values);
    const range = min <= max ? `${formatNumber(min)} … ${formatNumber(max)}` : 'no finite values';
    const { region, rows, cols } = this.#image;
    if (rows === region.bottom && cols === region.right) return range;
    return this.#detail === null ? `${range} · of the image reduced to ${cols}×${rows}` : `${range} · at full size, by the kernel process`;
  }

  #ask(): void {
    const { view } = this.saved;
    const taps = this.#taps;
    const { region, rows, cols } = this.#image;
    const isReduced = rows < region.bottom || cols < region.right;
    if (view === null || taps === null || !isReduced) return;
    const asked = askedCells(this.#views[1].region, region.bottom, region.right);
    const most = 2 * Math.round(280 * globalThis.devicePixelRatio);
    const request: KernelsRequest = { kind: 'filter', taps: Array.from(taps.values, numberTo), part: { ...asked, rows: most, cols: most } };
    this.#details.ask(async () => {
      const plane = v.parse(planeSchema, await this.page.ask(view, request));
      return { region: asked, rows: plane.rows, cols: plane.cols, values: planeValues(plane) };
    });
  }

  #point(at: 0 | 1, cell: Cell | null, isKept: boolean): void {
    const [own, other] = at === 0 ? this.#views : [this.#views[1], this.#views[0]];
    own.setMarks([]);
    const marks = cell === null ? [] : [{ ...cell, kind: 'cross' as const }];
    other.setMarks(marks);
    if (cell === null) return this.say('', '', false);
    const valueOf = (planes: readonly (ValuePlane | null)[]): string => {
      for (const plane of planes) {
        const found = plane && valueIn(plane, cell.row, cell.col);
        if (found) return formatNumber(found.value);
      }
      return '';
    };
    this.say(
      `row ${cell.row}, column ${cell.col}`,
      `image ${valueOf([this.#image])}, filtered ${valueOf([this.#detail, this.#result])}`,
      isKept,
    );
  }

  #isFollowing = false;

  #follow(at: 0 | 1, region: Region): void {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    this.#views[at === 0 ? 1 : 0].setRegion(region);
    this.#isFollowing = false;
    this.#ask();
  }
}

function greyLayer(plane: ValuePlane, min: number, max: number): PlaneLayer {
  const ends = min <= max ? { min, max } : { min: 0, max: 1 };
  return layerOf(plane, colorize(plane.values, { map: 'grey', ...ends }));
}

function layerOf({ region, rows, cols, values }: ValuePlane, colors: Uint8ClampedArray): PlaneLayer {
  return { region, rows, cols, colors, isNan: values.some(Number.isNaN) ? (cell) => Number.isNaN(values[cell]) : null, weight: null };
}
