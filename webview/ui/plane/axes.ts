// Axes of a drawing on a canvas: ticks at round numbers of what the cells stand for.

import type { Tick } from '../../../src/display/axes.js';
import type { Ink } from '../ink.js';
import type { Box } from './viewport.js';

/** An axis beside a drawing. */
export interface Axis {
  readonly label: string;
  /** Ticks between two places of the axis in cells (the middle of cell i is i + ½), about `count` of them; `value` is the tick's place. */
  ticks(from: number, to: number, count: number): readonly Tick[];
  /** The place of a tick that stands out, such as zero frequency. */
  readonly emphasis?: number | undefined;
}

/** Room of the axes in px: left of the drawing and below it. */
export const AXIS_ROOM = { left: 56, bottom: 34, top: 6, right: 10 } as const;
const TICK = 4;

/** Draws both axes around the drawing in `box`, which shows the places from `from` to `to`. */
export function paintAxes(
  context: CanvasRenderingContext2D,
  box: Box,
  x: { readonly axis: Axis; readonly from: number; readonly to: number },
  y: { readonly axis: Axis; readonly from: number; readonly to: number },
  ink: Ink,
): void {
  context.font = ink.font;
  context.lineWidth = 1;
  const bottom = box.y + box.height;
  context.textBaseline = 'alphabetic';
  context.textAlign = 'center';
  let end = -Infinity;
  for (const { value, text } of x.axis.ticks(x.from, x.to, Math.max(2, Math.floor(box.width / 70)))) {
    const at = box.x + ((value - x.from) / (x.to - x.from)) * box.width;
    if (at < box.x - 1 || at > box.x + box.width + 1) continue;
    const isStrong = value === x.axis.emphasis;
    context.fillStyle = isStrong ? ink.foreground : ink.rule;
    context.fillRect(Math.round(at - 0.5), bottom + 1, 1, TICK);
    const half = context.measureText(text).width / 2;
    if (at - half < end + 6) continue;
    end = at + half;
    context.fillStyle = isStrong ? ink.foreground : ink.muted;
    // A text at the end of the axis stays in the drawing.
    context.fillText(text, Math.min(at, box.x + box.width + AXIS_ROOM.right - half), bottom + TICK + 12);
  }
  context.fillStyle = ink.muted;
  context.fillText(x.axis.label, box.x + box.width / 2, bottom + AXIS_ROOM.bottom - 3);
  context.textAlign = 'right';
  for (const { value, text } of y.axis.ticks(y.from, y.to, Math.max(2, Math.floor(box.height / 50)))) {
    const at = box.y + ((value - y.from) / (y.to - y.from)) * box.height;
    if (at < box.y - 1 || at > bottom + 1) continue;
    const isStrong = value === y.axis.emphasis;
    context.fillStyle = isStrong ? ink.foreground : ink.rule;
    context.fillRect(box.x - TICK - 1, Math.round(at - 0.5), TICK, 1);
    context.fillStyle = isStrong ? ink.foreground : ink.muted;
    context.fillText(text, box.x - TICK - 4, Math.min(bottom, Math.max(box.y + 7, at + 4)));
  }
  context.save();
  context.translate(11, box.y + box.height / 2);
  context.rotate(-Math.PI / 2);
  context.textAlign = 'center';
  context.fillStyle = ink.muted;
  // A label longer than its axis would run out of the drawing.
  if (context.measureText(y.axis.label).width <= box.height + AXIS_ROOM.bottom) context.fillText(y.axis.label, 0, 0);
  context.restore();
  context.textAlign = 'left';
}
