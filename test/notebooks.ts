// Executed notebooks for tests: reading them, and whether two runs of one notebook, on whatever devices, said the same.
import { readFileSync } from 'node:fs';
import { planeValues, type PlaneData } from '../src/protocol/plane-data.js';
import { PROGRESS_MIME } from '../src/protocol/progress.js';

/** The relative difference that two devices may have in a number; what is below it in size counts as rounding of zero. */
const tolerance = 1e-5;

/** An output as nbformat 4 saves it. */
export interface SavedOutput {
  readonly output_type: string;
  readonly name?: string;
  readonly text?: string | readonly string[];
  readonly data?: Readonly<Record<string, unknown>>;
  readonly ename?: string;
  readonly evalue?: string;
  readonly traceback?: readonly string[];
}

/** A cell as nbformat 4 saves it. */
export interface SavedCell {
  readonly cell_type: string;
  readonly source: string | readonly string[];
  readonly outputs?: readonly SavedOutput[];
}

/** A notebook as nbformat 4 saves it. */
export interface SavedNotebook {
  readonly cells: readonly SavedCell[];
}

/** The tour's mistake is mended by inserting `insert` behind `after`, which its third code cell holds once. */
export const tourEdit = { cell: 3, after: `'skij,scij->kcij', G`, insert: '.conj()' } as const;

/** Reads a notebook file. */
export function readNotebook(file: string): SavedNotebook {
  return JSON.parse(readFileSync(file, 'utf8')) as SavedNotebook;
}

/** The code cells with text, in order: cell n of a stack is element n - 1. */
export function codeCells({ cells }: SavedNotebook): SavedCell[] {
  return cells.filter((cell) => cell.cell_type === 'code' && joined(cell.source).trim() !== '');
}

/** A text that nbformat keeps as one string or as lines. */
export function joined(text: string | readonly string[] | undefined): string {
  return typeof text === 'string' ? text : (text ?? []).join('');
}

/** What an output says in words: its stream, its `text/plain`, or its traceback. */
export function textOf({ text, data, traceback }: SavedOutput): string {
  if (traceback) return traceback.join('\n');
  return data ? joined(data['text/plain'] as string | readonly string[] | undefined) : joined(text);
}

/**
 * Where two runs of one notebook differ, in words; empty when they say the same. Texts must be equal and numbers in them equal to a
 * relative 1e-5. What a device may change is left out: its name, the precision of its types, times, which element carries the largest
 * rounding error, and what a gradient check says of rounding. Pictures must be there; the levels of a spectrum may differ by one of 256.
 */
export function compareNotebooks(a: SavedNotebook, b: SavedNotebook): string[] {
  const [left, right] = [codeCells(a), codeCells(b)];
  if (left.length !== right.length) return [`${left.length} code cells against ${right.length}`];
  return left.flatMap((cell, i) => {
    const other = right[i] as SavedCell;
    const where = `cell ${i + 1}`;
    if (joined(cell.source) !== joined(other.source)) return [`${where}: the code differs`];
    return compareOutputs(where, merged(cell.outputs), merged(other.outputs));
  });
}

function compareOutputs(where: string, left: readonly SavedOutput[], right: readonly SavedOutput[]): string[] {
  const kinds = [left, right].map((outputs) => outputs.map(kindOf).join(', ') || 'nothing');
  if (kinds[0] !== kinds[1]) return [`${where}: put out ${kinds[0]} against ${kinds[1]}`];
  return left.flatMap((output, i) => {
    const other = right[i] as SavedOutput;
    const place = `${where}, output ${i + 1}`;
    if (!output.data) return compareTexts(place, textOf(output), textOf(other));
    return Object.entries(output.data).flatMap(([mime, value]) => {
      const there = other.data?.[mime];
      if (mime.startsWith('image/')) return [];
      if (mime.startsWith('text/')) return compareTexts(`${place}, ${mime}`, joined(value as string), joined(there as string));
      return compareValues(`${place}, ${mime}`, value, there);
    });
  });
}

/**
 * VS Code saves a stream in pieces; displays and results are alike for their reader. Whether a check or a loop took long enough to show its
 * progress depends on the machine.
 */
function merged(outputs: readonly SavedOutput[] = []): SavedOutput[] {
  const all: SavedOutput[] = [];
  for (const output of outputs) {
    if (output.data && (PROGRESS_MIME in output.data || Object.keys(output.data).length === 0)) continue;
    const last = all.at(-1);
    if (last && output.output_type === 'stream' && last.output_type === 'stream' && last.name === output.name) {
      all[all.length - 1] = { ...last, text: textOf(last) + textOf(output) };
    } else all.push(output);
  }
  return all;
}

function kindOf({ output_type, name, data }: SavedOutput): string {
  return data ? Object.keys(data).sort().join(' + ') : (name ?? output_type);
}

const number = /[-−]?\d+(?:\.\d+)?(?:e[+-]?\d+|[·×]10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?/g;

function compareTexts(where: string, left: string, right: string): string[] {
  const [a, b] = [neutral(left), neutral(right)];
  const [numbersOfA, numbersOfB] = [a.match(number) ?? [], b.match(number) ?? []];
  const same = a.replace(number, '#') === b.replace(number, '#');
  const close = same && numbersOfA.every((value, i) => isClose(valueOf(value), valueOf(numbersOfB[i] ?? '')));
  return close ? [] : [`${where}:\n${a}\nagainst\n${b}`];
}

/** A text without what depends on the device. */
function neutral(text: string): string {
  return (
    text
      .replace(/\b(?:cpu|node|webview)\b(?:: .*$)?/gm, 'device')
      .replace(/\b(float|complex)(?:32|64|128)\b/g, '$1')
      .replace(/\b\d+(?:\.\d+)? m?s\b/g, 'time')
      .replace(/^(✓.*), worst at .*$/gm, '$1')
      .replace(/(allowed|could detect|reproduces the error to) [^,)\s]+/g, '$1 what rounding leaves')
      .replace(/\bz [^;\n]+/g, 'z what rounding leaves')
      // How small a picture is drawn depends on how well it packs with its words, the device's name among them.
      .replace(/drawn at \d+×\d+/g, 'drawn smaller')
      .replace(/ \(identical\)/g, '')
      .replace(/[ \t]+/g, ' ')
      .trimEnd()
  );
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** 3.1e-7 and 3.1·10⁻⁷ alike. */
function valueOf(text: string): number {
  const [mantissa = '', power] = text.split(/[·×]10/);
  const digits = [...(power ?? '')].map((c) => (c === '⁻' ? '-' : superscripts.indexOf(c)));
  return Number(`${mantissa.replace('−', '-')}${power === undefined ? '' : `e${digits.join('')}`}`);
}

function isClose(a: number, b: number): boolean {
  if (Math.abs(a) <= tolerance && Math.abs(b) <= tolerance) return true;
  return Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
}

/**
 * Rounding decides these, or they hold every number that words stand for: of a gradient check, and how far a steady tone is above noise that may be
 * rounding.
 */
const fromRounding = new Set(['z', 'sigma', 'detectable', 'residual', 'curve', 'values', 'worstElements', 'above']);

function compareValues(where: string, a: unknown, b: unknown): string[] {
  if (typeof a === 'number' && typeof b === 'number') return isClose(a, b) ? [] : [`${where}: ${a} against ${b}`];
  if (typeof a === 'string' && typeof b === 'string') {
    return /\.(reduced|sound)\.data$/.test(where) ? compareLevels(where, a, b) : compareTexts(where, a, b);
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return a === b ? [] : [`${where}: ${JSON.stringify(a)} against ${JSON.stringify(b)}`];
  }
  if (isBins(a) && isBins(b)) return compareBins(where, a, b);
  const there = new Map<string, unknown>(Object.entries(b));
  const passes = 'ok' in a && a.ok === true;
  const unpacked = 'kind' in a && typeof a.kind === 'string' ? packed[a.kind] : undefined;
  const own = Object.entries(a);
  if (own.length !== there.size) return [`${where}: ${own.length} entries against ${there.size}`];
  return own.flatMap(([key, value]) =>
    // By what a kernel knows a view: on the command line there is none to ask.
    key === 'view' || fromRounding.has(key) || (passes && key === 'worst')
      ? []
      : key === 'levels' && where.endsWith('spectrogram.v1+json')
        ? compareBins(`${where}.levels`, { level: value as PlaneData }, { level: there.get(key) as PlaneData })
        : key === 'data' && unpacked
          ? unpacked(`${where}.data`, String(value), String(there.get(key)))
          : compareValues(`${where}.${key}`, value, there.get(key)),
  );
}

/** Bins of a spectrum, as it saves them; of a spectrogram levels alone. */
type Bins = { readonly level: PlaneData; readonly phase?: PlaneData } | Parts;

interface Parts {
  readonly re: PlaneData;
  readonly im: PlaneData;
}

function isBins(value: object): value is Bins {
  return ('level' in value && 'phase' in value) || ('re' in value && 'im' in value);
}

/** What two devices may differ by in a bin, relative to the largest: values that were computed in float32, and their transform in float32. */
const binError = 1e-6;

/** A bin of size A re max may differ by binError / A in its phase and, relative, in its size: the smaller, the more; and by a step of what is saved. */
function compareBins(where: string, a: Bins, b: Bins): string[] {
  if ('re' in a || 're' in b) return 're' in a && 're' in b ? compareParts(where, a, b) : [`${where}: parts against levels`];
  const [levels, others] = [planeValues(a.level), planeValues(b.level)];
  const [phases, turned] = [a.phase, b.phase].map((plane) => plane && planeValues(plane));
  const wrong = levels.findIndex((level, i) => {
    const other = others[i] ?? NaN;
    if (Number.isNaN(level)) return !Number.isNaN(other);
    const allowed = binError / 10 ** (Math.max(level, other) / 20);
    // Bins of nothing but rounding have any size and any phase, and so have those below the lowest level that is saved.
    if (allowed > 1 || isLowest(a.level, level) || isLowest(b.level, other)) return false;
    if (Math.abs(level - other) > stepOf(a.level) + 20 * Math.log10(1 + 2 * allowed)) return true;
    const turn = Math.abs((phases?.[i] ?? 0) - (turned?.[i] ?? 0));
    return a.phase !== undefined && Math.min(turn, 2 * Math.PI - turn) > stepOf(a.phase) + 2 * allowed;
  });
  if (levels.length !== others.length || a.level.cols !== b.level.cols) return [`${where}: bins of other sizes`];
  return wrong < 0 ? [] : [`${where}: bin ${wrong} is ${levels[wrong]} dB against ${others[wrong]} dB`];
}

/** Real and imaginary parts may differ by rounding of the largest bin, whichever part it is in. */
function compareParts(where: string, a: Parts, b: Parts): string[] {
  const partsOf = ({ re, im }: Parts): number[] => [...planeValues(re), ...planeValues(im)];
  const [left, right] = [partsOf(a), partsOf(b)];
  const largest = left.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
  const isSame = (x: number, y = NaN): boolean => Object.is(x, y) || Math.abs(x - y) <= tolerance * largest;
  return left.length === right.length && left.every((x, i) => isSame(x, right[i])) ? [] : [`${where}: the bins differ`];
}

function isLowest(plane: PlaneData, level: number): boolean {
  return level === -Infinity || (plane.kind === 'levels' && level <= plane.min);
}

function stepOf(plane: PlaneData): number {
  return plane.kind === 'levels' ? (1.01 * (plane.max - plane.min)) / 252 : 0;
}

function compareLevels(where: string, a: string, b: string): string[] {
  const [left, right] = [Buffer.from(a, 'base64'), Buffer.from(b, 'base64')];
  const isSame = left.length === right.length && left.every((level, i) => Math.abs(level - (right[i] as number)) <= 1);
  return isSame ? [] : [`${where}: the picture's levels differ`];
}

/** How a picture's `data` are compared, by their `kind`. */
const packed: Readonly<Record<string, ((where: string, a: string, b: string) => string[]) | undefined>> = {
  levels: compareLevels,
  float32: compareFloats,
};

/** Pictures with few cells hold their values: they may differ by rounding of the largest. */
function compareFloats(where: string, a: string, b: string): string[] {
  const [left, right] = [a, b].map((text) => {
    const bytes = Buffer.from(text, 'base64');
    return Float32Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => bytes.readFloatLE(4 * i));
  }) as [Float32Array, Float32Array];
  const largest = left.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
  const isSame = (x: number, y: number): boolean => Object.is(x, y) || Math.abs(x - y) <= tolerance * largest;
  const same = left.length === right.length && left.every((value, i) => isSame(value, right[i] as number));
  return same ? [] : [`${where}: the picture's values differ`];
}
