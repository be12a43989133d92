// A progress bar as an output: between the library that counts, and whoever draws it.

/** The MIME type of a progress bar. */
export const PROGRESS_MIME = 'application/vnd.parseval.progress.v1+json';

/** What a progress bar shows. Times in seconds, the rate per second; null is unknown. */
export interface ProgressData {
  readonly label: string;
  readonly done: number;
  readonly total: number | null;
  readonly rate: number | null;
  readonly remaining: number | null;
  readonly elapsed: number;
  readonly state: 'running' | 'done' | 'stopped';
}
