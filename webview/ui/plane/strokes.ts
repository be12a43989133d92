// Drags over the cells of a plane that paint or pull, and move nothing.

import type { Cell } from './viewport.js';

/** A drag over cells, as far as it has come. */
export interface Stroke {
  readonly start: Cell;
  /** The cell under the pointer; null outside. */
  readonly cell: Cell | null;
  /** How far the pointer is from where it started, in px: to the right and down. */
  readonly dx: number;
  readonly dy: number;
  readonly isEnd: boolean;
}

/** Tells of drags that start in a cell, from the press of the button to its release. Listens until the signal aborts. */
export function listenToStrokes(
  canvas: HTMLCanvasElement,
  cellAt: (event: MouseEvent) => Cell | null,
  onStroke: (stroke: Stroke) => void,
  signal: AbortSignal,
): void {
  let from: { readonly start: Cell; readonly x: number; readonly y: number } | null = null;
  const tell = (event: PointerEvent, isEnd: boolean): void => {
    if (from === null) return;
    const { start, x, y } = from;
    if (isEnd) from = null;
    onStroke({ start, cell: cellAt(event), dx: event.offsetX - x, dy: event.offsetY - y, isEnd });
  };
  const begin = (event: PointerEvent): void => {
    const start = cellAt(event);
    if (event.button !== 0 || start === null) return;
    from = { start, x: event.offsetX, y: event.offsetY };
    canvas.setPointerCapture(event.pointerId);
    tell(event, false);
  };
  canvas.addEventListener('pointerdown', begin, { signal });
  canvas.addEventListener('pointermove', (event) => tell(event, false), { signal });
  for (const type of ['pointerup', 'pointercancel'] as const) canvas.addEventListener(type, (event) => tell(event, true), { signal });
}
