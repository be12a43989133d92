// The colour bar: the map with round ticks, the histogram of the values beside it, and signs for values beyond its ends and for NaN.
import { roundTicks, unitWithExponent, type Ticks } from './axes.js';
import { colorAt, NAN_COLORS, rgb, type ColorMap } from './color.js';
import type { Distribution } from './distribution.js';
import { plainAxis, planeImage } from './pixels.js';
import { element, FAINT, group, HAIRLINE, label, line, plotFrame, SMALL, textWidth, type Svg } from './svg.js';

/** What a colour bar shows. */
export interface ColorBar {
  readonly map: ColorMap;
  readonly unit: string;
  readonly distribution: Distribution;
}

const HISTOGRAM = 24;
const BAR = 10;
const ARROW = 7;
const TICK = 4;
/** Height in px under the bar that the NaN sign needs. */
export const NAN_SIGN_HEIGHT = 20;

/** The width in px of a colour bar with its histogram and labels. */
export function colorBarWidth(bar: ColorBar, height: number): number {
  const { ticks } = barTicks(bar, height);
  const labels = [...ticks.map(({ text }) => text), ...(bar.distribution.nan > 0 ? ['NaN'] : [])];
  const ticked = HISTOGRAM + BAR + TICK + 3 + Math.max(...labels.map((text) => textWidth(text)));
  return Math.ceil(Math.max(ticked, textWidth(colorBarHeading(bar, height))));
}

/** What stands above a colour bar: its unit and the power of ten taken out of its labels. Empty where it has neither. */
export function colorBarHeading(bar: ColorBar, height: number): string {
  return unitWithExponent(bar.unit, barTicks(bar, height).exponent);
}

/** A colour bar of the given height whose upper left corner is x, y; its unit stands above that corner. */
export function colorBar(bar: ColorBar, x: number, y: number, height: number): Svg {
  const { map, distribution } = bar;
  const { min, max, below, above, nan } = distribution;
  const [top, bottom] = [y + (above > 0 ? ARROW : 0), y + height - (below > 0 ? ARROW : 0)];
  const left = x + HISTOGRAM;
  const { ticks } = barTicks(bar, height);
  const position = (value: number): number => (min === max ? (top + bottom) / 2 : bottom - ((value - min) / (max - min)) * (bottom - top));
  return group(
    {},
    label(x, y - 7, colorBarHeading(bar, height)),
    histogram(distribution, left - 2, top, bottom),
    ramp(map, left, top, bottom),
    // Without an outline the white end of a map is lost on white.
    plotFrame(left, top, BAR, bottom - top),
    ...(below > 0 ? [arrow(left, bottom, ARROW, colorAt(map, 0))] : []),
    ...(above > 0 ? [arrow(left, top, -ARROW, colorAt(map, 1))] : []),
    ...ticks.flatMap(({ value, text }) => [
      line(left + BAR, position(value), left + BAR + TICK, position(value)),
      label(left + BAR + TICK + 3, position(value) + 0.34 * SMALL, text),
    ]),
    ...(nan > 0 ? [nanSign(left, y + height + NAN_SIGN_HEIGHT - BAR)] : []),
  );
}

function barTicks({ map, distribution: { min, max } }: ColorBar, height: number): Ticks {
  if (map === 'phase' && min === -Math.PI && max === Math.PI) return PHASE_TICKS;
  const count = Math.max(2, Math.min(5, Math.floor(height / 30)));
  const found = roundTicks(min, max, count);
  // One number is no scale.
  return found.ticks.length > 1 || min === max ? found : roundTicks(min, max, count + 2);
}

const PHASE_TICKS: Ticks = {
  ticks: ['−π', '−π/2', '0', 'π/2', 'π'].map((text, i) => ({ value: ((i - 2) * Math.PI) / 2, text })),
  exponent: 0,
};

function ramp(map: ColorMap, x: number, top: number, bottom: number): Svg {
  const steps = Float64Array.from({ length: 256 }, (_, i) => 255 - i);
  const layout = { rows: plainAxis(steps.length, bottom - top), cols: plainAxis(1, BAR), stretched: true };
  return planeImage(steps, layout, { min: 0, max: 255, map }, x, top);
}

// The histogram grows to the left of the bar. Its scale is the square root, so that a few bright values beside many dark ones show.
function histogram({ bins, min, max }: Distribution, right: number, top: number, bottom: number): Svg {
  const largest = Math.max(1, ...bins);
  const step = (bottom - top) / bins.length;
  let outline = `M${right.toFixed(2)} ${bottom.toFixed(2)}`;
  bins.forEach((count, i) => {
    const x = right - (HISTOGRAM - 4) * Math.sqrt(count / largest);
    outline += `H${x.toFixed(2)}V${(bottom - (i + 1) * step).toFixed(2)}`;
  });
  // A range of one value has one bar only, which would say nothing.
  return element('path', { d: `${outline}H${right.toFixed(2)}Z`, fill: min === max ? 'none' : FAINT });
}

function arrow(x: number, y: number, height: number, fill: string): Svg {
  const points = [
    [x, y],
    [x + BAR, y],
    [x + BAR / 2, y + height],
  ];
  return element('polygon', {
    points: points.map((point) => point.map((c) => c.toFixed(2)).join(',')).join(' '),
    fill,
  });
}

function nanSign(x: number, y: number): Svg {
  return group(
    {},
    element('rect', { x, y, width: BAR, height: BAR, fill: rgb(NAN_COLORS.ground) }),
    element('path', {
      d: [
        [0, 2.5],
        [0, 7.5],
        [2.5, 10],
      ]
        .map(([dx = 0, dy = 0]) => `M${String(x + dx)} ${String(y + dy)}L${String(x + dy)} ${String(y + dx)}`)
        .join(''),
      stroke: rgb(NAN_COLORS.stripe),
      'stroke-width': 1.5,
    }),
    line(x + BAR, y + BAR / 2, x + BAR + TICK, y + BAR / 2, { stroke: HAIRLINE }),
    label(x + BAR + TICK + 3, y + BAR / 2 + 0.34 * SMALL, 'NaN'),
  );
}
