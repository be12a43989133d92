// Source maps of cells: the compiler edits the JavaScript that TypeScript printed, and the map of the result must lead from the edited
// text to the cell as it was typed. Format: ECMA-426 (version 3), one source, no names.

/** A place in a text, both counted from 0, columns in UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One entry of a source map: from a column of a generated line to a place in the source. */
export interface Segment {
  readonly column: number;
  readonly source: Place;
}

/** The entries of each generated line, by rising column. */
export type Segments = readonly (readonly Segment[])[];

/** A source map in its standard JSON form. */
export interface SourceMapJson {
  readonly version: 3;
  readonly sources: readonly string[];
  readonly sourcesContent: readonly string[];
  readonly names: readonly string[];
  readonly mappings: string;
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Reads the `mappings` of a source map with one source. */
export function decodeMappings(mappings: string): Segments {
  let sourceLine = 0;
  let sourceColumn = 0;
  return mappings.split(';').map((line) => {
    let column = 0;
    const segments: Segment[] = [];
    for (const text of line.split(',')) {
      const [columnStep, , lineStep, sourceStep] = decodeNumbers(text);
      if (columnStep === undefined) continue;
      column += columnStep;
      if (lineStep === undefined || sourceStep === undefined) continue;
      sourceLine += lineStep;
      sourceColumn += sourceStep;
      segments.push({ column, source: { line: sourceLine, column: sourceColumn } });
    }
    return segments;
  });
}

/** Writes the `mappings` of a source map with one source. */
export function encodeMappings(lines: Segments): string {
  let last: Place = { line: 0, column: 0 };
  return lines
    .map((segments) => {
      let column = 0;
      return segments
        .map((segment) => {
          const { source } = segment;
          const numbers = [segment.column - column, 0, source.line - last.line, source.column - last.column];
          column = segment.column;
          last = source;
          return numbers.map(encodeNumber).join('');
        })
        .join(',');
    })
    .join(';');
}

/** The place in the source of a generated place: that of the last entry of its line at or before it. */
export function findSource(lines: Segments, { line, column }: Place): Place | undefined {
  const segments = lines[line] ?? [];
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((segments[middle]?.column ?? Infinity) <= column) low = middle + 1;
    else high = middle;
  }
  return segments[low - 1]?.source;
}

/**
 * The place in the source of a generated place, to the column where the text since the last entry was carried over as it was: printers
 * mark the starts of expressions, and V8 points at operators, too.
 */
export function findExactSource(lines: Segments, { line, column }: Place, generated: string, source: string): Place | undefined {
  const segment = lines[line]?.findLast((candidate) => candidate.column <= column);
  if (!segment) return undefined;
  const from = new LineTable(generated).offset({ line, column: segment.column });
  const carried = generated.slice(from, from + column - segment.column);
  const isSame = source.startsWith(carried, new LineTable(source).offset(segment.source));
  return isSame ? { line: segment.source.line, column: segment.source.column + carried.length } : segment.source;
}

/** Offsets of line starts: turns offsets into places and back. */
export class LineTable {
  private readonly starts: number[] = [0];

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.starts.push(at + 1);
  }

  place(offset: number): Place {
    let low = 0;
    let high = this.starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.starts[middle] ?? Infinity) <= offset) low = middle;
      else high = middle;
    }
    return { line: low, column: offset - (this.starts[low] ?? 0) };
  }

  offset({ line, column }: Place): number {
    return (this.starts[line] ?? 0) + column;
  }
}

function decodeNumbers(text: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const digit of text) {
    const bits = digits.indexOf(digit);
    value |= (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    value = 0;
    shift = 0;
  }
  return numbers;
}

function encodeNumber(number: number): string {
  let rest = number < 0 ? (-number << 1) | 1 : number << 1;
  let text = '';
  do {
    const bits = rest & 31;
    rest >>= 5;
    text += digits[rest > 0 ? bits | 32 : bits] ?? '';
  } while (rest > 0);
  return text;
}
