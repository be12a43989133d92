// A choice of one among a few that all stand there: a group of radio buttons that looks like one switch.

import { make } from './dom.js';

/** One of the choices; with `hindrance` it cannot be taken, and that is why. */
export interface Option<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly hindrance?: string | undefined;
}

let groups = 0;

/** A group of radio buttons with a name for screen readers; under them stands why some cannot be taken. Listens until the signal aborts. */
export function choice<T extends string>(
  name: string,
  options: readonly Option<T>[],
  chosen: T,
  onChoose: (value: T) => void,
  signal: AbortSignal,
): HTMLFieldSetElement {
  const group = `choice-${++groups}`;
  const hindrances = [...new Set(options.flatMap(({ hindrance }) => hindrance ?? []))];
  const reasonId = (hindrance: string): string => `${group}-reason-${hindrances.indexOf(hindrance)}`;
  const labels = options.map(({ value, label, hindrance }) => {
    const input = make('input');
    input.type = 'radio';
    input.name = group;
    input.value = value;
    input.checked = value === chosen;
    input.disabled = hindrance !== undefined;
    if (hindrance !== undefined) input.setAttribute('aria-describedby', reasonId(hindrance));
    input.addEventListener('change', () => onChoose(value), { signal });
    return make('label', '', input, make('span', '', label));
  });
  // What cannot be taken gets no focus, so that a tooltip would be for the pointer alone.
  const reasons = hindrances.map((hindrance) => {
    const of = options.filter((option) => option.hindrance === hindrance).map(({ label }) => label);
    const reason = make('p', 'hindrance', `${of.join(', ')}: ${hindrance}`);
    reason.id = reasonId(hindrance);
    return reason;
  });
  return make('fieldset', 'choice', make('legend', 'for-readers', name), make('div', 'row', ...labels), ...reasons);
}
