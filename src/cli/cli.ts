// The command line's grammar.
import { Command, CommanderError, Option } from 'commander';
import { NotebookError } from '../kernel/index.js';
import type { CheckArguments } from './check.js';
import { check } from './check.js';
import type { Tell } from './check-notebook.js';
import { checkNotebook } from './check-notebook.js';
import type { CellChecker } from './checker.js';
import type { DeviceChoice } from './device.js';
import { deviceChoices, listDevices } from './device.js';
import { typeErrorChoices } from './execute.js';
import { exitCode } from './exit-code.js';
import type { CliLibrary } from './library.js';
import type { RunArguments } from './run.js';
import { run } from './run.js';
import type { Streams } from './streams.js';

/** What a command works with. */
export interface Surroundings {
  /** Gives the library, to the commands that need it. */
  readonly load: () => Promise<CliLibrary>;
  readonly streams: Streams;
  /** Checks the types of cells. */
  readonly checker?: CellChecker | undefined;
  /** Given to the process that `parseval check` starts for one notebook: what it tells. */
  readonly tell?: Tell | undefined;
}

/** Runs one command with the arguments after the program's name and returns its exit code. */
export async function runCli(args: readonly string[], { load, streams, checker, tell }: Surroundings): Promise<number> {
  let code: number = exitCode.ok;
  const program = new Command('parseval')
    .description('Notebooks that show and prove what the Fourier transform does to convolutional learning.')
    .configureOutput({ writeOut: (text) => streams.stdout.write(text), writeErr: (text) => streams.stderr.write(text) })
    .showHelpAfterError('(parseval --help tells what there is)')
    .exitOverride();
  program
    .command('run')
    .description('execute a notebook cell by cell and write its outputs, into the notebook itself unless --out is given')
    .argument('<notebook>', 'an .ipynb file (nbformat 4) with TypeScript cells')
    .option('--out <file>', 'write the executed notebook here, and its pictures into the folder <file>_files next to it')
    .addOption(deviceOption())
    .option('--allow-errors', 'go on after a cell that fails')
    .addOption(typeErrorsOption())
    .action(async (notebook: string, options: Omit<RunArguments, 'notebook'> & { device: DeviceChoice }) => {
      code = await run({ notebook, ...options }, await load(), streams, checker);
    });
  program
    .command('check')
    .description('run the gradient-check cells of notebooks, and the cells before them, and say whether all gradients agree')
    .argument('<notebook...>', '.ipynb files; they stay as they are')
    .option('--junit <file>', 'write what was found here, in the XML of JUnit, for a build server')
    .addOption(deviceOption())
    .addOption(typeErrorsOption())
    .action(async (notebooks: string[], options: Omit<CheckArguments, 'notebooks'>) => {
      const [file = ''] = notebooks;
      code = tell
        ? await checkNotebook({ file, ...options }, await load(), streams, tell, checker)
        : await check({ notebooks, ...options }, streams);
    });
  program
    .command('devices')
    .description('list the devices, and why one does not work')
    .action(async () => {
      streams.stdout.write(await listDevices(await load()));
    });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    // Commander has printed its own, and ends so for --help, too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    const message = error instanceof Error ? error.message : String(error);
    tell?.({ kind: 'failed', reason: message });
    streams.stderr.write(`parseval: ${message}\n`);
    return error instanceof NotebookError ? exitCode.usage : exitCode.failed;
  }
}

function deviceOption(): Option {
  return new Option('--device <device>', 'where tensors live; auto is node where an adapter works, else cpu')
    .choices(deviceChoices)
    .default('auto')
    .env('PARSEVAL_DEVICE');
}

function typeErrorsOption(): Option {
  return new Option('--type-errors <what>', 'stop: a cell with a type error does not run and has failed; warn: it runs all the same')
    .choices(typeErrorChoices)
    .default('stop');
}
