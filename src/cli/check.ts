// `parseval check`: runs the gradient-check cells of notebooks and says whether all gradients agree. Each notebook has a process of its own,
// so that one that dies keeps no other from its checks, and what they found is reported in any case.
import { resolve } from 'node:path';
import * as v from 'valibot';
import { NotebookError } from '../kernel/index.js';
import { checkEventSchema } from './check-notebook.js';
import type { DeviceChoice } from './device.js';
import type { TypeErrors } from './execute.js';
import { exitCode } from './exit-code.js';
import type { Finding } from './findings.js';
import { isDue, judged, notRun } from './findings.js';
import type { TestCase, TestSuite } from './junit.js';
import { junitXml } from './junit.js';
import type { RunnableCell } from './notebook-file.js';
import { readNotebook, runnableCells, shownFrom } from './notebook-file.js';
import { writeInOneStep } from './save.js';
import type { Streams } from './streams.js';
import type { ChildEnd } from './supervise.js';
import { runAgain } from './supervise.js';

/** The command's arguments. */
export interface CheckArguments {
  readonly notebooks: readonly string[];
  /** Where a report for a build server goes. */
  readonly junit?: string;
  readonly device: DeviceChoice;
  readonly typeErrors: TypeErrors;
}

/** A notebook with its gradient-check cells, or why it cannot be read. */
interface Subject {
  readonly name: string;
  readonly file: string;
  readonly due: readonly RunnableCell[];
  readonly unreadable?: string;
}

/** A notebook with what was found in it. */
interface Checked extends Subject {
  readonly timestamp: Date;
  readonly findings: readonly Finding[];
}

/**
 * Checks the notebooks, whose files stay as they are. Returns the exit code. Throws `NotebookError` where there is no gradient-check cell in
 * any of them.
 */
export async function check(options: CheckArguments, { stdout, stderr }: Streams): Promise<number> {
  const subjects = options.notebooks.map(read);
  if (subjects.every(({ due, unreadable }) => due.length === 0 && unreadable === undefined)) {
    const names = subjects.map(({ name }) => name).join(', ');
    throw new NotebookError(
      `${names}: no cell checks gradients. Give notebooks with a cell that calls pv.gradcheck(…), or that has the tag gradcheck.`,
    );
  }
  const checked: Checked[] = [];
  let stopped: string | undefined;
  let isInterrupted = false;
  for (const subject of subjects) {
    const timestamp = new Date();
    if (subject.due.length === 0) {
      checked.push({ ...subject, timestamp, findings: [] });
    } else if (stopped !== undefined) {
      const reason = stopped;
      checked.push({ ...subject, timestamp, findings: subject.due.map(({ number }) => notRun(number, reason)) });
    } else {
      stdout.write(`${checked.length > 0 ? '\n' : ''}${subject.name}\n`);
      const { findings, end } = await runSubject(subject, options);
      checked.push({ ...subject, timestamp, findings });
      ({ isInterrupted } = end);
      if (isInterrupted || end.isTerminated) stopped = isInterrupted ? 'the command was interrupted' : 'the command was ended';
    }
  }
  const cases = checked.flatMap(casesOf);
  const failed = cases.filter(({ outcome }) => outcome === 'failure' || outcome === 'error').length;
  const agreed = cases.filter(({ outcome }) => outcome === 'passed').length;
  stdout.write(`\n${checked.flatMap(linesOf).join('\n')}\n\n`);
  stdout.write(`${failed > 0 ? failed : agreed} of ${failed + agreed} gradient checks ${failed > 0 ? 'failed' : 'passed'}.\n`);
  if (options.junit !== undefined) {
    const suites = checked.map((each): TestSuite => ({ name: each.name, timestamp: each.timestamp, cases: casesOf(each) }));
    writeInOneStep(resolve(options.junit), junitXml('parseval check', suites));
  }
  if (stopped !== undefined) stderr.write(`Stopped, because ${stopped}.\n`);
  return isInterrupted ? exitCode.interrupted : failed > 0 ? exitCode.failed : exitCode.ok;
}

function read(given: string): Subject {
  const file = resolve(given);
  const name = shownFrom(process.cwd(), file);
  try {
    return { name, file, due: runnableCells(readNotebook(file, name)).filter(isDue) };
  } catch (error) {
    // Any other error is the file system's: a file that may not be read, say.
    return { name, file, due: [], unreadable: error instanceof Error ? error.message : String(error) };
  }
}

/** Runs the cells of a notebook in a process of its own. */
async function runSubject(
  { file, due }: Subject,
  { device, typeErrors }: CheckArguments,
): Promise<{ readonly findings: Finding[]; readonly end: ChildEnd }> {
  const findings: Finding[] = [];
  let running = 0;
  let reason: string | undefined;
  const end = await runAgain(['check', '--device', device, '--type-errors', typeErrors, '--', file], (message) => {
    // Cells can send, too.
    const event = v.safeParse(checkEventSchema, message);
    if (!event.success) return;
    if (event.output.kind === 'begins') running = event.output.cell;
    else if (event.output.kind === 'finding') findings.push(event.output.finding);
    else ({ reason } = event.output);
  });
  const ending = end.isInterrupted ? 'Interrupted.' : (reason ?? wordsFor(end));
  const missing = due.filter(({ number }) => !findings.some(({ cell }) => cell === number));
  for (const { number } of missing) {
    if (number !== running) findings.push(notRun(number, running > 0 ? `cell ${running} did not end: ${ending}` : ending));
    else
      findings.push({ cell: number, outcome: 'error', type: 'NotEnded', message: `did not end: ${ending}`, details: ending, seconds: 0 });
  }
  return { findings: judged(findings.sort((a, b) => a.cell - b.cell)), end };
}

function wordsFor({ code, signal }: ChildEnd): string {
  return code === null ? `The notebook's process died (${signal}).` : `The notebook's process ended (exit code ${code}).`;
}

function linesOf({ name, due, unreadable, findings }: Checked): string[] {
  const marks = { agrees: '✓', disagrees: '✗', error: '✗', skipped: '–' } as const;
  // The reason begins with the file's name.
  if (unreadable !== undefined) return [`✗ ${unreadable}`];
  if (due.length === 0) return [`– ${name}: no cell checks gradients`];
  return findings.map(({ cell, outcome, message }) => `${marks[outcome]} ${name}, cell ${cell}: ${message}`);
}

function casesOf({ due, unreadable, findings }: Checked): TestCase[] {
  const outcomes = { agrees: 'passed', disagrees: 'failure', error: 'error', skipped: 'skipped' } as const;
  if (unreadable !== undefined) {
    return [{ name: 'the notebook', seconds: 0, outcome: 'error', type: 'NotebookError', message: unreadable, details: unreadable }];
  }
  return findings.map((finding) => {
    const siblings = findings.filter(({ cell }) => cell === finding.cell);
    const ordinal = siblings.length > 1 ? ` (${siblings.indexOf(finding) + 1} of ${siblings.length})` : '';
    const title = due.find(({ number }) => number === finding.cell)?.title;
    const name = `cell ${finding.cell}${title === undefined ? '' : `: ${title}`}${ordinal}`;
    return { ...finding, name, outcome: outcomes[finding.outcome] };
  });
}
