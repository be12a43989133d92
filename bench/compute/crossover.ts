// The crossover: from which kernel size on the Fourier transform is the faster way to convolve. As a table and as a chart.

import { horizontalAxis, verticalAxis } from '../../src/display/axes.js';
import type { Svg } from '../../src/display/svg.js';
import { element, FAINT, fitText, group, INK, label, line, MUTED, svgDocument, textWidth, TITLE } from '../../src/display/svg.js';
import { table } from '../report.js';
import type { ContestRecord } from './record.js';
import { shown } from './record.js';
import { ownAlgorithm } from './targets.js';

/** The contests of the crossover's row, by kernel size. */
export interface CrossoverPoint {
  readonly kernel: number;
  readonly contest: ContestRecord;
}

interface Curve {
  readonly name: string;
  readonly points: readonly { readonly kernel: number; readonly ms: number }[];
}

/** One curve a contestant, ours first and named by the algorithm; contestants that failed somewhere have gaps there. */
function curvesOf(points: readonly CrossoverPoint[]): Curve[] {
  const labels = [...new Set(points.flatMap(({ contest }) => Object.keys(contest.contestants)))];
  return labels.map((name) => ({
    name: name === 'Parseval' ? 'auto' : name.startsWith(ownAlgorithm) ? name.slice(ownAlgorithm.length) : name,
    points: points.flatMap(({ kernel, contest }) => {
      const record = contest.contestants[name];
      return record === undefined ? [] : [{ kernel, ms: record.median }];
    }),
  }));
}

/** Medians by kernel size, in ms. */
export function crossoverTable(points: readonly CrossoverPoint[]): string {
  const curves = curvesOf(points);
  const msAt = (curve: Curve, kernel: number): string => {
    const ms = curve.points.find((point) => point.kernel === kernel)?.ms;
    return ms === undefined ? '–' : shown(ms);
  };
  const rows = points.map(({ kernel }) => [String(kernel), ...curves.map((curve) => msAt(curve, kernel))]);
  return `${table(['k', ...curves.map(({ name }) => name)], rows)}\n${finding(curves)}`;
}

/** From where on the Fourier transform wins, in words. */
function finding(curves: readonly Curve[]): string {
  const direct = curves.find(({ name }) => name === 'direct')?.points ?? [];
  const spectral = curves.filter(({ name }) => name.startsWith('fft'));
  const best = (kernel: number): number =>
    Math.min(...spectral.flatMap(({ points }) => points.filter((point) => point.kernel === kernel).map(({ ms }) => ms)));
  const wins = direct.map(({ kernel, ms }) => ({ kernel, wins: best(kernel) < ms }));
  const from = wins.findIndex((_, i) => wins.slice(i).every(({ wins }) => wins));
  if (from < 0) return 'The Fourier transform wins at none of these sizes.';
  const kernel = wins[from]?.kernel ?? NaN;
  return from === 0
    ? `The Fourier transform wins at every size from ${kernel}×${kernel}.`
    : `The Fourier transform wins from ${kernel}×${kernel} on.`;
}

/** Our ways have colours, which also differ in lightness; peers are grey and dashed. */
const colors: Readonly<Record<string, string>> = { direct: '#b8500f', im2col: '#8a7326', fft: '#31688e', 'fft-tiled': '#3b1a6e' };
const dashes = ['1 3', '4 3', '7 3', '2 2'];

const width = 680;
const plot = { left: 64, top: 72, width: 468, height: 320 } as const;
/** Between the baselines of labels, px. */
const labelGap = 14;
const kernelTicks = [3, 5, 7, 9, 11, 15, 21, 31];

/** The chart as an SVG document on white: time over kernel size, both axes logarithmic, each curve named at its end. */
export function crossoverChart(points: readonly CrossoverPoint[], what: string, adapter: string): string {
  const curves = curvesOf(points);
  const lines = curves.filter(({ name, points }) => name !== 'auto' && points.length > 0);
  const all = curves.flatMap(({ points }) => points);
  const x = logScale(
    all.map(({ kernel }) => kernel),
    plot.width,
    1.06,
  );
  const fromBottom = logScale(
    all.map(({ ms }) => ms),
    plot.height,
    1.25,
  );
  const y = (ms: number): number => plot.height - fromBottom(ms);
  const msTicks = [1, 10, 100, 1000, 10_000, 100_000].flatMap((power) => [power, 2 * power, 5 * power]);
  const inside = msTicks.filter((ms) => y(ms) >= 0 && y(ms) <= plot.height).map((value) => ({ value, text: shown(value) }));
  const bottom = plot.top + plot.height;
  const peers = lines.filter(({ name }) => colors[name] === undefined).map(({ name }) => name);
  const styleOf = (name: string): { stroke: string; 'stroke-dasharray': string | undefined; 'stroke-width': number } => {
    const dash = dashes[peers.indexOf(name)];
    return { stroke: colors[name] ?? MUTED, 'stroke-dasharray': dash, 'stroke-width': dash === undefined ? 2 : 1.25 };
  };
  const ends = spread(lines.map(({ name, points }) => ({ name, at: plot.top + y(points.at(-1)?.ms ?? NaN) })));
  return svgDocument(
    width,
    bottom + 48,
    `The crossover of convolutions on ${adapter}`,
    label(plot.left, 20, finding(curves), { fill: INK, size: TITLE, weight: 600 }),
    // Two lines: fonts that take Source Sans' place are wider.
    label(plot.left, 37, fitText(what, width - plot.left - 8)),
    label(plot.left, 52, fitText(adapter, width - plot.left - 8)),
    group(
      {},
      ...inside.map(({ value }) =>
        line(plot.left, plot.top + y(value), plot.left + plot.width, plot.top + y(value), { stroke: FAINT, 'stroke-width': 0.5 }),
      ),
    ),
    horizontalAxis(
      {
        ticks: kernelTicks.map((value) => ({ value, text: String(value) })),
        position: x,
        length: plot.width,
        label: 'kernel size k',
      },
      plot.left,
      bottom,
    ),
    verticalAxis({ ticks: inside, position: y, length: plot.height, label: 'time, ms (median)' }, plot.left, plot.top, 56),
    line(plot.left, bottom, plot.left + plot.width, bottom, { stroke: MUTED }),
    ...lines.map(({ name, points }) =>
      element('path', {
        d: points
          .map(({ kernel, ms }, i) => `${i === 0 ? 'M' : 'L'}${(plot.left + x(kernel)).toFixed(1)} ${(plot.top + y(ms)).toFixed(1)}`)
          .join(''),
        fill: 'none',
        'stroke-linejoin': 'round',
        ...styleOf(name),
      }),
    ),
    ...(curves.find(({ name }) => name === 'auto')?.points ?? []).map(({ kernel, ms }) => ring(plot.left + x(kernel), plot.top + y(ms))),
    ...ends.map(({ name, at }) => endLabel(name, at, styleOf(name).stroke)),
    ...ringKey(plot.left + 12, plot.top + 10),
  );
}

/** Pixels over logarithms, with room at both ends. */
function logScale(values: readonly number[], length: number, room: number): (value: number) => number {
  const low = Math.log(Math.min(...values) / room);
  const high = Math.log(Math.max(...values) * room);
  return (value) => ((Math.log(value) - low) / (high - low)) * length;
}

/** Moves labels apart that would touch, downwards from the top one. */
function spread(ends: readonly { readonly name: string; readonly at: number }[]): { name: string; at: number }[] {
  let last = -Infinity;
  return [...ends].sort((a, b) => a.at - b.at).map(({ name, at }) => ({ name, at: (last = Math.max(at, last + labelGap)) }));
}

function endLabel(name: string, at: number, fill: string): Svg {
  return label(plot.left + plot.width + 6, at + 4, name, { fill, size: 12, weight: fill === MUTED ? 400 : 600 });
}

function ring(cx: number, cy: number): Svg {
  return element('circle', { cx, cy, r: 4.5, fill: 'none', stroke: INK, 'stroke-width': 1 });
}

/** What the rings are. */
function ringKey(x: number, y: number): Svg[] {
  const text = "what 'auto' took";
  return [
    element('rect', { x: x - 8, y: y - 9, width: textWidth(text) + 28, height: 18, fill: '#ffffff' }),
    ring(x, y),
    label(x + 10, y + 4, text),
  ];
}
