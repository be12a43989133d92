// Notebooks for the tests of the language service: cells by name, asked about the places of words in their text.
import type { Params, Result } from '../../../src/protocol/contract.js';
import type { CellDiagnostic, languageContract } from '../../../src/protocol/language.js';
import { LanguageService } from '../../../src/kernel/language/service.js';

type Contract = typeof languageContract;
type Requests = Contract['requests'];
/** The answer to a request. */
export type Answer<N extends keyof Requests> = Result<Contract, N>;
/** The questions about a place. */
type PlaceQuestion = 'completions' | 'completionDetails' | 'hover' | 'signature' | 'definition' | 'references' | 'rename';

/** A folder in which there is nothing to import. */
export const emptyFolder = '/tmp/parseval-no-such-folder';

/** One service for all tests, as for all notebooks: it takes a while to read what every cell sees. */
export const service = new LanguageService(() => undefined);
let opened = 0;

/** A cell: its text, or with its language. */
export type GivenCell = string | { readonly code: string; readonly language: 'javascript' };

/** A notebook of the service; the names of cells are the keys, from top to bottom. */
export class NotebookUnderTest {
  readonly uri = `test:${++opened}`;
  private cells: Record<string, GivenCell> = {};

  constructor(
    cells: Record<string, GivenCell>,
    private folder = emptyFolder,
    private readonly of = service,
  ) {
    this.edit(cells);
  }

  /** Changes cells, or adds them at the end; undefined removes one. */
  edit(changes: Record<string, GivenCell | undefined>): void {
    const all = Object.entries({ ...this.cells, ...changes });
    this.cells = Object.fromEntries(all.flatMap(([name, cell]) => (cell === undefined ? [] : [[name, cell]])));
    this.of.handlers.events.cells({
      notebook: this.uri,
      folder: this.folder,
      cells: Object.keys(this.cells).map((cell) => ({ cell, ...this.given(cell) })),
    });
  }

  code(cell: string): string {
    return this.given(cell).code;
  }

  /** What a check of the cell answers. */
  async check(cell: string): Promise<Answer<'check'>> {
    const number = Object.keys(this.cells).indexOf(cell) + 1;
    return this.of.handlers.requests.check({ notebook: this.uri, cell, number, ...this.given(cell) });
  }

  /** The errors that a check of the cell finds, as `place: message`, the place being the text itself. */
  async errors(cell: string): Promise<string[]> {
    const failure = await this.check(cell);
    return (failure?.diagnostics ?? []).map((each) => this.shown(cell, each));
  }

  ran(cell: string): void {
    this.of.handlers.events.ran({ notebook: this.uri, cell, ...this.given(cell) });
  }

  /** Runs cells one after another as a kernel would; returns the errors of their checks. */
  async run(...cells: string[]): Promise<string[]> {
    const errors: string[] = [];
    for (const cell of cells) {
      errors.push(...(await this.errors(cell)));
      this.ran(cell);
    }
    return errors;
  }

  /** What the editor shows of the cell. */
  async diagnostics(cell: string): Promise<readonly CellDiagnostic[]> {
    return this.of.handlers.requests.diagnostics({ notebook: this.uri, cell });
  }

  /** The errors among that, as in `errors`. */
  async squiggles(cell: string): Promise<string[]> {
    const all = await this.diagnostics(cell);
    return all.filter(({ severity }) => severity === 'error').map((each) => this.shown(cell, each));
  }

  /** Asks about a place: that of a word in the cell, the first one or the `nth`, or behind it. */
  async ask<N extends PlaceQuestion>(
    question: N,
    cell: string,
    word: string,
    { nth = 1, behind = false, ...rest }: { nth?: number; behind?: boolean; name?: string; trigger?: string } = {},
  ): Promise<Answer<N>> {
    const params = { notebook: this.uri, cell, offset: this.offsetOf(cell, word, nth) + (behind ? word.length : 0), ...rest };
    const handler = this.of.handlers.requests[question] as (params: Params<Contract, PlaceQuestion>) => Answer<N> | Promise<Answer<N>>;
    return handler(params);
  }

  offsetOf(cell: string, word: string, nth = 1): number {
    const code = this.code(cell);
    let at = -1;
    for (let count = 0; count < nth; count++) at = code.indexOf(word, at + 1);
    if (at < 0) throw new Error(`'${word}' does not stand ${nth} times in ${code}`);
    return at;
  }

  /** `cell: text` of the places that are in cells, sorted, with the offset. */
  shownPlaces(places: Answer<'definition'>): string[] {
    const shown = places.map((place) =>
      place.in === 'cell'
        ? `${place.cell}:${place.span.start} ${this.code(place.cell).slice(place.span.start, place.span.end)}`
        : `${place.path}`,
    );
    return shown.sort();
  }

  /** The texts of the cells after a renaming. */
  renamed(replacements: Answer<'rename'>, name: string): Record<string, string> {
    const texts: Record<string, string> = {};
    for (const { cell, span, prefix, suffix } of [...replacements].sort((a, b) => b.span.start - a.span.start)) {
      const text = texts[cell] ?? this.code(cell);
      texts[cell] = text.slice(0, span.start) + prefix + name + suffix + text.slice(span.end);
    }
    return texts;
  }

  /** The notebook is saved in another folder. */
  move(folder: string): void {
    this.folder = folder;
    this.edit({});
  }

  /** A new kernel. */
  restart(): void {
    this.of.handlers.events.restarted({ notebook: this.uri });
  }

  close(): void {
    this.of.handlers.events.closed({ notebook: this.uri });
  }

  private shown(cell: string, { span, message }: CellDiagnostic): string {
    return `${this.code(cell).slice(span.start, span.end)}: ${message}`;
  }

  private given(cell: string): { code: string; language: 'typescript' | 'javascript' } {
    const found = this.cells[cell];
    if (found === undefined) throw new Error(`There is no cell ${cell}`);
    return typeof found === 'string' ? { code: found, language: 'typescript' } : found;
  }
}
