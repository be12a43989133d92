// Where the bars of the timeline stand. Time runs from left to right; pauses are cut out, so that work is seen and not waiting.

import type { LoggedBatch } from './session-log.js';
import { gpuTime } from './session-log.js';

/** A bar, in pixels from the left. */
export interface Bar {
  readonly left: number;
  readonly width: number;
  /** The submission, by its place in what was laid out. */
  readonly batch: number;
  /** The dispatch within it; −1 for the submission itself. */
  readonly dispatch: number;
  readonly label: string;
  /** Milliseconds; null for a dispatch whose time is not measured. */
  readonly time: number | null;
}

/** A pause that was cut out. */
export interface Pause {
  readonly left: number;
  readonly width: number;
  readonly time: number;
}

/** Everything that is drawn. */
export interface TimelineLayout {
  readonly batches: readonly Bar[];
  readonly dispatches: readonly Bar[];
  readonly pauses: readonly Pause[];
  /** Pixels for a millisecond. */
  readonly scale: number;
  /** Milliseconds of work shown. */
  readonly busy: number;
}

/** Width of a pause, in pixels, and the part of the whole that all pauses may take. */
const pause = { width: 18, share: 1 / 3 };
/** Pauses up to this share of all work, or this many ms, are shown as they are. */
const shortPause = { share: 0.02, time: 0.5 };
/** Nothing is drawn narrower. */
const narrowest = 1;

/** Lays out submissions, oldest first, on `width` pixels. */
export function layOut(batches: readonly LoggedBatch[], width: number): TimelineLayout {
  const spans = batches.map(({ begin, end }) => ({ begin, end: Math.max(end, begin + 0.001) }));
  let [work, done] = [0, spans[0]?.begin ?? 0];
  const gaps: number[] = [];
  // Submissions may overlap: the next one is encoded while the GPU still works.
  for (const { begin, end } of spans) {
    gaps.push(Math.max(0, begin - done));
    work += Math.max(0, end - Math.max(begin, done));
    done = Math.max(done, end);
  }
  const limit = Math.max(shortPause.time, shortPause.share * work);
  const cuts = gaps.filter((gap) => gap > limit).length;
  const pauseWidth = cuts === 0 ? 0 : Math.min(pause.width, (pause.share * width) / cuts);
  const shown = work + gaps.reduce((sum, gap) => sum + (gap > limit ? 0 : gap), 0);
  const scale = shown > 0 ? Math.max(0, width - cuts * pauseWidth) / shown : 0;
  const layout = { batches: [] as Bar[], dispatches: [] as Bar[], pauses: [] as Pause[], scale, busy: work };
  /** Milliseconds that are not drawn, and pixels of the pauses instead. */
  let [cut, inserted] = [spans[0]?.begin ?? 0, 0];
  const at = (time: number): number => (time - cut) * scale + inserted;
  batches.forEach((batch, index) => {
    const span = spans[index];
    const gap = gaps[index] ?? 0;
    if (span === undefined) return;
    if (gap > limit) {
      layout.pauses.push({ left: at(span.begin - gap), width: pauseWidth, time: gap });
      cut += gap;
      inserted += pauseWidth;
    }
    const bar = (begin: number, end: number): { left: number; width: number } => ({
      left: at(begin),
      width: Math.max(narrowest, (end - begin) * scale),
    });
    layout.batches.push({ ...bar(span.begin, span.end), batch: index, dispatch: -1, label: batch.label, time: span.end - span.begin });
    layout.dispatches.push(...dispatchBars(batch, index, bar));
  });
  return layout;
}

/** The GPU's clock has another zero: its last dispatch ended when the submission was seen to be done, at the latest. */
function dispatchBars(batch: LoggedBatch, index: number, bar: (begin: number, end: number) => { left: number; width: number }): Bar[] {
  const { times, dispatches, begin, end } = batch;
  const total = gpuTime(batch);
  if (times === null || total === null) return [];
  const start = Math.max(begin, end - total);
  return dispatches.map((label, i) => {
    const [from, to] = [times[2 * i] ?? 0, times[2 * i + 1] ?? 0];
    return { ...bar(start + from, Math.min(end, start + to)), batch: index, dispatch: i, label, time: Math.max(0, to - from) };
  });
}

/** The bar under a place, the narrower one where they meet; undefined where there is none within 3 pixels. */
export function barAt(bars: readonly Bar[], x: number): Bar | undefined {
  const reach = 3;
  const distance = ({ left, width }: Bar): number => Math.max(left - x, x - left - width, 0);
  let best: Bar | undefined;
  for (const bar of bars) {
    const d = distance(bar);
    if (d <= reach && (best === undefined || d < distance(best) || (d === distance(best) && bar.width < best.width))) best = bar;
  }
  return best;
}

/** The labels that took most time, most first, with the time of each. */
export function heaviest(batches: readonly LoggedBatch[], most: number): readonly { readonly label: string; readonly time: number }[] {
  const sums = new Map<string, number>();
  for (const { dispatches, times } of batches)
    dispatches.forEach((label, i) => {
      const operation = operationOf(label);
      if (times !== null) sums.set(operation, (sums.get(operation) ?? 0) + Math.max(0, (times[2 * i + 1] ?? 0) - (times[2 * i] ?? 0)));
    });
  return [...sums]
    .map(([label, time]) => ({ label, time }))
    .sort((a, b) => b.time - a.time)
    .slice(0, most);
}

/** The longest round time (1, 2 or 5 times a power of ten, in ms) that takes at most `width` pixels. */
export function roundTime(scale: number, width: number): number {
  const most = width / scale;
  const power = 10 ** Math.floor(Math.log10(most));
  return ([5, 2, 1].find((digit) => digit * power <= most) ?? 1) * power;
}

/** A kernel's label without the shape of its result. */
export function operationOf(label: string): string {
  return label.replace(/ \[[^\]]*\]$/, '');
}
