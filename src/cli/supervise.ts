// Runs the command in a child process. A cell that never yields keeps its process from hearing Ctrl-C, and a crash of a GPU driver ends
// it without a word: somebody else must see to both.
import { spawn } from 'node:child_process';
import { exitCode } from './exit-code.js';

/** How long a run may take to save and leave after Ctrl-C, in ms. */
const grace = 2000;
const marker = 'PARSEVAL_SUPERVISED';

/** Whether this process is the child. To be asked once: the answer is not handed on to what the cells start. */
export function isSupervised(): boolean {
  const is = process.env[marker] !== undefined;
  delete process.env[marker];
  if (!is) return false;
  // The parent was killed.
  process.on('disconnect', () => process.exit(exitCode.failed));
  // To hear of that is no reason to stay when nothing else is left to wait for.
  process.channel?.unref();
  return true;
}

/** How a child ended. */
export interface ChildEnd {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Ctrl-C was pressed. */
  readonly isInterrupted: boolean;
  /** This process is asked to end. */
  readonly isTerminated: boolean;
}

/** Runs this program again, as a child with these arguments; `onMessage` is given what it sends. */
export function runAgain(args: readonly string[], onMessage: (message: unknown) => void = () => undefined): Promise<ChildEnd> {
  const [, script = ''] = process.argv;
  const child = spawn(process.execPath, [...process.execArgv, script, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [marker]: '1' },
  });
  child.on('message', onMessage);
  let isInterrupted = false;
  let isTerminated = false;
  const interrupt = (): void => {
    // Who asks twice does not want to wait.
    if (isInterrupted) child.kill('SIGKILL');
    isInterrupted = true;
    child.kill('SIGINT');
    setTimeout(() => child.kill('SIGKILL'), grace).unref();
  };
  const terminate = (): void => {
    isTerminated = true;
    child.kill('SIGKILL');
  };
  process.on('SIGINT', interrupt);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, terminate);
  // What it sent may be read after its end is known.
  const disconnected = new Promise<void>((resolve) => child.on('disconnect', resolve));
  return new Promise<ChildEnd>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => void disconnected.then(() => resolve({ code, signal, isInterrupted, isTerminated })));
  }).finally(() => {
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.off(signal, terminate);
    process.off('SIGINT', interrupt);
  });
}

/** Runs this program again, as a child with the same arguments, and returns its exit code. */
export async function supervise(args: readonly string[]): Promise<number> {
  const { code, signal, isInterrupted } = await runAgain(args);
  if (code !== null) return code;
  const reason = isInterrupted ? 'The running cell did not stop and was ended' : `The notebook's process died (${signal})`;
  process.stderr.write(`${reason}. What ran before this cell is saved.\n`);
  return isInterrupted ? exitCode.interrupted : exitCode.failed;
}
