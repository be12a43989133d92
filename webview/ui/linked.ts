// Frequencies that are looked at: the views of a page that show spectra mark the one that is pointed at in another.

/** A frequency in cycles a sample (pixel), one number for each axis. */
export type Frequency = readonly number[];

type Take = (frequency: Frequency | null) => void;

const takers = new Set<Take>();

/** Calls with the frequency that another view points at, null when it does no more; until the signal aborts. */
export function onFrequency(take: Take, signal: AbortSignal): void {
  takers.add(take);
  signal.addEventListener('abort', () => takers.delete(take), { once: true });
}

/** Tells all others what is pointed at; `own` is what this view listens with. */
export function pointAtFrequency(frequency: Frequency | null, own: Take): void {
  for (const take of takers) if (take !== own) take(frequency);
}
