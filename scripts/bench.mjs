// `npm run bench -- [K1 …] [--quick]`: sets up what is missing, then runs the benchmarks named, or all.
import { join } from 'node:path';
import { provideAdapter } from './adapter.mjs';
import { build, install, passThrough, root, SetupError } from './setup.mjs';

const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

try {
  await install();
  // The other rows run the sources as they are.
  if (asked.length === 0 || asked.some((id) => ['K1', 'V1'].includes(id))) await build();
  const outcome = await provideAdapter();
  if ('missing' in outcome) throw new SetupError(outcome.missing);
  const { description, env } = outcome.adapter;
  const args = ['--import', './test/register.mjs', join(root, 'bench/main.ts'), ...process.argv.slice(2)];
  const { status } = await passThrough(process.execPath, args, { ...process.env, ...env, PARSEVAL_ADAPTER: description });
  process.exitCode = status;
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
