// Draws `application/vnd.parseval.progress.v1+json` in a notebook: a bar that is brought up to date in its place.

import * as v from 'valibot';
import { adopt, make, setText } from '../ui/dom.js';
import type { Renderer } from '../ui/renderer.js';
import styles from './progress.css';
import { progressSchema, progressText } from './progress-text.js';

/** Called once by VS Code. */
export function activate(): Renderer {
  const bars = new Map<string, Bar>();
  return {
    renderOutputItem(item, element) {
      let bar = bars.get(item.id);
      if (bar === undefined) bars.set(item.id, (bar = new Bar()));
      // The same element comes again for new data; what is in it stays, so that nothing flickers.
      if (bar.element.parentElement !== element) element.replaceChildren(bar.element);
      bar.show(item.json());
    },
    disposeOutputItem(id) {
      for (const [known, { element }] of bars) {
        if (id !== undefined && id !== known) continue;
        element.remove();
        bars.delete(known);
      }
    },
  };
}

class Bar {
  readonly element = make('div');
  readonly #label = make('span', 'label');
  readonly #percent = make('span', 'number percent');
  readonly #details = make('span', 'number');
  readonly #fill = make('div', 'fill');
  readonly #track = make('div', 'track', this.#fill);
  readonly #root = make(
    'div',
    'progress',
    make('div', 'line', this.#label, make('span', 'numbers', this.#percent, this.#details)),
    this.#track,
  );

  constructor() {
    // In a tree of its own: outputs of all renderers share one page.
    const shadow = this.element.attachShadow({ mode: 'open' });
    adopt(shadow, styles);
    shadow.append(this.#root);
    this.#track.setAttribute('role', 'progressbar');
  }

  show(data: unknown): void {
    const given = v.safeParse(progressSchema, data);
    if (!given.success) {
      this.#root.dataset['state'] = 'broken';
      setText(this.#label, `This progress bar cannot be shown: ${given.issues[0].message}`);
      return;
    }
    const { label, part, percent, details } = progressText(given.output);
    this.#root.dataset['state'] = given.output.state;
    this.#root.toggleAttribute('data-unknown', part === null);
    setText(this.#label, label);
    setText(this.#percent, percent);
    setText(this.#details, details);
    this.#fill.style.width = part === null ? '' : `${100 * part}%`;
    this.#track.setAttribute('aria-label', label);
    this.#track.setAttribute('aria-valuetext', [percent, details].filter(Boolean).join(', '));
    if (part === null) this.#track.removeAttribute('aria-valuenow');
    else this.#track.setAttribute('aria-valuenow', String(Math.floor(100 * part)));
  }
}
