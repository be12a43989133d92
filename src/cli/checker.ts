// The type checker of a run: the language service as a child process, started before all else so that it is ready when the first cell is.
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { ErrorOutput } from '../kernel/index.js';
import { startChild } from '../protocol/child.js';
import { Connection, ConnectionClosed } from '../protocol/connection.js';
import { languageContract, languageHostContract } from '../protocol/language.js';

/** A cell as the checker sees it. */
export interface CheckedCell {
  readonly code: string;
  readonly language: 'typescript' | 'javascript';
}

/** Checks the cells of one notebook. */
export interface CellChecker {
  /** Tells the cells of the notebook, from top to bottom, and the folder where its imports start. */
  open(folder: string, cells: readonly CheckedCell[]): void;
  /** The output that shows the type errors of a cell, which is named by its number, counted from 1; null when there are none. */
  check(number: number): Promise<ErrorOutput | null>;
  /** The cell runs. */
  ran(number: number): void;
}

/** The checker cannot answer: `message` says why. */
export class CheckerEnded extends Error {
  override readonly name = 'CheckerEnded';
}

const notebook = 'notebook';

/** Starts the checker. */
export function startChecker(): CellChecker {
  let printed = '';
  const child = startChild({
    node: process.execPath,
    script: fileURLToPath(new URL('./language.js', import.meta.url)),
    env: process.env,
    pipes: 1,
    onText: (text) => (printed += text),
  });
  const [port] = child.ports;
  if (!port) throw new Error('startChild gave no port');
  const connection = new Connection(port, {
    here: languageHostContract,
    there: languageContract,
    handlers: { requests: {}, events: { stale: () => undefined } },
  });
  // It is no reason to stay when nothing else is left to wait for, except while it is asked.
  const pipes = child.process.stdio.filter((pipe) => pipe !== null) as Socket[];
  child.process.unref();
  for (const pipe of pipes) pipe.unref();
  let cells: readonly CheckedCell[] = [];
  const cellOf = (number: number): CheckedCell & { readonly notebook: string; readonly cell: string } => {
    const found = cells[number - 1];
    if (!found) throw new Error(`There is no cell ${number} among ${cells.length}.`);
    return { notebook, cell: String(number), ...found };
  };
  return {
    open(folder, given) {
      cells = given;
      connection.send('cells', { notebook, folder, cells: cells.map((cell, index) => ({ cell: String(index + 1), ...cell })) });
    },
    async check(number) {
      for (const pipe of pipes) pipe.ref();
      try {
        return (await connection.request('check', { number, ...cellOf(number) }))?.output ?? null;
      } catch (error) {
        if (!(error instanceof ConnectionClosed)) throw error;
        const last = printed.trim().split('\n').slice(-5).join('\n');
        throw new CheckerEnded(`${await child.exited}${last && `\n${last}`}`);
      } finally {
        for (const pipe of pipes) pipe.unref();
      }
    },
    ran: (number) => connection.send('ran', cellOf(number)),
  };
}
