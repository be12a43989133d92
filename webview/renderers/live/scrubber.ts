// Goes back through a training: a slider over its steps, and a button that plays them. At its right end it follows what is new.

import { make, setText } from '../../ui/dom.js';

/** Between two steps that are played, in ms; longer for those who want little motion. */
const [pace, calmPace] = [100, 500] as const;

/** Options of a scrubber. */
export interface ScrubberOptions {
  readonly signal: AbortSignal;
  /** Another step is looked at, or the latest, whichever that is. `isKept` where people led there. */
  readonly onMove: (isKept: boolean) => void;
}

/** A slider over the steps of a training. */
export class Scrubber {
  readonly element: HTMLElement;
  readonly #range = make('input');
  readonly #play = make('button', 'tool play', '▶');
  readonly #latest = make('button', 'tool latest', '⇥');
  readonly #text = make('span', 'number');
  #moments: readonly number[] = [];
  /** The step that is looked at; null for the latest. */
  #step: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: ScrubberOptions) {
    const { signal } = options;
    const [range, play, latest] = [this.#range, this.#play, this.#latest];
    range.type = 'range';
    range.ariaLabel = 'Step';
    range.min = '0';
    range.step = '1';
    for (const button of [play, latest]) button.type = 'button';
    latest.title = latest.ariaLabel = 'Follow the latest step';
    this.element = make('div', 'scrubber', play, range, latest, this.#text);
    range.addEventListener('input', () => this.#moveTo(range.valueAsNumber, true), { signal });
    play.addEventListener('click', () => (this.#timer === undefined ? this.#start() : this.#stop()), { signal });
    latest.addEventListener('click', () => this.follow(), { signal });
    signal.addEventListener('abort', () => clearTimeout(this.#timer), { once: true });
    this.#draw();
  }

  /** The step that is looked at; null where there is none yet. */
  get step(): number | null {
    return this.#moments[this.#at] ?? null;
  }

  /** The step that people chose; null where the latest is followed. */
  get chosen(): number | null {
    return this.#step;
  }

  /** Steps to go to, ascending. What is looked at stays, and so does what has the focus. */
  setMoments(moments: readonly number[]): void {
    this.#moments = moments;
    this.#draw();
  }

  /** Looks at a step, or the one before it that there is; null follows the latest. */
  look(step: number | null): void {
    this.#step = step;
    this.#draw();
  }

  /** Looks at the step nearest to a place, as a click in the curves does. */
  lookNear(step: number): void {
    this.#stop();
    const distance = (i: number): number => Math.abs(this.#moments[i]! - step);
    const nearest = this.#moments.reduce((best, _, i) => (distance(i) < distance(best) ? i : best), 0);
    this.#moveTo(nearest, true);
  }

  /** Follows the latest step. */
  follow(): void {
    this.#stop();
    this.#moveTo(this.#moments.length - 1, true);
  }

  get #at(): number {
    if (this.#step === null) return this.#moments.length - 1;
    const step = this.#step;
    return Math.max(
      0,
      this.#moments.findLastIndex((moment) => moment <= step),
    );
  }

  #moveTo(at: number, isKept: boolean): void {
    this.#step = at >= this.#moments.length - 1 ? null : (this.#moments[at] ?? null);
    this.#draw();
    this.options.onMove(isKept);
  }

  #start(): void {
    if (this.#moments.length < 2) return;
    if (this.#step === null) this.#moveTo(0, false);
    this.#next();
    this.#draw();
  }

  #next(): void {
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#timer = setTimeout(
      () => {
        this.#moveTo(this.#at + 1, false);
        if (this.#step === null) this.#stop();
        else this.#next();
      },
      isCalm ? calmPace : pace,
    );
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#draw();
  }

  #draw(): void {
    const last = Math.max(0, this.#moments.length - 1);
    const at = Math.max(0, this.#at);
    this.#range.max = String(last);
    this.#range.value = String(at);
    this.#range.disabled = this.#play.disabled = last === 0;
    const isFollowing = this.#step === null;
    const text = this.step === null ? 'no step yet' : `step ${this.step}${isFollowing ? ', the latest' : ''}`;
    this.#range.setAttribute('aria-valuetext', text);
    setText(this.#text, text);
    const isPlaying = this.#timer !== undefined;
    setText(this.#play, isPlaying ? '❚❚' : '▶');
    this.#play.title = this.#play.ariaLabel = isPlaying ? 'Pause' : 'Play the steps';
    this.#latest.disabled = isFollowing;
  }
}
