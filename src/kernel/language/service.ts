// The language service: answers the requests of languageContract for all open notebooks, which see nothing of each other.
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Handlers } from '../../protocol/connection.js';
import type { languageContract } from '../../protocol/language.js';
import { completionDetails, completions } from './completions.js';
import { dependencies } from './dependencies.js';
import { slashed } from './environment.js';
import type { EditorCell } from './editor.js';
import { Files } from './files.js';
import { hover, signatures } from './hover.js';
import { mend } from './mend.js';
import { Notebook } from './notebook.js';
import { definitions, references, renaming } from './places.js';
import { Common } from './programs.js';
import { FolderWatch } from './watch.js';

interface At {
  readonly notebook: string;
  readonly cell: string;
  readonly offset: number;
}

/** The language service; its `handlers` are one end of a connection. */
export class LanguageService {
  private readonly files = new Files();
  private readonly common = new Common(this.files);
  private readonly notebooks = new Map<string, Notebook>();
  private readonly watch: FolderWatch;

  /** `onStale` is called when files changed that cells of these notebooks may import. */
  constructor(private readonly onStale: (notebooks: string[]) => void) {
    this.watch = new FolderWatch(() => {
      const isChanged = this.refresh();
      this.watchFolders();
      if (isChanged && this.notebooks.size > 0) this.onStale([...this.notebooks.keys()]);
    });
  }

  readonly handlers: Handlers<typeof languageContract> = {
    requests: {
      check: ({ notebook, cell, number, code, language }) => this.ask(notebook, (known) => known.check(cell, number, code, language)),
      diagnostics: ({ notebook, cell }) => this.ask(notebook, (known) => known.diagnostics(cell)),
      completions: ({ trigger, ...at }) =>
        this.askAt(at, (known, { found }) => {
          known.editor.activate(found.cell);
          const now = known.place(at.cell, at.offset);
          return completions(known.editor, now.found, now.at, trigger);
        }),
      completionDetails: ({ name, ...at }) =>
        this.askAt(at, (known, place) => completionDetails(known.editor, place.found, place.at, name)),
      hover: (at) => this.askAt(at, (known, place) => hover(known.editor, place.found, place.at)),
      signature: (at) => this.askAt(at, (known, place) => signatures(known.editor, place.found, place.at)),
      definition: (at) => this.askAt(at, (known, place) => definitions(known, place.found, place.at)),
      references: (at) => this.askAt(at, (known, place) => references(known, place.found, place.at)),
      rename: (at) => this.askAt(at, (known, place) => renaming(known, place.found, place.at)),
      dependencies: ({ notebook, cell }) => this.ask(notebook, (known) => dependencies(known, known.find(cell))),
      mend: ({ notebook, cell, ...proposal }) => this.ask(notebook, (known) => mend(known.editor, known.find(cell), proposal)),
    },
    events: {
      cells: ({ notebook, folder, cells }) => this.open(notebook, folder).setCells(cells),
      ran: ({ notebook, cell, code, language }) => this.notebook(notebook).ran(cell, code, language),
      restarted: ({ notebook }) => {
        this.notebook(notebook).runCheck.restart();
        this.files.forgetPackages();
      },
      moved: ({ notebook, to }) => this.move(notebook, to),
      closed: ({ notebook }) => this.close(notebook),
    },
  };

  /** Reads the types that every cell needs before somebody waits for them. */
  warmUp(): void {
    const notebook = new Notebook(this.common, 'warm-up', '/');
    notebook.setCells([{ cell: 'warm-up', code: warmUpCode, language: 'typescript' }]);
    notebook.check('warm-up', 1, warmUpCode, 'typescript');
    notebook.dispose();
  }

  /** Whether the types of Node have been read: not before something needs them. */
  get hasNode(): boolean {
    return this.common.hasNode;
  }

  /** Modules of runs that are kept for a notebook. */
  kept(notebook: string): readonly string[] {
    return this.notebook(notebook).runCheck.kept;
  }

  /** The number of modules of cells in the editor. */
  editorFiles(notebook: string): number {
    const { editor } = this.notebook(notebook);
    return editor
      .program()
      .getSourceFiles()
      .filter(({ fileName }) => editor.cellAt(fileName)).length;
  }

  dispose(): void {
    for (const uri of [...this.notebooks.keys()]) this.close(uri);
    this.watch.close();
  }

  private ask<T>(uri: string, question: (notebook: Notebook) => T): T {
    const notebook = this.notebook(uri);
    this.refresh();
    try {
      return question(notebook);
    } finally {
      this.watchFolders();
    }
  }

  private askAt<T>({ notebook, cell, offset }: At, question: (notebook: Notebook, place: { found: EditorCell; at: number }) => T): T {
    return this.ask(notebook, (known) => question(known, known.place(cell, offset)));
  }

  private open(uri: string, folder: string): Notebook {
    const path = slashed(folder).replace(/(?<=.)\/$/, '');
    const known = this.notebooks.get(uri);
    if (known?.folder === path) return known;
    // Saved elsewhere: relative imports start there.
    if (known) this.close(uri);
    const opened = new Notebook(this.common, uri, path);
    this.notebooks.set(uri, opened);
    return opened;
  }

  private move(from: string, to: string): void {
    const notebook = this.notebook(from);
    if (from === to) return;
    this.close(to);
    this.notebooks.delete(from);
    this.notebooks.set(to, notebook);
    notebook.uri = to;
  }

  private close(uri: string): void {
    const notebook = this.notebooks.get(uri);
    if (!notebook) return;
    notebook.dispose();
    this.notebooks.delete(uri);
  }

  private notebook(uri: string): Notebook {
    const notebook = this.notebooks.get(uri);
    if (!notebook) throw new Error(`The notebook ${uri} is not open in the language service: send the event 'cells' first.`);
    return notebook;
  }

  /** Looks at the files that cells import; returns whether something is other than before. */
  private refresh(): boolean {
    const isChanged = this.files.refresh();
    const isFound = this.common.resolver.refresh();
    if (isFound && !isChanged) this.files.forgetPlaces();
    return isChanged || isFound;
  }

  private watchFolders(): void {
    const folders = new Set(this.files.localFiles().map((path) => dirname(path)));
    for (const path of this.common.resolver.importersOfMissing()) {
      const folder = dirname(path);
      folders.add(folder);
      // A package that is installed changes this folder, which may not be there yet.
      if (existsSync(`${folder}/node_modules`)) folders.add(`${folder}/node_modules`);
    }
    this.watch.set(folders);
  }
}

/** Touches what first cells use, so that it is resolved and compiled. */
const warmUpCode = `import * as pv from 'parseval'; const x = pv.tensor([1]); console.log(await x.square().sum().item());`;
