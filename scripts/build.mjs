// Builds dist/: the library (index.js), the programs beside it (cli.js, …) and the library's types (types/). `--if-changed` does nothing
// when dist/ is the build of the sources as they are.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { root, tool } from './setup.mjs';

const dist = join(root, 'dist');
const stampFile = join(dist, '.sources.json');
/**
 * What runs beside the library, each a file of its own in dist/. A worker or a loader hook of the kernel is one more entry, under its
 * file's name: then `new URL('./name.js', import.meta.url)` finds it from dist/cli.js as from its neighbours in src/kernel.
 */
const programs = {
  cli: 'src/cli/main.ts',
  hooks: 'src/kernel/hooks.ts',
  kernel: 'src/kernel/process/main.ts',
  'kernel-control': 'src/kernel/process/control.ts',
  language: 'src/kernel/language/main.ts',
};
/** Rooms whose code may stand in a program: all else is the library, of which dist/index.js is the one copy. */
const outsideTheLibrary = /^(src\/(cli|kernel|protocol)\/|node_modules\/)/;
/** Runs in a thread of its own and so shares nothing with the library: it brings its own copy of the device. */
const deviceThread = { 'device-thread': 'src/devices/node/device-thread.ts' };
const extension = { extension: 'src/extension/extension.ts' };
/** Pages and renderers of outputs, each a file that a webview loads. */
const pages = {
  device: 'webview/device/main.ts',
  gradcheck: 'webview/renderers/gradcheck.ts',
  progress: 'webview/renderers/progress.ts',
  views: 'webview/renderers/views.ts',
};

/** @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: root,
  outdir: dist,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external', // `parseval` and `typescript` among them; see `bundled`
  // Not tsconfig.json: its `paths` lead `parseval` to the sources, for the type check.
  tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  loader: { '.wgsl': 'text' },
  sourcemap: true,
  keepNames: true, // the names of classes and operations stand in error messages
  logLevel: 'warning',
};

/**
 * Small packages whose code goes into the files of dist/; all others stay packages, found at run time.
 * @type {import('esbuild').Plugin}
 */
const bundled = {
  name: 'bundled',
  setup(build) {
    build.onResolve({ filter: /^valibot$/ }, ({ path }) => ({ path: fileURLToPath(import.meta.resolve(path)) }));
  },
};

/**
 * The compiler, which programs load in their own way: see src/kernel/typescript.ts.
 * @type {import('esbuild').Plugin}
 */
const fastTypeScript = {
  name: 'fast-typescript',
  setup(build) {
    build.onResolve({ filter: /^typescript$/ }, () => ({ path: join(root, 'src/kernel/typescript.ts') }));
  },
};

/** @type {import('esbuild').Plugin} */
const oneLibrary = {
  name: 'one-library',
  setup(build) {
    build.onResolve({ filter: /(^|\/)index\.js$/ }, ({ path, resolveDir, kind }) =>
      kind !== 'entry-point' && join(resolveDir, path) === join(root, 'src/index.js') ? { path: './index.js', external: true } : undefined,
    );
  },
};

async function main() {
  const sources = await hashSources();
  const built = await readFile(stampFile, 'utf8').then(JSON.parse, () => ({}));
  if (process.argv.includes('--if-changed') && same(built, sources)) return;
  await mkdir(dist, { recursive: true });
  // A source that is gone leaves its declarations behind, and tsc's own notes speak of them.
  const gone = Object.keys(built).some((file) => !(file in sources));
  for (const name of await readdir(dist)) if (gone || name !== 'types') await rm(join(dist, name), { recursive: true });

  const [typesAreRight] = await Promise.all([
    emitTypes(),
    buildLibrary(),
    buildPrograms(),
    buildDeviceThread(),
    buildExtension(),
    buildPages(),
  ]);
  if (!typesAreRight) throw new Error('The types are wrong (see above).');
  await writeFile(stampFile, JSON.stringify(sources));
}

async function buildLibrary() {
  await esbuild.build({ ...common, entryPoints: { index: 'src/index.ts' }, plugins: [bundled] });
}

async function buildDeviceThread() {
  await esbuild.build({ ...common, entryPoints: deviceThread, plugins: [bundled] });
}

/** CommonJS, which every version of VS Code loads. */
async function buildExtension() {
  await esbuild.build({ ...common, entryPoints: extension, format: 'cjs', outExtension: { '.js': '.cjs' }, plugins: [bundled] });
}

async function buildPages() {
  await esbuild.build({
    ...common,
    entryPoints: pages,
    outdir: join(dist, 'webview'),
    platform: 'browser',
    target: 'es2022',
    packages: 'bundle',
    loader: { ...common.loader, '.css': 'text' },
    minify: true,
  });
}

async function buildPrograms() {
  const { metafile } = await esbuild.build({
    ...common,
    entryPoints: programs,
    splitting: true, // the process that only supervises need not load TypeScript
    metafile: true,
    plugins: [oneLibrary, bundled, fastTypeScript],
    banner: { js: '#!/usr/bin/env node' },
  });
  const strangers = Object.keys(metafile.inputs).filter((file) => !outsideTheLibrary.test(file));
  if (strangers.length > 0) {
    throw new Error(`A program would hold a second copy of ${strangers.join(', ')}: import from src/index.js instead, or as types only.`);
  }
  await chmod(join(dist, 'cli.js'), 0o755);
}

/** @returns {Promise<boolean>} */
function emitTypes() {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [tool.tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
    child.on('close', (code) => resolve(code === 0));
  });
}

/**
 * The content of all that the build depends on, by file. Times are no use: git sets them at checkout.
 * @returns {Promise<Record<string, string>>}
 */
async function hashSources() {
  const trees = await Promise.all(
    ['src', 'shaders', 'webview'].map((folder) => readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => [])),
  );
  const files = trees.flat().flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
  files.push(...['scripts/build.mjs', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'].map((name) => join(root, name)));
  const hashes = await Promise.all(
    files.map(async (file) => [
      relative(root, file),
      createHash('sha256')
        .update(await readFile(file))
        .digest('base64url'),
    ]),
  );
  return Object.fromEntries(hashes.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
}

/** @param {Record<string, string>} a @param {Record<string, string>} b */
function same(a, b) {
  return Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([file, hash]) => b[file] === hash);
}

try {
  await main();
} catch (error) {
  // esbuild has printed its own errors.
  if (!(error instanceof Error && 'errors' in error))
    console.error(`${basename(import.meta.url)}: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
