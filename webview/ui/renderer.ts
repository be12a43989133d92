// What VS Code and a notebook renderer want of each other, and the life of the views of a renderer.

import { adopt, make } from './dom.js';
import { inkOf, onThemeChange, type Ink } from './ink.js';
import { KernelLink, type Messaging } from './kernel-link.js';
import styles from './view.css';
import { ViewStates } from './view-state.js';

/** What VS Code gives a renderer to draw. */
export interface OutputItem {
  readonly id: string;
  readonly mime: string;
  json(): unknown;
}

/** What VS Code wants of a renderer. */
export interface Renderer {
  renderOutputItem(item: OutputItem, element: HTMLElement): void;
  disposeOutputItem(id?: string): void;
}

/** What a view may use, for as long as it is shown. */
export interface ViewPage {
  /** Empty, in a tree of its own: styles of other outputs do not reach it. */
  readonly root: HTMLElement;
  /** Aborts when the view is not shown any more: all that listens, observes or waits ends with it. */
  readonly signal: AbortSignal;
  /** The theme's colours as they are now. */
  readonly ink: () => Ink;
  /** Calls when the theme is another one. */
  readonly onTheme: (redraw: () => void) => void;
  /** What the view saved when this output was shown before, also before the notebook was opened; undefined where it did not, and not checked. */
  readonly state: unknown;
  /** Saves what is to be found again when the output is shown again: JSON, small. */
  readonly saveState: (state: unknown) => void;
  /** Asks what the kernel holds for the view of this name, until it is not shown any more; rejects with a reason for people. */
  readonly ask: (view: string, request: unknown) => Promise<unknown>;
  /** Takes what the kernel pushes to the view of this name. */
  readonly onPush: (view: string, take: (data: unknown) => void) => void;
  /** Takes newer data of this output in its place, as it changes while it is looked at; where `take` gives false, it is shown anew. */
  readonly onUpdate: (take: (json: unknown) => boolean) => void;
}

/** How one kind of data is shown. */
export interface ViewKind {
  /** What it is in a sentence: "spectrum". */
  readonly what: string;
  /** Styles beside those of view.css. */
  readonly styles?: string;
  /** Shows the saved data, which must be checked; throws with a reason where it cannot be. */
  readonly open: (json: unknown, page: ViewPage) => void;
}

/** A renderer that shows each MIME type as its kind says. What cannot be shown is said in its place. */
export function rendererOf(messaging: Messaging, kinds: Readonly<Record<string, ViewKind>>): Renderer {
  const link = new KernelLink(messaging);
  const shown = new Map<string, Shown>();
  const show = (item: OutputItem, element: HTMLElement): void => {
    const before = shown.get(item.id);
    if (before?.parent === element && before.take(item)) return;
    begin(item, element);
  };
  const begin = (item: OutputItem, element: HTMLElement): void => {
    shown.get(item.id)?.end();
    shown.delete(item.id);
    const kind = kinds[item.mime];
    if (kind !== undefined) shown.set(item.id, openView(item, kind, element, link, states));
  };
  const states: ViewStates = new ViewStates(link, (isFor) => {
    for (const { item, json, parent } of [...shown.values()]) if (isFor(json)) begin(item, parent);
  });
  return {
    renderOutputItem: show,
    disposeOutputItem(id) {
      for (const known of id === undefined ? [...shown.keys()] : [id]) {
        const view = shown.get(known);
        view?.end();
        // What is shown anew in its place may ask for the same; what is gone does not.
        for (const name of view?.asked ?? []) link.gone(name);
        shown.delete(known);
      }
    },
  };
}

/** A view on the page. */
interface Shown {
  item: OutputItem;
  json: unknown;
  readonly parent: HTMLElement;
  /** Names of what the kernel was asked for. */
  readonly asked: ReadonlySet<string>;
  /** Shows newer data in its place; false where it cannot. */
  take(item: OutputItem): boolean;
  /** Ends it, and leaves nothing behind. */
  end(): void;
}

function openView(item: OutputItem, kind: ViewKind, parent: HTMLElement, link: KernelLink, states: ViewStates): Shown {
  const element = make('div');
  // In a tree of its own: outputs of all renderers share one page.
  const shadow = element.attachShadow({ mode: 'open' });
  adopt(shadow, styles);
  if (kind.styles !== undefined) adopt(shadow, kind.styles);
  const root = make('div', 'view');
  shadow.append(root);
  parent.replaceChildren(element);
  const ended = new AbortController();
  const { signal } = ended;
  const asked = new Set<string>();
  const view: Shown = { item, json: undefined, parent, asked, take, end };
  let update: ((json: unknown) => boolean) | undefined;
  let kept: unknown;
  // Asking for styles makes the browser lay the page out: once for each theme.
  let ink: Ink | null = null;
  onThemeChange(() => (ink = null), signal);
  try {
    const json = (view.json = item.json());
    kept = states.load(json);
    const page: ViewPage = {
      root,
      signal,
      // Outside of the page nothing has styles yet.
      ink: () => (root.isConnected ? (ink ??= inkOf(root)) : inkOf(root)),
      onTheme: (redraw) => onThemeChange(redraw, signal),
      state: kept,
      saveState: (state) => states.save(view.json, (kept = state)),
      ask: (view, request) => {
        asked.add(view);
        // What is not shown any more needs no answer, and none that comes late.
        return new Promise((resolve, reject) => {
          link.ask(view, request).then(
            (result) => !signal.aborted && resolve(result),
            (reason: unknown) => !signal.aborted && reject(reason instanceof Error ? reason : new Error(String(reason))),
          );
        });
      },
      onPush: (view, take) => {
        asked.add(view);
        link.onPush(view, take, signal);
      },
      onUpdate: (take) => (update = take),
    };
    kind.open(json, page);
  } catch (error) {
    root.replaceChildren(make('p', 'broken', problem(kind.what, error)));
  }
  return view;

  function take(next: OutputItem): boolean {
    if (next.mime !== item.mime || update === undefined) return false;
    let newer: unknown;
    try {
      newer = next.json();
      if (!update(newer)) return false;
    } catch {
      // Shown anew, broken data says what is wrong with it.
      return false;
    }
    [view.item, view.json] = [next, newer];
    // It is found by what it shows.
    if (kept !== undefined) states.save(newer, kept);
    return true;
  }

  function end(): void {
    ended.abort();
    element.remove();
  }
}

/** Says why an output cannot be shown, in plain sentences. */
function problem(what: string, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return `This ${what} cannot be drawn: its data is broken, or another version of Parseval wrote it (${why}). Its picture and its words are saved beside it: choose another presentation of this output, or run the cell again.`;
}
