// A choice of one among a few that all stand there: a group of radio buttons that looks like one switch.

import { make } from './dom.js';

/** One of the choices; with `hindrance` it cannot be taken, and that is why. */
export interface Option<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly hindrance?: string | undefined;
}

let groups = 0;

/** A group of radio buttons with a name for screen readers. Listens until the signal aborts. */
export function choice<T extends string>(
  name: string,
  options: readonly Option<T>[],
  chosen: T,
  onChoose: (value: T) => void,
  signal: AbortSignal,
): HTMLFieldSetElement {
  const group = `choice-${++groups}`;
  const labels = options.map(({ value, label, hindrance }) => {
    const input = make('input');
    input.type = 'radio';
    input.name = group;
    input.value = value;
    input.checked = value === chosen;
    input.disabled = hindrance !== undefined;
    input.addEventListener('change', () => onChoose(value), { signal });
    const element = make('label', '', input, make('span', '', label));
    if (hindrance !== undefined) element.title = hindrance;
    return element;
  });
  return make('fieldset', 'choice', make('legend', 'for-readers', name), ...labels);
}
