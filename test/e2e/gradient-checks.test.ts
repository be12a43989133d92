// End to end: gradient checks as the editor's own tests. Below the cell, in the Testing view, and as a quick fix, in a real VS Code.
import { expect } from 'chai';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locator } from 'playwright-core';
import { tourEdit } from '../notebooks.js';
import { packaged } from '../vsix.js';
import { clearPictures, Editor, eventually } from './editor.js';
import { OpenNotebook } from './notebook.js';

const notebooks = fileURLToPath(new URL('../../notebooks', import.meta.url));
const tourFile = '00-tour.ipynb';
/** Cells of the tour, markdown among them. */
const [photograph, check] = [1, 5];

describe('Gradient checks in VS Code', function () {
  this.timeout(240_000);
  let editor: Editor;
  let tour: OpenNotebook;

  before(async function () {
    this.timeout(300_000);
    await clearPictures();
    editor = await Editor.start({ workspace: notebooks, vsix: await packaged() });
  });

  after(async () => {
    await editor?.stop();
  });

  afterEach(async function () {
    await editor.reportFailure(this.currentTest);
  });

  /** What the Testing view shows of a row whose text holds this: its text, and the name of its icon. */
  const row = (text: string): Locator => editor.page.locator('.test-explorer .monaco-list-row', { hasText: text }).first();
  const stateOf = async (text: string): Promise<string> => {
    const icon = await row(text).locator('.computed-state').getAttribute('class');
    return /codicon-testing-([\w-]+)-icon/.exec(icon ?? '')?.[1] ?? `none of ${icon}`;
  };
  const shows = (text: string, state: string): Promise<string> =>
    eventually(
      () => stateOf(text),
      (now) => now === state,
      `${text} is ${state}`,
      90_000,
    );
  /** The item below a cell of the notebook in front. */
  const item = (text: string | RegExp): Locator =>
    editor.page.locator('.cell-statusbar-container:visible .cell-status-item:not([inert] *)', { hasText: text }).first();
  /** Waits for the item; the machine may be slow, and the check has much to compute. */
  const says = (text: string | RegExp): Promise<void> => item(text).waitFor({ timeout: 90_000 });
  /** The warnings in the check's text. */
  const warnings = (): Promise<readonly { readonly source: string; readonly text: string; readonly says: string }[]> =>
    editor.inHost(
      (vscode, { path, check }) => {
        const document = vscode.workspace.notebookDocuments.find(({ uri }) => uri.fsPath === path)?.cellAt(check).document;
        const found = document ? vscode.languages.getDiagnostics(document.uri) : [];
        return found
          .filter(({ severity }) => severity === vscode.DiagnosticSeverity.Warning)
          .map(({ source = '', range, message }) => ({ source, text: document?.getText(range) ?? '', says: message.split('.')[0] ?? '' }));
      },
      { path: tour.path, check },
    );

  /** The places of the cells in the order of runs. */
  const ordersOf = async (notebook: OpenNotebook): Promise<(number | undefined)[]> => (await notebook.cells()).map(({ order }) => order);

  it('are listed before their notebook is opened', async () => {
    await editor.page.locator('.activitybar').getByRole('tab', { name: 'Testing' }).click();
    await row(tourFile).waitFor();
    await row(tourFile).click();
    await editor.page.keyboard.press('ArrowRight');
    await row('Cell 3: gradcheck(convolution, { x, w })').waitFor();
    expect(await stateOf('Cell 3')).to.equal('unset');
    await editor.shotInBothThemes('21-checks-listed');
  });

  it('say below the cell what they found, and why in the Testing view', async () => {
    tour = await OpenNotebook.open(editor, tourFile);
    await tour.button('Run All').click();
    await tour.focus(check);
    await says('dw disagrees');
    // The device panel needs little room.
    await editor.command('workbench.action.focusFirstEditorGroup');
    await editor.command('workbench.action.minimizeOtherEditors');
    await shows('Cell 3', 'failed');
    await shows(tourFile, 'failed');
    // Nothing is left of the bar that showed how far the check had come.
    await eventually(
      async () => (await tour.cells())[check]?.outputs.length,
      (count) => count === 1,
      'the report stands alone',
    );
    await editor.shotInBothThemes('22-check-failed');
  });

  it('lead from the cell to the Testing view, and tell more under the mouse', async () => {
    await item('dw disagrees').hover();
    const hover = editor.page.locator('.monaco-hover:visible', { hasText: 'Checked on webview' });
    await hover.waitFor();
    expect(await hover.innerText()).to.match(/dw disagrees[^]*conjugate missing on Ĝ[^]*Checked on webview/);
    await editor.shotInBothThemes('23-check-hover');
    await editor.page.locator('.activitybar').getByRole('tab', { name: 'Explorer' }).click();
    await row('Cell 3').waitFor({ state: 'hidden' });
    await item('dw disagrees').click();
    await row('Cell 3').waitFor();
  });

  it('are stale once a cell that they need is another, until it is as it was', async () => {
    const before = await tour.code(photograph);
    await tour.write(photograph, `${before}\n`);
    await says(/dw disagrees .* stale/);
    await editor.shotInBothThemes('24-check-stale');
    await tour.write(photograph, before);
    await says(/dw disagrees[^s]*$/);
  });

  it('offer the change that makes them pass, and pass with it', async () => {
    await tour.cursorBehind(check, tourEdit.after);
    await editor.page.locator('.cell-editor-container .squiggly-warning').first().waitFor();
    expect(await warnings()).to.deep.equal([{ source: 'Parseval', text: 'G', says: 'dw: conjugate missing on Ĝ' }]);
    await editor.shotInBothThemes('25-check-warning');
    await editor.command('editor.action.quickFix');
    const offer = editor.page.locator('.action-widget .monaco-list-row', { hasText: 'Write G.conj() (makes the check pass)' });
    await offer.waitFor();
    await editor.shotInBothThemes('26-check-quick-fix');
    // The first offer is selected.
    await editor.page.keyboard.press('Enter');
    await eventually(
      () => tour.code(check),
      (code) => code.includes(tourEdit.after + tourEdit.insert),
      'the change is made',
    );
    await says(/stale/);
    expect(await warnings()).to.deep.equal([]);
    await tour.run(check);
    await tour.focus(check);
    await says(/gradients agree/);
    await shows('Cell 3', 'passed');
    await editor.shotInBothThemes('27-check-passed');
  });

  it('are said as the file has them when their notebook is opened again, and run with all that they need', async () => {
    await tour.save();
    // The device panel goes, too, with all tensors on it.
    await editor.command('workbench.action.closeAllEditors');
    tour = await OpenNotebook.open(editor, tourFile);
    await tour.focus(check);
    await says(/gradients agree · [\d.e-]+$/);
    await tour.write(check, (await tour.code(check)).replace('G.conj()', 'G'));
    const before = await ordersOf(tour);
    await item(/gradients agree .* stale/).click();
    await says('dw disagrees');
    // The photograph is loaded again, as it was on the device; its spectrum is not needed.
    const after = await ordersOf(tour);
    expect(before.map((order, cell) => order !== after[cell])).to.deep.equal(
      before.map((_, cell) => cell === photograph || cell === check),
    );
    await tour.save();
  });

  it('run from the Testing view with the cells that they need, and say what went wrong', async () => {
    await editor.command('workbench.action.closeAllEditors');
    const own = await OpenNotebook.create(editor, 'own.ipynb', [
      `import * as pv from 'parseval';`,
      `let runs = 0;`,
      `const x = pv.randn([3, 4], { seed: 1 });`,
      `const half = pv.customOp({ forward: (a) => a.square(), backward: (g, [a]) => [g.mul(a!)] });\nruns++;`,
      `// The square's gradient is twice that\nawait pv.gradcheck(half, { x })`,
      `// A check that throws\nif (runs < 9) throw new RangeError('too few runs');\nawait pv.gradcheck(half, { x })`,
    ]);
    await own.save();
    await editor.command('workbench.action.closeAllEditors');
    await row('own.ipynb').waitFor();
    await row('own.ipynb').hover();
    await row('own.ipynb').getByRole('button', { name: 'Run Test' }).click();
    await shows('own.ipynb', 'error');
    await row('own.ipynb').click();
    await editor.page.keyboard.press('ArrowRight');
    await shows("The square's gradient", 'failed');
    await shows('A check that throws', 'error');
    // Each cell that is needed ran, and ran once.
    expect(await ordersOf(own)).to.deep.equal([1, 3, 2, 4, 5, 6]);
    await row("The square's gradient").dblclick();
    await editor.shotInBothThemes('28-checks-run');
  });

  it('are inserted by the command, and pass as they are', async () => {
    const empty = await OpenNotebook.create(editor, 'inserted.ipynb', ['const before = 1;', 'const after = 2;']);
    await empty.focus(0);
    await editor.palette('Parseval: Insert Gradient Check');
    await eventually(
      () => empty.code(1),
      (code) => code.startsWith("import * as pv from 'parseval';") && code.endsWith('report'),
      'the cell is there',
    );
    // The first tab stop is what the check is about.
    await editor.page.keyboard.type('A product');
    await editor.shotInBothThemes('29-check-inserted');
    expect(await empty.code(1))
      .to.include('// A product\n')
      .and.to.include(`name: 'product'`);
    expect(await empty.tags(1)).to.deep.equal(['gradcheck']);
    await item('Check Gradients').click();
    await says(/gradients agree/);
    await row('inserted.ipynb').waitFor();
    await shows('inserted.ipynb', 'passed');
    await editor.shot('30-inserted-check-passed');
  });

  it('stay stale when their notebook is saved under a name and renamed, until the cell is as it was', async () => {
    const layer = `const double = pv.customOp({ forward: (a) => a.mul(2), backward: (g) => [g.mul(2)] });`;
    let notebook = await OpenNotebook.create(editor, 'kept.ipynb', [
      `import * as pv from 'parseval';\nconst x = pv.randn([3, 4], { seed: 1 });`,
      layer,
      `await pv.gradcheck(double, { x })`,
    ]);
    await item('Check Gradients').click();
    await says(/gradients agree · [\d.e-]+$/);
    const moves = [
      (): Promise<OpenNotebook> => notebook.saveAs('named.ipynb'),
      (): Promise<OpenNotebook> => notebook.rename('renamed.ipynb'),
    ];
    for (const [index, move] of moves.entries()) {
      await notebook.write(1, `${layer} // edited ${index}`);
      await says(/gradients agree .* stale/);
      notebook = await move();
      await says(/gradients agree .* stale/);
      // What is as it ran shows that the run went along: what was read from the file is another text.
      await notebook.write(1, layer);
      await says(/gradients agree · [\d.e-]+$/);
    }
  });

  it('are cancelled without what else runs and waits', async () => {
    const signal = join(editor.folder, 'go-on');
    const busy = await OpenNotebook.create(editor, 'busy.ipynb', [
      `import { existsSync } from 'node:fs';
for (; !existsSync(${JSON.stringify(signal)}); await new Promise((resolve) => setTimeout(resolve, 50))) console.log('trains');`,
      `import * as pv from 'parseval';\nawait pv.gradcheck((x) => x.square(), { x: pv.randn([3]) })`,
      `1 + 1`,
    ]);
    const training = await busy.start(0);
    await busy.says(0, /trains/);
    await busy.startCheck(1);
    // The editor itself says of a cell that it waits.
    await item('Check Gradients').waitFor({ state: 'hidden' });
    const other = await busy.start(2);
    await editor.command('testing.cancelRun');
    await says('Check Gradients');
    await writeFile(signal, '');
    for (const run of [training, other]) expect((await run.ended()).map(({ success }) => success)).to.deep.equal([true]);
    const [, check] = await busy.cells();
    expect(check?.outputs).to.deep.equal([]);
    expect(check?.success).to.equal(undefined);
  });

  it('stop where they run when they are cancelled, and what they need with them', async () => {
    const endless = await OpenNotebook.create(editor, 'endless.ipynb', [
      `let isOn = true;
console.log('begins');
while (isOn) await new Promise((resolve) => setTimeout(resolve, 10));`,
      `const gradcheck = (): boolean => isOn;\ngradcheck();`,
    ]);
    const before = await endless.cells();
    await endless.startCheck(1);
    await endless.says(0, /begins/);
    await editor.command('testing.cancelRun');
    expect((await endless.ended(before, [0])).map(({ success }) => success)).to.deep.equal([false]);
    expect((await endless.cells())[1]?.success).to.equal(undefined);
    await shows('endless.ipynb', 'skipped');
  });

  it('are listed of files of the workspace, and elsewhere only while they are open, but not of old versions', async () => {
    // As a comparison opens it.
    await editor.inHost(
      async (vscode, file) => {
        const data = await vscode.workspace.fs.readFile(vscode.Uri.file(file));
        const none = new vscode.Disposable(() => undefined);
        const refuse = (): never => {
          throw vscode.FileSystemError.NoPermissions();
        };
        const files: import('vscode').FileSystemProvider = {
          onDidChangeFile: () => none,
          watch: () => none,
          stat: () => ({ type: vscode.FileType.File, ctime: 0, mtime: 0, size: data.length }),
          readDirectory: () => [],
          readFile: () => data,
          createDirectory: refuse,
          writeFile: refuse,
          delete: refuse,
          rename: refuse,
        };
        vscode.workspace.registerFileSystemProvider('old', files, { isReadonly: true });
        await vscode.commands.executeCommand('vscode.open', vscode.Uri.parse('old:/version.ipynb'), { preview: false });
        return null;
      },
      join(editor.folder, 'kept.ipynb'),
    );
    const outside = join(editor.folder, '../elsewhere.ipynb');
    await cp(join(editor.folder, 'kept.ipynb'), outside);
    // What an extension opens in another way stays open for minutes without a tab.
    await editor.inHost(async (vscode, file) => {
      await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
      return null;
    }, outside);
    await row('elsewhere.ipynb').waitFor();
    const schemes = (): Promise<string[]> => editor.inHost((vscode) => vscode.workspace.notebookDocuments.map(({ uri }) => uri.scheme));
    expect(await schemes()).to.include('old');
    for (const _ of ['elsewhere', 'old']) await editor.command('workbench.action.closeActiveEditor');
    await row('elsewhere.ipynb').waitFor({ state: 'hidden' });
    expect(await schemes()).not.to.include('old');
    await cp(join(editor.folder, 'kept.ipynb'), join(editor.folder, 'unopened.ipynb'));
    await row('unopened.ipynb').waitFor();
    // It was opened, and closed, before.
    expect(await row('version.ipynb').count()).to.equal(0);
  });
});

describe('Gradient checks in a workspace that is not trusted', function () {
  this.timeout(120_000);
  let editor: Editor;

  before(async function () {
    this.timeout(300_000);
    editor = await Editor.start({ workspace: notebooks, vsix: await packaged(), isTrusted: false });
  });

  after(async () => {
    await editor?.stop();
  });

  it('are listed, and do not run', async () => {
    const { page } = editor;
    await page.locator('.activitybar').getByRole('tab', { name: 'Testing' }).click();
    const notebook = page.locator('.test-explorer .monaco-list-row', { hasText: tourFile }).first();
    await notebook.hover();
    await notebook.getByRole('button', { name: 'Run Test' }).click();
    // VS Code asks first, by itself.
    const question = page.locator('.monaco-dialog-box', { hasText: 'Running tests may execute code' });
    await question.waitFor();
    await editor.shot('31-checks-restricted');
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'hidden' });
    expect(await notebook.locator('.codicon-testing-unset-icon').count()).to.equal(1);
    const open = await editor.inHost((vscode) => vscode.workspace.notebookDocuments.map(({ uri }) => uri.path));
    expect(open).to.deep.equal([]);
  });

  it('can be run below their cells once the workspace is trusted', async () => {
    const { page } = editor;
    const run = page.locator('.cell-statusbar-container:visible .cell-status-item:not([inert] *)', { hasText: 'Check Gradients' });
    await OpenNotebook.create(editor, 'own.ipynb', [
      `import * as pv from 'parseval';\nawait pv.gradcheck((x) => x.square(), { x: pv.randn([3]) })`,
    ]);
    await page.locator('.statusbar-item', { hasText: 'Parseval: Restricted Mode' }).waitFor();
    await editor.command('workbench.trust.manage');
    // Beside the notebook, which is not to be drawn anew for another reason.
    await editor.command('workbench.action.moveEditorToRightGroup');
    const trust = page.locator('.workspace-trust-buttons .monaco-button').first();
    await trust.waitFor();
    await page.locator('.cell-statusbar-container:visible').first().waitFor();
    expect(await run.count()).to.equal(0);
    await trust.click();
    await run.first().waitFor();
    await editor.shot('32-checks-trusted');
  });
});
