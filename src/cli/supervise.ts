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

/** Runs this program again, as a child with the same arguments, and returns its exit code. */
export function supervise(args: readonly string[]): Promise<number> {
  const [, script = ''] = process.argv;
  const child = spawn(process.execPath, [...process.execArgv, script, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [marker]: '1' },
  });
  let isInterrupted = false;
  const interrupt = (): void => {
    // Who asks twice does not want to wait.
    if (isInterrupted) child.kill('SIGKILL');
    isInterrupted = true;
    child.kill('SIGINT');
    setTimeout(() => child.kill('SIGKILL'), grace).unref();
  };
  process.on('SIGINT', interrupt);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code !== null) return resolve(code);
      const reason = isInterrupted ? 'The running cell did not stop and was ended' : `The notebook's process died (${signal})`;
      process.stderr.write(`${reason}. What ran before this cell is saved.\n`);
      resolve(isInterrupted ? exitCode.interrupted : exitCode.failed);
    });
  });
}
