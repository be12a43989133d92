// Which notebook goes on under which address. When a notebook is saved under another name or its file is renamed, the editor closes it and opens
// another one; what belongs to it, such as its kernel, is to go over. Knows nothing of the editor, of which `Notebook` is a notebook.
//
// The order of things, as seen in VS Code:
//   saved under a name: the new one opens with the cells of the old one, and is not shown; the old one closes; the new one is shown
//   renamed (or a folder above it): the rename is announced; the old one closes; the new one opens, at once or when its tab is looked at, with
//   the cells as they are on disk, and a moment later with those that were not saved
// An old one that an extension opened stays open for minutes, without a tab: it is no more than a closed one.

/** What is to be known of notebooks in the editor. */
export interface NotebookFacts<Notebook> {
  /** Those that are open. */
  readonly open: () => readonly Notebook[];
  readonly addressOf: (notebook: Notebook) => string;
  /** The texts of its cells from top to bottom. */
  readonly textsOf: (notebook: Notebook) => readonly string[];
  /** Whether it can be saved where it is: an old version, as comparisons show it, cannot. */
  readonly isWritable: (notebook: Notebook) => boolean;
  readonly hasTab: (address: string) => boolean;
  /** Calls after so many ms, unless the function that it returns is called before. */
  readonly after: (ms: number, call: () => void) => () => void;
}

/** What becomes of a notebook that was closed: `ended`, or `left` and, at once or later, `moved` or `ended`. */
export interface MoveHandlers<Notebook> {
  /** It is closed and may go on elsewhere. */
  readonly left: (notebook: Notebook) => void;
  readonly moved: (from: Notebook, to: Notebook) => void;
  readonly ended: (notebook: Notebook) => void;
}

/** A file that was renamed opens again within this time, in ms, or has a tab. */
export const reopenTime = 10_000;
/** A notebook that has been shown so long, in ms, beside the one whose cells it has is a copy, and not the same one. */
export const replaceTime = 1000;

/** A renamed notebook that has not been opened again. */
interface Away<Notebook> {
  readonly notebook: Notebook;
  /** Where it was to go; a rename that fails brings it back to where it was. */
  readonly to: string;
  readonly cancel: () => void;
  isLate: boolean;
}

/** Tells what becomes of notebooks. */
export class Moves<Notebook extends object> {
  /** Where the files of notebooks are about to go. */
  private readonly renames = new WeakMap<Notebook, string>();
  /** Notebooks whose files have gone there. */
  private readonly gone = new WeakSet<Notebook>();
  /** The notebooks with a tab that had the same cells when a notebook got its first ones. */
  private readonly twins = new WeakMap<Notebook, readonly Notebook[]>();
  private readonly known = new WeakSet<Notebook>();
  private readonly shownOnce = new WeakSet<Notebook>();
  private readonly away = new Set<Away<Notebook>>();
  private readonly timers = new Set<() => void>();

  constructor(
    private readonly facts: NotebookFacts<Notebook>,
    private readonly handlers: MoveHandlers<Notebook>,
  ) {
    for (const notebook of facts.open()) this.known.add(notebook);
  }

  /** A notebook was opened, or cells came into it. */
  appeared(notebook: Notebook): void {
    const address = this.facts.addressOf(notebook);
    for (const each of this.away) {
      if (each.to === address || this.facts.addressOf(each.notebook) === address) {
        this.forget(each);
        this.handlers.moved(each.notebook, notebook);
      }
    }
    const renamed = this.open().find((other) => this.gone.has(other) && this.renames.get(other) === address);
    if (renamed) this.goOn(renamed, notebook);
    if (this.known.has(notebook)) return;
    const texts = this.facts.textsOf(notebook);
    // It is opened empty, and its cells come next.
    if (texts.length === 0) return;
    this.known.add(notebook);
    if (!this.facts.isWritable(notebook)) return;
    const others = this.open().filter((other) => other !== notebook && this.hasTab(other));
    this.twins.set(
      notebook,
      others.filter((other) => isSame(this.facts.textsOf(other), texts)),
    );
  }

  /** A notebook can be seen in an editor. */
  shown(notebook: Notebook): void {
    if (this.shownOnce.has(notebook)) return;
    this.shownOnce.add(notebook);
    // The editor puts it into the place of the old one at about the same time as it closes that.
    if (this.twins.has(notebook)) this.later(replaceTime, () => this.twins.delete(notebook));
  }

  /** A file, or a folder, is about to be renamed. */
  renaming(from: string, to: string): void {
    for (const notebook of this.open()) {
      const address = this.facts.addressOf(notebook);
      if (address === from || address.startsWith(`${from}/`)) this.renames.set(notebook, to + address.slice(from.length));
    }
  }

  /** It was renamed. */
  renamed(from: string): void {
    for (const notebook of this.open()) {
      const address = this.facts.addressOf(notebook);
      if (address !== from && !address.startsWith(`${from}/`)) continue;
      this.gone.add(notebook);
      const next = this.open().find((other) => this.facts.addressOf(other) === this.renames.get(notebook));
      if (next) this.goOn(notebook, next);
    }
  }

  /** A notebook was closed. */
  closed(notebook: Notebook): void {
    const others = this.open().filter((other) => other !== notebook);
    const to = this.renames.get(notebook);
    const next =
      to === undefined
        ? others.find((other) => this.twins.get(other)?.includes(notebook))
        : others.find((other) => this.facts.addressOf(other) === to);
    if (next) this.goOn(notebook, next);
    else if (to === undefined) this.handlers.ended(notebook);
    else this.wait(notebook, to);
  }

  /** Tabs were opened or closed. */
  tabsChanged(): void {
    for (const each of this.away) this.endLate(each);
    for (const notebook of this.open()) {
      const replaced = this.twins.get(notebook)?.find((other) => !this.hasTab(other));
      if (replaced && this.hasTab(notebook)) this.goOn(replaced, notebook);
    }
  }

  /** Nothing is told any more. */
  dispose(): void {
    for (const cancel of this.timers) cancel();
    this.timers.clear();
    this.away.clear();
  }

  private open(): readonly Notebook[] {
    return this.facts.open();
  }

  private hasTab(notebook: Notebook): boolean {
    return this.facts.hasTab(this.facts.addressOf(notebook));
  }

  private goOn(from: Notebook, to: Notebook): void {
    this.renames.delete(from);
    this.twins.delete(to);
    this.handlers.left(from);
    this.handlers.moved(from, to);
  }

  private wait(notebook: Notebook, to: string): void {
    const cancel = this.later(reopenTime, () => {
      away.isLate = true;
      this.endLate(away);
    });
    const away: Away<Notebook> = { notebook, to, cancel, isLate: false };
    this.away.add(away);
    this.handlers.left(notebook);
  }

  private endLate(away: Away<Notebook>): void {
    if (!away.isLate || this.facts.hasTab(away.to)) return;
    this.forget(away);
    this.handlers.ended(away.notebook);
  }

  private forget(away: Away<Notebook>): void {
    away.cancel();
    this.away.delete(away);
  }

  private later(ms: number, call: () => void): () => void {
    const cancelTimer = this.facts.after(ms, () => {
      this.timers.delete(cancel);
      call();
    });
    const cancel = (): void => {
      this.timers.delete(cancel);
      cancelTimer();
    };
    this.timers.add(cancel);
    return cancel;
  }
}

/**
 * The place in `texts` of the cell that had this place and text before: the same place, if the text is there, else the nearest place where it
 * is; undefined when it is nowhere.
 */
export function placeOf(text: string, place: number, texts: readonly string[]): number | undefined {
  let nearest: number | undefined;
  for (const [index, each] of texts.entries()) {
    if (!isSameText(each, text)) continue;
    if (nearest === undefined || Math.abs(index - place) < Math.abs(nearest - place)) nearest = index;
  }
  return nearest;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => isSameText(text, other[index] ?? ''));
}

/** A file does not keep the ends of lines as they were typed. */
function isSameText(one: string, other: string): boolean {
  return one === other || one.replace(/\r\n?/g, '\n') === other.replace(/\r\n?/g, '\n');
}
