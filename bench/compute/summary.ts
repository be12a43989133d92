// The results of an adapter as a page: one line a workload.

import type { ContestRecord } from './record.js';
import { shown } from './record.js';
import type { Row } from './rows.js';
import { rows } from './rows.js';
import { percent } from './targets.js';

/** What is kept of a row. */
interface RowRecord {
  readonly adapter: string;
  readonly machine: string;
  readonly load: number;
  readonly PyTorch: string | null;
  readonly contests: readonly ContestRecord[];
}

interface Known {
  readonly row: Row;
  readonly record: RowRecord;
}

/** Markdown of the rows that compute, from the results file's content. */
export function summary(results: object): string {
  const known = rows.flatMap((row): Known[] => {
    const record = (results as Readonly<Record<string, RowRecord>>)[row.id];
    return record === undefined ? [] : [{ row, record }];
  });
  const [last] = known;
  if (last === undefined) return '';
  const labels = ['jax-js', 'TF.js', 'fft.js', 'PyTorch 1 thread', 'PyTorch 2 threads'];
  const header = ['', 'Parseval', ...labels, '× GPU peer', '× PyTorch', 'dispatches', 'MB moved', 'of copy', 'GFLOP/s', 'targets', 'load'];
  const lines = known.flatMap(({ row, record }) =>
    record.contests.map((contest) => line([`${row.id} ${contest.name}`.trim(), ...figures(contest, labels), String(record.load)])),
  );
  const page = [
    `# ${last.record.adapter}`,
    '',
    `${last.record.machine}. Medians in ms; ratios: how many times as long the fastest peer of a kind takes; PyTorch ${last.record.PyTorch ?? 'absent'}. Written by \`npm run bench\`; what the rows and columns are: [docs/performance.md](../../docs/performance.md).`,
    '',
    line(header),
    line(header.map((_, column) => (column === 0 ? '---' : '---:'))),
    ...lines,
    '',
    ...missed(known),
    ...notes(known),
  ];
  return `${page.join('\n').trimEnd()}\n`;
}

function figures(contest: ContestRecord, labels: readonly string[]): string[] {
  const { contestants, gpuPeer, torch, verdicts } = contest;
  const ms = (label: string): string => {
    const median = contestants[label]?.median;
    return median === undefined ? (label in contest.failures ? 'failed' : '') : shown(median);
  };
  const judged = verdicts.filter(({ met }) => met !== null);
  return [
    ms('Parseval'),
    ...labels.map(ms),
    gpuPeer === undefined ? '' : shown(gpuPeer.ratio),
    torch === undefined ? '' : shown(torch.ratio),
    String(contest.dispatches),
    shown(contest.bytesMoved / 1e6),
    percent(contest.bandwidthShare),
    shown(contest.gflops),
    `${judged.filter(({ met }) => met === true).length}/${judged.length}`,
  ];
}

/** The targets that are missed, by name. */
function missed(known: readonly Known[]): string[] {
  const list = known.flatMap(({ row, record }) =>
    record.contests.flatMap(({ name, verdicts }) =>
      verdicts
        .filter(({ met }) => met === false)
        .map(({ target, measured }) => `- ${`${row.id} ${name}`.trim()}: ${target}; is ${measured}`),
    ),
  );
  return list.length === 0 ? ['All targets are met.'] : ['Missed:', '', ...list];
}

/** Known faults of peers, by row. */
function notes(known: readonly Known[]): string[] {
  const list = known.flatMap(({ row, record }) =>
    record.contests.flatMap(({ name, notes }) => notes.map((note) => `- ${`${row.id} ${name}`.trim()}: ${note}`)),
  );
  return list.length === 0 ? [] : ['', 'Notes:', '', ...list];
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
