// The type errors of a cell as the output of a notebook: each with its place and the line it is about.
import { codeFrame } from '../code-frame.js';
import { LineTable } from '../source-map.js';
import type { Result } from '../../protocol/contract.js';
import type { CellDiagnostic, languageContract } from '../../protocol/language.js';

/** What a check answers when there are errors. */
export type CheckFailure = NonNullable<Result<typeof languageContract, 'check'>>;

/** Errors that are shown; a mistake at the top may make one in each line below. */
const most = 10;
const errorName = 'Type error';

/** The output for the errors of a cell, which are at least one; `number` is the cell's in the notebook. */
export function errorReport(errors: readonly CellDiagnostic[], code: string, number: number): CheckFailure['output'] {
  // The kernel numbers lines so, too.
  const source = withPlainLines(code);
  const lines = new LineTable(source);
  const traceback = errors.slice(0, most).flatMap(({ span, message }) => {
    const { line, column } = lines.place(withPlainLines(code.slice(0, span.start)).length);
    const frame = codeFrame(source, line + 1, column + 1);
    return [`${errorName}: ${message}`, frame, `    at cell ${number}:${line + 1}:${column + 1}`].flatMap((text) => text.split('\n'));
  });
  const more = errors.length - most;
  return {
    output_type: 'error',
    ename: errorName,
    evalue: errors[0]?.message ?? '',
    traceback: more > 0 ? [...traceback, `… and ${more} more`] : traceback,
  };
}

function withPlainLines(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}
