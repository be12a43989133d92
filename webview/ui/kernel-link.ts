// A renderer's way to the extension, which keeps what people chose, and to the kernel that holds what it shows: questions with answers, and what
// the kernel pushes.

import * as v from 'valibot';
import { toRenderer, type FromRenderer } from '../../src/protocol/views.js';

/** What VS Code gives a renderer to speak by; nothing of it where there is no messaging, as in other viewers. */
export interface Messaging {
  readonly postMessage?: (message: unknown) => void;
  readonly onDidReceiveMessage?: (listener: (message: unknown) => void) => unknown;
}

/** The way to extension and kernel, one for all views of a renderer. */
export class KernelLink {
  readonly #post: ((message: unknown) => void) | undefined;
  readonly #waiting = new Map<number, { readonly resolve: (result: unknown) => void; readonly reject: (reason: Error) => void }>();
  readonly #takers = new Map<string, Set<(data: unknown) => void>>();
  #asked = 0;
  #onKept: (states: readonly (readonly [key: string, state: unknown])[]) => void = () => undefined;

  constructor({ postMessage, onDidReceiveMessage }: Messaging) {
    this.#post = postMessage;
    onDidReceiveMessage?.((message) => this.#take(message));
  }

  /** Asks what the kernel holds for a view. Rejects with a reason for people. */
  ask(view: string, request: unknown): Promise<unknown> {
    if (this.#post === undefined) return Promise.reject(new Error('nothing can be asked here: open the notebook in VS Code'));
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ kind: 'ask', id, view, request });
    });
  }

  /** Takes what the kernel pushes to a view, until the signal aborts. */
  onPush(view: string, take: (data: unknown) => void, signal: AbortSignal): void {
    const takers = this.#takers.get(view) ?? new Set();
    this.#takers.set(view, takers.add(take));
    signal.addEventListener(
      'abort',
      () => {
        takers.delete(take);
        if (takers.size === 0) this.#takers.delete(view);
      },
      { once: true },
    );
  }

  /** Asks for what people chose in views, and takes it when it comes. */
  onKept(take: (states: readonly (readonly [key: string, state: unknown])[]) => void): void {
    this.#onKept = take;
    this.#send({ kind: 'hello' });
  }

  /** Keeps what people chose in a view. */
  keep(key: string, state: unknown): void {
    this.#send({ kind: 'keep', key, state });
  }

  /** Says that a view is not shown any more. */
  gone(view: string): void {
    this.#send({ kind: 'gone', view });
  }

  #send(message: FromRenderer): void {
    this.#post?.(message);
  }

  #take(message: unknown): void {
    const given = v.safeParse(toRenderer, message);
    if (!given.success) return console.warn(`Refused from the extension: ${given.issues[0].message}`);
    const { output } = given;
    if (output.kind === 'push') {
      for (const take of this.#takers.get(output.view) ?? []) take(output.data);
      return;
    }
    if (output.kind === 'kept') return this.#onKept(output.states);
    const waiting = this.#waiting.get(output.id);
    this.#waiting.delete(output.id);
    if (output.kind === 'answer') waiting?.resolve(output.result);
    else waiting?.reject(new Error(output.reason));
  }
}
