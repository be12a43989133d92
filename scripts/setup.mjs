// What `npm start` and `npm test` share: dependencies, the build and an adapter, each made only when it is missing or out of date.
// No imports from node_modules here: on a fresh clone there are none.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const cache = join(root, '.cache');

/** The script behind a dependency's command, to be run by this very Node without a shell or npx between. */
export const tool = {
  tsc: join(root, 'node_modules/typescript/bin/tsc'),
  eslint: join(root, 'node_modules/eslint/bin/eslint.js'),
  depcruise: join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
  mocha: join(root, 'node_modules/mocha/bin/mocha.js'),
};

/** A failure that the reader can act on: its message is shown, without a stack. */
export class SetupError extends Error {}

/**
 * Runs a program to its end and keeps what it printed.
 * @param {string} file
 * @param {string[]} args
 * @param {{env?: NodeJS.ProcessEnv, timeout?: number, cwd?: string}} [options] timeout in milliseconds
 * @returns {Promise<{ok: boolean, output: string, end: string}>} output: stdout and stderr together; end: how it ended, in words
 */
export function capture(file, args, { env = process.env, timeout, cwd = root } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd,
      env,
      timeout,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ ok: false, output, end: error.message }));
    child.on('close', (code, signal) => resolve({ ok: code === 0, output, end: ending(code, signal) }));
  });
}

/**
 * Runs a program on this terminal.
 * @param {string} file
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{status: number, end: string}>} status: as a shell gives it, 128 + signal for a killed program
 */
export function passThrough(file, args, env = process.env) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, env, stdio: 'inherit' });
    // Ctrl-C reaches the child from the terminal; we stay to report its end.
    const stay = () => {};
    const forward = () => child.kill('SIGTERM');
    process.on('SIGINT', stay).on('SIGTERM', forward);
    const finish = (/** @type {number} */ status, /** @type {string} */ end) => {
      process.off('SIGINT', stay).off('SIGTERM', forward);
      resolve({ status, end });
    };
    child.on('error', (error) => finish(127, error.message));
    child.on('close', (code, signal) => finish(code ?? 128 + (signal ? constants.signals[signal] : 0), ending(code, signal)));
  });
}

/**
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 */
function ending(code, signal) {
  return signal ? `was killed by ${signal}` : `ended with status ${code}`;
}

/**
 * Does `work`, and says so once it has taken two seconds.
 * @template T
 * @param {string} label
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(label, work) {
  const begin = performance.now();
  let shown = false;
  const timer = setTimeout(() => {
    shown = true;
    console.log(`${label} …`);
  }, 2000);
  try {
    const result = await work();
    if (shown) console.log(`${label}: ${((performance.now() - begin) / 1000).toFixed(0)} s`);
    return result;
  } finally {
    clearTimeout(timer);
  }
}

/** Runs `npm ci` unless node_modules holds exactly what the lock file says. */
export async function install() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetupError(`Node ${process.versions.node} is too old: Parseval needs 20.19 or newer.`);
  }
  if (await installed()) return;
  await step('Installing dependencies (npm ci)', () => npm(['ci'], root));
}

/**
 * Runs npm, the one that started us if one did, by this Node. No install scripts: what is needed here ships its binaries.
 * @param {string[]} words
 * @param {string} cwd
 */
export async function npm(words, cwd) {
  const own = process.env.npm_execpath;
  const args = [...words, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const isOurs = own && /npm-cli\.[cm]?js$/.test(own);
  const { ok, output, end } = await capture(isOurs ? process.execPath : 'npm', isOurs ? [own, ...args] : args, { cwd });
  if (!ok) throw new SetupError(`${output.trim()}\nnpm ${words.join(' ')} ${end}. Is the package registry reachable from here?`);
}

/** npm leaves its own account of node_modules there, written last; a package missing for this platform is fine where optional. */
async function installed() {
  try {
    const [wanted, present] = await Promise.all(
      ['package-lock.json', 'node_modules/.package-lock.json'].map(
        async (name) => JSON.parse(await readFile(join(root, name), 'utf8')).packages,
      ),
    );
    return Object.entries(wanted).every(([name, entry]) => {
      if (name === '') return true;
      const found = present[name];
      return found ? found.version === entry.version && found.integrity === entry.integrity : entry.optional === true;
    });
  } catch {
    return false;
  }
}

/** Builds `dist/` unless it is the build of these sources. */
export async function build() {
  await step('Building', async () => {
    const { ok, output, end } = await capture(process.execPath, [join(root, 'scripts/build.mjs'), '--if-changed']);
    if (!ok) throw new SetupError(`${output.trim()}\nThe build ${end}.`);
  });
}
