// Runs cells of a session for tests.
import { bundleOf } from '../../../src/display/display.js';
import { printed } from '../../../src/display/printed.js';
import { DISPLAY, emit, emitUpdate, setOutputSink } from '../../../src/display/sink.js';
import type { CellOutput, CellResult, Session } from '../../../src/kernel/index.js';
import { createSession } from '../../../src/kernel/index.js';

/** Stands for the library: what the session needs of it, and an export. */
export const library = {
  DISPLAY,
  emit,
  emitUpdate,
  setOutputSink,
  host: {
    bundleOf,
    printed,
    setOrigin: () => undefined,
    isOutput: () => false,
    startCell: () => undefined,
    settle: () => Promise.resolve(),
    recoverAll: () => Promise.resolve(),
    nameVariables: () => undefined,
  },
  answer: 42,
};

/** Calls `use` with a session that is disposed afterwards. */
export async function withSession<T>(use: (session: Session) => Promise<T>, cwd = process.cwd()): Promise<T> {
  const session = createSession({ library, cwd });
  try {
    return await use(session);
  } finally {
    session.dispose();
  }
}

/** Runs cells one after another in a session of their own and returns what became of each. */
export async function runAll(cells: readonly string[], cwd?: string): Promise<CellResult[]> {
  return withSession(async (session) => {
    const results: CellResult[] = [];
    for (const [index, code] of cells.entries()) results.push(await session.run(code, { cell: index + 1 }));
    return results;
  }, cwd);
}

/** The text of the last of several cells: its streams, displays and result, or its traceback. */
export async function run(...cells: string[]): Promise<string> {
  return textOf((await runAll(cells)).at(-1));
}

/** What the outputs of a result say in plain text. */
export function textOf(result: CellResult | undefined): string {
  return (result?.outputs ?? []).map(plain).join('\n').trimEnd();
}

function plain(output: CellOutput): string {
  switch (output.output_type) {
    case 'stream':
      return output.text;
    case 'error':
      return output.traceback.join('\n');
    case 'display_data':
    case 'execute_result':
      return String(output.data['text/plain']);
  }
}
