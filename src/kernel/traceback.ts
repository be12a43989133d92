// Errors as a notebook shows them: name, message, the line of the cell, the stack, and what caused it.
import { inspect } from 'node:util';
import { codeFrame } from './code-frame.js';
import type { ErrorOutput } from './outputs.js';
import { unmangle } from './rewrite.js';
import type { SourcePlace } from './stack.js';
import { cellPlaceOf, libraryFrames } from './stack.js';
import { CellSyntaxError } from './syntax-error.js';

/** Causes beyond this depth are not shown. */
const deepestCause = 8;

/** The output for whatever a cell threw, an Error or not. */
export function errorOutput(error: unknown): ErrorOutput {
  const { ename, evalue } = nameAndMessage(error);
  return {
    output_type: 'error',
    ename,
    evalue,
    traceback: tracebackLines(error, 0).flatMap((line) => line.split('\n')),
  };
}

/** The output of a cell that was interrupted, with the place where it was, if that is known. */
export function interruptedOutput(place: SourcePlace | undefined): ErrorOutput {
  const where = place && `cell ${place.cell}:${place.line}:${place.column}`;
  const frame = place ? [...codeFrame(place.source, place.line, place.column).split('\n'), `    at ${where}`] : [];
  return { output_type: 'error', ename: 'Interrupted', evalue: where ? `at ${where}` : 'stopped', traceback: ['Interrupted', ...frame] };
}

function nameAndMessage(error: unknown): { ename: string; evalue: string } {
  // An error of another realm (a vm context of a package) is one, too.
  if (!isError(error)) return { ename: 'Thrown', evalue: inspect(error) };
  return { ename: error.name || 'Error', evalue: unmangle(error.message) };
}

function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}

function tracebackLines(error: unknown, depth: number): string[] {
  const { ename, evalue } = nameAndMessage(error);
  const heading = evalue ? `${ename}: ${evalue}` : ename;
  if (!isError(error)) return [heading];
  const lines = [heading];
  const place = cellPlaceOf(error);
  if (error instanceof CellSyntaxError) lines.push(error.frame);
  else if (place) lines.push(codeFrame(place.source, place.line, place.column));
  lines.push(...framesOf(error));
  if (depth >= deepestCause) return lines;
  const inner = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  for (const each of inner) lines.push(...labelled('One of the errors: ', tracebackLines(each, depth + 1)));
  if (error.cause !== undefined) lines.push(...labelled('Caused by: ', tracebackLines(error.cause, depth + 1)));
  return lines;
}

function labelled(label: string, [heading = '', ...rest]: readonly string[]): string[] {
  return [label + heading, ...rest];
}

/**
 * The `at …` lines of a stack from the call of the library on: what the library did within says nothing to who called it, and the stack still
 * has it. A stack's heading may span lines, and repeats what is shown already.
 */
function framesOf(error: Error): string[] {
  const { stack } = error;
  if (typeof stack !== 'string') return [];
  const lines = stack.split('\n').filter((line) => /^ {4}at /.test(line));
  const within = libraryFrames(error);
  return within.every((line, index) => line === lines[index]) ? lines.slice(within.length) : lines;
}
