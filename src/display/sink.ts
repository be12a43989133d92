// Where displayed values go. The kernel sets a sink that turns each bundle into a cell output; without one (plain Node) the text
// form is printed to the terminal.

/**
 * One displayed value in several forms, keyed by MIME type: `image/png` as base64 text, `text/plain` as a string, JSON types as
 * objects.
 */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** Takes displayed values. The order of calls is the order of outputs, whenever the promises settle. */
export interface OutputSink {
  display(bundle: Promise<MimeBundle>): void;
}

/** The method by which a value says how it is displayed: `value[DISPLAY]()` returns a bundle or a promise of one. */
export const DISPLAY: unique symbol = Symbol.for('parseval.display');

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
