// The check before a run: a cell against what ran before it. A name means what the last run that declared it said; one that no run declared
// means what a cell that has not run yet says of it, since functions may use what comes later.
//
// What ran is kept as declarations (`const b: pv.Tensor`), not as code: the types that a later check needs are there without being inferred
// again through all the cells before, and an old run is forgotten when no name and no type leads to it any more.
import ts from 'typescript';
import type { Lookup, ModuleText } from './cell-module.js';
import { takeNames, writeModule } from './cell-module.js';
import type { CellSource } from './cell-source.js';
import { environment } from './environment.js';
import { isFixed } from './files.js';
import type { Cell } from './nearest.js';
import { Nearest } from './nearest.js';
import type { Common } from './programs.js';
import { CellHost, options } from './programs.js';
import { kindOf, VirtualFiles } from './virtual-files.js';

/** What the check of a cell found. */
export interface Checked {
  readonly module: ModuleText;
  readonly program: ts.Program;
  readonly file: ts.SourceFile;
  /** Whether the cell is not TypeScript at all: nothing of it will run, and the compiler says why. */
  readonly isBroken: boolean;
  readonly diagnostics: readonly ts.Diagnostic[];
}

/** What a run left behind. */
interface Run {
  readonly id: string;
  readonly source: CellSource;
}

const checkOptions: ts.CompilerOptions = { ...options, noEmit: false, declaration: true, emitDeclarationOnly: true };
/** The id of the cell that is checked. */
const checkedId = 'check';
/** Checks the cells of one notebook, and remembers what ran. */
export class RunCheck {
  private readonly virtual: VirtualFiles;
  private readonly host: CellHost;
  private readonly values = new Map<string, Run>();
  private readonly types = new Map<string, Run>();
  private runs: readonly Run[] = [];
  private pending = new Nearest([]);
  private program: ts.Program | undefined;
  private last: { readonly cell: Cell; readonly checked: Checked } | undefined;
  private count = 0;
  private generation = 0;

  constructor(
    private readonly common: Common,
    folder: string,
  ) {
    this.virtual = new VirtualFiles(folder);
    this.host = new CellHost(common, this.virtual, folder);
  }

  /** Modules that are kept of what ran, and of what it speaks of. */
  get kept(): readonly string[] {
    return this.virtual.ids();
  }

  /** The cells as they stand in the notebook now. */
  setPending(pending: Nearest): void {
    this.pending = pending;
  }

  /** Checks a cell as it would run now. */
  check(cell: Cell): Checked {
    let checked = this.compile(cell, cell.source.words);
    // TypeScript suggests names that it sees.
    const isUnknown = checked.diagnostics.some(isUnknownName);
    if (isUnknown) checked = this.compile(cell, new Set([...this.values.keys(), ...this.types.keys(), ...this.pending.names()]));
    this.last = { cell, checked };
    return checked;
  }

  /** A cell ran: its declarations count from now on. */
  ran(cell: Cell): void {
    const isLast = this.last?.cell.number === cell.number && this.last.cell.source === cell.source;
    const checked = isLast && this.last ? this.last.checked : this.compile(cell, cell.source.words);
    if (!checked.isBroken) this.keep(cell.source, checked);
    // It speaks of runs that may be gone now.
    this.last = undefined;
  }

  /** Nothing ran. */
  restart(): void {
    for (const id of this.virtual.ids()) this.virtual.delete(id);
    this.common.resolver.forget(this.virtual.prefix);
    this.values.clear();
    this.types.clear();
    this.runs = [];
    this.program = undefined;
    this.last = undefined;
  }

  private compile(cell: Cell, wanted: Iterable<string>): Checked {
    const module = writeModule(cell.source, takeNames(cell.source, wanted, this.lookupFor(cell)));
    this.writePending(module);
    const checked = this.compileModule(cell, module);
    if (this.common.hasNode || isRightWithoutNode(cell, checked, this.virtual)) return checked;
    this.common.hasNode = true;
    return this.compileModule(cell, module);
  }

  private compileModule({ number, source }: Cell, module: ModuleText): Checked {
    const { path } = this.virtual.set(checkedId, kindOf(source), module.text);
    // Files came or went: what modules import may be elsewhere now, and a program takes over what it knows from the one before.
    if (this.generation !== this.common.files.generation) this.program = undefined;
    this.generation = this.common.files.generation;
    const augmenting = this.runs.flatMap((run) => (run.source.augments ? (this.virtual.get(run.id)?.path ?? []) : []));
    const program = ts.createProgram({
      rootNames: [...(this.common.hasNode ? environment().roots : environment().fewRoots), ...augmenting, path],
      options: checkOptions,
      host: this.host,
      ...(this.program && { oldProgram: this.program }),
    });
    this.program = program;
    const file = program.getSourceFile(path);
    if (!file) throw new Error(`The compiler did not read cell ${number}.`);
    const isBroken = program.getSyntacticDiagnostics(file).some(isSyntaxError);
    const isChecked = !isBroken && source.language === 'typescript' && !source.isTooDeep;
    return { module, program, file, isBroken, diagnostics: isChecked ? program.getSemanticDiagnostics(file) : [] };
  }

  private lookupFor({ number }: Cell): Lookup {
    return (name, meaning) => {
      const run = (meaning === 'value' ? this.values : this.types).get(name);
      const declared = run?.source.names.get(name);
      if (run && declared) return { declared, from: run.id };
      const found = this.pending.find(name, meaning, number);
      return found && { declared: found.declared, from: pendingId(found.cell) };
    };
  }

  /** Writes the modules of cells that have not run and that a module speaks of, and of those that they speak of. */
  private writePending(module: ModuleText): void {
    const written = new Set<string>();
    const open = [module];
    for (let next = open.pop(); next; next = open.pop()) {
      for (const { from } of next.taken) {
        const cell = this.pending.cells.find((each) => pendingId(each) === from);
        if (!cell || written.has(from)) continue;
        written.add(from);
        const text = writeModule(cell.source, takeNames(cell.source, cell.source.words, this.lookupFor(cell)));
        this.virtual.set(from, kindOf(cell.source), text.text);
        open.push(text);
      }
    }
  }

  private keep(source: CellSource, checked: Checked): void {
    const run: Run = { id: `run_${++this.count}`, source };
    const declarations = declarationsOf(checked);
    if (declarations === undefined) this.virtual.set(run.id, kindOf(source), checked.module.text);
    else this.virtual.set(run.id, '.d.mts', declarations);
    for (const [name, { isValue, isType }] of source.names) {
      if (isValue) this.values.set(name, run);
      if (isType) this.types.set(name, run);
    }
    this.runs = [...this.runs, run];
    this.forget();
  }

  /** Forgets the modules that nothing leads to. */
  private forget(): void {
    const reached = new Set([checkedId]);
    const open = [...this.values.values(), ...this.types.values(), ...this.runs.filter(({ source }) => source.augments)].map(
      ({ id }) => id,
    );
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (reached.has(id)) continue;
      reached.add(id);
      open.push(...(this.virtual.get(id)?.needs ?? []));
    }
    for (const id of this.virtual.ids()) {
      if (reached.has(id)) continue;
      this.common.resolver.forget(this.virtual.get(id)?.path ?? '');
      this.virtual.delete(id);
    }
    this.runs = this.runs.filter(({ id }) => reached.has(id));
  }
}

/** Whether nothing would be found with the types of Node that was not found without: only they may be missing, and nothing is. */
function isRightWithoutNode({ source }: Cell, { program, isBroken, diagnostics }: Checked, virtual: VirtualFiles): boolean {
  if (isBroken || source.language === 'javascript' || diagnostics.length > 0) return false;
  // Packages and local files may need them where nobody looks for errors.
  return program.getSourceFiles().every(({ fileName }) => isFixed(fileName) || virtual.at(fileName));
}

/** Errors that the name of another cell may be the right answer to. */
const unknownName: ReadonlySet<number> = new Set([2304, 2503, 2552, 18004]);

/** Whether a diagnostic says that nobody declares a name. */
export function isUnknownName({ code }: ts.Diagnostic): boolean {
  return unknownName.has(code);
}

/** Whether a syntactic diagnostic is an error in any language: that JavaScript has no types is said from 8000 on. */
export function isSyntaxError({ code }: ts.Diagnostic): boolean {
  return code < 8000;
}

function pendingId({ number }: Cell): string {
  return `next_${number}`;
}

/** What a cell declares, without its code; undefined when its types cannot be written, such as that of a class inside a function. */
function declarationsOf({ program, file }: Checked): string | undefined {
  if (program.getDeclarationDiagnostics(file).length > 0) return undefined;
  let text: string | undefined;
  program.emit(file, (_path, written) => (text = written), undefined, true);
  return text;
}
