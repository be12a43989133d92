// The error for a cell that is not TypeScript.
import { codeFrame } from './code-frame.js';

/** Where in a notebook: the cell's number, line and column, each counted from 1. */
export interface CellPlace {
  readonly cell: number;
  readonly line: number;
  readonly column: number;
}

/** A cell could not be compiled; nothing of it ran. `frame` shows the code around the place. */
export class CellSyntaxError extends SyntaxError {
  override readonly name = 'SyntaxError';
  readonly frame: string;

  constructor(
    message: string,
    source: string,
    readonly place: CellPlace,
  ) {
    super(message);
    this.frame = codeFrame(source, place.line, place.column);
    this.stack = `SyntaxError: ${message}\n    at cell ${place.cell}:${place.line}:${place.column}`;
  }
}
