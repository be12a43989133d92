// The result at full size, computed by the kernel process for the zeros that are set in the page.

import * as v from 'valibot';
import { colorize } from '../../../src/display/color.js';
import { describeWrap, periodOf } from '../../../src/display/convolution-values.js';
import { finiteExtent } from '../../../src/display/extent.js';
import {
  convolutionAnswer,
  type ConvolutionAnswer,
  type ConvolutionData,
  type ConvolutionRequest,
} from '../../../src/protocol/convolution.js';
import { numberFrom } from '../../../src/protocol/numbers.js';
import { planeValues } from '../../../src/protocol/plane-data.js';
import { make, setText } from '../../ui/dom.js';
import { DetailRequests } from '../../ui/plane/detail.js';
import { indexAxis } from '../../ui/plane/index-axis.js';
import { PlaneView } from '../../ui/plane/plane-view.js';
import { wholeOf } from '../../ui/plane/viewport.js';
import type { ViewPage } from '../../ui/renderer.js';
import { markLayer } from './panels.js';

/** Cells that are asked for, along the longer side. */
const CELLS = 512;

/** The result at full size beside what is wrong in it. */
export class FullSize {
  readonly element: HTMLElement;
  readonly #view: PlaneView;
  readonly #text = make('p', 'facts');
  readonly #details: DetailRequests<ConvolutionAnswer>;

  constructor(
    private readonly saved: ConvolutionData,
    private readonly page: ViewPage,
  ) {
    this.#text.role = 'status';
    this.#view = new PlaneView({
      label: 'Result at full size',
      rows: 1,
      cols: 1,
      x: indexAxis('column'),
      y: indexAxis('row'),
      ink: page.ink,
      signal: page.signal,
      maxHeight: 320,
    });
    this.#view.element.hidden = true;
    this.element = make('figure', 'panel full-size', make('figcaption', '', 'at full size'), this.#text, this.#view.element);
    this.#details = new DetailRequests(
      (answer) => this.#show(answer),
      (reason) => setText(this.#text, `${this.saved.readout.join(' ')} (For other zeros: ${reason}.)`),
      page.signal,
    );
    setText(this.#text, saved.readout.join(' '));
  }

  /** Asks for the result with other zeros. */
  ask(zeros: readonly [number, number]): void {
    const { view } = this.saved;
    if (view === null) return;
    const request: ConvolutionRequest = { zeros: [...zeros], cells: CELLS };
    this.#details.ask(async () => v.parse(convolutionAnswer, await this.page.ask(view, request)));
  }

  #show({ rows, cols, result, wrong, period, same, valid, largest }: ConvolutionAnswer): void {
    const { saved } = this;
    const [image, kernel] = [
      [saved.rows, saved.cols],
      [saved.kernel.rows, saved.kernel.cols],
    ] as const;
    const zeros = [rows - Math.max(image[0], kernel[0]), cols - Math.max(image[1], kernel[1])] as const;
    const sizes = { image, kernel, period: periodOf(image, kernel, zeros) };
    setText(this.#text, describeWrap(sizes, { period, same, valid, largest: numberFrom(largest) }).join(' '));
    const values = planeValues(result);
    const { min, max } = finiteExtent(values);
    const region = wholeOf(rows, cols);
    const colors = colorize(values, { map: 'grey', ...(min <= max ? { min, max } : { min: 0, max: 1 }) });
    this.#view.element.hidden = false;
    this.#view.resize(rows, cols);
    const isNan = values.some(Number.isNaN) ? (cell: number): boolean => Number.isNaN(values[cell]) : null;
    this.#view.setLayers([
      { region, rows: result.rows, cols: result.cols, colors, isNan, weight: null },
      markLayer(wrong.rows, wrong.cols, planeValues(wrong), region),
    ]);
  }

  /** Draws anew. */
  draw(): void {
    this.#view.draw();
  }
}
