// How a value says what it looks like. Here, below all rooms that show something, because tensors and reports both do.

/**
 * One displayed value in several forms, keyed by MIME type: `image/png` as base64 text, `text/plain` as a string, JSON types as
 * objects.
 */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** The method by which a value says how it is displayed: `value[DISPLAY]()` returns a bundle or a promise of one. */
export const DISPLAY: unique symbol = Symbol.for('parseval.display');
