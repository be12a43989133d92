// Processes that make checks: each mutant has its own, so that every module of the library is loaded afresh.

import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, Question } from './check.js';
import type { Mutant } from './mutant.js';

const script = fileURLToPath(new URL('check.ts', import.meta.url));
const register = new URL('../register.mjs', import.meta.url).href;

/** Seconds after which a process is believed to hang. */
const patience = 180;

/** A process that answers one question after the other. */
export class Checker {
  readonly #child: ChildProcess = fork(script, { execArgv: ['--import', register], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  #complaints = '';

  constructor() {
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#complaints += chunk.toString()));
  }

  /** The answer; a process that dies or hangs has failed. */
  ask(question: Question): Promise<Answer> {
    return new Promise((resolve) => {
      const finish = (answer: Answer): void => {
        clearTimeout(timer);
        this.#child.removeAllListeners();
        resolve(answer);
      };
      const timer = setTimeout(() => {
        this.#child.kill('SIGKILL');
        finish({ failed: `no answer in ${patience} s` });
      }, patience * 1000);
      this.#child.once('message', (answer) => finish(answer as Answer));
      this.#child.once('exit', (code, signal) => finish({ failed: `the process ended (${signal ?? code}): ${this.#complaints.trim()}` }));
      this.#child.send(question);
    });
  }

  /** Ends the process. */
  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

/** Asks one question of a fresh process. */
async function askOnce(question: Question): Promise<Answer> {
  const checker = new Checker();
  try {
    return await checker.ask(question);
  } finally {
    checker.stop();
  }
}

/** f of every item, `width` at a time; results in order. */
export async function inParallel<T, R>(items: readonly T[], width: number, f: (item: T, worker: number) => Promise<R>): Promise<R[]> {
  const results = new Map<number, R>();
  let next = 0;
  const run = async (worker: number): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results.set(at, await f(items[at] as T, worker));
  };
  await Promise.all(Array.from({ length: width }, (_, worker) => run(worker)));
  return items.map((_, at) => results.get(at) as R);
}

/** Checks one mutant. */
export function askMutant({ subject, device, file, edits }: Mutant): Promise<Answer> {
  return askOnce({ subject, device, seed: 1, extents: 1, mutant: { file, edits } });
}
