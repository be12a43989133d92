// The gradient checks in notebooks of the workspace that are not open: read from the files once somebody asks for them, and again when they change.
import * as vscode from 'vscode';
import { messageOf } from './host-error.js';
import type { Log } from './log.js';
import type { CheckInFile } from './notebook-file.js';
import { checksInFile } from './notebook-file.js';

const pattern = '**/*.ipynb';
/** Folders of what nobody wrote by hand, or is a copy. */
const leftFolders: readonly string[] = ['node_modules', '.ipynb_checkpoints', 'dist', 'out'];
/** So many files are looked at. */
const mostFiles = 2000;
/** Larger files, in bytes, are left alone until they are opened. */
const largestFile = 20 * 2 ** 20;

/** Finds them. */
export class CheckDiscovery implements vscode.Disposable {
  private readonly found = new vscode.EventEmitter<{ readonly uri: vscode.Uri; readonly checks: readonly CheckInFile[] }>();
  private readonly disposables: vscode.Disposable[] = [this.found];
  private isWatching = false;
  /** A file's checks as they are now; none where it is gone. */
  readonly onDidFind = this.found.event;

  constructor(private readonly log: Log) {}

  /** Looks at all files, and from now on at those that change. Resolves when all have been looked at. */
  async start(token?: vscode.CancellationToken): Promise<void> {
    if (!this.isWatching) this.watch();
    const files = await vscode.workspace.findFiles(pattern, `**/{${leftFolders.join()}}/**`, mostFiles, token);
    for (const uri of files) {
      if (token?.isCancellationRequested === true) return;
      await this.look(uri);
    }
  }

  /** Looks at one file; checks elsewhere than in the workspace are none. */
  async look(uri: vscode.Uri): Promise<void> {
    this.found.fire({ uri, checks: isLeft(uri) ? [] : await this.checksOf(uri) });
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  private watch(): void {
    this.isWatching = true;
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    watcher.onDidCreate((uri) => void this.look(uri));
    watcher.onDidChange((uri) => void this.look(uri));
    watcher.onDidDelete((uri) => this.found.fire({ uri, checks: [] }));
    this.disposables.push(watcher);
  }

  private async checksOf(uri: vscode.Uri): Promise<readonly CheckInFile[]> {
    try {
      const { size } = await vscode.workspace.fs.stat(uri);
      if (size > largestFile) return [];
      return checksInFile(new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)));
    } catch (error) {
      // It may be gone again.
      this.log.debug(`Gradient checks of ${uri.path}: ${messageOf(error)}`);
      return [];
    }
  }
}

/** Whether a file is outside of the workspace's folders, or in one of its folders that are left alone. */
function isLeft(uri: vscode.Uri): boolean {
  if (!vscode.workspace.getWorkspaceFolder(uri)) return true;
  const folders = vscode.workspace.asRelativePath(uri, false).split('/').slice(0, -1);
  return folders.some((folder) => leftFolders.includes(folder));
}
