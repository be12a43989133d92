// The summary at the end of a run. A notebook says what belongs there by outputs of a MIME type of their own.
import type { CellOutput } from '../kernel/index.js';

/** The MIME type of an output for the summary: an object of label → text. */
export const summaryMime = 'application/vnd.parseval.summary.v1+json';

/** Adds what an output has for the summary; of one label the last value counts. */
export function collectSummary(summary: Map<string, string>, output: CellOutput): void {
  if (output.output_type !== 'display_data' && output.output_type !== 'execute_result') return;
  const entries = output.data[summaryMime];
  if (typeof entries !== 'object' || entries === null) return;
  for (const [label, value] of Object.entries(entries)) summary.set(label, String(value));
}

/** The summary as an aligned table, or an empty text when there is nothing in it. */
export function formatSummary(summary: ReadonlyMap<string, string>): string {
  if (summary.size === 0) return '';
  const width = Math.max(...[...summary.keys()].map((label) => label.length));
  const rows = [...summary].map(([label, value]) => {
    const lines = value.split('\n').join(`\n${' '.repeat(width + 4)}`);
    return `  ${label.padEnd(width)}  ${lines}\n`;
  });
  return `Summary\n${rows.join('')}`;
}
