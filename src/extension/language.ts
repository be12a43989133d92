// The language service as the extension uses it: one process for all notebooks, started when it is first asked, and told of the cells as
// they are before each question.
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { Params, Result } from '../protocol/contract.js';
import type { languageContract } from '../protocol/language.js';
import { childEnvironment } from './child-environment.js';
import { LanguageProcess } from './language-process.js';
import type { Log } from './log.js';
import type { NodeChoice } from './node-choice.js';
import { folderOf, isCode, languageOf } from './notebooks.js';

type Requests = (typeof languageContract)['requests'];
/** Questions about a cell. */
export type LanguageQuestion = keyof Requests;
/** What else a question says, beside the cell. */
export type QuestionParams<N extends LanguageQuestion> = Omit<Params<typeof languageContract, N>, 'notebook' | 'cell'>;
/** The answer to a question. */
export type LanguageAnswer<N extends LanguageQuestion> = Result<typeof languageContract, N>;

/** The language service cannot be asked: `message` says why. */
export class LanguageUnavailable extends Error {
  override readonly name = 'LanguageUnavailable';
}

/** What the language service needs. */
export interface LanguageServices {
  readonly extension: vscode.Uri;
  readonly log: Log;
  readonly chooseNode: () => Promise<NodeChoice>;
}

/** The language service. */
export class Language implements vscode.Disposable {
  private started: Promise<LanguageProcess> | undefined;
  /** The cells that the process knows of, by notebook, with their versions. */
  private readonly known = new Map<string, string>();
  /** Where imports of a notebook start that was moved: where its kernel is. */
  private readonly folders = new Map<string, string>();
  /** Why it is not there any more. */
  private problem: string | undefined;
  private isDisposed = false;
  private readonly stale = new vscode.EventEmitter<readonly string[]>();
  /** Diagnostics of these notebooks (by address) should be asked for again. */
  readonly onDidGoStale = this.stale.event;

  constructor(private readonly services: LanguageServices) {}

  /** In words, for reports. */
  get state(): string {
    if (this.problem !== undefined) return `ended for good: ${this.problem}`;
    return this.started ? 'running' : 'not started';
  }

  /** Asks about a cell as it stands in the editor now. Rejects with `LanguageUnavailable`, also when the notebook is closed, or the service's own error. */
  async ask<N extends LanguageQuestion>(name: N, cell: vscode.NotebookCell, params: QuestionParams<N>): Promise<LanguageAnswer<N>> {
    const process = await this.start();
    if (cell.notebook.isClosed) throw new LanguageUnavailable('the notebook was closed');
    this.tell(process, cell.notebook);
    const place = { notebook: cell.notebook.uri.toString(), cell: cell.document.uri.toString() };
    return process.request(name, { ...place, ...params });
  }

  /** The cell ran with this code, to its end or not. */
  ran(cell: vscode.NotebookCell, code: string): void {
    const language = languageOf(cell);
    if (!language) return;
    const place = { notebook: cell.notebook.uri.toString(), cell: cell.document.uri.toString() };
    this.withProcess((process) => process.send('ran', { ...place, code, language }));
  }

  /** A new kernel: nothing ran. A service that ended for good is tried again. */
  restarted({ uri }: vscode.NotebookDocument): void {
    this.problem = undefined;
    const notebook = uri.toString();
    this.folders.delete(notebook);
    if (this.known.has(notebook)) this.withProcess((process) => process.send('restarted', { notebook }));
  }

  /** A notebook goes on as another one, with what ran. Its kernel, if there is one, is in `folder`, and imports start there. */
  moved(from: vscode.NotebookDocument, to: vscode.NotebookDocument, folder: string | undefined): void {
    const [notebook, next] = [from.uri.toString(), to.uri.toString()];
    this.folders.delete(notebook);
    if (folder !== undefined) this.folders.set(next, folder);
    this.known.delete(next);
    if (this.known.delete(notebook)) this.withProcess((process) => process.send('moved', { notebook, to: next }));
  }

  /** The notebook is closed. */
  closed({ uri }: vscode.NotebookDocument): void {
    const notebook = uri.toString();
    this.folders.delete(notebook);
    if (this.known.delete(notebook)) this.withProcess((process) => process.send('closed', { notebook }));
  }

  dispose(): void {
    this.isDisposed = true;
    this.withProcess((process) => void process.kill());
    this.stale.dispose();
  }

  private withProcess(use: (process: LanguageProcess) => void): void {
    // Who asks hears of a service that cannot be started.
    this.started?.then(use, () => undefined);
  }

  private start(): Promise<LanguageProcess> {
    if (this.started) return this.started;
    const launch = this.launch();
    this.started = launch;
    launch.catch(() => {
      if (this.started === launch) this.started = undefined;
    });
    return launch;
  }

  private async launch(): Promise<LanguageProcess> {
    const { extension, log, chooseNode } = this.services;
    if (!vscode.workspace.isTrusted) throw new LanguageUnavailable('nothing runs in Restricted Mode');
    if (this.problem !== undefined) {
      throw new LanguageUnavailable(`the language service ended (${this.problem}); "Parseval: Restart Kernel" starts it again`);
    }
    const node = await chooseNode();
    const service = LanguageProcess.start({
      node: node.path,
      script: vscode.Uri.joinPath(extension, 'dist', 'language.js').fsPath,
      env: childEnvironment(process.env, node.env),
      folder: homedir(),
      onStale: (notebooks) => this.stale.fire(notebooks),
      onLog: (text) => log.info(`Language service: ${text.trimEnd()}`),
    });
    void service.exited.then((reason) => this.onExit(reason));
    log.info(`Language service: process ${service.pid} under Node ${node.version}`);
    return service;
  }

  private onExit(reason: string): void {
    this.started = undefined;
    this.known.clear();
    if (this.isDisposed) return;
    this.problem = reason;
    this.services.log.error(`The language service ended for good: ${reason}`);
  }

  /** Sends the cells of a notebook, if the process does not know them as they are. */
  private tell(process: LanguageProcess, notebook: vscode.NotebookDocument): void {
    const cells = notebook.getCells().flatMap((cell) => {
      const language = languageOf(cell);
      return language && isCode(cell) ? [{ document: cell.document, uri: cell.document.uri.toString(), language }] : [];
    });
    const key = notebook.uri.toString();
    const folder = this.folders.get(key) ?? folderOf(notebook);
    const state = [folder, ...cells.map(({ document, uri, language }) => `${uri} ${document.version} ${language}`)].join('\n');
    if (this.known.get(key) === state) return;
    this.known.set(key, state);
    process.send('cells', {
      notebook: key,
      folder,
      cells: cells.map(({ document, uri, language }) => ({ cell: uri, code: document.getText(), language })),
    });
  }
}
