// Buttons above a view that are seen when the pointer or the focus is in it: small, with names for all, the rest behind "…".

import { make } from './dom.js';

/** A thing that can be done. */
export interface Action {
  /** Said in a menu, and of an icon to screen readers and as its tooltip. */
  readonly label: string;
  /** The sign on the button. */
  readonly sign?: string;
  readonly run: () => void;
}

let menus = 0;

/** A row of buttons, and a menu of what is needed less often. Listens until the signal aborts. */
export function toolbar(buttons: readonly Action[], more: readonly Action[], signal: AbortSignal): HTMLElement {
  const bar = make('div', 'toolbar', ...buttons.map((action) => actionButton(action, 'tool', signal)));
  bar.role = 'toolbar';
  if (more.length > 0) bar.append(menu(more, signal));
  return bar;
}

function actionButton({ label, sign, run }: Action, className: string, signal: AbortSignal): HTMLButtonElement {
  const button = make('button', className, sign ?? label);
  button.type = 'button';
  if (sign !== undefined) {
    button.title = label;
    button.ariaLabel = label;
  }
  button.addEventListener('click', run, { signal });
  return button;
}

function menu(actions: readonly Action[], signal: AbortSignal): HTMLElement {
  const list = make('div', 'menu', ...actions.map((action) => actionButton(action, 'item', signal)));
  list.id = `menu-${++menus}`;
  list.hidden = true;
  const opener = make('button', 'tool', '…');
  opener.type = 'button';
  opener.title = opener.ariaLabel = 'More';
  opener.ariaExpanded = 'false';
  opener.setAttribute('aria-controls', list.id);
  const box = make('div', 'more-box', opener, list);
  const show = (isOpen: boolean): void => {
    list.hidden = !isOpen;
    opener.ariaExpanded = String(isOpen);
    if (isOpen) list.querySelector('button')?.focus();
  };
  opener.addEventListener('click', () => show(list.hidden !== false), { signal });
  list.addEventListener('click', () => show(false), { signal });
  box.addEventListener(
    'keydown',
    (event) => {
      if (event.key !== 'Escape' || list.hidden) return;
      event.stopPropagation();
      show(false);
      opener.focus();
    },
    { signal },
  );
  box.addEventListener(
    'focusout',
    ({ relatedTarget }) => {
      if (!(relatedTarget instanceof Node && box.contains(relatedTarget))) show(false);
    },
    { signal },
  );
  return box;
}
