// The command line's grammar.
import { Command, CommanderError, Option } from 'commander';
import { NotebookError } from '../kernel/index.js';
import type { CellChecker } from './checker.js';
import type { DeviceChoice } from './device.js';
import { deviceChoices, listDevices } from './device.js';
import { exitCode } from './exit-code.js';
import type { CliLibrary } from './library.js';
import type { RunArguments, Streams } from './run.js';
import { run, typeErrorChoices } from './run.js';

/** Runs one command with the arguments after the program's name and returns its exit code; `checker` checks the cells of a run. */
export async function runCli(args: readonly string[], library: CliLibrary, streams: Streams, checker?: CellChecker): Promise<number> {
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
    .addOption(
      new Option('--device <device>', 'where tensors live; auto is node where an adapter works, else cpu')
        .choices(deviceChoices)
        .default('auto')
        .env('PARSEVAL_DEVICE'),
    )
    .option('--allow-errors', 'go on after a cell that fails')
    .addOption(
      new Option('--type-errors <what>', 'stop: a cell with a type error does not run and has failed; warn: it runs all the same')
        .choices(typeErrorChoices)
        .default('stop'),
    )
    .action(async (notebook: string, options: Omit<RunArguments, 'notebook'> & { device: DeviceChoice }) => {
      code = await run({ notebook, ...options }, library, streams, checker);
    });
  program
    .command('devices')
    .description('list the devices, and why one does not work')
    .action(async () => {
      streams.stdout.write(await listDevices(library));
    });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    // Commander has printed its own, and ends so for --help, too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    streams.stderr.write(`parseval: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof NotebookError ? exitCode.usage : exitCode.failed;
  }
}
