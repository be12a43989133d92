// What people chose in views, to be found again when their notebook is opened again: kept by the extension, by what a view shows.

import type { KernelLink } from './kernel-link.js';

/** The states of a renderer's views. */
export class ViewStates {
  readonly #states = new Map<string, unknown>();
  readonly #keys = new WeakMap<object, string>();

  /** `onArrive` is called when what was kept has come, with whether there is something for data that is shown already. */
  constructor(
    private readonly link: KernelLink,
    onArrive: (isFor: (json: unknown) => boolean) => void,
  ) {
    link.onKept((states) => {
      // What was chosen meanwhile is newer.
      const arrived = states.filter(([key]) => !this.#states.has(key));
      for (const [key, state] of arrived) this.#states.set(key, state);
      const keys = new Set(arrived.map(([key]) => key));
      if (keys.size > 0) onArrive((json) => keys.has(this.#keyOf(json)));
    });
  }

  /** What was chosen for the output of this data; undefined where nothing was. Not checked. */
  load(json: unknown): unknown {
    return this.#states.get(this.#keyOf(json));
  }

  /** Keeps JSON for the output of this data. */
  save(json: unknown, state: unknown): void {
    const key = this.#keyOf(json);
    this.#states.set(key, state);
    this.link.keep(key, state);
  }

  /** The same for the same data, whenever it is shown: FNV-1a over its text. */
  #keyOf(json: unknown): string {
    const isObject = typeof json === 'object' && json !== null;
    const known = isObject ? this.#keys.get(json) : undefined;
    if (known !== undefined) return known;
    const text = JSON.stringify(json);
    let hash = 0x811c9dc5;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    const key = `${text.length}-${(hash >>> 0).toString(36)}`;
    if (isObject) this.#keys.set(json, key);
    return key;
  }
}
