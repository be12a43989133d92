// Where displayed values go. The kernel sets a sink that turns each bundle into a cell output; without one (plain Node) the text
// form is printed to the terminal.

import { DISPLAY, type MimeBundle } from '../tensor/displayable.js';

export { DISPLAY, type MimeBundle };

/** Takes displayed values. The order of calls is the order of outputs, whenever the promises settle. */
export interface OutputSink {
  display(bundle: Promise<MimeBundle>): void;
}

let current: OutputSink | null = null;

/** Replaces the sink for everything displayed from now on and returns the previous one; `null` restores the terminal. */
export function setOutputSink(sink: OutputSink | null): OutputSink | null {
  const previous = current;
  current = sink;
  return previous;
}

/** Displays a value: hands its bundle to the sink that is set, or prints its `text/plain` to the terminal. */
export function emit(bundle: Promise<MimeBundle>): void {
  (current ?? terminal).display(bundle);
}

let printed: Promise<void> = Promise.resolve();

const terminal: OutputSink = {
  display(bundle) {
    // A bundle that fails while an earlier one is still awaited must not count as unhandled, which would end the process.
    bundle.catch(() => undefined);
    printed = printed
      .then(() => bundle)
      .then(
        (forms) => void process.stdout.write(`${textOf(forms)}\n`),
        (error: unknown) => console.error(error),
      );
  },
};

function textOf(forms: MimeBundle): string {
  const text = forms['text/plain'];
  return typeof text === 'string' ? text : `(${Object.keys(forms).join(', ')})`;
}
