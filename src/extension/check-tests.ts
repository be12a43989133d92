// Gradient checks in the Testing view: an item a notebook, and below it one a check.
import * as vscode from 'vscode';
import type { CheckDiscovery } from './check-discovery.js';
import { labelOf } from './check-label.js';
import { headline } from './check-reports.js';
import type { FoundCheck } from './check-runner.js';
import { CheckRunner, tell } from './check-runner.js';
import type { GradientChecks } from './gradient-checks.js';
import type { Kernels } from './kernels.js';
import type { CheckInFile } from './notebook-file.js';
import type { OurNotebooks } from './notebooks.js';
import { checkIdsOf, isCheck, isWritable, numberOf } from './notebooks.js';

const controllerId = 'parseval.gradientChecks';
const staleMark = ' · stale';

/** What the view is about. */
export interface CheckTestServices {
  readonly notebooks: OurNotebooks;
  readonly kernels: Kernels;
  readonly checks: GradientChecks;
  readonly discovery: CheckDiscovery;
  /** Opens a notebook, if it is not, with this kernel. Resolves when cells can be run. */
  readonly open: (uri: vscode.Uri) => Promise<vscode.NotebookDocument>;
}

/** The items, and what runs them. */
export class CheckTests implements vscode.Disposable {
  private readonly controller = vscode.tests.createTestController(controllerId, 'Parseval Gradient Checks');
  private readonly profile: vscode.TestRunProfile;
  private readonly runner: CheckRunner;
  private readonly itemOf = new WeakMap<vscode.NotebookCell, vscode.TestItem>();
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly services: CheckTestServices) {
    const { checks, discovery, kernels } = services;
    this.runner = new CheckRunner(services, this.controller, (notebook, id) => this.find(notebook, id));
    this.profile = this.controller.createRunProfile('Run', vscode.TestRunProfileKind.Run, (request) => this.run(request), true);
    this.controller.resolveHandler = async (item) => {
      if (!item) await discovery.start();
    };
    this.controller.refreshHandler = (token) => discovery.start(token);
    for (const notebook of services.notebooks.all()) this.follow(notebook);
    this.disposables = [
      this.controller,
      checks.onDidChange((notebook) => this.follow(notebook)),
      discovery.onDidFind(({ uri, checks: found }) => this.list(uri, found)),
      kernels.onDidRun((run) => {
        if (!isCheck(run.cell) || this.runner.isRunning(run.cell)) return;
        const item = this.testOf(run.cell);
        if (!item) return;
        // The user ran the cell: that is a result, too, and no reason to move the focus.
        const request = new vscode.TestRunRequest([item], undefined, this.profile, false, true);
        const testRun = this.controller.createTestRun(request, item.label);
        testRun.started(item);
        tell(testRun, item, run);
        testRun.end();
      }),
    ];
  }

  /** The item of a check, if its notebook is open. */
  testOf(cell: vscode.NotebookCell): vscode.TestItem | undefined {
    if (!this.itemOf.has(cell)) this.follow(cell.notebook);
    return this.itemOf.get(cell);
  }

  /** Runs one check as the view does. */
  async runCheck(cell: vscode.NotebookCell): Promise<void> {
    // Its name may be another since the last look: the editor gives a new cell its id a moment later.
    this.follow(cell.notebook);
    const item = this.itemOf.get(cell);
    if (!item) return;
    await this.run(new vscode.TestRunRequest([item], undefined, this.profile, false, true));
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  private run(request: vscode.TestRunRequest): Promise<void> {
    const chosen = request.include ?? items(this.controller.items);
    const leaves = new Set(chosen.flatMap((item) => (item.parent ? [item] : items(item.children))));
    const isExcluded = (item: vscode.TestItem | undefined): boolean => item !== undefined && request.exclude?.includes(item) === true;
    return this.runner.run(
      request,
      [...leaves].filter((item) => !isExcluded(item) && !isExcluded(item.parent)),
    );
  }

  private find(notebook: vscode.NotebookDocument, id: string): FoundCheck | undefined {
    this.follow(notebook);
    const cells = this.services.checks.cellsOf(notebook);
    const cell = cells[checkIdsOf(cells).indexOf(id)];
    const item = cell && this.itemOf.get(cell);
    return item && { cell, item };
  }

  /** Lists the checks of an open notebook as they are now; of one that was closed, what its file holds. Old versions are not listed. */
  private follow(notebook: vscode.NotebookDocument): void {
    const { checks, discovery } = this.services;
    if (!notebook.isUntitled && !isWritable(notebook)) return;
    if (notebook.isClosed) {
      void discovery.look(notebook.uri);
      return;
    }
    const cells = checks.cellsOf(notebook);
    const ids = checkIdsOf(cells);
    const labelled = cells.map((cell, index) => ({ cell, id: ids[index] ?? '', ...labelOf(cell.document.getText(), numberOf(cell)) }));
    this.list(notebook.uri, labelled, true);
    const parent = this.controller.items.get(notebook.uri.toString());
    for (const { cell, id, line } of labelled) {
      const item = parent?.children.get(id);
      if (!item) continue;
      this.itemOf.set(cell, item);
      const { reports, staleness } = checks.stateOf(cell);
      item.range = new vscode.Range(line, 0, line, cell.document.lineAt(Math.min(line, cell.document.lineCount - 1)).text.length);
      const wasStale = item.description?.endsWith(staleMark) === true;
      item.description = reports.length === 0 ? '' : `${headline(reports)}${staleness ? staleMark : ''}`;
      if (staleness && !wasStale) this.controller.invalidateTestResults(item);
    }
  }

  /** Makes the items of a notebook those of its checks; items that stay keep their results. */
  private list(uri: vscode.Uri, found: readonly (CheckInFile & { readonly cell?: vscode.NotebookCell })[], isOpen = false): void {
    // The editor knows an open notebook better than its file.
    if (!isOpen && this.services.notebooks.all().some((notebook) => notebook.uri.toString() === uri.toString())) return;
    const id = uri.toString();
    if (found.length === 0) {
      this.controller.items.delete(id);
      return;
    }
    const known = this.controller.items.get(id);
    const parent = known ?? this.controller.createTestItem(id, uri.path.split('/').at(-1) ?? uri.path, uri);
    const folder = vscode.workspace.asRelativePath(uri).split('/').slice(0, -1).join('/');
    parent.description = folder;
    const children = found.map((check, index) => {
      const place = check.cell?.document.uri ?? uri;
      const before = parent.children.get(check.id);
      // An item's address cannot be changed.
      const item = before?.uri?.toString() === place.toString() ? before : this.controller.createTestItem(check.id, check.label, place);
      item.label = check.label;
      item.sortText = String(index).padStart(4, '0');
      return item;
    });
    parent.children.replace(children);
    if (!known) this.controller.items.add(parent);
  }
}

function items(collection: vscode.TestItemCollection): vscode.TestItem[] {
  return Array.from(collection, ([, item]) => item);
}
