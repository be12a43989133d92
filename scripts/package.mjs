// `npm run package`: makes out/parseval-VERSION-PLATFORM.vsix, an extension that can be installed on this platform, of the build as it is
// (dist/ is built first). `--if-changed` does nothing when the file there is the package of these sources.
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { contents } from './package/contents.mjs';
import { notices } from './package/notices.mjs';
import { build, cache, root, SetupError } from './setup.mjs';

const target = `${process.platform}-${process.arch}`;
const stage = join(cache, 'package');
/** The notebook that keeps what its cells gave: people read it before they run it (src/extension/tour.ts). */
const tour = 'notebooks/00-tour.ipynb';
/** What the last VSIX was made of. */
const stampFile = join(cache, 'package.json');

/** @returns {Promise<void>} */
async function main() {
  await build();
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const vsix = join(root, 'out', `parseval-${manifest.version}-${target}.vsix`);
  const { files, shipped, bundled } = await contents();
  const stamp = await stampOf(files, vsix);
  if (process.argv.includes('--if-changed') && (await isMade(vsix, stamp))) return report(vsix);
  await rm(stampFile, { force: true });
  await rm(stage, { recursive: true, force: true });
  for (const file of files) {
    await mkdir(dirname(join(stage, file)), { recursive: true });
    if (basename(file) === 'package.json') await writeManifest(file, shipped);
    else if (file.endsWith('.ipynb') && file !== tour) await writeLesson(file);
    else await copyFile(join(root, file), join(stage, file));
  }
  await writeFile(join(stage, 'package.json'), JSON.stringify(await shippedManifest(manifest, shipped), undefined, 2));
  await writeFile(join(stage, 'THIRD-PARTY-NOTICES.md'), await notices([...shipped, ...bundled]));
  await mkdir(dirname(vsix), { recursive: true });
  await createVSIX({
    cwd: stage,
    packagePath: vsix,
    target,
    dependencies: true,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
    // What is here was chosen file by file.
    ignoreFile: join(root, 'scripts/package/nothing.vscodeignore'),
    allowPackageAllSecrets: true,
  });
  await writeFile(stampFile, stamp);
  await report(vsix, files.length);
}

/**
 * The manifest at the user's: without what develops, and with the packages that are there as its dependencies.
 * @param {Record<string, unknown>} manifest
 * @param {string[]} shipped
 */
async function shippedManifest(manifest, shipped) {
  const dependencies = await versionsIn('', shipped);
  return { ...without(manifest, ['scripts', 'devDependencies', 'allowScripts', 'private']), dependencies };
}

/**
 * Copies a package's manifest with only those of its dependencies that stand in its own folder: the others are the extension's, and what
 * nothing imports is not there.
 * @param {string} file
 * @param {string[]} shipped
 */
async function writeManifest(file, shipped) {
  const manifest = JSON.parse(await readFile(join(root, file), 'utf8'));
  const kept = without(manifest, ['scripts', 'devDependencies', 'optionalDependencies', 'peerDependencies']);
  const dependencies = await versionsIn(`${dirname(file)}/`, shipped);
  await writeFile(join(stage, file), JSON.stringify({ ...kept, dependencies }, undefined, 2));
}

/**
 * Copies a lesson without what its cells gave, which is most of it and comes anew when it is run.
 * @param {string} file
 */
async function writeLesson(file) {
  const notebook = JSON.parse(await readFile(join(root, file), 'utf8'));
  for (const cell of notebook.cells) if (cell.cell_type === 'code') Object.assign(cell, { outputs: [], execution_count: null });
  await writeFile(join(stage, file), `${JSON.stringify(notebook, undefined, 1)}\n`);
}

/**
 * The versions of the packages in a folder's node_modules, by name.
 * @param {string} folder
 * @param {string[]} shipped
 */
async function versionsIn(folder, shipped) {
  const place = `${folder}node_modules/`;
  const names = shipped.filter((path) => path.startsWith(place)).map((path) => path.slice(place.length));
  const own = names.filter((name) => !name.includes('/node_modules/'));
  const versions = own.map(async (name) => [name, JSON.parse(await readFile(join(root, place, name, 'package.json'), 'utf8')).version]);
  return Object.fromEntries(await Promise.all(versions));
}

/**
 * @param {Record<string, unknown>} record
 * @param {string[]} keys
 */
function without(record, keys) {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
}

/**
 * The content of what the package is made of: our files by content, those of packages by their manifests.
 * @param {string[]} files
 * @param {string} vsix
 */
async function stampOf(files, vsix) {
  const hash = createHash('sha256').update(`${vsix}\n${files.join('\n')}`);
  const makers = ['package.json', 'scripts/package.mjs', 'scripts/package/contents.mjs', 'scripts/package/notices.mjs'];
  for (const file of [...makers, ...files]) {
    if (!file.startsWith('node_modules/') || basename(file) === 'package.json') hash.update(await readFile(join(root, file)));
  }
  return hash.digest('hex');
}

/** @param {string} vsix @param {string} stamp */
async function isMade(vsix, stamp) {
  const [made, there] = await Promise.all([
    readFile(stampFile, 'utf8').catch(() => ''),
    stat(vsix).then(
      () => true,
      () => false,
    ),
  ]);
  return there && made === stamp;
}

/** @param {string} vsix @param {number} [files] */
async function report(vsix, files) {
  const { size } = await stat(vsix);
  console.log(`${vsix}: ${(size / 2 ** 20).toFixed(1)} MiB${files === undefined ? '' : `, ${files} files`}`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
