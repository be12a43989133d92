// What the language service knows of one notebook: its cells in the editor, and what ran.
import type { Payload } from '../../protocol/contract.js';
import type { CellDiagnostic, languageContract } from '../../protocol/language.js';
import { toModule } from './cell-module.js';
import type { CellLanguage, CellSource } from './cell-source.js';
import { readCell } from './cell-source.js';
import { cellDiagnostics } from './diagnostics.js';
import type { EditorCell } from './editor.js';
import { Editor } from './editor.js';
import type { Cell } from './nearest.js';
import { Nearest } from './nearest.js';
import type { NamedCells } from './places.js';
import type { Common } from './programs.js';
import type { CheckFailure } from './report.js';
import { errorReport } from './report.js';
import { isSyntaxError, isUnknownName, RunCheck } from './run-check.js';

/** A cell as the host tells of it. */
export type ToldCell = Payload<typeof languageContract, 'cells'>['cells'][number];

/** A magic command of IPython, of which the compiler speaks (transpile.ts). */
const magic = /^\s*(%%?\w+)/;
/** Not a number of TypeScript's. */
const ownCode = 1;

/** One open notebook. */
export class Notebook implements NamedCells {
  readonly editor: Editor;
  readonly runCheck: RunCheck;
  private readonly numbers = new Map<string, number>();
  private readonly names = new Map<number, string>();
  private sources = new Map<string, CellSource>();
  private nearest = new Nearest([]);
  private created = 0;

  constructor(
    common: Common,
    /** Its address, which changes when it is saved under another name. */
    public uri: string,
    readonly folder: string,
  ) {
    this.editor = new Editor(common, this.folder);
    this.runCheck = new RunCheck(common, this.folder);
  }

  /** The cells from top to bottom, as they are now. */
  setCells(told: readonly ToldCell[]): void {
    const before = this.sources;
    this.sources = new Map();
    const cells = told.map(({ cell, code, language }): Cell => {
      const known = before.get(cell);
      const source = known?.code === code && known.language === language ? known : readCell(code, language);
      this.sources.set(cell, source);
      return { number: this.numberOf(cell), source };
    });
    this.nearest = new Nearest(cells);
    this.editor.setCells(this.nearest);
    this.runCheck.setPending(this.nearest);
  }

  /** A cell that is in the notebook now. Throws for others. */
  find(cell: string): EditorCell {
    if (!this.sources.has(cell)) {
      throw new Error(`The notebook ${this.uri} has no cell ${cell}: send the event 'cells' when cells come, go or change.`);
    }
    return this.editor.at(this.numberOf(cell));
  }

  readonly nameOf = (number: number): string => this.names.get(number) ?? '';

  /** The type errors of a cell as it would run now, and the output that shows them. */
  check(cell: string, number: number, code: string, language: CellLanguage): CheckFailure | null {
    this.find(cell);
    if (language === 'javascript') return null;
    const found = this.runCheck.check(this.asRun(cell, code, language));
    const errors = cellDiagnostics({ ...found, folder: this.folder }, found.diagnostics).filter(({ severity }) => severity === 'error');
    return errors.length === 0 ? null : { diagnostics: errors, output: errorReport(errors, code, number) };
  }

  /** The cell ran with this code. */
  ran(cell: string, code: string, language: CellLanguage): void {
    this.runCheck.ran(this.asRun(cell, code, language));
  }

  /** Everything to say about a cell as it stands in the editor. */
  diagnostics(cell: string): CellDiagnostic[] {
    const found = this.find(cell);
    const { source } = found.cell;
    const refusal = refusalOf(source);
    if (refusal) return [refusal];
    const { service } = this.editor;
    const syntactic = service.getSyntacticDiagnostics(found.path);
    if (source.language === 'javascript') {
      return this.inCell(found, syntactic.filter(isSyntaxError));
    }
    const semantic = service.getSemanticDiagnostics(found.path);
    if (semantic.some(isUnknownName) && !this.editor.isWide(found.cell)) {
      this.editor.widen(found.cell);
      return this.diagnostics(cell);
    }
    return this.inCell(found, [...syntactic, ...semantic, ...service.getSuggestionDiagnostics(found.path)]);
  }

  /** A place in a cell as one in its module; offsets behind its end are its end. */
  place(cell: string, offset: number): { readonly found: EditorCell; readonly at: number } {
    const found = this.find(cell);
    return { found, at: toModule(found.module, Math.min(offset, found.cell.source.code.length)) };
  }

  dispose(): void {
    this.editor.dispose();
    this.runCheck.restart();
  }

  private inCell({ module, path }: EditorCell, diagnostics: Parameters<typeof cellDiagnostics>[1]): CellDiagnostic[] {
    const program = this.editor.program();
    const file = program.getSourceFile(path);
    return file ? cellDiagnostics({ module, file, program, folder: this.folder }, diagnostics) : [];
  }

  private asRun(cell: string, code: string, language: CellLanguage): Cell {
    const known = this.sources.get(cell);
    const source = known?.code === code && known.language === language ? known : readCell(code, language);
    return { number: this.numberOf(cell), source };
  }

  private numberOf(cell: string): number {
    const known = this.numbers.get(cell);
    if (known !== undefined) return known;
    const number = ++this.created;
    this.numbers.set(cell, number);
    this.names.set(number, cell);
    return number;
  }
}

/** Why a cell is not looked at. */
function refusalOf({ code, isTooDeep }: CellSource): CellDiagnostic | undefined {
  const [, command] = magic.exec(code) ?? [];
  if (command !== undefined) {
    const start = code.indexOf(command);
    const message = `'${command}' is a magic command of IPython; cells here are TypeScript. Remove the line`;
    return { span: { start, end: start + command.length }, severity: 'error', message, code: ownCode, tags: [] };
  }
  if (!isTooDeep) return undefined;
  const message = 'This cell is nested too deeply for its types to be checked. Split the expression into variables.';
  return { span: { start: 0, end: code.length }, severity: 'warning', message, code: ownCode, tags: [] };
}
