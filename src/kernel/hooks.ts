// Module hooks for what cells import, run by Node in the thread of its loader. They see to the modules that a cell reaches and leave
// all others alone: TypeScript files are transpiled, an edited file is loaded anew, and what the kernel provides, such as `parseval`, is found.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { InitializeHook, LoadHook, ResolveHook } from 'node:module';
import { fileURLToPath } from 'node:url';

/** What the kernel tells the hooks when it registers them. */
export interface HookData {
  /** Names of the modules that the kernel provides, and what each exports. */
  readonly exports: ReadonlyMap<string, readonly string[]>;
}

interface LocalFile {
  digest: string;
  /** Counts the edits seen, here or in what the file imports. */
  version: number;
  readonly importers: Set<string>;
}

/** Files of notebooks' folders that were imported, by path. */
const files = new Map<string, LocalFile>();
/** The URL parameter that marks a module as reached from a cell, and tells its versions apart. */
const mark = 'version';
let provided: HookData['exports'] = new Map();

export const initialize: InitializeHook<HookData> = (data) => {
  provided = data.exports;
};

export const resolve: ResolveHook = async (specifier, context, next) => {
  const isEntry = specifier.startsWith('parseval-import:');
  const request = new URLSearchParams(isEntry ? specifier.slice('parseval-import:'.length) : '');
  const wanted = request.get('specifier') ?? specifier;
  const parentURL = request.get('parent') ?? context.parentURL;
  if (isEntry) refresh(request.getAll('unfinished'));
  if (provided.has(wanted)) return { url: `parseval-provided:${wanted}`, format: 'module', shortCircuit: true };
  const fromCell = isEntry || (parentURL !== undefined && isMarked(parentURL));
  if (!fromCell) return next(specifier, context);
  const found = await next(withExtension(wanted, parentURL), {
    ...context,
    ...(parentURL !== undefined && { parentURL }),
  });
  const importAttributes = found.url.endsWith('.json') ? { type: 'json' } : context.importAttributes;
  if (!isLocal(found.url)) return { ...found, importAttributes, shortCircuit: true };
  const file = fileURLToPath(found.url);
  const known = files.get(file) ?? { digest: digestOf(file), version: 1, importers: new Set() };
  files.set(file, known);
  if (!isEntry && parentURL !== undefined) known.importers.add(fileURLToPath(parentURL));
  if (isEntry) entries.set(wanted, file);
  const url = new URL(found.url);
  url.searchParams.set(mark, String(known.version));
  return { ...found, url: url.href, importAttributes, shortCircuit: true };
};

export const load: LoadHook = async (url, context, next) => {
  if (url.startsWith('parseval-provided:'))
    return { format: 'module', source: providedSource(url.slice(url.indexOf(':') + 1)), shortCircuit: true };
  if (!isMarked(url)) return next(url, context);
  if (/\.[mc]?tsx?$/.test(new URL(url).pathname)) {
    const source = await transpile(url);
    return { format: 'module', source, shortCircuit: true };
  }
  const loaded = await next(url, context);
  if (loaded.format !== 'commonjs') return loaded;
  // Node keeps CommonJS modules by file, whatever their version.
  const source = await readFile(fileURLToPath(url), 'utf8');
  return { ...loaded, source: `${source}\n;delete require('node:module')._cache[module.filename];` };
};

/** The file that each specifier of a cell led to. */
const entries = new Map<string, string>();

/** Gives a new version to the files that were edited, to those that import them, and to all that unfinished imports of cells lead to. */
function refresh(unfinished: readonly string[]): void {
  const stale = new Set<string>();
  const outdate = (file: string): void => {
    if (stale.has(file)) return;
    stale.add(file);
    files.get(file)?.importers.forEach(outdate);
  };
  for (const [file, known] of files) {
    const digest = digestOf(file);
    if (digest !== known.digest) outdate(file);
    known.digest = digest;
  }
  for (const specifier of unfinished) {
    const entry = entries.get(specifier);
    if (entry !== undefined) for (const file of files.keys()) if (leadsTo(entry, file)) outdate(file);
  }
  for (const file of stale) {
    const known = files.get(file);
    if (known) known.version++;
  }
}

/** Whether a file is another one, or imports it, by whatever way. */
function leadsTo(from: string, file: string, seen = new Set<string>()): boolean {
  if (from === file) return true;
  if (seen.has(file)) return false;
  seen.add(file);
  return [...(files.get(file)?.importers ?? [])].some((importer) => leadsTo(from, importer, seen));
}

function digestOf(file: string): string {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch {
    return 'gone';
  }
}

function isMarked(url: string): boolean {
  return url.startsWith('file:') && new URL(url).searchParams.has(mark);
}

/** Packages are not expected to change under a running notebook. */
function isLocal(url: string): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/');
}

/** TypeScript's habits for relative imports: `./x` and `./x.js` may mean x.ts. */
function withExtension(specifier: string, parentURL: string | undefined): string {
  if (!/^\.{0,2}\//.test(specifier) || parentURL === undefined) return specifier;
  const exists = (candidate: string): boolean => existsSync(new URL(candidate, parentURL));
  const candidates = [specifier.replace(/\.([mc]?)js$/, '.$1ts'), `${specifier}.ts`, `${specifier}.js`, `${specifier}/index.ts`];
  const isFile = /\.\w+$/.test(specifier) && exists(specifier);
  return isFile ? specifier : (candidates.find((candidate) => candidate !== specifier && exists(candidate)) ?? specifier);
}

function providedSource(name: string): string {
  const names = provided.get(name) ?? [];
  return [
    `const module = globalThis[Symbol.for('parseval.provided')](${JSON.stringify(name)});`,
    ...names.map((each) => (each === 'default' ? 'export default module.default;' : `export const ${each} = module.${each};`)),
  ].join('\n');
}

async function transpile(url: string): Promise<string> {
  // Loaded when needed: it takes longer than the rest of a small notebook.
  const { default: ts } = await import('typescript');
  const file = fileURLToPath(url);
  const { outputText, diagnostics } = ts.transpileModule(await readFile(file, 'utf8'), {
    fileName: file,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleDetection: ts.ModuleDetectionKind.Force,
      inlineSourceMap: true,
      inlineSources: true,
    },
  });
  const [problem] = diagnostics ?? [];
  if (!problem) return outputText;
  const place = problem.file?.getLineAndCharacterOfPosition(problem.start ?? 0);
  const message = ts.flattenDiagnosticMessageText(problem.messageText, '\n');
  const where = `${file}:${(place?.line ?? 0) + 1}:${(place?.character ?? 0) + 1}`;
  throw Object.assign(new SyntaxError(`${where}: ${message}`), { code: 'ERR_NOTEBOOK_MODULE' });
}
