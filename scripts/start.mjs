// `npm start [-- ARGUMENTS]`: sets up what is missing, then runs the first notebook on the best device there is.
import { join } from 'node:path';
import { provideAdapter } from './adapter.mjs';
import { build, install, passThrough, root, SetupError } from './setup.mjs';

const notebook = '01-one-convolution-three-ways.ipynb';
const args = process.argv.slice(2);

try {
  await install();
  await build();
  const { deviceArgs, env } = await chooseDevice();
  const run = ['run', `notebooks/${notebook}`, '--out', `out/${notebook}`, ...args, ...deviceArgs];
  process.exitCode = (await passThrough(process.execPath, [join(root, 'dist/cli.js'), ...run], { ...process.env, ...env })).status;
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** A device named by the caller stands; else the GPU (or its software stand-in) where it works, and the cpu where it does not. */
async function chooseDevice() {
  const named = args.flatMap((arg, i) => (arg === '--device' ? [args[i + 1]] : arg.startsWith('--device=') ? [arg.slice(9)] : []));
  const asked = named.at(-1) ?? process.env.PARSEVAL_DEVICE;
  if (asked === 'cpu') return { deviceArgs: [], env: {} };
  const outcome = await provideAdapter();
  const env = 'adapter' in outcome ? outcome.adapter.env : {};
  if ('missing' in outcome) console.error(asked ? outcome.missing : `${outcome.missing}\nGoing on with --device cpu.`);
  return { deviceArgs: asked ? [] : ['--device', 'adapter' in outcome ? 'node' : 'cpu'], env };
}
