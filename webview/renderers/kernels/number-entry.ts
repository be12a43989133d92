// A number that is typed over a cell: digits collect until Enter takes them.

/** What becomes of a typed number. */
export interface EntryActions {
  /** Enter: it is taken. */
  readonly take: (value: number) => void;
  /** Plus or minus while nothing is typed: one step up or down. */
  readonly nudge: (direction: 1 | -1) => void;
  /** What is typed so far, for the readout; empty where nothing is. */
  readonly show: (text: string) => void;
}

/** How numbers are typed, for those who do not see it. */
export const ENTRY_KEYS =
  'plus and minus change the value by a step, digits and Enter set it, minus after digits makes it negative, Escape forgets them';

/** Keys that type a number. */
export class NumberEntry {
  #text = '';

  constructor(private readonly actions: EntryActions) {}

  /** Obeys a key; false where it means nothing here. */
  obey(key: string): boolean {
    const { take, nudge } = this.actions;
    if (/^[\d.e]$/u.test(key)) this.#set(this.#text + key);
    else if (this.#text === '') {
      if (key !== '+' && key !== '=' && key !== '-') return false;
      nudge(key === '-' ? -1 : 1);
    } else if (key === '-') {
      // After an e it is the exponent's, else that of the number.
      if (this.#text.endsWith('e')) this.#set(`${this.#text}-`);
      else this.#set(this.#text.startsWith('-') ? this.#text.slice(1) : `-${this.#text}`);
    } else if (key === 'Backspace') this.#set(this.#text.slice(0, -1));
    else if (key === 'Escape') this.#set('');
    else if (key === 'Enter') {
      const value = Number(this.#text);
      this.#set('');
      if (Number.isFinite(value)) take(value);
    } else {
      // Whoever goes elsewhere has changed their mind.
      this.#set('');
      return false;
    }
    return true;
  }

  #set(text: string): void {
    this.#text = text;
    this.actions.show(text);
  }
}
