// Where displayed values go. The kernel sets a sink that turns each bundle into a cell output; without one (plain Node) the text
// form is printed to the terminal.

import { DISPLAY, type MimeBundle } from '../tensor/displayable.js';

export { DISPLAY, type MimeBundle };

/** Takes displayed values, at once or when they are ready. The order of calls is the order of outputs, whenever the promises settle. */
export interface OutputSink {
  /** `id` names the display for updates. */
  display(bundle: MimeBundle | Promise<MimeBundle>, id?: string): void;
  /** New forms for a display that was put out with this id, by any cell. Of several the one asked for last stands in the end. */
  update(id: string, bundle: MimeBundle | Promise<MimeBundle>): void;
}

let current: OutputSink | null = null;

/** Replaces the sink for everything displayed from now on and returns the previous one; `null` restores the terminal. */
export function setOutputSink(sink: OutputSink | null): OutputSink | null {
  const previous = current;
  current = sink;
  return previous;
}

/** Displays a value: hands its bundle to the sink that is set, or prints its `text/plain` to the terminal. */
export function emit(bundle: MimeBundle | Promise<MimeBundle>, id?: string): void {
  (current ?? terminal).display(bundle, id);
}

/** Gives a display that was put out with an id new forms. */
export function emitUpdate(id: string, bundle: MimeBundle | Promise<MimeBundle>): void {
  (current ?? terminal).update(id, bundle);
}

/** True when displayed values become outputs of a notebook, and are not printed. */
export function hasOutputSink(): boolean {
  return current !== null;
}

let printed: Promise<void> = Promise.resolve();

const terminal: OutputSink = {
  display(bundle) {
    const ready = Promise.resolve(bundle);
    // A bundle that fails while an earlier one is still awaited must not count as unhandled, which would end the process.
    ready.catch(() => undefined);
    printed = printed
      .then(() => ready)
      .then(
        (forms) => void process.stdout.write(`${textOf(forms)}\n`),
        (error: unknown) => console.error(error),
      );
  },
  update(_id, bundle) {
    // What is printed stays: the new forms follow.
    terminal.display(bundle);
  },
};

function textOf(forms: MimeBundle): string {
  const text = forms['text/plain'];
  return typeof text === 'string' ? text : `(${Object.keys(forms).join(', ')})`;
}
