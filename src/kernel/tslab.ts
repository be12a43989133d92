// `import … from 'tslab'` in a cell: the package itself, with its display calls led to the outputs of the cell. tslab's public module runs as
// it is; it finds our stand-in in place of its Jupyter messaging, and the version of the TypeScript that compiles the cells in place of its
// fork of the compiler. So neither is loaded, nor needed on disk: `dist/public.js`, `dist/util.js` and `package.json` are.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import ts from 'typescript';
import type { MimeBundle, OutputSink } from '../display/sink.js';
import type { ModuleNamespace, ProvidedModule } from './modules.js';

/** What tslab hands to Jupyter for one display call. */
interface DisplayData {
  readonly data: Readonly<Record<string, string>>;
  readonly transient: { readonly display_id?: string };
}

/** tslab for the cells of a session; what it displays goes to `sink`. */
export function tslabModule(sink: OutputSink): ProvidedModule {
  let loaded: ModuleNamespace | undefined;
  return { exports: ['versions', 'display', 'newDisplay', 'default'], load: () => (loaded ??= load(sink)) };
}

function load(sink: OutputSink): ModuleNamespace {
  // Its file by its path: the name is what cells get (modules.ts).
  const file = createRequire(import.meta.url).resolve('tslab/dist/public.js');
  const lastWriteDisplayData = ({ data, transient: { display_id: id } }: DisplayData, isUpdate?: boolean): void => {
    if (id !== undefined && isUpdate === true) sink.update(id, withText(data));
    else sink.display(withText(data), id);
  };
  const standIns = new Map<string, object>([
    ['./jupyter', { lastWriteDisplayData }],
    ['@tslab/typescript-for-tslab', { version: ts.version }],
  ]);
  const requireOfTslab = createRequire(file);
  const require = (id: string): unknown => standIns.get(id) ?? (requireOfTslab(id) as unknown);
  const exports = {};
  const body = compileFunction(readFileSync(file, 'utf8'), ['exports', 'require'], { filename: file });
  Reflect.apply(body, undefined, [exports, require]);
  // As Node does for CommonJS: the exports by name, and all of them as the default.
  return { ...exports, default: exports };
}

/** Adds words for viewers that cannot show the form: the source where it reads well as it is. */
function withText(data: DisplayData['data']): MimeBundle {
  const [[mime = '', content] = []] = Object.entries(data);
  if (mime === 'text/plain') return data;
  const isReadable = mime === 'text/markdown' || mime === 'text/latex';
  const bundle = { ...data, 'text/plain': isReadable ? content : `tslab display: ${mime}` };
  // The second name of the type is the one that VS Code knows.
  return mime === 'text/javascript' ? { ...bundle, 'application/javascript': content } : bundle;
}
