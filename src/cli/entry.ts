// The command as a process: `run` goes to a child, everything else is done here.
import type { CellChecker } from './checker.js';
import { startChecker } from './checker.js';
import type { CliLibrary } from './library.js';
import { isSupervised, supervise } from './supervise.js';

/** Does what the process was started for, with the library and the checker of cells that the functions give, and ends the process. */
export async function main(load: () => Promise<CliLibrary>, check: () => CellChecker | undefined = startChecker): Promise<never> {
  const args = process.argv.slice(2);
  if (args[0] === 'run' && !isSupervised()) process.exit(await supervise(args));
  // It takes longer to be ready than anything else here.
  const checker = args[0] === 'run' ? check() : undefined;
  // The process that only waits for its child needs neither the compiler nor the library.
  const [{ runCli }, library] = await Promise.all([import('./cli.js'), load()]);
  // Cells may leave timers and servers behind, which are no reason to stay.
  process.exit(await runCli(args, library, process, checker));
}
