// A choice of one among many in a list that opens, with its name beside it.

import { make, setText } from './dom.js';

/** A list to choose from. */
export interface Select {
  readonly element: HTMLElement;
  /** Shows a choice that was made elsewhere. */
  show(value: string): void;
  /** Says why nothing can be chosen; empty where it can. */
  hinder(reason: string): void;
}

let lists = 0;

/** A list of values with their labels. Listens until the signal aborts. */
export function select(
  name: string,
  options: readonly (readonly [value: string, label: string])[],
  chosen: string,
  onChoose: (value: string) => void,
  signal: AbortSignal,
): Select {
  const list = make(
    'select',
    '',
    ...options.map(([value, label]) => {
      const option = make('option', '', label);
      option.value = value;
      return option;
    }),
  );
  const reason = make('span', 'hindrance');
  reason.id = `select-${++lists}-reason`;
  list.value = chosen;
  list.addEventListener('change', () => onChoose(list.value), { signal });
  // Its name alone, without what can be chosen.
  list.ariaLabel = name;
  const element = make('div', 'select', make('label', '', name, list), reason);
  return {
    element,
    show: (value) => {
      list.value = value;
    },
    hinder: (text) => {
      list.disabled = text !== '';
      setText(reason, text);
      list.toggleAttribute('aria-describedby', false);
      if (text !== '') list.setAttribute('aria-describedby', reason.id);
    },
  };
}
