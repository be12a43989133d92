// The command as a process: cells run in a child, everything else is done here.
import type { CheckEvent } from './check-notebook.js';
import type { CellChecker } from './checker.js';
import { startChecker } from './checker.js';
import type { CliLibrary } from './library.js';
import { isSupervised, supervise } from './supervise.js';

/** Does what the process was started for, with the library and the checker of cells that the functions give, and ends the process. */
export async function main(load: () => Promise<CliLibrary>, check: () => CellChecker | undefined = startChecker): Promise<never> {
  const args = process.argv.slice(2);
  const isChild = isSupervised();
  if (args[0] === 'run' && !isChild) process.exit(await supervise(args));
  // It takes longer to be ready than anything else here.
  const checker = isChild ? check() : undefined;
  let sent: Promise<unknown> = Promise.resolve();
  const tell = (event: CheckEvent): void => {
    sent = new Promise((resolve) => process.send?.(event, resolve));
  };
  // The process that only waits for its child needs neither the compiler nor the library.
  const library = isChild ? load() : undefined;
  const { runCli } = await import('./cli.js');
  const code = await runCli(args, {
    load: () => library ?? load(),
    streams: process,
    checker,
    tell: isChild && args[0] === 'check' ? tell : undefined,
  });
  await sent;
  // Cells may leave timers and servers behind, which are no reason to stay.
  process.exit(code);
}
