// One notebook of `parseval check`, in a process of its own: runs its cells up to the last gradient check, and says what they found.
import { dirname } from 'node:path';
import * as v from 'valibot';
import type { CellChecker } from './checker.js';
import type { DeviceChoice } from './device.js';
import { chooseDevice } from './device.js';
import type { TypeErrors } from './execute.js';
import { execute } from './execute.js';
import { exitCode } from './exit-code.js';
import type { Finding } from './findings.js';
import { failureOf, findingSchema, findingsOf, isDue, notRun } from './findings.js';
import type { CliLibrary } from './library.js';
import { checkedCell, readNotebook, runnableCells } from './notebook-file.js';
import type { Streams } from './streams.js';
import { asTheyAre } from './streams.js';

/** What the process tells the one that started it. */
export const checkEventSchema = v.variant('kind', [
  v.object({ kind: v.literal('begins'), cell: v.number() }),
  v.object({ kind: v.literal('finding'), finding: findingSchema }),
  /** Nothing more will come, and why. */
  v.object({ kind: v.literal('failed'), reason: v.string() }),
]);
export type CheckEvent = v.InferOutput<typeof checkEventSchema>;

/** Tells an event to the process that started this one. */
export type Tell = (event: CheckEvent) => void;

/** What is checked, and how. */
export interface NotebookCheck {
  /** The notebook's file, as an absolute path. */
  readonly file: string;
  readonly device: DeviceChoice;
  readonly typeErrors: TypeErrors;
}

/** Runs the notebook and tells of each cell and of each check; writes nothing to its file. Returns the exit code. */
export async function checkNotebook(
  { file, device, typeErrors }: NotebookCheck,
  library: CliLibrary,
  given: Streams,
  tell: Tell,
  checker?: CellChecker,
): Promise<number> {
  const streams = asTheyAre(given);
  const all = runnableCells(readNotebook(file, file));
  const cells = all.slice(0, all.findLastIndex(isDue) + 1);
  checker?.open(dirname(file), cells.map(checkedCell));
  streams.stdout.write(`${await chooseDevice(library, device)}\n`);
  const counted = countingChecks(library);
  let isGood = true;
  const report = (findings: readonly Finding[]): void => {
    for (const finding of findings) tell({ kind: 'finding', finding });
    isGood &&= findings.every(({ outcome }) => outcome === 'agrees' || outcome === 'skipped');
  };
  await execute(
    { file, cells, library: counted.library, streams, checker, typeErrors },
    {
      begins: ({ number }) => tell({ kind: 'begins', cell: number }),
      ended: (cell, end) => {
        report(findingsOf(cell, end, counted.take()));
        if (end.status === 'ok') return true;
        const { message, details } = failureOf(end);
        const rest = cells.filter((each) => each.number > cell.number && isDue(each));
        report(rest.map(({ number }) => notRun(number, `cell ${cell.number} failed: ${message}`, details)));
        return false;
      },
      cutOff: (_cell, _outputs, reason) => {
        tell({ kind: 'failed', reason });
        return reason;
      },
    },
  );
  return isGood ? exitCode.ok : exitCode.failed;
}

/** The library, which counts the gradient checks that are begun; `take` gives the count since it was last asked. */
function countingChecks(library: CliLibrary): { readonly library: CliLibrary; readonly take: () => number } {
  const { gradcheck } = library;
  if (typeof gradcheck !== 'function') return { library, take: () => 0 };
  let begun = 0;
  const counting = (...args: readonly unknown[]): unknown => {
    begun++;
    return Reflect.apply(gradcheck, library, args);
  };
  return {
    library: { ...library, gradcheck: counting },
    take: () => {
      const count = begun;
      begun = 0;
      return count;
    },
  };
}
