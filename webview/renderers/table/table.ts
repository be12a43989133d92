// A table in a notebook: sorted by a column, filtered by a text, with all rows of the kernel where only some are saved.

import * as v from 'valibot';
import { formatCount } from '../../../src/display/number-format.js';
import { formatCell } from '../../../src/display/table-order.js';
import { sortSchema, tableSchema, type TableData } from '../../../src/protocol/table.js';
import { heading, make } from '../../ui/dom.js';
import { Readout } from '../../ui/readout.js';
import type { ViewKind, ViewPage } from '../../ui/renderer.js';
import { copyText, csvOf, fileName, saveFile } from '../../ui/save.js';
import { toolbar } from '../../ui/toolbar.js';
import { TableGrid } from './grid.js';
import { TableRows, type Row, type Wanted } from './rows.js';
import styles from './table.css';

/** Shows saved tables. */
export const tableView: ViewKind = {
  what: 'table',
  styles,
  open: (json, page) => openTable(v.parse(tableSchema, json), page),
};

/** What is kept of a view. */
const stateSchema = v.object({ filter: v.string(), sort: v.nullable(sortSchema) });

/** Rows of a file, and of what is copied, at most. */
const [MOST_SAVED, MOST_COPIED] = [200_000, 5_000] as const;

function openTable(saved: TableData, page: ViewPage): void {
  const { title, note, view } = saved;
  const { signal } = page;
  const state = v.safeParse(stateSchema, page.state);
  let wanted: Wanted = state.success ? state.output : { filter: '', sort: null };
  if (wanted.sort !== null && wanted.sort.column >= saved.columns.length) wanted = { ...wanted, sort: null };
  const readout = new Readout();
  const rows = new TableRows(
    saved,
    (request) => (view === null ? Promise.reject(new Error('the notebook was saved without a kernel')) : page.ask(view, request)),
    () => {
      grid.draw(rows.total);
      hint();
    },
    (reason) => {
      grid.show(rows.total, wanted.sort);
      hint(reason);
    },
    signal,
  );
  const { columns } = rows;
  const grid = new TableGrid({
    caption: `${title}: ${note}`,
    columns,
    count: saved.rows,
    signal,
    row: (place) => rows.at(place),
    onSeen: (from, to) => rows.need(from, to),
    onSort: (sort) => want({ ...wanted, sort }),
    onRow: (place, isKept) => {
      const row = rows.at(place);
      if (row !== null) readout.say(`row ${row.number}`, sayRow(row), isKept);
    },
  });
  const sayRow = (row: Row): string =>
    columns.map(({ name, format }, i) => `${name} ${formatCell(row.cells[i] ?? null, format) || '—'}`).join(' · ');
  const hint = (problem = ''): void => {
    const of = rows.isPart ? `the first ${formatCount(saved.saved)} of ${formatCount(saved.rows)} rows` : `${formatCount(saved.rows)} rows`;
    const counts = wanted.filter.trim() === '' ? '' : `${formatCount(rows.total)} of ${of} hold “${wanted.filter.trim()}”`;
    const part = rows.isPart ? `${counts === '' ? of : ''}${counts === '' ? ': ' : '; '}run the cell again to see all` : '';
    readout.hint([counts, part].filter(Boolean).join(''), problem === '' ? 'press a title to sort' : problem);
  };
  const want = (now: Wanted): void => {
    wanted = now;
    page.saveState(now);
    rows.want(now);
    grid.show(rows.total, now.sort);
    hint();
  };
  const filter = make('input', 'filter');
  filter.type = 'search';
  filter.placeholder = 'Filter';
  filter.ariaLabel = 'Filter: shows the rows that hold this text';
  filter.maxLength = 200;
  filter.value = wanted.filter;
  filter.addEventListener('input', () => want({ ...wanted, filter: filter.value }), { signal });
  // What is typed is none of the notebook's keys.
  filter.addEventListener('keydown', (event) => event.stopPropagation(), { signal });
  const cellsOf = (row: Row): (string | number)[] => [row.number, ...row.cells.map((cell) => cell ?? '')];
  const header = ['#', ...columns.map(({ name }) => name)];
  const done = (what: string, given: readonly Row[]): void => {
    const all = given.length === rows.total ? '' : ` of ${formatCount(rows.total)}`;
    readout.say(`${formatCount(given.length)}${all} rows ${what}`, '', true);
  };
  const failed = (problem: unknown): void =>
    readout.say('It could not be done.', problem instanceof Error ? problem.message : String(problem), true);
  const tools = toolbar(
    [],
    [
      {
        label: 'Save as CSV',
        run: () =>
          void rows.all(MOST_SAVED).then((all) => {
            saveFile(fileName(title, 'csv'), new Blob([csvOf(header, all.map(cellsOf))], { type: 'text/csv' }));
            done('saved', all);
          }, failed),
      },
      {
        label: 'Copy rows',
        run: () =>
          void rows
            .all(MOST_COPIED)
            .then(async (all) => {
              await copyText(
                [header, ...all.map(cellsOf)].map((line) => line.map((cell) => String(cell).replace(/[\t\n]/g, ' ')).join('\t')).join('\n'),
              );
              done('copied, with tabs between their cells', all);
            })
            .catch(failed),
      },
    ],
    signal,
  );
  page.root.append(make('div', 'card', heading(title, note), tools, filter, grid.element, readout.element));
  rows.want(wanted);
  grid.show(rows.total, wanted.sort);
  hint();
}
