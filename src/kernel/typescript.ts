// Loads the TypeScript compiler in about 60 ms instead of 400: the build leads every `import ts from 'typescript'` of a program here
// (scripts/build.mjs). `require` spares Node the search of 9 MB for the names that a CommonJS module exports, and V8's compiled code is
// kept in the user's cache folder, which is an optimization alone: without it, or with one of another Node, all works the same.
import type ts from 'typescript';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/** How long after the start the compiled code is kept, in ms: by then the functions that a program needs have been compiled. */
const saveAfter = 1000;
/** Files of other versions of Node or TypeScript, beyond this number, are removed. */
const kept = 8;

type Wrapper = (exports: object, require: NodeJS.Require, module: { exports: object }, filename: string, folder: string) => void;

/** The compiler's namespace, as `import ts from 'typescript'` gives it. */
export default load();

function load(): typeof ts {
  const require = createRequire(import.meta.url);
  const filename = require.resolve('typescript');
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(filename, 'utf8')}\n})`;
  const file = cacheFile(filename);
  const cachedData = read(file);
  const script = new Script(source, { filename, ...(cachedData && { cachedData }) });
  const module: { exports: object } = { exports: {} };
  (script.runInThisContext() as Wrapper)(module.exports, require, module, filename, dirname(filename));
  const isMissing = cachedData === undefined || script.cachedDataRejected === true;
  // A thread beside the cells has little to compile: what it would keep serves nobody else.
  if (isMissing && isMainThread) setTimeout(() => save(file, script.createCachedData()), saveAfter).unref();
  return module.exports as typeof ts;
}

/** One file for each program, Node and TypeScript, and for each set of V8's flags, without which V8 refuses the code. */
function cacheFile(typescript: string): string {
  const { size, mtimeMs } = statSync(typescript);
  const key = [process.version, process.arch, process.execArgv, process.env.NODE_OPTIONS, typescript, size, mtimeMs];
  const digest = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 16);
  return join(cacheFolder(), `typescript-${basename(process.argv[1] ?? 'node', '.js')}-${digest}.v8`);
}

/** The user's own, which nobody else can write to; PARSEVAL_CACHE names another. */
function cacheFolder(): string {
  const { PARSEVAL_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (PARSEVAL_CACHE) return PARSEVAL_CACHE;
  const base = process.platform === 'win32' ? LOCALAPPDATA : XDG_CACHE_HOME;
  const home = process.platform === 'darwin' ? join(homedir(), 'Library/Caches') : join(homedir(), '.cache');
  return join(base ?? home, 'parseval');
}

function read(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

function save(file: string, data: Buffer): void {
  try {
    const folder = dirname(file);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Renamed into place: another process may be reading.
    writeFileSync(`${file}.${process.pid}`, data, { mode: 0o600 });
    renameSync(`${file}.${process.pid}`, file);
    // The library keeps files of its own there.
    const files = readdirSync(folder).flatMap((name) => (name.startsWith('typescript-') ? [join(folder, name)] : []));
    const byAge = files.map((path) => ({ path, time: statSync(path).mtimeMs })).sort((a, b) => b.time - a.time);
    for (const { path } of byAge.slice(kept)) rmSync(path, { force: true });
  } catch {
    // No folder to write to: the next start takes longer.
  }
}
