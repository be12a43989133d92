// What a progress bar says, from the data of the output. No page in here.

import * as v from 'valibot';
import { formatCount, formatDuration, formatRate } from '../ui/format.js';

const amount = v.pipe(v.number(), v.finite(), v.minValue(0));

/** `application/vnd.parseval.progress.v1+json`. */
export const progressSchema = v.object({
  label: v.string(),
  done: amount,
  /** Null when nobody knows how many there are. */
  total: v.nullable(amount),
  /** Items in a second. */
  rate: v.nullable(amount),
  /** Seconds. */
  remaining: v.nullable(amount),
  elapsed: amount,
  state: v.picklist(['running', 'done', 'stopped']),
});
/** How far something is. */
export type Progress = v.InferOutput<typeof progressSchema>;

/** What is drawn and said. */
export interface ProgressText {
  readonly label: string;
  /** Part that is done, from 0 to 1, or null when nobody knows. */
  readonly part: number | null;
  /** `42 %`, or empty. */
  readonly percent: string;
  /** The rest of the line. */
  readonly details: string;
}

/** The words for a state. */
export function progressText({ label, done, total, rate, remaining, elapsed, state }: Progress): ProgressText {
  const part = total === null ? null : total === 0 ? 1 : Math.min(1, done / total);
  // Rounded down: 100 % is said when all is done, and not before.
  const percent = part === null ? '' : `${Math.floor(100 * part)} %`;
  const count = total === null ? formatCount(done) : `${formatCount(done)} of ${formatCount(total)}`;
  const speed = rate === null ? [] : [formatRate(rate)];
  switch (state) {
    case 'done':
      return { label, part: part ?? 1, percent, details: [`${formatCount(done)} in ${formatDuration(elapsed)}`, ...speed].join(', ') };
    case 'stopped':
      return { label, part: part ?? 0, percent, details: `stopped at ${count} after ${formatDuration(elapsed)}` };
    case 'running': {
      const left = remaining === null ? (rate === null ? [] : [`for ${formatDuration(elapsed)}`]) : [`${formatDuration(remaining)} left`];
      return { label, part, percent, details: [count, ...speed, ...left].join(', ') };
    }
  }
}
