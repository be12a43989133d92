// Puts a real VS Code (its server, for the web) and a Chromium with WebGPU where the end-to-end tests find them: .cache/vscode, or the
// folder that PARSEVAL_VSCODE names. Nothing is compiled. Also a command: `node scripts/vscode.mjs`.
import { access, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { cache, capture, npm, SetupError, step } from './setup.mjs';

/** code-server 4.100.3 carries VS Code 1.100.3, the oldest that the extension supports; only VS Code's own server is used of it. */
const version = '4.100.3';
const given = process.env.PARSEVAL_VSCODE;
const folder = given ?? join(cache, 'vscode');
const home = join(folder, 'node_modules/code-server/lib/vscode');
const readyFile = join(folder, '.ready');
/** Raised when what stands below makes something else of the same version. */
const recipe = `code-server ${version}, recipe 1`;

/** @typedef {{server: string, chromium: string}} Editor the server's entry point and the browser's program */

/**
 * Installs what is missing. Throws SetupError with what to do where it cannot.
 * @returns {Promise<Editor>}
 */
export async function provideVSCode() {
  const missing = (await Promise.all(['chromium', 'rg'].map(async (name) => ((await inPath(name)) ? [] : [name])))).flat();
  if (missing.length > 0) await step('Installing Chromium and ripgrep (apt)', installPackages);
  const [chromium, rg] = await Promise.all([inPath('chromium'), inPath('rg')]);
  if (!chromium || !rg) throw new SetupError('The packages chromium and ripgrep were installed, but chromium or rg is not in the PATH.');
  const server = join(home, 'out/server-main.js');
  if (given) {
    // Somebody's own folder is used as it is.
    if (!(await exists(server))) throw new SetupError(`PARSEVAL_VSCODE names ${given}, and there is no ${server}.`);
  } else if ((await readFile(readyFile, 'utf8').catch(() => '')) !== recipe) await installServer(rg);
  return { server, chromium };
}

async function installPackages() {
  const packages = ['chromium', 'ripgrep', 'fonts-dejavu-core'];
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (!(await inPath('apt-get'))) throw new SetupError(`The end-to-end tests need Chromium and ripgrep, and there is no apt here.`);
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n', '--preserve-env=DEBIAN_FRONTEND'];
  for (const words of ['apt-get update -qq', `${command} -qq`]) {
    const [program = '', ...args] = [...asRoot, ...words.split(' ')];
    const { ok, output, end } = await capture(program, args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
    if (!ok) {
      throw new SetupError(`${output.trim()}\n'${words}' ${end}. The end-to-end tests need Chromium and ripgrep; run as root: ${command}`);
    }
  }
}

/** @param {string} rg */
async function installServer(rg) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"private":true}');
  await step('Installing a VS Code server in .cache/vscode', () => npm(['install', '--save-exact', `code-server@${version}`], folder));
  // The server's own dependencies, and TypeScript for the built-in language features.
  for (const part of [home, join(home, 'extensions')]) {
    await step("Installing the VS Code server's dependencies", () => npm(['install', '--omit=dev'], part));
  }
  await symlink('node_modules', join(home, 'node_modules.asar'));
  const ripgrep = join(home, 'node_modules/@vscode/ripgrep/bin');
  await mkdir(ripgrep, { recursive: true });
  await symlink(rg, join(ripgrep, 'rg'));
  await replaceNativeModules();
  await giveWebviewsOrigins();
  await writeFile(readyFile, recipe);
}

/** Modules that would have to be compiled, and that a test does without. */
async function replaceNativeModules() {
  await replaceModule('@vscode/spdlog', loggerSource);
  await replaceModule('native-watchdog', 'exports.start = () => {};');
}

/** @param {string} name @param {string} source */
async function replaceModule(name, source) {
  const at = join(home, 'node_modules', name);
  const { main = 'index.js' } = JSON.parse(await readFile(join(at, 'package.json'), 'utf8'));
  const file = /\.c?js$/.test(main) ? main : (await exists(join(at, `${main}.js`))) ? `${main}.js` : join(main, 'index.js');
  await mkdir(dirname(join(at, file)), { recursive: true });
  await writeFile(join(at, file), source);
}

const loggerSource = `
const fs = require('fs'), path = require('path');
class Logger {
  constructor(file) {
    for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'critical'])
      this[level] = (message) => { try { fs.appendFileSync(file, new Date().toISOString() + ' [' + level + '] ' + message + '\\n'); } catch {} };
  }
  setLevel() {} getLevel() { return 2; } clearFormatters() {} setPattern() {} flush() {} drop() {}
}
exports.version = 0;
exports.setLevel = exports.setFlushOn = exports.shutdown = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = exports.createAsyncRotatingLogger = async (name, file) => {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  return new Logger(file);
};
`;

/** Webviews on one origin race for one service worker, and hang about one time in four; on the real VS Code web each has its own. */
async function giveWebviewsOrigins() {
  const file = join(home, 'out/server-main.js');
  let source = await readFile(file, 'utf8');
  const replace = (/** @type {RegExp} */ pattern, /** @type {string} */ by) => {
    if (!pattern.test(source)) throw new SetupError(`VS Code's server is not the one expected: ${pattern} is not in ${file}.`);
    source = source.replace(pattern, by);
  };
  const page = '+"/out/vs/workbench/contrib/webview/browser/pre"';
  replace(
    /webviewEndpoint:(\w+)\+"\/out\/vs\/workbench\/contrib\/webview\/browser\/pre"/,
    `webviewEndpoint:process.env.VSC_WEBVIEW_HOST?"http://{{uuid}}."+process.env.VSC_WEBVIEW_HOST+"/"+$1${page}+"/":$1${page}`,
  );
  replace(/frame-src 'self' https:\/\/\*\.vscode-cdn\.net/, '$& http://*.localhost:*');
  await writeFile(file, source);
}

/** @param {string} program */
async function inPath(program) {
  for (const place of (process.env.PATH ?? '').split(delimiter)) {
    if (place && (await exists(join(place, program)))) return join(place, program);
  }
  return undefined;
}

/** @param {string} path */
function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}

if (import.meta.filename === process.argv[1]) {
  try {
    console.log(await provideVSCode());
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
