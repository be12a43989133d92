// The reports of gradient checks that stand in a cell's outputs, and how they are said in a line or a paragraph. Nothing of the editor.
import * as v from 'valibot';
import type { GradcheckData } from '../protocol/gradcheck.js';
import { GRADCHECK_MIME, gradcheckSchema, subjectOf } from '../protocol/gradcheck.js';
import { numberFrom } from '../protocol/numbers.js';

/** An output as the editor holds it. */
export interface OutputItems {
  readonly items: readonly OutputItem[];
}

interface OutputItem {
  readonly mime: string;
  readonly data: Uint8Array;
}

/** What was read of an item, which does not change. Reports may be long, and are asked for at each change of a notebook. */
const read = new WeakMap<OutputItem, { readonly text: string; readonly report: GradcheckData | undefined }>();

const plainText = 'text/plain';

/** The reports in outputs, each once: a report may be put out by the check and be the cell's value, too. What is not one is left out. */
export function reportsIn(outputs: readonly OutputItems[]): GradcheckData[] {
  const found = new Map<string, GradcheckData>();
  for (const item of outputs.flatMap(({ items }) => items)) {
    if (item.mime !== GRADCHECK_MIME) continue;
    const known = read.get(item) ?? reportOf(item);
    read.set(item, known);
    if (known.report && !found.has(known.text)) found.set(known.text, known.report);
  }
  return [...found.values()];
}

function reportOf({ data }: OutputItem): { text: string; report: GradcheckData | undefined } {
  const text = decode(data);
  const { success, output } = v.safeParse(gradcheckSchema, jsonOf(text));
  return { text, report: success ? output : undefined };
}

/** The reports in words, as the library put them out beside the data. */
export function reportTexts(outputs: readonly OutputItems[]): string[] {
  const texts = outputs
    .filter(({ items }) => items.some(({ mime }) => mime === GRADCHECK_MIME))
    .flatMap(({ items }) => items.filter(({ mime }) => mime === plainText).map(({ data }) => decode(data)));
  return [...new Set(texts)];
}

/** Whether all of the gradients, and the forward values, agree. */
export function isOk(reports: readonly GradcheckData[]): boolean {
  return reports.every(({ ok }) => ok);
}

/** What reports come to, in a few words: `gradients agree · 3.1e-7`, `dw disagrees · 0.47`. */
export function headline(reports: readonly GradcheckData[]): string {
  const [failed] = reports.filter(({ ok }) => !ok);
  if (!failed) return `gradients agree · ${shortNumber(worst(reports.flatMap(({ inputs }) => inputs)))}`;
  if (!failed.forward.ok) return `forward values disagree · ${shortNumber(numberFrom(failed.forward.maxError))}`;
  const wrong = failed.inputs.filter(({ ok }) => !ok);
  const names = wrong.map(({ name }) => `d${name}`);
  if (names.length === 0) return 'gradients disagree';
  const who = names.length > 3 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} more` : names.join(', ');
  return `${who} ${names.length === 1 ? 'disagrees' : 'disagree'} · ${shortNumber(worst(wrong))}`;
}

/** A report in sentences: its verdict, and what is to be changed. */
export function paragraphs({ verdict, diagnosis }: GradcheckData): string[] {
  return [
    sentence(verdict),
    ...diagnosis.map(({ input, hypothesis, residual, change }) => {
      const why = `${sentence(`${subjectOf({ input })}: ${hypothesis}`).slice(0, -1)}${residual === 'NaN' ? '' : ` (reproduces the error to ${shortNumber(numberFrom(residual))})`}.`;
      return `${why} ${sentence(change)}`.trim();
    }),
  ];
}

/** A number of two digits: `0.47`, `3.1e-7`. */
export function shortNumber(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e4 ? String(Number(value.toPrecision(2))) : value.toExponential(1);
}

/** Where a call stands, as stacks say it. */
export interface CellPlace {
  /** The number under which the cell ran. */
  readonly cell: number;
  readonly line: number;
  readonly column: number;
}

/** Reads `cell 3:9:15`; undefined for anything else. */
export function placeFrom(text: string): CellPlace | undefined {
  const [, cell, line, column] = /^cell (\d{1,9}):(\d{1,9}):(\d{1,9})$/.exec(text) ?? [];
  return column === undefined ? undefined : { cell: Number(cell), line: Number(line), column: Number(column) };
}

function worst(inputs: GradcheckData['inputs']): number {
  const errors = inputs.map(({ maxError }) => numberFrom(maxError));
  return errors.some(Number.isNaN) ? NaN : Math.max(0, ...errors);
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return trimmed === '' || /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

function decode(data: Uint8Array): string {
  return new TextDecoder().decode(data);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
