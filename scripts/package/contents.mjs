// What a VSIX holds: the files that run or are read at the user's, and nothing else. Which files of a package run is not listed by hand:
// esbuild follows the imports of everything in dist/. Only what no import names (fonts, binaries, types) is listed here.
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import * as esbuild from 'esbuild';
import { root } from '../setup.mjs';

const dist = join(root, 'dist');

/** Dawn for this platform; `webgpu/index.js` makes the same name. */
const dawn = `webgpu/dist/${process.platform}-${process.platform === 'darwin' ? 'universal' : process.arch}`;

/** Files of packages that are found by name at run time: a folder, or a file. */
const assets = [
  dawn,
  '@resvg/resvg-wasm/index.js', // loaded by src/display/raster.ts, with what follows
  '@resvg/resvg-wasm/index_bg.wasm',
  '@expo-google-fonts/source-sans-3/400Regular/SourceSans3_400Regular.ttf',
  '@expo-google-fonts/source-sans-3/600SemiBold/SourceSans3_600SemiBold.ttf',
  'dejavu-fonts-ttf/ttf/DejaVuSans.ttf',
  'parseval-typescript-plugin', // loaded by the built-in TypeScript extension, by its name
  'typescript/lib/typescript.js', // loaded by src/kernel/typescript.ts
  'tslab/dist/public.js', // these by src/kernel/tslab.ts
  'tslab/dist/util.js',
  'tslab/dist/public.d.ts',
];
/** Packages of which the declarations are read when cells are checked. */
const typePackages = ['@types/node', '@webgpu/types', 'undici-types'];

/**
 * @typedef {object} Contents
 * @property {string[]} files paths from the project's root, without those of the project's own package.json
 * @property {string[]} shipped folders of the packages that stand in the VSIX
 * @property {string[]} bundled folders of the packages whose code stands in files of dist/
 */

/**
 * The files of a VSIX for this platform, of the build as it is.
 * @returns {Promise<Contents>}
 */
export async function contents() {
  const imported = await reachedFiles();
  const dist = imported.filter((file) => file.startsWith('dist/'));
  const [own, typescript, declarations, bundled] = await Promise.all([
    ownFiles(),
    librariesOfTypeScript(),
    Promise.all(typePackages.map((name) => filesUnder(join('node_modules', name), (file) => /\.d\.[mc]?ts$/.test(file)))),
    bundledPackages(dist),
  ]);
  const named = await Promise.all(assets.map((path) => filesUnder(join('node_modules', path))));
  const ofPackages = [
    ...imported.filter((file) => file.startsWith('node_modules/')),
    ...typescript,
    ...declarations.flat(),
    ...named.flat(),
  ];
  const shipped = unique(ofPackages.map(packageOf));
  const about = await Promise.all(shipped.map((folder) => filesUnder(folder, isAbout, false)));
  return { files: unique([...own, ...dist, ...ofPackages, ...about.flat()]), shipped, bundled };
}

/** What is ours beside the programs: what webviews load, the library's types, the notebooks with their data, and what the manifest shows. */
async function ownFiles() {
  const lists = await Promise.all([
    filesUnder('dist/webview', (file) => !file.endsWith('.map')),
    typesOfLibrary(),
    filesUnder('notebooks'),
    filesUnder('media'),
  ]);
  return [...lists.flat(), 'README.md', 'CHANGELOG.md', 'LICENSE'];
}

/** dist/types/src/index.d.ts and all that it refers to. */
async function typesOfLibrary() {
  const found = new Set([join(dist, 'types/src/index.d.ts')]);
  // A Set's iteration also meets what is added on the way.
  for (const file of found) {
    const text = await readFile(file, 'utf8');
    for (const [, path = ''] of text.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)\.js['"]/g)) {
      found.add(join(dirname(file), `${path}.d.ts`));
    }
  }
  return [...found].map((file) => relative(root, file));
}

/** The programs of dist/ and everything that they import: parts that they share, and files of packages. */
async function reachedFiles() {
  // Shared parts carry a hash in their names; those of an earlier build may still lie there, and nothing imports them.
  const isProgram = (/** @type {string} */ file) => /\.c?js$/.test(file) && !/-[0-9A-Z]{8}\.js$/.test(file);
  const entryPoints = (await filesUnder('dist', isProgram, false)).map((file) => join(root, file));
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints,
    bundle: true,
    write: false,
    metafile: true,
    outdir: 'nowhere',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: [], // Node's own; esbuild would add `module`
    external: ['vscode', 'parseval'],
    loader: { '.node': 'empty' },
    logLevel: 'error',
  });
  return Object.keys(metafile.inputs).filter((file) => /^(dist|node_modules)\//.test(file));
}

/** The declarations that `lib` and `target` name in a cell's compiler options. */
function librariesOfTypeScript() {
  return filesUnder('node_modules/typescript/lib', (file) => /\/lib(\.[\w.-]+)?\.d\.ts$/.test(file), false);
}

/**
 * Packages whose code esbuild put into files of dist/, by their source maps.
 * @param {string[]} programs
 */
async function bundledPackages(programs) {
  const pages = await filesUnder('dist/webview', (file) => file.endsWith('.js'));
  const maps = [...programs, ...pages].map((file) => `${file}.map`);
  const sources = await Promise.all(
    maps.map(async (map) =>
      JSON.parse(await readFile(join(root, map), 'utf8')).sources.map((/** @type {string} */ source) =>
        relative(root, join(root, dirname(map), source)),
      ),
    ),
  );
  return unique(
    sources
      .flat()
      .filter((file) => file.startsWith('node_modules/'))
      .map(packageOf),
  );
}

/**
 * The folder of the package that a file in node_modules belongs to.
 * @param {string} file
 */
export function packageOf(file) {
  const [found] = /^(.*\/)?node_modules\/(@[^/]+\/)?[^/]+/.exec(file.split(sep).join('/')) ?? [];
  if (found === undefined) throw new Error(`${file} is in no package`);
  return found;
}

/**
 * Whether a package must bring this file, whatever else it brings.
 * @param {string} file
 */
function isAbout(file) {
  return /\/(package\.json|(licen[sc]e|copying|notice|thirdpartynotice)[^/]*)$/i.test(file);
}

/**
 * @param {string} path a folder or a file, from the root
 * @param {(file: string) => boolean} [wanted]
 * @param {boolean} [recursive]
 * @returns {Promise<string[]>}
 */
async function filesUnder(path, wanted = () => true, recursive = true) {
  const at = join(root, path);
  if ((await stat(at)).isFile()) return [path];
  const entries = await readdir(at, { recursive, withFileTypes: true });
  const files = entries.flatMap((entry) =>
    entry.isFile() ? [relative(root, join(entry.parentPath, entry.name)).split(sep).join('/')] : [],
  );
  return files.filter(wanted);
}

/** @param {string[]} items */
function unique(items) {
  return [...new Set(items)].sort();
}
