// Small pictures of all kernels, to pick one of.

import { colorize } from '../../../src/display/color.js';
import type { Taps } from '../../../src/display/kernels-response.js';
import { make } from '../../ui/dom.js';
import type { Ink } from '../../ui/ink.js';

/** What a picker shows. */
export interface PickerOptions {
  readonly names: readonly string[];
  readonly onPick: (at: number) => void;
  readonly ink: () => Ink;
  readonly signal: AbortSignal;
}

/** Side of a picture in CSS px. */
const SIDE = 40;

let groups = 0;

/** Pictures of kernels as radio buttons: arrow keys lead from one to the next. */
export class Picker {
  readonly element: HTMLElement;
  readonly #inputs: readonly HTMLInputElement[];
  readonly #canvases: readonly HTMLCanvasElement[];
  readonly #labels: readonly HTMLElement[];

  constructor(private readonly options: PickerOptions) {
    const group = `kernels-${++groups}`;
    this.#canvases = options.names.map(() => make('canvas'));
    this.#inputs = options.names.map((_, at) => {
      const input = make('input');
      input.type = 'radio';
      input.name = group;
      input.addEventListener('change', () => options.onPick(at), { signal: options.signal });
      return input;
    });
    this.#labels = options.names.map((name, at) =>
      make('label', '', this.#inputs[at] as HTMLInputElement, this.#canvases[at] as HTMLCanvasElement, make('span', '', name)),
    );
    this.element = make('fieldset', 'picker', make('legend', 'for-readers', 'Kernel'), make('div', 'row', ...this.#labels));
  }

  /** Shows which kernel is edited. */
  select(at: number): void {
    const input = this.#inputs[at];
    if (input !== undefined) input.checked = true;
  }

  /** Draws a kernel in colours from −size to size. */
  draw(at: number, { rows, cols, values }: Taps, size: number, isEdited: boolean): void {
    const [canvas, label] = [this.#canvases[at], this.#labels[at]];
    const context = canvas?.getContext('2d');
    if (canvas === undefined || !context) return;
    [canvas.width, canvas.height] = [cols, rows];
    const isStrip = Math.max(rows, cols) > 4 * Math.min(rows, cols);
    const longer = Math.max(rows, cols);
    canvas.style.width = `${isStrip ? SIDE : (SIDE * cols) / longer}px`;
    canvas.style.height = `${isStrip ? SIDE / 2 : (SIDE * rows) / longer}px`;
    const map = this.options.ink().isDark ? 'divergingDark' : 'diverging';
    context.putImageData(
      new ImageData(new Uint8ClampedArray(colorize(values, { map, min: -size, max: size, width: cols })), cols, rows),
      0,
      0,
    );
    label?.classList.toggle('edited', isEdited);
    if (label !== undefined) label.title = isEdited ? 'edited' : '';
  }
}
