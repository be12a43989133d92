// `npm run mutants [-- ids…]`: sets up what is missing, then puts bugs into the sources, one at a time, and has each looked for.
import { join } from 'node:path';
import { provideAdapter } from './adapter.mjs';
import { install, passThrough, root, SetupError } from './setup.mjs';

try {
  await install();
  const outcome = await provideAdapter();
  if ('missing' in outcome) throw new SetupError(outcome.missing);
  const { description, env } = outcome.adapter;
  const args = ['--import', './test/register.mjs', join(root, 'test/mutants/main.ts'), ...process.argv.slice(2)];
  const { status } = await passThrough(process.execPath, args, { ...process.env, ...env, PARSEVAL_ADAPTER: description });
  process.exitCode = status;
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
