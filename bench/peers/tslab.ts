// Drives the real tslab (tslab.mjs) as a kernel for benchmarks and the compatibility suite.
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a cell put out, in order: texts, displays, and updates of displays. */
export type TslabOutput =
  | { readonly kind: 'stream'; readonly name: 'stdout' | 'stderr'; readonly text: string }
  | { readonly kind: 'display' | 'update'; readonly data: Readonly<Record<string, string>>; readonly id?: string };

/** What became of a cell. */
export interface TslabResult {
  readonly status: 'ok' | 'error' | 'abort';
  readonly outputs: readonly TslabOutput[];
}

/** A running tslab. */
export class Tslab {
  private constructor(private readonly child: ChildProcess) {}

  /** Starts a process; resolves when it takes cells. */
  static async start(folder: string): Promise<Tslab> {
    const child = fork(fileURLToPath(new URL('tslab.mjs', import.meta.url)), {
      cwd: folder,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const tslab = new Tslab(child);
    await tslab.next();
    return tslab;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Runs a cell. */
  async run(code: string): Promise<TslabResult> {
    const answer = this.next();
    this.child.send({ code });
    return (await answer) as TslabResult;
  }

  /** Ends the process; resolves when it is gone. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.child.once('exit', () => resolve());
      this.child.kill('SIGKILL');
    });
  }

  private next(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const onExit = (): void => reject(new Error('tslab ended'));
      this.child.once('exit', onExit);
      this.child.once('message', (message) => {
        this.child.off('exit', onExit);
        resolve(message);
      });
    });
  }
}
