// What `import` in a cell finds: the injected library, Node's own modules, and all else by Node's rules from the notebook's folder.
//
// Files of the folder are read again when they were edited: hooks.ts gives each version of a file its own URL. The trade-off: an edited
// file, and every file that imports it, is a new module with new state, and what an earlier version left behind stays in memory until
// the session ends; unedited files keep their state. Files that a CommonJS module requires are Node's to cache.
import { isBuiltin, register } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { HookData } from './hooks.js';

/** The name under which cells import the library. */
export const libraryName = 'parseval';
/** Where the modules that hooks.ts makes for `import 'parseval'` find the library. */
const librarySlot = Symbol.for('parseval.library');

/** The pretended file in which the cells stand. */
const cellFile = 'notebook.ts';

/** The namespace object of a module. */
export type ModuleNamespace = Readonly<Record<string, unknown>>;

/** Imports for the cells of one session. */
export class CellModules {
  /** The URL that the cells pretend to have. */
  readonly url: string;
  private imports = 0;

  constructor(
    private readonly library: ModuleNamespace,
    private readonly folder: string,
  ) {
    this.url = pathToFileURL(join(folder, cellFile)).href;
  }

  /** Imports as a cell does. Attributes are not asked for: that JSON is imported as JSON is seen from its file. */
  async import(specifier: string): Promise<ModuleNamespace> {
    if (specifier === libraryName) return this.library;
    try {
      if (isBuiltin(specifier)) return (await import(specifier)) as ModuleNamespace;
      registerHooks(this.library);
      const request = new URLSearchParams({ specifier, parent: this.url, number: String(++this.imports) });
      return (await import(`parseval-import:${request.toString()}`)) as ModuleNamespace;
    } catch (error) {
      throw this.explained(error, specifier);
    }
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

let registered = false;

/** Once a process, when the first file or package is imported: the hooks run in a thread of their own, which takes time to start. */
function registerHooks(library: ModuleNamespace): void {
  if (registered) return;
  registered = true;
  Object.defineProperty(globalThis, librarySlot, { value: library });
  // Makes Node keep the source maps of the notebook's TypeScript files, for stacks.
  process.setSourceMapsEnabled(true);
  const data: HookData = { libraryName, exports: Object.keys(library) };
  register(new URL('./hooks.js', import.meta.url), { data });
}
