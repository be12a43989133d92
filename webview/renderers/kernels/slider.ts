// A value to slide, with its name and what it is now.

import { make, setText } from '../../ui/dom.js';

/** A slider on the page. */
export interface Slider {
  readonly element: HTMLElement;
  /** Null where there is nothing to slide. */
  show(value: number | null, range: readonly [number, number], text: string): void;
}

/** A slider between two values; tells each value on the way, and the last one. Listens until the signal aborts. */
export function slider(
  name: string,
  min: number,
  max: number,
  signal: AbortSignal,
  onSlide: (value: number, isEnd: boolean) => void,
): Slider {
  const input = make('input');
  input.type = 'range';
  [input.min, input.max, input.step] = [String(min), String(max), 'any'];
  const output = make('span', 'number');
  input.addEventListener('input', () => onSlide(input.valueAsNumber, false), { signal });
  input.addEventListener('change', () => onSlide(input.valueAsNumber, true), { signal });
  return {
    element: make('label', 'slider', make('span', '', name), input, output),
    show(value, [low, high], text) {
      input.disabled = value === null;
      // A range that follows the hand would run away from it.
      if (!input.matches(':active')) [input.min, input.max] = [String(low), String(Math.max(high, value ?? 0))];
      if (value !== null && input.valueAsNumber !== value) input.value = String(value);
      input.setAttribute('aria-valuetext', value === null ? 'no bin is picked' : text);
      setText(output, value === null ? '' : text);
    },
  };
}
