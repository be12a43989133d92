// What pointer and keys do in a plot. Listeners end with a signal, which uPlot's own do not.

/** What can be done in a plot; places in px from the left of its curves. */
export interface PlotActions {
  /** The element over the curves; null while there is none. */
  over(): HTMLElement | null;
  point(left: number, isKept: boolean): void;
  /** The pointer left; `isGone` the focus, too. */
  leave(isGone: boolean): void;
  /** So many points on, from where it is; to the first or last for an infinity. */
  step(by: number): void;
  pick(): void;
  /** Marks a part to zoom into; `to` null zooms. */
  select(from: number, to: number | null): void;
  zoom(factor: number, left: number | null): void;
  /** By a part of what is seen. */
  pan(part: number): void;
  fit(): void;
}

const ZOOM = 1.5;
/** A drag shorter than this, in px, is a click. */
const CLICK = 4;

/** Makes an element a plot that obeys pointer and keys, until the signal aborts. */
export function plotInput(element: HTMLElement, label: string, signal: AbortSignal, actions: PlotActions): void {
  element.tabIndex = 0;
  element.role = 'application';
  element.setAttribute('aria-roledescription', 'plot');
  element.ariaLabel = `${label}. Left and right arrow keys move from point to point, plus and minus zoom, 0 shows all, Shift with arrows moves the part that is seen.`;
  const on = <K extends keyof HTMLElementEventMap>(type: K, listener: (event: HTMLElementEventMap[K]) => void): void =>
    element.addEventListener(type, listener, { signal, passive: false });
  /** Place over the curves; null beside them. */
  const leftOf = (event: MouseEvent): number | null => {
    const box = actions.over()?.getBoundingClientRect();
    if (box === undefined) return null;
    const isOver = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    return isOver ? event.clientX - box.left : null;
  };
  let start: number | null = null;
  let isDragged = false;
  on('pointerdown', (event) => {
    if (event.button !== 0) return;
    start = leftOf(event);
    isDragged = false;
    if (start !== null) element.setPointerCapture(event.pointerId);
  });
  on('pointermove', (event) => {
    const box = actions.over()?.getBoundingClientRect();
    if (start !== null && box !== undefined) {
      const left = Math.min(box.width, Math.max(0, event.clientX - box.left));
      isDragged ||= Math.abs(left - start) >= CLICK;
      if (isDragged) return actions.select(start, left);
    }
    const left = leftOf(event);
    if (left !== null) actions.point(left, false);
    else actions.leave(false);
  });
  on('pointerup', () => {
    if (isDragged) actions.select(0, null);
    start = null;
  });
  on('pointercancel', () => {
    if (isDragged) actions.select(0, 0);
    [start, isDragged] = [null, false];
  });
  on('click', (event) => {
    const left = leftOf(event);
    // The click that ends a drag is none.
    if (isDragged || left === null) return;
    actions.point(left, true);
    actions.pick();
  });
  on('dblclick', () => actions.fit());
  on('wheel', (event) => {
    // Without a key the notebook scrolls; pinching comes with one.
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    actions.zoom(Math.exp(-event.deltaY / 200), leftOf(event));
  });
  on('pointerleave', () => actions.leave(false));
  on('blur', () => actions.leave(true));
  on('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const action = actionOf(event, actions);
    if (action === null) return;
    action();
    // The notebook would scroll, or leave the cell.
    event.preventDefault();
    event.stopPropagation();
  });
}

function actionOf({ key, shiftKey }: KeyboardEvent, actions: PlotActions): (() => void) | null {
  const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity }[key];
  if (step !== undefined) return () => (shiftKey ? actions.pan(step / 8) : actions.step(step));
  if (key === '+' || key === '=') return () => actions.zoom(ZOOM, null);
  if (key === '-') return () => actions.zoom(1 / ZOOM, null);
  if (key === '0') return () => actions.fit();
  if (key === 'Enter' || key === ' ') return () => actions.pick();
  return null;
}
