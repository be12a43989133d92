// End to end: the installed VSIX in a real VS Code, with tensors on WebGPU in the device panel. One start of VS Code serves all tests but
// the last; each leaves a picture under out/e2e/.
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { codeCells, compareNotebooks, readNotebook, tourEdit } from '../notebooks.js';
import { panelContract } from '../../src/protocol/device.js';
import { brokenMessages, isValid, Random } from '../unit/protocol/mutate.js';
import { packaged } from '../vsix.js';
import { clearPictures, Editor, eventually } from './editor.js';
import { OpenNotebook } from './notebook.js';

const notebooks = fileURLToPath(new URL('../../notebooks', import.meta.url));
const first = '01-one-convolution-three-ways.ipynb';

describe('Parseval in VS Code', function () {
  this.timeout(120_000);
  let editor: Editor;

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

  /** The path of the extension as it was installed. */
  const installed = (): Promise<string> =>
    editor.inHost((vscode) => vscode.extensions.getExtension('parseval.parseval')?.extensionPath ?? 'not installed');

  it('runs a notebook on WebGPU in the device panel, with the outputs of the command line', async function () {
    this.timeout(240_000);
    const folder = await installed();
    expect(folder).to.match(/extensions\/parseval\.parseval-/);
    const notebook = await OpenNotebook.open(editor, first);
    const count = codeCells(readNotebook(notebook.path)).length;
    // On its other device the command line says the same, which test/process/notebook.test.ts finds out.
    const out = join(editor.folder, 'by-cpu.ipynb');
    const arguments_ = ['run', join(notebooks, first), '--device', 'cpu', '--out', out];
    const commandLine = promisify(execFile)(process.execPath, [join(folder, 'dist/cli.js'), ...arguments_]);
    await notebook.button('Run All').click();
    const cells = await eventually(
      () => notebook.cells(),
      (all) => all.filter(({ success }) => success === true).length === count || all.some(({ success }) => success === false),
      'all cells run',
      150_000,
    );
    expect(cells.filter(({ success }) => success === false)).to.deep.equal([]);
    const { memory } = await notebook.status();
    expect(memory).to.include({ device: 'webview' });
    expect(memory?.description).to.match(/swiftshader/i);
    await editor.shot('01-notebook');
    await notebook.save();
    await commandLine;
    expect(compareNotebooks(readNotebook(notebook.path), readNotebook(out))).to.deep.equal([]);
  });

  describe('in the tour', () => {
    let tour: OpenNotebook;
    // Cells of the notebook, markdown among them.
    const [photograph, spectrum, check, truth] = [1, 3, 5, 7];

    it('opens from its command', async () => {
      await editor.palette('Parseval: Start Tour');
      await editor.page.locator('.quick-input-list .monaco-list-row', { hasText: 'In a Temporary Folder' }).click();
      const path = await eventually(
        () =>
          editor.inHost((vscode) => {
            const shown = vscode.window.activeNotebookEditor?.notebook.uri.fsPath;
            return shown ?? '';
          }),
        (shown) => shown.endsWith('00-tour.ipynb'),
        'the tour is open',
      );
      tour = new OpenNotebook(editor, path);
      await tour.kernelIsChosen();
      // What it leads to lies beside it.
      expect(readdirSync(dirname(path))).to.include.members(['data', '01-one-convolution-three-ways.ipynb', '09-gradient-detective.ipynb']);
      await editor.shot('02-tour');
    });

    it('shows a photograph and its spectrum, with their energies', async () => {
      for (const cell of [photograph, spectrum]) {
        const [ran] = await tour.run(cell);
        expect(ran?.success, JSON.stringify(ran)).to.be.true;
      }
      const text = await tour.textOf(spectrum);
      const [picture, transformed] = [...text.matchAll(/energy of the \w+ +([\d.]+)/g)].map(([, value]) => Number(value));
      expect(picture).to.be.closeTo(40442.05, 0.1);
      expect(transformed).to.be.closeTo(40442.05, 0.1);
      await tour.focus(spectrum);
      await editor.shotInBothThemes('03-spectrum');
    });

    it('finds the mistake in the backward, and is green once the conjugate is typed', async () => {
      await tour.run(check);
      await tour.says(check, /gradient check failed on webview: dw is wrong/);
      await tour.focus(check);
      await editor.shot('04-check-fails');

      await tour.cursorBehind(check, tourEdit.after);
      await editor.page.keyboard.type(tourEdit.insert);
      await editor.page.keyboard.press('Escape'); // closes suggestions
      await editor.page.keyboard.press('Shift+Enter');
      await tour.says(check, /gradient check passed on webview/);
      await tour.focus(check);
      await editor.shot('05-check-passes');

      await tour.run(truth);
      const worst = [...(await tour.textOf(truth)).matchAll(/differs by (\S+) of/g)].map(([, value]) => Number(value));
      expect(worst).to.have.length(3);
      expect(Math.max(...worst)).to.be.below(1e-5);
    });

    it('lists its variables, tensors with shape and device', async () => {
      await editor.command('parseval.showVariables');
      const rows = editor.page.locator('.pane-body .monaco-list-row');
      const texts = await eventually(
        async () => (await rows.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ')),
        (all) => all.some((text) => text.startsWith('photo')),
        'the view lists photo',
      );
      const photo = texts.find((text) => text.startsWith('photo'));
      expect(photo)
        .to.match(/512.*512/)
        .and.match(/webview/)
        .and.match(/1(\.00)? MiB/);
      expect(texts.some((text) => /^w ?float32 \[3, 1, 5, 3\] · webview · 180 B/.test(text))).to.be.true;
      await rows.filter({ hasText: /^photo/ }).click();
      await editor.frameWhere(`document.title === 'Value' && document.querySelectorAll('img').length > 0`);
      await editor.shotInBothThemes('06-variables');
    });

    it('shows a tensor under the mouse: its type, shape and picture', async () => {
      await tour.focus(photograph);
      const hover = await tour.hover('photo');
      await hover.locator('img').first().waitFor();
      expect(await hover.innerText())
        .to.match(/const photo: .*Tensor/)
        .and.match(/float32\s\[512,\s512\]/);
      await editor.shot('16-hover');
      await editor.page.mouse.move(0, 0);
    });
  });

  describe('in a notebook of its own', () => {
    let notebook: OpenNotebook;

    before(async () => {
      notebook = await OpenNotebook.create(editor, 'own.ipynb', [
        `import * as pv from 'parseval';\nlet steps = 0;\nconst x = pv.arange(4);`,
        `const size: number = 'four';`,
        `function fail(n: number): never {\n  throw new RangeError(\`no \${n}\`);\n}\n\nfail(x.size);`,
        `while (true) steps = 41;`,
        `console.log(steps + 1, await x.sum().item());`,
        `setTimeout(() => process.kill(process.pid, 'SIGKILL'), 10);\nawait new Promise(() => {});`,
        `const big = pv.ones([256, 256]).keep();\nconsole.log(await big.sum().item(), big.device);`,
        `console.log(await big.mul(2).sum().item());`,
        `for (const n of pv.progress([1, 2, 3, 4], { label: 'Counting' })) steps += n;`,
      ]);
    });

    it('underlines a type error, and does not run the cell', async () => {
      await notebook.focus(1);
      await editor.page.locator('.cell-editor-container .squiggly-error').first().waitFor({ timeout: 20_000 });
      const messages = await editor.inHost((vscode, path) => {
        const document = vscode.workspace.notebookDocuments.find(({ uri }) => uri.fsPath === path)?.cellAt(1).document;
        return document ? vscode.languages.getDiagnostics(document.uri).map(({ message, range }) => `${range.start.line}: ${message}`) : [];
      }, notebook.path);
      expect(messages).to.deep.equal(["0: Type 'string' is not assignable to type 'number'."]);
      const [, ran] = await notebook.run(0, 1);
      expect(ran?.success).to.be.false;
      expect(await notebook.textOf(1)).to.match(/Type 'string' is not assignable to type 'number'/);
      await editor.shot('07-type-error');
    });

    it('names cell and line of an error at run time, as a link', async () => {
      await notebook.write(1, '');
      const [ran] = await notebook.run(2);
      expect(ran?.success).to.be.false;
      const text = await notebook.textOf(2);
      expect(text).to.match(/RangeError: no 4/);
      // The empty cell does not count.
      expect(text).to.match(/cell 2:2:9[\s\S]*cell 2:5:1/);
      await notebook.focus(2);
      await editor.shotInBothThemes('08-error');
      await notebook.write(1, `const size: number = 'four';`);
    });

    it('interrupts an endless loop and keeps the variables', async () => {
      const loop = await notebook.start(3);
      await eventually(
        () => notebook.status(),
        ({ state }) => state === 'busy',
        'the loop runs',
      );
      await notebook.button('Interrupt').click();
      const [ended] = await loop.ended();
      expect(ended?.success).to.be.false;
      await editor.shot('09-interrupted');
      expect((await notebook.run(4))[0]?.success).to.be.true;
      expect(await notebook.textOf(4)).to.equal('42 6\n');
    });

    it('restarts into an empty kernel', async () => {
      const { pid } = await notebook.status();
      await notebook.focus();
      await editor.command('parseval.restartKernel');
      const after = await notebook.status();
      expect(after).to.include({ state: 'idle' });
      expect(after.pid).to.be.a('number').and.not.equal(pid);
      expect((await notebook.run(4))[0]?.success).to.be.false;
      expect(await notebook.textOf(4)).to.match(/steps/);
      await notebook.focus(4);
      await editor.shot('10-restarted');
    });

    it('reports a kernel that dies, and starts a new one with the next run', async () => {
      await notebook.run(0);
      const { pid } = await notebook.status();
      expect((await notebook.run(5))[0]?.success).to.be.false;
      expect(await notebook.textOf(5)).to.match(/SIGKILL/);
      await notebook.focus(5);
      await editor.shot('11-kernel-died');
      const [again, used] = await notebook.run(0, 6);
      expect([again?.success, used?.success]).to.deep.equal([true, true]);
      expect((await notebook.status()).pid).to.not.equal(pid);
    });

    it('fails with the reason when the GPU is lost, and works with the next run', async () => {
      expect(await notebook.textOf(6)).to.equal('65536 webview\n');
      await notebook.focus(7);
      await editor.command('parseval.restartDevice');
      expect((await notebook.run(7))[0]?.success).to.be.false;
      expect(await notebook.textOf(7)).to.match(/lost/);
      await notebook.focus(7);
      await editor.shot('12-device-lost');
      const ran = await notebook.run(6, 7);
      expect(ran.map(({ success }) => success)).to.deep.equal([true, true]);
      expect(await notebook.textOf(6)).to.equal('65536 webview\n');
      expect(await notebook.textOf(7)).to.equal('131072\n');
    });

    it('keeps tensors while the device panel is hidden, and shows it again', async () => {
      await notebook.focus();
      await editor.command('parseval.showDevicePanel');
      await eventually(
        () => panelState(),
        (state) => state === 'visible',
        'the panel can be seen',
      );
      await editor.shotInBothThemes('13-device-panel');
      await editor.inHost(async (vscode) => {
        const document = await vscode.workspace.openTextDocument({ content: 'in front of the panel' });
        const tab = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).find(({ label }) => label === 'Parseval Device');
        await vscode.window.showTextDocument(document, { viewColumn: tab?.group.viewColumn ?? vscode.ViewColumn.Two });
        return null;
      });
      await eventually(
        () => panelState(),
        (state) => state === 'hidden',
        'the panel is hidden',
      );
      expect((await notebook.run(7))[0]?.success).to.be.true;
      expect(await notebook.textOf(7)).to.equal('131072\n');
      await editor.command('parseval.showDevicePanel');
      await eventually(
        () => panelState(),
        (state) => state === 'visible',
        'the panel can be seen again',
      );
      expect((await notebook.run(7))[0]?.success).to.be.true;
      await editor.shot('14-device-panel-again');
    });

    it('computes in a device panel that was told ten thousand broken things', async () => {
      const panel = await editor.frameWhere(`document.title === 'Parseval Device' && document.body.childElementCount > 0`);
      // As JSON, in which way a test reaches the page: binary data becomes something else that is wrong.
      const messages = [...brokenMessages(panelContract, 12_000, new Random(31))].map((message) => JSON.stringify(message ?? null));
      const broken = messages.filter((text) => !isValid(panelContract, JSON.parse(text))).slice(0, 10_000);
      expect(broken).to.have.length(10_000);
      await panel.evaluate<unknown, string>(
        `(text) => JSON.parse(text).forEach((each) => window.postMessage(each, '*'))`,
        `[${broken.join()}]`,
      );
      expect((await notebook.run(7))[0]?.success).to.be.true;
      expect(await notebook.textOf(7)).to.equal('131072\n');
    });

    it('draws a progress bar', async () => {
      const [ran] = await notebook.run(0, 8);
      expect(ran?.success).to.be.true;
      const bar = (await notebook.cells())[8]?.outputs.at(-1);
      expect(bar?.mimes).to.include('application/vnd.parseval.progress.v1+json');
      await notebook.focus(8);
      await editor.shot('15-progress');
    });
  });

  it('keeps two notebooks apart that run at once', async () => {
    const code = (value: number): string[] => [
      `import * as pv from 'parseval';\nconst mine = pv.full([64, 64], ${value});\nlet sum = 0;`,
      `for (let i = 0; i < 20; i++) sum += (await mine.sum().item()) / 4096;\nconsole.log(sum);`,
    ];
    const left = await OpenNotebook.create(editor, 'left.ipynb', code(1));
    const right = await OpenNotebook.create(editor, 'right.ipynb', code(3));
    const runs = await Promise.all([left.start(0, 1), right.start(0, 1)]);
    for (const cells of await Promise.all(runs.map((run) => run.ended()))) {
      expect(cells.map(({ success }) => success)).to.deep.equal([true, true]);
    }
    expect(await left.textOf(1)).to.equal('20\n');
    expect(await right.textOf(1)).to.equal('60\n');
    const [a, b] = [await left.status(), await right.status()];
    expect(a.pid).to.not.equal(b.pid);
    expect([a.memory?.device, b.memory?.device]).to.deep.equal(['webview', 'webview']);
    await editor.shot('17-two-notebooks');
  });

  it('keeps variables, and the cell that runs, when a notebook is saved under a name and renamed', async () => {
    await editor.command('parseval.newNotebook');
    const untitled = await eventually(
      () => editor.inHost((vscode) => vscode.window.activeNotebookEditor?.notebook.uri.fsPath ?? ''),
      (path) => path.startsWith('Untitled'),
      'a new notebook is shown',
    );
    const unsaved = new OpenNotebook(editor, untitled);
    await unsaved.kernelIsChosen();
    const signal = join(editor.folder, 'go-on');
    await unsaved.write(0, `let kept = 41;`);
    await unsaved.append(
      `kept + 1`,
      `import { existsSync } from 'node:fs';
       console.log('before');
       while (!existsSync(${JSON.stringify(signal)})) await new Promise((resolve) => setTimeout(resolve, 10));
       console.log('after');`,
    );
    await unsaved.run(0);
    const { pid } = await unsaved.status();
    // What is declared by nothing but the run of before.
    await unsaved.write(0, '');
    await unsaved.start(2);
    await unsaved.says(2, /before/);

    const named = await unsaved.saveAs('named.ipynb');
    const before = await named.cells();
    expect((await named.status()).pid).to.equal(pid);
    await writeFile(signal, '');
    const [ended] = await named.ended(before, [2]);
    expect(ended?.success).to.be.true;
    expect(await named.textOf(2)).to.equal('before\nafter\n');
    expect((await named.run(1))[0]?.success, await named.textOf(1)).to.be.true;
    expect(await named.textOf(1)).to.equal('42');

    const renamed = await named.rename('renamed.ipynb');
    expect((await renamed.run(1))[0]?.success, await renamed.textOf(1)).to.be.true;
    expect(await renamed.textOf(1)).to.equal('42');
    expect(await renamed.textOf(2)).to.equal('before\nafter\n');
    const { pid: same, variables } = await renamed.status();
    expect(same).to.equal(pid);
    expect(variables.map(({ name }) => name)).to.include('kept');
    await editor.shot('20-renamed');
  });

  /** Whether the device panel can be seen. */
  function panelState(): Promise<string> {
    return editor.inHost((vscode) => {
      const api = vscode.extensions.getExtension('parseval.parseval')?.exports as { panel(): { state: string } } | undefined;
      return api?.panel().state ?? 'no extension';
    });
  }
});

describe('Parseval in a workspace that is not trusted', function () {
  this.timeout(120_000);
  let editor: Editor;

  before(async function () {
    this.timeout(300_000);
    editor = await Editor.start({ workspace: notebooks, vsix: await packaged(), isTrusted: false });
  });

  after(async () => {
    await editor?.stop();
  });

  it('runs nothing, and says why', async () => {
    const notebook = await OpenNotebook.open(editor, first);
    expect(await editor.inHost((vscode) => vscode.workspace.isTrusted)).to.be.false;
    await editor.page.locator('.statusbar-item', { hasText: 'Parseval: Restricted Mode' }).waitFor();
    const before = await notebook.cells();
    await notebook.button('Run All').click();
    // VS Code asks first, by itself.
    const question = editor.page.locator('.monaco-dialog-box', { hasText: 'Executing a notebook cell will run code' });
    await question.waitFor();
    await editor.shot('18-restricted-mode');
    await question.getByRole('button', { name: 'Cancel' }).click();
    await editor.palette('Parseval: Restart Kernel');
    await editor.page.locator('.notification-toast', { hasText: 'Parseval runs nothing in Restricted Mode' }).waitFor();
    await editor.shot('19-restricted-mode-command');
    expect(await notebook.cells()).to.deep.equal(before);
    expect(await notebook.status()).to.include({ state: 'none' });
  });
});
