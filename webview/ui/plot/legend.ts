// The names of curves above a plot: each a switch that shows or hides its curve, and lifts it out of the others while it is looked at.

import { make, makeSvg } from '../dom.js';
import type { LinePlot } from '../line-plot.js';

/** A legend; listens until the signal aborts. */
export class Legend {
  readonly element = make('div', 'legend');
  #hidden: ReadonlySet<number>;

  /** `onHidden` gets the numbers of the curves that are hidden when a switch was pressed. */
  constructor(
    private readonly plot: LinePlot,
    private readonly names: readonly string[],
    hidden: ReadonlySet<number>,
    private readonly signal: AbortSignal,
    private readonly onHidden: (hidden: ReadonlySet<number>) => void,
  ) {
    this.#hidden = hidden;
    this.element.role = 'group';
    this.element.ariaLabel = 'Curves';
    this.element.append(...names.map((name, i) => this.#entry(name, i)));
    plot.setHidden(hidden);
    this.draw();
  }

  /** Draws the lines beside the names anew: the theme may be another one. */
  draw(): void {
    this.names.forEach((_, i) => {
      const { color, dash } = this.plot.styleOf(i);
      const line = this.element.children[i]?.querySelector('line');
      line?.setAttribute('stroke', color);
      line?.setAttribute('stroke-dasharray', dash.join(' '));
    });
  }

  #entry(name: string, i: number): HTMLButtonElement {
    const line = makeSvg('line', { x1: 0, y1: 5, x2: 24, y2: 5, 'stroke-width': 2 });
    const entry = make(
      'button',
      'legend-entry',
      makeSvg('svg', { viewBox: '0 0 24 10', 'aria-hidden': 'true' }, line),
      make('span', '', name),
    );
    entry.type = 'button';
    entry.ariaPressed = String(!this.#hidden.has(i));
    entry.title = 'Show or hide';
    const { signal } = this;
    entry.addEventListener(
      'click',
      () => {
        const hidden = new Set(this.#hidden);
        if (!hidden.delete(i)) hidden.add(i);
        this.#hidden = hidden;
        entry.ariaPressed = String(!hidden.has(i));
        this.plot.setHidden(hidden);
        this.onHidden(hidden);
      },
      { signal },
    );
    for (const type of ['pointerenter', 'focus'] as const) entry.addEventListener(type, () => this.plot.setFocus(i), { signal });
    for (const type of ['pointerleave', 'blur'] as const) entry.addEventListener(type, () => this.plot.setFocus(null), { signal });
    return entry;
  }
}
