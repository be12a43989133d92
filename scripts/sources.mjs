// Runs a program of the sources, as the tests run them, on the WebGPU adapter of this machine.
import { join } from 'node:path';
import { provideAdapter } from './adapter.mjs';
import { install, passThrough, root, SetupError } from './setup.mjs';

/**
 * Sets up what is missing, then runs `file` with the arguments of this process, whose exit code becomes that of the program.
 * @param {string} file a path from the root
 * @param {() => Promise<unknown>} prepare done once the dependencies are there
 */
export async function runSources(file, prepare = () => Promise.resolve()) {
  try {
    await install();
    await prepare();
    const outcome = await provideAdapter();
    if ('missing' in outcome) throw new SetupError(outcome.missing);
    const { description, env } = outcome.adapter;
    const args = ['--import', './test/register.mjs', join(root, file), ...process.argv.slice(2)];
    const { status } = await passThrough(process.execPath, args, { ...process.env, ...env, PARSEVAL_ADAPTER: description });
    process.exitCode = status;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
