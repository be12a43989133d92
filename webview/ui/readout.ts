// The line below a drawing that says what is pointed at. It has its room always, so that nothing moves.

import { make, setText } from './dom.js';

/** Two lines of text, spoken to screen readers where keys led. */
export class Readout {
  readonly #place = make('span', 'place');
  readonly #values = make('span', 'values');
  readonly #spoken = make('p', 'for-readers');
  readonly element = make('div', '', make('p', 'readout', this.#place, this.#values), this.#spoken);

  constructor() {
    this.#spoken.setAttribute('aria-live', 'polite');
  }

  /** Says where, and what is there; `isSpoken` to screen readers, too. */
  say(place: string, values: string, isSpoken = false): void {
    this.#set(place, values, false);
    if (isSpoken) setText(this.#spoken, [place, values].filter(Boolean).join('. '));
  }

  /** Says what can be done, while nothing is pointed at. */
  hint(place: string, values = ''): void {
    this.#set(place, values, true);
  }

  #set(place: string, values: string, isHint: boolean): void {
    setText(this.#place, place);
    setText(this.#values, values);
    for (const part of [this.#place, this.#values]) part.classList.toggle('hint', isHint);
  }
}
