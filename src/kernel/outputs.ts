// What a cell puts out, in the order in which it was produced, in the shape of nbformat 4.
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
  readonly traceback: readonly string[];
}

/** One output of a cell. */
export type CellOutput = StreamOutput | DisplayOutput | ResultOutput | ErrorOutput;

interface Slot {
  /** Undefined while a display is awaited, null when it failed. */
  output: CellOutput | null | undefined;
}

/**
 * The outputs of one run of a cell. A display takes its place when it is made and is waited for, so what comes after it is held back
 * until it is there.
 */
export class OutputLog {
  /** What was put out so far; neighbouring texts of one stream are one output. */
  readonly outputs: CellOutput[] = [];
  /** Why displays failed. */
  readonly failures: unknown[] = [];
  private readonly slots: Slot[] = [];
  private readonly pending: Promise<void>[] = [];

  constructor(private readonly onOutput: (output: CellOutput) => void) {}

  /** Puts an output at the end. */
  add(output: CellOutput): void {
    this.slots.push({ output });
    this.drain();
  }

  /** Reserves the place of a value whose forms are still to come. */
  display(bundle: Promise<MimeBundle>): void {
    const slot: Slot = { output: undefined };
    this.slots.push(slot);
    const settled = bundle
      .then(
        (data) => void (slot.output = { output_type: 'display_data', data, metadata: {} }),
        (error: unknown) => {
          slot.output = null;
          this.failures.push(error);
        },
      )
      .then(() => this.drain());
    this.pending.push(settled);
  }

  /** Waits for all displays, also for those that are made meanwhile. */
  async settle(): Promise<void> {
    for (let next = this.pending.shift(); next; next = this.pending.shift()) await next;
  }

  private drain(): void {
    for (let slot = this.slots[0]; slot?.output !== undefined; slot = this.slots[0]) {
      this.slots.shift();
      if (!slot.output) continue;
      append(this.outputs, slot.output);
      this.onOutput(slot.output);
    }
  }
}

/** Appends an output to a list in which neighbouring texts of one stream are one output. */
export function append(outputs: CellOutput[], output: CellOutput): void {
  const last = outputs.at(-1);
  if (output.output_type === 'stream' && last?.output_type === 'stream' && last.name === output.name) {
    outputs[outputs.length - 1] = { ...last, text: last.text + output.text };
  } else {
    outputs.push(output);
  }
}
