// The accuracies as a picture: a line a network, a dot a seed.

import { horizontalAxis, roundTicks } from '../../src/display/axes.js';
import { CURVE, element, FAINT, group, INK, label, line, MUTED, svgDocument, textWidth, TITLE } from '../../src/display/svg.js';

/** A network's accuracies, seed by seed. */
export interface Dots {
  readonly name: string;
  readonly shares: readonly number[];
}

const width = 720;
const rowHeight = 20;
const top = 40;
const names = 250;
const margin = 24;

/** The picture as an SVG document on white: accuracy in percent to the right, the mean as a stroke. */
export function accuracyChart(networks: readonly Dots[]): string {
  const all = networks.flatMap(({ shares }) => shares);
  const low = all.length === 0 ? 0 : Math.floor(20 * Math.min(...all)) / 20;
  const length = width - names - margin;
  const x = (percent: number): number => ((percent / 100 - low) / Math.max(1 - low, 1e-9)) * length;
  const height = networks.length * rowHeight;
  const { ticks } = roundTicks(100 * low, 100, 6);
  const rows = networks.map(({ name, shares }, i) => {
    const y = top + (i + 0.5) * rowHeight;
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const at = (share: number): number => names + x(100 * share);
    return group(
      {},
      line(names, y, names + length, y, { stroke: FAINT, 'stroke-width': 0.5 }),
      label(names - 8 - textWidth(name), y + 4, name, { fill: INK }),
      ...shares.map((share) => element('circle', { cx: at(share), cy: y, r: 3.5, fill: CURVE, 'fill-opacity': 0.75 })),
      ...(shares.length === 0 ? [] : [line(at(mean), y - 7, at(mean), y + 7, { stroke: INK, 'stroke-width': 1.5 })]),
    );
  });
  return svgDocument(
    width,
    top + height + 44,
    'Accuracy of each network, seed by seed',
    label(margin, 22, 'Digits read of those held out: a dot for each seed, a stroke for their mean', {
      fill: INK,
      size: TITLE,
      weight: 600,
    }),
    ...rows,
    horizontalAxis({ ticks, position: x, length, label: 'digits read, %' }, names, top + height),
    line(names, top + height, names + length, top + height, { stroke: MUTED }),
  );
}
