// The lists of a session: its largest tensors and its plans.

import { make } from '../ui/dom.js';
import { formatBytes, formatCount, formatShape, formatTime } from '../ui/format.js';
import type { SessionLog } from './session-log.js';

/** Rows that are shown; the rest is counted. */
const mostRows = 12;

/** A list with a heading, columns, rows and a line for what is not shown. */
export interface Table {
  readonly element: HTMLElement;
  show(log: SessionLog): void;
}

interface Cell {
  readonly text: string;
  readonly className?: string;
  /** Said before the text, but less loud. */
  readonly prefix?: string;
  /** Part of the largest, drawn as a bar. */
  readonly share?: number;
}

/** Bars below this share would be dots. */
const smallestShare = 0.02;

function table(
  title: string,
  columns: readonly string[],
  className: string,
  content: (log: SessionLog) => { rows: Cell[][]; rest: string },
): Table {
  const body = make('tbody');
  const rest = make('p', 'rest');
  const head = make('tr', '', ...columns.map((column) => make('th', '', column)));
  const element = make('section', `list ${className}`, make('h3', '', title), make('table', '', make('thead', '', head), body), rest);
  return {
    element,
    show(log) {
      const { rows, rest: more } = content(log);
      body.replaceChildren(...rows.map((cells) => make('tr', '', ...cells.map(cellOf))));
      rest.textContent = more;
    },
  };
}

function cellOf({ text, className = '', prefix, share = 0 }: Cell): HTMLElement {
  const label = make('span', '', text);
  label.title = text;
  if (prefix !== undefined) label.prepend(make('span', 'id', `${prefix} `));
  const cell = make('td', className, label);
  if (share < smallestShare) return cell;
  const bar = make('span', 'share');
  bar.style.width = `${100 * share}%`;
  cell.prepend(bar);
  return cell;
}

/** Tensors by size. */
export function memoryTable(): Table {
  return table('Memory', ['Tensor', 'Type', 'Bytes'], 'memory', (log) => {
    const tensors = log.largest(mostRows);
    const hidden = log.count - tensors.length;
    const hiddenBytes = log.bytes - tensors.reduce((sum, { bytes }) => sum + bytes, 0);
    const largest = tensors[0]?.bytes ?? 1;
    return {
      rows: tensors.map(({ name, source, dtype, shape, bytes }) => [
        name === null ? { text: source ?? 'data from the kernel', className: 'unnamed' } : { text: name, className: 'named' },
        { text: dtype === null || shape === null ? '' : `${dtype} ${formatShape(shape)}`, className: 'type' },
        { text: formatBytes(bytes), className: 'number', share: bytes / largest },
      ]),
      rest: log.count === 0 ? 'No tensors.' : hidden > 0 ? `and ${formatCount(hidden)} more, ${formatBytes(hiddenBytes)}` : '',
    };
  });
}

/** Plans by number of runs. */
export function planTable(): Table {
  return table('Plans', ['Plan', 'Dispatches', 'Runs', 'Last'], 'plans', (log) => {
    const plans = log.busiest(mostRows);
    const hidden = log.plans.count - plans.length;
    return {
      rows: plans.map(({ id, label, dispatches, runs, lastTime }) => [
        { text: label, prefix: `#${id}`, className: 'named' },
        { text: formatCount(dispatches), className: 'number' },
        { text: formatCount(runs), className: 'number' },
        { text: lastTime === null ? '–' : formatTime(lastTime), className: 'number' },
      ]),
      rest: log.plans.count === 0 ? 'No plans.' : hidden > 0 ? `and ${formatCount(hidden)} more` : '',
    };
  });
}
