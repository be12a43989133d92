// A notebook in the real VS Code, as tests use it: cells are counted from 0 among all cells, markdown included.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import type { KernelStatus } from '../../src/extension/kernel-status.js';
import type { Editor } from './editor.js';
import { eventually } from './editor.js';

/** An output of a cell. */
export interface ShownOutput {
  /** MIME types of its forms, in the editor's order. */
  readonly mimes: readonly string[];
  /** The form in words: streams, `text/plain`, or an error's name, message and stack. */
  readonly text: string;
}

/** What the editor knows of a cell. */
export interface ShownCell {
  readonly outputs: readonly ShownOutput[];
  /** Undefined while it was never run, or runs. */
  readonly success?: boolean | undefined;
  readonly order?: number | undefined;
  /** When its last run that ended began and ended, in milliseconds. */
  readonly timing?: { readonly startTime: number; readonly endTime: number } | undefined;
}

/** A hover that does not show by then, in ms, was pointed at in vain. */
const hoverPatience = 3000;

/** A notebook that is open in an editor. */
export class OpenNotebook {
  /** Opens a file of the workspace. No kernel is chosen: the editor must take ours by itself. */
  static async open(editor: Editor, name: string): Promise<OpenNotebook> {
    const path = join(editor.folder, name);
    await editor.inHost(async (vscode, file) => {
      const document = await vscode.workspace.openNotebookDocument(vscode.Uri.file(file));
      await vscode.window.showNotebookDocument(document, { viewColumn: vscode.ViewColumn.One, preview: false });
      return null;
    }, path);
    const notebook = new OpenNotebook(editor, path);
    await notebook.kernelIsChosen();
    return notebook;
  }

  /** Writes a notebook with these code cells into the workspace and opens it. */
  static async create(editor: Editor, name: string, cells: readonly string[]): Promise<OpenNotebook> {
    const file = {
      nbformat: 4,
      nbformat_minor: 5,
      metadata: { kernelspec: { display_name: 'Parseval (TypeScript)', language: 'typescript', name: 'parseval' } },
      cells: cells.map((source, id) => ({
        cell_type: 'code',
        id: `cell${id}`,
        metadata: {},
        execution_count: null,
        outputs: [],
        source,
      })),
    };
    await writeFile(join(editor.folder, name), JSON.stringify(file));
    return OpenNotebook.open(editor, name);
  }

  constructor(
    readonly editor: Editor,
    /** The file's path. */
    readonly path: string,
  ) {}

  /** Every cell as it is now. */
  cells(): Promise<ShownCell[]> {
    return this.editor.inHost((vscode, path) => {
      const decoder = new TextDecoder();
      const textOf = (item: { mime: string; data: Uint8Array }): string => {
        if (item.mime === 'application/vnd.code.notebook.error') {
          const { name, message, stack } = JSON.parse(decoder.decode(item.data)) as Record<string, string>;
          return `${name}: ${message}\n${stack}`;
        }
        return /^text\/plain|\.(stdout|stderr)$/.test(item.mime) ? decoder.decode(item.data) : '';
      };
      const notebook = vscode.workspace.notebookDocuments.find(({ uri }) => uri.fsPath === path);
      if (!notebook) throw new Error(`${path} is not open`);
      return notebook.getCells().map(({ outputs, executionSummary: summary }) => ({
        outputs: outputs.map(({ items }) => ({ mimes: items.map(({ mime }) => mime), text: items.map(textOf).join('') })),
        success: summary?.success,
        order: summary?.executionOrder,
        timing: summary?.timing && { startTime: summary.timing.startTime, endTime: summary.timing.endTime },
      }));
    }, this.path);
  }

  /** A cell's outputs in words. */
  async textOf(index: number): Promise<string> {
    return (await this.cells())[index]?.outputs.map(({ text }) => text).join('\n') ?? '';
  }

  /** Runs cells as the command does, and resolves when the last of them ended. */
  async run(...indices: number[]): Promise<ShownCell[]> {
    return (await this.start(...indices)).ended();
  }

  /** Starts cells. `ended` resolves when they have ended, well or not. */
  async start(...indices: number[]): Promise<{ ended(): Promise<ShownCell[]> }> {
    const before = await this.cells();
    await this.editor.inHost(
      (vscode, { path, ranges }) => {
        const document = vscode.workspace.notebookDocuments.find(({ uri }) => uri.fsPath === path)?.uri;
        void vscode.commands.executeCommand('notebook.cell.execute', { ranges, document });
        return null;
      },
      { path: this.path, ranges: indices.map((start) => ({ start, end: start + 1 })) },
    );
    return { ended: () => this.ended(before, indices) };
  }

  /** Starts a gradient check as its command does. */
  async startCheck(index: number): Promise<void> {
    await this.focus(index);
    await this.editor.inHost((vscode) => {
      void vscode.commands.executeCommand('parseval.runGradientCheck');
      return null;
    });
  }

  /** Waits until cells have ended a run that had not ended `before`. */
  async ended(before: readonly ShownCell[], indices: readonly number[]): Promise<ShownCell[]> {
    const hasEnded = ({ success, timing }: ShownCell, index: number): boolean =>
      success !== undefined && timing?.endTime !== before[index]?.timing?.endTime;
    const all = await eventually(
      () => this.cells(),
      (cells) => indices.every((index) => hasEnded(cells[index] as ShownCell, index)),
      `cells ${indices.join(', ')} end`,
      60_000,
    );
    return indices.map((index) => all[index] as ShownCell);
  }

  /** Waits until a cell's outputs say something. */
  async says(index: number, pattern: RegExp, milliseconds?: number): Promise<string> {
    return eventually(
      () => this.textOf(index),
      (text) => pattern.test(text),
      `cell ${index} says ${pattern}`,
      milliseconds,
    );
  }

  /** What the extension knows of the kernel. */
  async status(): Promise<KernelStatus> {
    const text = await this.editor.inHost((vscode, path) => {
      const notebook = vscode.workspace.notebookDocuments.find(({ uri }) => uri.fsPath === path);
      const api = vscode.extensions.getExtension('parseval.parseval')?.exports as { kernel(of: typeof notebook): unknown } | undefined;
      if (!notebook || !api) throw new Error('no notebook, or no extension');
      return JSON.stringify(api.kernel(notebook));
    }, this.path);
    return JSON.parse(text) as KernelStatus;
  }

  /** Makes this the active editor, with the given cell selected. */
  async focus(index = 0): Promise<void> {
    await this.editor.inHost(
      async (vscode, { path, index }) => {
        const document = await vscode.workspace.openNotebookDocument(vscode.Uri.file(path));
        const selections = [new vscode.NotebookRange(index, index + 1)];
        const shown = await vscode.window.showNotebookDocument(document, { viewColumn: vscode.ViewColumn.One, preview: false, selections });
        shown.revealRange(new vscode.NotebookRange(index, index + 1), vscode.NotebookEditorRevealType.AtTop);
        return null;
      },
      { path: this.path, index },
    );
  }

  /** Puts the cursor into a cell's text behind its only occurrence of `after`. */
  async cursorBehind(index: number, after: string): Promise<void> {
    await this.focus(index);
    await this.editor.command('notebook.cell.edit');
    await this.editor.inHost(
      async (vscode, { path, index, after }) => {
        const notebook = vscode.workspace.notebookDocuments.find(({ uri }) => uri.fsPath === path);
        const document = notebook?.cellAt(index).document;
        if (!document || document.getText().split(after).length !== 2) throw new Error(`the cell does not hold '${after}' once`);
        for (let tries = 0; vscode.window.activeTextEditor?.document !== document; tries++) {
          if (tries > 100) throw new Error('the cell did not become the active text editor');
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        const at = document.positionAt(document.getText().indexOf(after) + after.length);
        const { activeTextEditor: text } = vscode.window;
        // Opening a cell for editing sets its cursor, too, and may come later.
        const isThere = new Promise<void>((resolve) => {
          const listener = vscode.window.onDidChangeTextEditorSelection(({ textEditor, selections: [selection] }) => {
            if (textEditor !== text || selection?.active.isEqual(at) !== true) return;
            listener.dispose();
            resolve();
          });
        });
        text.selection = new vscode.Selection(at, at);
        text.revealRange(new vscode.Range(at, at));
        await isThere;
        return null;
      },
      { path: this.path, index, after },
    );
  }

  /** A cell's text. */
  code(index: number): Promise<string> {
    return this.editor.inHost(
      (vscode, { path, index }) => {
        const notebook = vscode.workspace.notebookDocuments.find(({ uri }) => uri.fsPath === path);
        return notebook?.cellAt(index).document.getText() ?? '';
      },
      { path: this.path, index },
    );
  }

  /** A cell's tags, as the file will have them. */
  tags(index: number): Promise<string[]> {
    return this.editor.inHost(
      (vscode, { path, index }) => {
        const notebook = vscode.workspace.notebookDocuments.find(({ uri }) => uri.fsPath === path);
        const metadata = notebook?.cellAt(index).metadata.metadata as { readonly tags?: string[] } | undefined;
        return metadata?.tags ?? [];
      },
      { path: this.path, index },
    );
  }

  /** Replaces a cell's text. */
  async write(index: number, text: string): Promise<void> {
    await this.editor.inHost(
      async (vscode, { path, index, text }) => {
        const notebook = vscode.workspace.notebookDocuments.find(({ uri }) => uri.fsPath === path);
        if (!notebook) throw new Error(`${path} is not open`);
        const { document } = notebook.cellAt(index);
        const edit = new vscode.WorkspaceEdit();
        edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), text);
        if (!(await vscode.workspace.applyEdit(edit))) throw new Error('the cell could not be edited');
        return null;
      },
      { path: this.path, index, text },
    );
  }

  /** Adds code cells at the end. */
  async append(...texts: readonly string[]): Promise<void> {
    await this.editor.inHost(
      async (vscode, { path, texts }) => {
        const notebook = vscode.workspace.notebookDocuments.find(({ uri }) => uri.fsPath === path);
        if (!notebook) throw new Error(`${path} is not open`);
        const cells = texts.map((text) => new vscode.NotebookCellData(vscode.NotebookCellKind.Code, text, 'typescript'));
        const edit = new vscode.WorkspaceEdit();
        edit.set(notebook.uri, [vscode.NotebookEdit.insertCells(notebook.cellCount, cells)]);
        if (!(await vscode.workspace.applyEdit(edit))) throw new Error('no cells could be added');
        return null;
      },
      { path: this.path, texts },
    );
  }

  /** Saves the active notebook under a name in the workspace, as the user does. What it is then is another notebook to the editor. */
  async saveAs(name: string): Promise<OpenNotebook> {
    const { page, folder } = this.editor;
    const path = join(folder, name);
    await this.editor.inHost((vscode) => {
      void vscode.commands.executeCommand('workbench.action.files.saveAs');
      return null;
    });
    const input = page.locator('.quick-input-widget:visible input').first();
    // The dialog writes its proposal into the field after it is shown, and takes a name once it has listed the folder.
    await eventually(
      async () => ((await input.count()) > 0 ? input.inputValue() : ''),
      (value) => value.includes('/'),
      'the dialog proposes a name',
    );
    await page.locator('.quick-input-widget:visible .monaco-list-row').first().waitFor();
    await input.fill(path);
    await page.keyboard.press('Enter');
    return this.reopened(path);
  }

  /** Renames the file, as the explorer does. What it is then is another notebook to the editor. */
  async rename(name: string): Promise<OpenNotebook> {
    const path = join(this.editor.folder, name);
    await this.editor.inHost(
      async (vscode, [from, to]) => {
        const edit = new vscode.WorkspaceEdit();
        edit.renameFile(vscode.Uri.file(from), vscode.Uri.file(to));
        if (!(await vscode.workspace.applyEdit(edit))) throw new Error(`${from} was not renamed`);
        return null;
      },
      [this.path, path] as const,
    );
    return this.reopened(path);
  }

  /** Waits until the editor shows it under another path, and not under this one. */
  private async reopened(path: string): Promise<OpenNotebook> {
    await eventually(
      () =>
        this.editor.inHost((vscode) => {
          const inputs = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).map(({ input }) => input);
          return inputs.flatMap((input) => (input instanceof vscode.TabInputNotebook ? [input.uri.fsPath] : []));
        }),
      (paths) => paths.includes(path) && !paths.includes(this.path),
      `${this.path} is ${path} now`,
    );
    const notebook = new OpenNotebook(this.editor, path);
    await notebook.kernelIsChosen();
    return notebook;
  }

  /** The middle of the first occurrence of a word that can be seen in a cell's text. */
  async wordAt(word: string): Promise<{ x: number; y: number }> {
    const { page } = this.editor;
    const words = page.locator('.cell-editor-container .view-line span > span', { hasText: new RegExp(`^${word}$`) });
    const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
    return eventually(
      async () => {
        // Editors of other tabs stand outside of the window.
        const boxes = await Promise.all((await words.all()).map((each) => each.boundingBox()));
        const seen = boxes.find((box) => box && box.x > 0 && box.y > 0 && box.x < width && box.y < height);
        return seen ? { x: seen.x + seen.width / 2, y: seen.y + seen.height / 2 } : { x: NaN, y: NaN };
      },
      ({ x }) => !Number.isNaN(x),
      `'${word}' can be seen`,
    );
  }

  /** Points at a word until the editor shows its hover: the word moves while the notebook is still scrolled. */
  async hover(word: string): Promise<Locator> {
    const { page } = this.editor;
    const hover = page.locator('.monaco-hover:visible').first();
    await eventually(
      async () => {
        await page.mouse.move(0, 0);
        const { x, y } = await this.wordAt(word);
        await page.mouse.move(x, y);
        return hover.waitFor({ timeout: hoverPatience }).then(
          () => true,
          () => false,
        );
      },
      (isShown) => isShown,
      `the hover of '${word}'`,
    );
    return hover;
  }

  /** A button of the notebook's toolbar. */
  button(name: string): Locator {
    return this.editor.page.locator('.notebook-toolbar-container:visible').getByRole('button', { name }).first();
  }

  /** Saves the file. */
  async save(): Promise<void> {
    await this.editor.inHost(async (vscode, path) => {
      const notebook = vscode.workspace.notebookDocuments.find(({ uri }) => uri.fsPath === path);
      if (!(await notebook?.save())) throw new Error(`${path} was not saved`);
      return null;
    }, this.path);
  }

  /** Waits until the editor shows its cells, and its toolbar our kernel: before that commands find nothing to run. */
  async kernelIsChosen(): Promise<void> {
    await eventually(
      () =>
        this.editor.inHost((vscode, path) => {
          const shown = vscode.window.visibleNotebookEditors.find(({ notebook }) => notebook.uri.fsPath === path);
          return shown?.visibleRanges.some(({ isEmpty }) => !isEmpty) ?? false;
        }, this.path),
      (isShown) => isShown,
      'the notebook is shown',
    );
    await this.editor.page.locator('.kernel-label:visible', { hasText: 'Parseval (TypeScript)' }).first().waitFor({ timeout: 20_000 });
  }
}
