// Finer bins for the part that is seen, asked of the kernel, and words on how fine those are that are drawn.

import { make, setText } from '../../ui/dom.js';
import { DetailRequests } from '../../ui/plane/detail.js';
import type { Resolution } from './drawing.js';
import type { Bins } from './model.js';
import { describeResolution } from './words.js';

/** What is done with finer bins, and how fine those are that are drawn. */
export interface FinerOptions {
  readonly resolution: () => Resolution | null;
  readonly take: (bins: Bins) => void;
  readonly signal: AbortSignal;
}

/** Asks for finer bins. `element` says what resolution is seen, and why there is no finer one. */
export class FinerBins {
  readonly element = make('p', 'note resolution');
  readonly #requests: DetailRequests<Bins>;
  #news = '';

  constructor(private readonly options: FinerOptions) {
    this.#requests = new DetailRequests<Bins>(
      (bins) => {
        this.#news = '';
        options.take(bins);
        this.tell();
      },
      (reason) => {
        this.#news = `finer ones are not at hand: ${reason}`;
        this.tell();
      },
      options.signal,
    );
  }

  /** Asks for finer bins; null where there are none to be seen. */
  ask(question: (() => Promise<Bins>) | null): void {
    this.#news = question === null ? '' : 'asking for finer ones …';
    if (question === null) this.#requests.cancel();
    else this.#requests.ask(question);
    this.tell();
  }

  /** Says what is seen now. */
  tell(): void {
    const resolution = this.options.resolution();
    if (resolution !== null) setText(this.element, [describeResolution(resolution), this.#news].filter(Boolean).join(' · '));
  }
}
