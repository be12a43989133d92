// A cell as a TypeScript module. What other cells declare is imported in front of the cell's text, on the line of its first statement, so
// that lines stay what they are; all that the cell declares is exported, under names that nobody types.
//
//   import{a·cell as a}from'cell:run_3';declare let n:typeof import('cell:run_4').n·cell;export{b as b·cell};const b = a + n;
//   └─────────────────────────────────────── added ───────────────────────────────────────┘└── the cell ──┘
//
// An import cannot be assigned to: that is why variables are declared anew, with the type of the original.
import type { CellSource, DeclaredName } from './cell-source.js';

/** A name that a cell takes from a module. */
export interface TakenName {
  readonly declared: DeclaredName;
  /** The id of the module. */
  readonly from: string;
  readonly isValue: boolean;
  readonly isType: boolean;
}

/** The text of a cell's module, and what leads from its offsets to the cell's. */
export interface ModuleText {
  readonly text: string;
  readonly taken: readonly TakenName[];
  /** Where the added text stands. */
  readonly addedStart: number;
  readonly addedEnd: number;
  /** Where what is added behind the cell begins. */
  readonly end: number;
}

/** A part of a text, in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** How imports name the modules of cells. */
export const cellScheme = 'cell:';
/** The names under which a cell exports what it declares, and what its arrays are at its end. */
const exportMark = '·cell';
const endMark = '·end';

/** Where a cell finds a name that it does not declare itself. */
export type Lookup = (name: string, meaning: 'value' | 'type') => { readonly declared: DeclaredName; readonly from: string } | undefined;

/** What a cell takes of the names `wanted`, beside those that it declares. */
export function takeNames({ names }: CellSource, wanted: Iterable<string>, lookup: Lookup): TakenName[] {
  const taken: TakenName[] = [];
  for (const name of wanted) {
    const own = names.get(name);
    const value = own?.isValue === true ? undefined : lookup(name, 'value');
    const type = own?.isType === true ? undefined : lookup(name, 'type');
    if (value) taken.push({ ...value, isValue: true, isType: type?.from === value.from });
    if (type && type.from !== value?.from) taken.push({ ...type, isValue: false, isType: true });
  }
  return taken;
}

/** Writes the module of a cell. */
export function writeModule(source: CellSource, taken: readonly TakenName[]): ModuleText {
  const { code, head, names, isTooDeep } = source;
  // A comment on the line of what was added would not belong to what follows it.
  const end = /^\s*\/\*/.test(code.slice(head)) ? '\n' : '';
  const added = isTooDeep ? 'export{};' : writeImports(source, taken) + writeExports(names) + end;
  const arrays = [...names.values()].filter(({ evolves }) => evolves === 'array');
  // On a line of its own: the cell may end in a comment.
  const ends = arrays.map(({ name }) => `\nexport const ${name}${endMark}=${name}`).join('');
  const body = isTooDeep ? '' : code.slice(head) + ends;
  return {
    text: code.slice(0, head) + added + body,
    taken,
    addedStart: head,
    addedEnd: head + added.length,
    end: code.length + added.length,
  };
}

function writeImports({ language, names }: CellSource, taken: readonly TakenName[]): string {
  const isTyped = language === 'typescript';
  const imports = new Map<string, { values: string[]; types: string[] }>();
  const typesOnly = new Set(taken.flatMap(({ declared, isValue }) => (isValue ? [] : [declared.name])));
  let variables = '';
  for (const { declared, from, isValue, isType } of taken) {
    const { name, kind, evolves } = declared;
    const list = imports.get(from) ?? { values: [], types: [] };
    imports.set(from, list);
    const isVariable = kind === 'let' || kind === 'var';
    // The value of one module and the type of another cannot both be imported under one name; and where the type is the cell's own, an
    // import would be exported with it, to the module that it came from, which may take the type from here. JavaScript has no types.
    const isDeclared = isTyped && isValue && (isVariable || evolves !== null || typesOnly.has(name) || names.has(name));
    if (isDeclared) {
      const type = evolves === 'any' ? 'any' : `typeof import('${cellScheme}${from}').${name}${evolves === 'array' ? endMark : exportMark}`;
      variables += `declare ${isVariable ? kind : 'const'} ${name}:${type};`;
    }
    const specifier = `${name}${exportMark} as ${name}`;
    if (isValue && !isDeclared) list.values.push(specifier);
    else if (isType && isTyped) list.types.push(specifier);
  }
  let text = '';
  for (const [from, { values, types }] of imports) {
    if (values.length > 0) text += `import{${values.join(',')}}from'${cellScheme}${from}';`;
    if (types.length > 0) text += `import type{${types.join(',')}}from'${cellScheme}${from}';`;
  }
  return text + variables;
}

function writeExports(names: ReadonlyMap<string, unknown>): string {
  return `export{${[...names.keys()].map((name) => `${name} as ${name}${exportMark}`).join(',')}};`;
}

/** The offset in the module of an offset in the cell. */
export function toModule({ addedStart, addedEnd }: ModuleText, offset: number): number {
  // The place between head and text belongs to the text.
  return offset < addedStart ? offset : offset + addedEnd - addedStart;
}

/** The offset in the cell of an offset in the module; undefined for one in what was added. */
export function toCell({ addedStart, addedEnd, end }: ModuleText, offset: number): number | undefined {
  if (offset < addedStart) return offset;
  return offset < addedEnd || offset > end ? undefined : offset - (addedEnd - addedStart);
}

/** A span of the module as one of the cell; undefined when it is not whole in the cell. */
export function spanInCell(module: ModuleText, { start, length }: { start: number; length: number }): Span | undefined {
  const first = toCell(module, start);
  // The end of a span at the head's end stands before what was added.
  const last = start < module.addedStart ? Math.min(start + length, module.addedStart) : toCell(module, start + length);
  return first === undefined || last === undefined ? undefined : { start: first, end: last };
}

/** Takes what only modules need out of a text for people: where a type was found, and the marks of names. */
export function withoutMarks(text: string): string {
  return text
    .replace(/typeof import\("[^"]*__parseval_[^"]*"[^)]*\)(?!\.)/g, 'typeof import("a cell")')
    .replace(/import\("[^"]*"(?:, \{[^"]*"[^"]*": "[^"]*" \} \})?\)\./g, '')
    .replace(/([\p{ID_Continue}$])·(?:cell|end)(?![\p{ID_Continue}$])/gu, '$1');
}
