// What the gradient checks of a notebook's cells came to.
import * as v from 'valibot';
import type { MimeBundle } from '../display/sink.js';
import type { CellOutput } from '../kernel/index.js';
import { isGradcheckCell } from '../protocol/gradcheck-cells.js';
import type { GradcheckData } from '../protocol/gradcheck.js';
import { GRADCHECK_MIME, gradcheckSchema, subjectOf } from '../protocol/gradcheck.js';
import type { CellEnd } from './execute.js';
import type { RunnableCell } from './notebook-file.js';

/** What came of one gradient check, or why there is none where one belongs. */
export const findingSchema = v.object({
  /** The cell's number. */
  cell: v.number(),
  /** The gradients agree; they do not; there is no answer; none was due. */
  outcome: v.picklist(['agrees', 'disagrees', 'error', 'skipped']),
  /** What kind of answer, in a word: the name of an error, say. */
  type: v.string(),
  /** One line. */
  message: v.string(),
  /** All there is to read: the report in words, or the traceback. */
  details: v.string(),
  seconds: v.number(),
});
export type Finding = v.InferOutput<typeof findingSchema>;

/** Whether a gradient check is due in the cell. */
export function isDue({ cell }: RunnableCell): boolean {
  return isGradcheckCell(cell.source, tagsOf(cell));
}

/** What a cell that ran has to say; `made` counts the checks that its code began. */
export function findingsOf(cell: RunnableCell, end: CellEnd, made: number): Finding[] {
  const found = end.outputs.filter((output) => !isShownBefore(output, end.outputs)).flatMap((output) => findingIn(output) ?? []);
  const rest = shortfall(cell, end, made, found.length);
  const all = rest ? [...found, rest] : found;
  // What one check took is not known.
  return all.map((each) => ({ ...each, cell: cell.number, seconds: end.seconds / all.length }));
}

/** That a cell did not run, and why. */
export function notRun(cell: number, reason: string, details = reason): Finding {
  return { cell, outcome: 'error', type: 'NotRun', message: `did not run, because ${reason}`, details, seconds: 0 };
}

/** The findings with the cells judged that only define what other cells call: they are passed over where a later cell makes a check. */
export function judged(findings: readonly Finding[]): Finding[] {
  return findings.map((each) => {
    const isUsed = findings.some(({ cell, outcome }) => cell > each.cell && (outcome === 'agrees' || outcome === 'disagrees'));
    return each.outcome === 'skipped' && !isUsed ? { ...each, outcome: 'error' } : each;
  });
}

/** Why a cell failed, in a line. */
export function failureOf({ outputs }: CellEnd): { readonly type: string; readonly message: string; readonly details: string } {
  const error = outputs.findLast((output) => output.output_type === 'error');
  if (!error) return { type: 'Error', message: 'it failed', details: 'it failed' };
  return { type: error.ename, message: oneLine(`${error.ename}: ${error.evalue}`), details: error.traceback.join('\n') };
}

/** Whether an output is the cell's value, and that a report which the cell has displayed: one check that is shown twice. */
function isShownBefore(output: CellOutput, all: readonly CellOutput[]): boolean {
  if (output.output_type !== 'execute_result' || !(GRADCHECK_MIME in output.data)) return false;
  const report = JSON.stringify(output.data[GRADCHECK_MIME]);
  return all.some((other) => other.output_type === 'display_data' && JSON.stringify(other.data[GRADCHECK_MIME]) === report);
}

type Part = Omit<Finding, 'cell' | 'seconds'>;

function findingIn(output: CellOutput): Part | undefined {
  if (output.output_type !== 'display_data' && output.output_type !== 'execute_result') return undefined;
  if (!(GRADCHECK_MIME in output.data)) return undefined;
  const report = v.safeParse(gradcheckSchema, output.data[GRADCHECK_MIME]);
  if (report.success) return finding(report.output, output.data);
  const [issue] = report.issues;
  const message = `shows a report that this version cannot read, at ${v.getDotPath(issue) ?? 'its top'}: ${issue.message}`;
  return { outcome: 'error', type: 'UnreadableReport', message: oneLine(message), details: message };
}

function finding({ ok, verdict, diagnosis }: GradcheckData, bundle: MimeBundle): Part {
  const causes = diagnosis.map(({ input, hypothesis, change }) => {
    const cause = verdict.includes(hypothesis) ? '' : `${hypothesis}: `;
    return `${subjectOf({ input })}: ${cause}${change}`;
  });
  const message = oneLine([verdict, ...causes].join(' — '));
  const text = bundle['text/plain'];
  const details = [typeof text === 'string' ? text : verdict, ...causes].join('\n');
  return ok
    ? { outcome: 'agrees', type: 'Agreement', message: oneLine(verdict), details }
    : { outcome: 'disagrees', type: 'Disagreement', message, details };
}

/** What is missing beside the reports that the cell shows. */
function shortfall(cell: RunnableCell, end: CellEnd, made: number, shown: number): Part | undefined {
  if (end.status !== 'ok') return isDue(cell) || made + shown > 0 ? { outcome: 'error', ...failureOf(end) } : undefined;
  const error = (message: string): Part => ({ outcome: 'error', type: 'NoReport', message, details: message });
  if (made === 1 && shown === 0) {
    return error('calls gradcheck, but shows no report; make the report the value of the cell, or pv.display it');
  }
  if (made > shown) return error(`makes ${made} gradient checks, but shows ${shown} of their reports; pv.display each of them`);
  if (shown > 0 || !isDue(cell)) return undefined;
  if (isTagged(cell)) return error('has the tag gradcheck, but makes no check; call pv.gradcheck in it, or take the tag away');
  const message = 'calls gradcheck only in functions that it does not call; give the cells that call them the tag gradcheck';
  return { outcome: 'skipped', type: 'NoCheck', message, details: message };
}

function isTagged({ cell }: RunnableCell): boolean {
  return isGradcheckCell('', tagsOf(cell));
}

function tagsOf({ rest }: RunnableCell['cell']): readonly unknown[] {
  const { tags } = rest.metadata as { readonly tags?: unknown };
  return Array.isArray(tags) ? tags : [];
}

function oneLine(text: string): string {
  return text
    .trim()
    .replace(/\s*\n[^]*$/, ' …')
    .replace(/\s+/g, ' ');
}
