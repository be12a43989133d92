// Runs the command for tests, with a library that needs no device.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli } from '../../../src/cli/cli.js';
import { fakeLibrary } from './fake-library.js';

const entry = fileURLToPath(new URL('./fake-main.ts', import.meta.url));
const register = new URL('../../register.mjs', import.meta.url).href;

/** How a command ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A cell of a saved notebook. */
export interface Cell {
  readonly outputs?: Record<string, unknown>[];
  readonly execution_count?: number | null;
}

/** A cell to write: code, markdown where it begins with #, or whatever the file is to say of a code cell. */
export type Source = string | { readonly source: string; readonly metadata?: object };

/** What tests do in a folder of their own. */
export interface Command {
  /** The folder, or a path in it. */
  readonly path: (...names: string[]) => string;
  readonly write: (name: string, ...sources: Source[]) => void;
  readonly cellsOf: (name: string) => Cell[];
  /** Runs the command in the folder; `act` is called with what it has printed so far, until it returns true. */
  readonly parseval: (
    args: readonly string[],
    act?: (out: string, kill: (signal: NodeJS.Signals) => void) => boolean,
    env?: NodeJS.ProcessEnv,
  ) => Promise<Ended>;
}

/** Gives each test of a suite an empty folder. */
export function useCommand(): Command {
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'parseval-cli-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const path = (...names: string[]): string => join(folder, ...names);
  return {
    path,
    write(name, ...sources) {
      const cells = sources.map((source) =>
        typeof source === 'string' && source.startsWith('#')
          ? { cell_type: 'markdown', metadata: {}, source }
          : { cell_type: 'code', metadata: {}, outputs: [], execution_count: null, ...(typeof source === 'string' ? { source } : source) },
      );
      writeFileSync(path(name), JSON.stringify({ nbformat: 4, nbformat_minor: 4, metadata: {}, cells }));
    },
    cellsOf: (name) => (JSON.parse(readFileSync(path(name), 'utf8')) as { cells: Cell[] }).cells,
    parseval(args, act, env = {}) {
      const { PARSEVAL_DEVICE: _, ...rest } = process.env;
      const child = spawn(process.execPath, ['--import', register, entry, ...args], { cwd: folder, env: { ...rest, ...env } });
      let out = '';
      let err = '';
      let isDone = act === undefined;
      child.stdout.on('data', (data: Buffer) => {
        out += data.toString();
        isDone ||= act?.(out, (signal) => child.kill(signal)) ?? true;
      });
      child.stderr.on('data', (data: Buffer) => (err += data.toString()));
      return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
    },
  };
}

/** Runs a command that needs no process of its own. */
export async function inProcess(args: readonly string[]): Promise<Ended> {
  const written = { out: '', err: '' };
  const streams = {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
  };
  const code = await runCli(args, { load: () => Promise.resolve(fakeLibrary()), streams });
  return { code, ...written };
}
