// What calls of pv.show display.
import { expect } from 'chai';
import * as pv from '../../../src/index.js';

/** What a call returned, and everything that it displayed. */
export interface Shown<T> {
  readonly result: T;
  readonly bundles: readonly pv.MimeBundle[];
  /** The first display in words. */
  readonly text: string;
}

/** Calls something that displays, and updates nothing. */
export async function shown<T>(call: () => Promise<T>): Promise<Shown<T>> {
  const waiting: Promise<pv.MimeBundle>[] = [];
  const before = pv.setOutputSink({
    display: (bundle) => waiting.push(Promise.resolve(bundle)),
    update: () => expect.fail('nothing is updated'),
  });
  try {
    const result = await call();
    const bundles = await Promise.all(waiting);
    return { result, bundles, text: textOf(bundles[0]) };
  } finally {
    pv.setOutputSink(before);
  }
}

/** A display in words. */
export const textOf = (bundle: pv.MimeBundle | undefined): string => String(bundle?.['text/plain']);

/** A display's picture: the bytes of its PNG. */
export const pngOf = (bundle: pv.MimeBundle | undefined): Buffer => Buffer.from(bundle?.['image/png'] as string, 'base64');
