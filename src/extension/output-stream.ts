// The outputs of one run of a cell on their way into the editor: gathered for a moment, so that a cell that prints ten thousand lines, or
// moves a progress bar, costs the editor a few messages and not ten thousand.
import type { KernelBundle, KernelOutput } from './kernel-process.js';

type TextOutput = Extract<KernelOutput, { output_type: 'stream' }>;
/** An output that is not a stream's text. */
export type WholeOutput = Exclude<KernelOutput, TextOutput>;

/** The cell that is being run, as the editor lets it be written; `Handle` names an output of it. */
export interface OutputTarget<Handle> {
  put(output: WholeOutput): Handle;
  putText(name: TextOutput['name'], text: string): Handle;
  extendText(handle: Handle, name: TextOutput['name'], text: string): void;
  replace(handle: Handle, data: KernelBundle): void;
}

/** Calls `flush` after a moment. */
export type Schedule = (flush: () => void) => void;

/** The editor copies the whole of an output when text is added to it; beyond this many characters the text goes on in another. */
const longestText = 1 << 18;
/** What one run may print, in characters. The editor keeps all of it in memory, several times. */
const mostText = 1 << 23;

/** Gathers the outputs of one run. */
export class OutputStream<Handle> {
  private waiting: KernelOutput[] = [];
  private readonly updates = new Map<Handle, KernelBundle>();
  private text: { readonly handle: Handle; readonly name: TextOutput['name']; length: number } | undefined;
  private printed = 0;
  private isScheduled = false;

  /** `onDisplay` is told of each display that updates may name. */
  constructor(
    private readonly target: OutputTarget<Handle>,
    private readonly onDisplay: (displayId: string, handle: Handle) => void,
    private readonly schedule: Schedule,
  ) {}

  /** Puts an output after those before it. */
  add(output: KernelOutput): void {
    if (output.output_type === 'stream') this.addText(output);
    else this.waiting.push(output);
    this.plan();
  }

  /** Replaces what a display shows; of several in one moment the last counts. */
  update(handle: Handle, data: KernelBundle): void {
    this.updates.set(handle, data);
    this.plan();
  }

  /** Replaces what displays that are not put out yet would show. Says whether there was one. */
  updateWaiting(displayId: string, data: KernelBundle): boolean {
    let found = false;
    this.waiting = this.waiting.map((output) => {
      if (output.output_type !== 'display_data' || output.displayId !== displayId) return output;
      found = true;
      return { ...output, data };
    });
    return found;
  }

  /** Hands everything on now. */
  flush(): void {
    this.isScheduled = false;
    const outputs = this.waiting;
    this.waiting = [];
    for (const output of outputs) this.hand(output);
    for (const [handle, data] of this.updates) this.target.replace(handle, data);
    this.updates.clear();
  }

  private plan(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.schedule(() => this.flush());
  }

  private addText(output: TextOutput): void {
    if (this.printed > mostText) return;
    this.printed += output.text.length;
    if (this.printed > mostText) {
      const note = `\nThe cell printed more than ${mostText / 2 ** 20} Mi characters; the rest is left out.\n`;
      this.waiting.push({ output_type: 'stream', name: 'stderr', text: note });
      return;
    }
    const last = this.waiting.at(-1);
    if (last?.output_type === 'stream' && last.name === output.name && last.text.length < longestText) {
      this.waiting[this.waiting.length - 1] = { ...last, text: last.text + output.text };
    } else {
      this.waiting.push(output);
    }
  }

  private hand(output: KernelOutput): void {
    if (output.output_type !== 'stream') {
      this.text = undefined;
      const handle = this.target.put(output);
      if (output.output_type === 'display_data' && output.displayId !== undefined) this.onDisplay(output.displayId, handle);
    } else if (this.text?.name === output.name && this.text.length < longestText) {
      this.text.length += output.text.length;
      this.target.extendText(this.text.handle, output.name, output.text);
    } else {
      this.text = { handle: this.target.putText(output.name, output.text), name: output.name, length: output.text.length };
    }
  }
}
