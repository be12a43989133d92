// The command as a process: `run` goes to a child, everything else is done here.
import { runCli } from './cli.js';
import type { CliLibrary } from './library.js';
import { isSupervised, supervise } from './supervise.js';

/** Does what the process was started for, with the library that `load` gives, and ends the process. */
export async function main(load: () => Promise<CliLibrary>): Promise<never> {
  const args = process.argv.slice(2);
  if (args[0] === 'run' && !isSupervised()) process.exit(await supervise(args));
  // Cells may leave timers and servers behind, which are no reason to stay.
  process.exit(await runCli(args, await load(), process));
}
