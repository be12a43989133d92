// Lets Node import the sources as they are: `./x.js` finds x.ts, TypeScript is transformed by esbuild, a shader is its text, and
// `parseval` is the library's source, so that no test sees a second copy of it.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform, version } from 'esbuild';

const library = new URL('../src/index.ts', import.meta.url).href;
const cache = new URL('../.cache/transforms/', import.meta.url);
/** @type {import('esbuild').TransformOptions} */
const options = {
  loader: 'ts',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  sourcesContent: false,
  tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
};
const salt = `${version} ${JSON.stringify(options)}`;

/** @type {import('node:module').ResolveHook} */
export async function resolve(specifier, context, next) {
  if (specifier === 'parseval') return { url: library, format: 'module', shortCircuit: true };
  const isFile = specifier.startsWith('file:') || (specifier.startsWith('.') && context.parentURL?.startsWith('file:'));
  if (isFile && specifier.endsWith('.js')) {
    const url = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (existsSync(url)) return { url: url.href, format: 'module', shortCircuit: true };
  }
  if (/\.(ts|wgsl)$/.test(specifier)) return { ...(await next(specifier, context)), format: 'module' };
  return next(specifier, context);
}

/** @type {import('node:module').LoadHook} */
export async function load(url, context, next) {
  const { pathname } = new URL(url);
  if (pathname.endsWith('.wgsl')) {
    const text = await readFile(new URL(url), 'utf8');
    return { format: 'module', source: `export default ${JSON.stringify(text)};`, shortCircuit: true };
  }
  if (pathname.endsWith('.ts')) {
    const file = fileURLToPath(url);
    return { format: 'module', source: await compile(file, await readFile(file, 'utf8')), shortCircuit: true };
  }
  return next(url, context);
}

/**
 * JavaScript of a TypeScript file with this text, from the cache where it was made before.
 * @param {string} file @param {string} text
 */
export async function compile(file, text) {
  const kept = new URL(createHash('sha256').update(`${salt}\0${file}\0${text}`).digest('hex') + '.js', cache);
  try {
    return await readFile(kept, 'utf8');
  } catch {
    const { code } = await transform(text, { ...options, sourcefile: file });
    await mkdir(cache, { recursive: true });
    // Renamed into place: two processes may compile one file at once.
    const fresh = new URL(`${kept.href}.${process.pid}`);
    await writeFile(fresh, code);
    await rename(fresh, kept);
    return code;
  }
}
