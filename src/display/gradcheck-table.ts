// The inputs of a gradient check as a table in its static picture: one compact row each.
import type { Block } from './gradcheck-plots.js';
import { elementsText, gradientName, MARKS, typeText, type ShownInput } from './gradcheck-words.js';
import { formatIndex } from './gradcheck-planes.js';
import { formatError } from './number-format.js';
import { element, FAINT, fitText, INK, label, MUTED, SMALL, textWidth, type Svg } from './svg.js';

/** The green and the red of verdicts on white. */
export const VERDICT = { ok: '#1a7f37', wrong: '#cf222e' } as const;
/** The size of text in the table, in px. */
const SIZE = 12;
const ROW = 20;
const HEAD = 18;

interface Column {
  readonly title: string;
  readonly text: (input: ShownInput) => string;
  readonly isNumber: boolean;
  readonly fill?: (input: ShownInput) => string;
  readonly weight?: 600;
}

const columns: readonly Column[] = [
  { title: '', text: gradientName, isNumber: false, fill: () => INK, weight: 600 },
  {
    title: '',
    text: ({ ok }) => (ok ? `${MARKS.ok} agrees` : `${MARKS.wrong} disagrees`),
    isNumber: false,
    fill: ({ ok }) => (ok ? VERDICT.ok : VERDICT.wrong),
  },
  { title: 'max error of rms', text: ({ maxError }) => formatError(maxError), isNumber: true, fill: () => INK },
  { title: 'could detect', text: ({ detectable }) => formatError(detectable), isNumber: true },
  { title: 'z', text: ({ z }) => formatError(z), isNumber: true },
  {
    title: 'elements',
    text: (input) => elementsText(input) + (input.excluded > 0 ? `, ${String(input.excluded)} at a kink` : ''),
    isNumber: true,
  },
  { title: 'worst at', text: ({ worst }) => (worst.index.length === 0 ? '—' : formatIndex(worst.index)), isNumber: true },
  { title: 'type', text: typeText, isNumber: false },
];

/** The table on `width` px. */
export function tableBlock(inputs: readonly ShownInput[], width: number): Block {
  const cells = columns.map((column) => inputs.map(column.text));
  const natural = columns.map(({ title, weight }, i) =>
    Math.max(textWidth(title, SMALL), ...(cells[i] ?? []).map((text) => textWidth(text, SIZE, weight ?? 400))),
  );
  const taken = natural.reduce((sum, w) => sum + w, 0);
  const gap = Math.min(28, Math.max(10, (width - taken) / (columns.length - 1)));
  const lefts = natural.map((_, i) => natural.slice(0, i).reduce((sum, w) => sum + w + gap, 0));
  return {
    width,
    height: HEAD + ROW * inputs.length + 4,
    draw: (x, y) => [
      ...columns.flatMap(({ title, isNumber }, i) => (title === '' ? [] : [cell(x, y + 10, title, i, isNumber, SMALL, MUTED, 400)])),
      element('rect', { x, y: y + HEAD - 3, width, height: 0.5, fill: FAINT }),
      ...inputs.flatMap((input, row) =>
        columns.map(({ isNumber, fill, weight }, i) =>
          cell(x, y + HEAD + ROW * row + 13, cells[i]?.[row] ?? '', i, isNumber, SIZE, fill?.(input) ?? MUTED, weight ?? 400),
        ),
      ),
    ],
  };

  function cell(x: number, y: number, text: string, i: number, isNumber: boolean, size: number, fill: string, weight: 400 | 600): Svg {
    const [left, room] = [x + (lefts[i] ?? 0), natural[i] ?? 0];
    const last = i === columns.length - 1 ? Math.max(0, width - (lefts[i] ?? 0)) : room + 1;
    return label(isNumber ? left + room : left, y, fitText(text, last, size, weight), {
      anchor: isNumber ? 'end' : 'start',
      size,
      fill,
      weight,
    });
  }
}
