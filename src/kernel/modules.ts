// What `import` in a cell finds: the modules that the kernel provides, Node's own, and all else by Node's rules from the notebook's folder.
//
// Files of the folder are read again when they were edited: hooks.ts gives each version of a file its own URL. The trade-off: an edited
// file, and every file that imports it, is a new module with new state, and what an earlier version left behind stays in memory until
// the session ends; unedited files keep their state. Files that a CommonJS module requires are Node's to cache.
import Module, { createRequire, isBuiltin, register } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { HookData } from './hooks.js';

/** Where the modules that hooks.ts makes for files find what the kernel provides. */
const providedSlot = Symbol.for('parseval.provided');

/** The pretended file in which the cells stand. */
const cellFile = 'notebook.ts';

/** The namespace object of a module. */
export type ModuleNamespace = Readonly<Record<string, unknown>>;

/** A module that the kernel provides under a name: to cells, to local files and to packages the same one. */
export interface ProvidedModule {
  /** The names it exports. */
  readonly exports: readonly string[];
  /** Loads it, when it is first imported. */
  readonly load: () => ModuleNamespace;
}

/** Imports for the cells of one session. */
export class CellModules {
  /** The URL that the cells pretend to have. */
  readonly url: string;
  private imports = 0;
  /** What is being imported now. */
  private readonly underWay = new Map<number, string>();
  /** What an interrupt left half imported: Node would wait for its end for good. */
  private readonly unfinished = new Set<string>();

  constructor(
    private readonly provided: ReadonlyMap<string, ProvidedModule>,
    private readonly folder: string,
  ) {
    this.url = pathToFileURL(join(folder, cellFile)).href;
    provideToRequire(provided);
  }

  /** Imports as a cell does. Attributes are not asked for: that JSON is imported as JSON is seen from its file. */
  async import(specifier: string): Promise<ModuleNamespace> {
    const own = this.provided.get(specifier);
    if (own) return own.load();
    const number = ++this.imports;
    try {
      if (isBuiltin(specifier)) return (await import(specifier)) as ModuleNamespace;
      registerHooks(this.provided);
      const request = new URLSearchParams({ specifier, parent: this.url, number: String(number) });
      for (const each of this.unfinished) request.append('unfinished', each);
      this.unfinished.clear();
      this.underWay.set(number, specifier);
      return (await import(`parseval-import:${request.toString()}`)) as ModuleNamespace;
    } catch (error) {
      throw this.explained(error, specifier);
    } finally {
      this.underWay.delete(number);
    }
  }

  /** After an interrupt: local files that were being imported are new modules the next time, for the old ones will never be ready. */
  forgetUnfinished(): void {
    for (const specifier of this.underWay.values()) this.unfinished.add(specifier);
    this.underWay.clear();
  }

  /** `require` of a cell, whose types come with Node's: by Node's rules from the notebook's folder, too. */
  get require(): NodeJS.Require {
    return createRequire(this.url);
  }

  /** `import.meta` of a cell. */
  get meta(): ModuleNamespace {
    return { url: this.url, dirname: this.folder, filename: join(this.folder, cellFile) };
  }

  /** An error of the search for a module says what was wanted and from where; one that the module threw stays what it is. */
  private explained(error: unknown, specifier: string): unknown {
    if (!(error instanceof Error) || !('code' in error) || !searchFailed.test(String(error.code))) return error;
    const isFile = /^[./]/.test(specifier);
    const isItself = error.message.includes(`imported from ${join(this.folder, cellFile)}`);
    const advice = isFile ? 'check the path, which starts from the notebook' : `run 'npm install ${packageOf(specifier)}' there`;
    const missing = `Cannot find ${isFile ? 'file' : 'package'} '${specifier}' from the notebook's folder ${this.folder}: ${advice}.`;
    const explained = new Error(error.code === 'ERR_MODULE_NOT_FOUND' && isItself ? missing : error.message);
    return Object.assign(explained, { code: error.code });
  }
}

/** Codes of the errors that finding or reading a module ends with. */
const searchFailed = /^ERR_(MODULE_NOT_FOUND|PACKAGE_|UNSUPPORTED_|UNKNOWN_|INVALID_(MODULE|PACKAGE)|IMPORT_|NOTEBOOK_MODULE)/;

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

let required: ReadonlyMap<string, ProvidedModule> | undefined;

/** Makes `require` find what the kernel provides, in CommonJS packages as well: Node has no hooks for it, but a function that all of it calls. */
function provideToRequire(provided: ReadonlyMap<string, ProvidedModule>): void {
  const isFirst = required === undefined;
  required = provided;
  const resolve: unknown = Reflect.get(Module, '_resolveFilename');
  const cache: unknown = Reflect.get(Module, '_cache');
  if (!isFirst || typeof resolve !== 'function' || typeof cache !== 'object' || cache === null) return;
  const resolveProvided = (...args: unknown[]): unknown => {
    const [id] = args;
    const found = typeof id === 'string' ? required?.get(id) : undefined;
    if (!found) return Reflect.apply(resolve, Module, args) as unknown;
    // Node asks its cache for files by this name, and not the loader of modules, also where it reads CommonJS by our hooks.
    const name = `parseval-provided:${String(id)}.node`;
    const module = new Module(name);
    module.exports = found.load();
    module.loaded = true;
    Reflect.set(cache, name, module);
    return name;
  };
  Reflect.set(Module, '_resolveFilename', resolveProvided);
}

let registered = false;

/** Once a process, when the first file or package is imported: the hooks run in a thread of their own, which takes time to start. */
function registerHooks(provided: ReadonlyMap<string, ProvidedModule>): void {
  if (registered) return;
  registered = true;
  Object.defineProperty(globalThis, providedSlot, { value: (name: string) => provided.get(name)?.load() });
  // Makes Node keep the source maps of the notebook's TypeScript files, for stacks.
  process.setSourceMapsEnabled(true);
  const data: HookData = { exports: new Map([...provided].map(([name, { exports }]) => [name, exports])) };
  register(new URL('./hooks.js', import.meta.url), { data });
}
