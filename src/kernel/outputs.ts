// What a cell puts out, in the shape of nbformat 4.
import type { MimeBundle } from '../display/sink.js';

/** Text written by console calls. */
export interface StreamOutput {
  readonly output_type: 'stream';
  readonly name: 'stdout' | 'stderr';
  readonly text: string;
}

/** A value displayed while the cell ran. */
export interface DisplayOutput {
  readonly output_type: 'display_data';
  readonly data: MimeBundle;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Names the display for updates; not saved. */
  readonly displayId?: string;
}

/** The value of the cell. */
export interface ResultOutput {
  readonly output_type: 'execute_result';
  readonly execution_count: number;
  readonly data: MimeBundle;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Why the cell failed; `traceback` as plain lines, without colours. */
export interface ErrorOutput {
  readonly output_type: 'error';
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: string[];
}

/** One output of a cell. */
export type CellOutput = StreamOutput | DisplayOutput | ResultOutput | ErrorOutput;

/** Appends an output to a list in which neighbouring texts of one stream are one output. */
export function append(outputs: CellOutput[], output: CellOutput): void {
  const last = outputs.at(-1);
  if (output.output_type === 'stream' && last?.output_type === 'stream' && last.name === output.name) {
    outputs[outputs.length - 1] = { ...last, text: last.text + output.text };
  } else {
    outputs.push(output);
  }
}

/** Gives the display of an id new forms, where it is among the outputs. */
export function replaceDisplay(outputs: object[], displayId: string, data: MimeBundle): void {
  outputs.forEach((output, index) => {
    if ('displayId' in output && output.displayId === displayId) outputs[index] = { ...output, data };
  });
}
