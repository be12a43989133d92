// V1: a cell in the real VS Code, on WebGPU in the device panel (SwiftShader): how much longer than its own work a small cell takes from
// the command that runs it until the editor has its output and its end, type check included; what of this is the editor's own, by a kernel that does
// nothing; and how long spectra of 1024² and 4096² take to be there, and to be seen.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Editor } from '../test/e2e/editor.js';
import { Editor as VSCode } from '../test/e2e/editor.js';
import { OpenNotebook } from '../test/e2e/notebook.js';
import { packaged } from '../test/vsix.js';
import type { BenchContext } from './report.js';
import { median, table } from './report.js';

const setup = `import * as pv from 'parseval';
const x = pv.arange(1000).keep();
const field = pv.randn([1024, 1024], { seed: 1 }).keep();
console.log(await field.sum().item());`;
// What a cell says of its own work: recording, the device's work, and the way of the value.
const small = (n: number): string => `{
  const begin = performance.now();
  const value = await x.mul(${n}).sum().item();
  console.log(value, performance.now() - begin);
}`;
const spectrum = (n: number): string => `await pv.show.spectrum(pv.fft.fft2(field.mul(${n})), { title: 'small ${n}' });`;
const large = `const large = pv.randn([4096, 4096], { seed: 1 }).keep();
const transformed = pv.fft.fft2(large).keep();
console.log(await transformed.abs().sum().item() > 0);`;
/** At most so long a spectrum of 4096² that is on the device takes to be seen, ms. */
const LARGE_TARGET = 3000;

/** Runs V1, prints its table, and returns its figures in milliseconds. */
export async function run({ quick }: BenchContext): Promise<object> {
  const repeats = quick ? 1 : 15;
  const workspace = await mkdtemp(join(tmpdir(), 'parseval-v1-'));
  const editor = await VSCode.start({ workspace, vsix: await packaged() });
  try {
    const notebook = await OpenNotebook.create(editor, 'v1.ipynb', [setup, '', '']);
    const [ready] = await notebook.run(0);
    if (ready?.success !== true) throw new Error(`V1: the first cell failed: ${await notebook.textOf(0)}`);
    const { memory } = await notebook.status();
    if (memory?.device !== 'webview') throw new Error(`V1 measures the device panel, but tensors live on ${memory?.device}`);

    const trips: { readonly trip: number; readonly own: number }[] = [];
    for (let n = quick ? 0 : -2; n < repeats; n++) {
      await notebook.write(1, small(n));
      if (!quick) await quiet();
      const trip = await roundTrip(editor, notebook.path, 1);
      const [value, own] = (await notebook.textOf(1)).split(' ').map(Number);
      if (value !== n * 499_500 || own === undefined) throw new Error(`V1: the cell said ${await notebook.textOf(1)}`);
      if (n >= 0) trips.push({ trip, own }); // two warm-ups
    }
    const shown: { readonly trip: number; readonly seen: number }[] = [];
    for (let n = quick ? 0 : -1; n < Math.ceil(repeats / 3); n++) {
      await notebook.write(2, spectrum(n + 2));
      await notebook.focus(2);
      if (!quick) await quiet();
      const begin = performance.now();
      const trip = await roundTrip(editor, notebook.path, 2);
      await viewIsDrawn(editor, `small ${n + 2}`);
      if (n >= 0) shown.push({ trip, seen: performance.now() - begin });
    }
    await notebook.write(2, large);
    await roundTrip(editor, notebook.path, 2);
    const largeSeen = { given: [] as number[], signal: [] as number[] };
    const largeFirst: { given?: number; signal?: number } = {};
    for (let n = quick ? 0 : -1; n < Math.ceil(repeats / 3); n++) {
      for (const [of, name] of [
        ['given', 'transformed'],
        ['signal', 'large'],
      ] as const) {
        await notebook.write(2, `await pv.show.spectrum(${name}, { title: '${of} ${n}' });`);
        await notebook.focus(2);
        if (!quick) await quiet();
        const begin = performance.now();
        await roundTrip(editor, notebook.path, 2);
        await viewIsDrawn(editor, `${of} ${n}`);
        const seen = performance.now() - begin;
        largeFirst[of] ??= seen;
        if (n >= 0) largeSeen[of].push(seen);
      }
    }

    await useEmptyKernel(editor);
    const empty: number[] = [];
    for (let n = quick ? 0 : -2; n < repeats; n++) {
      await notebook.write(1, small(n));
      if (!quick) await quiet();
      const trip = await roundTrip(editor, notebook.path, 1);
      if (n >= 0) empty.push(trip);
    }

    const figures = {
      device: memory.description,
      roundTrip: median(trips.map(({ trip }) => trip)),
      own: median(trips.map(({ own }) => own)),
      onTop: median(trips.map(({ trip, own }) => trip - own)),
      emptyKernel: median(empty),
      spectrum: median(shown.map(({ trip }) => trip)),
      spectrumSeen: median(shown.map(({ seen }) => seen)),
      largeGivenSeen: median(largeSeen.given),
      largeSignalSeen: median(largeSeen.signal),
      largeGivenFirst: largeFirst.given ?? NaN,
      largeSignalFirst: largeFirst.signal ?? NaN,
    };
    const row = (name: string, value: number): string[] => [name, value.toFixed(1)];
    console.log(`${figures.device}, VS Code for the web, ${repeats} repeats`);
    console.log(
      table(
        ['', 'ms (median)'],
        [
          row('a small cell, from command to end', figures.roundTrip),
          row('  its own work: one operation and a read', figures.own),
          row('  on top of that (at most 50)', figures.onTop),
          row('  the same cell with a kernel that does nothing', figures.emptyKernel),
          row('a spectrum of 1024², from command to end', figures.spectrum),
          row('  until it is drawn in the notebook', figures.spectrumSeen),
          row(`a spectrum of 4096² that is given, until it is drawn (at most ${LARGE_TARGET})`, figures.largeGivenSeen),
          row('  of a signal of 4096²', figures.largeSignalSeen),
          row('  the first that is given, whose kernels are compiled', figures.largeGivenFirst),
          row('  the first of a signal', figures.largeSignalFirst),
        ],
      ),
    );
    return figures;
  } finally {
    await editor.stop();
    await rm(workspace, { recursive: true, force: true });
  }
}

/** People look at what they typed before they run it; meanwhile the editor has drawn it, and its types were checked. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1000));
}

/** Gives the notebook a kernel that answers each cell at once: what is left is the editor's own time. */
async function useEmptyKernel(editor: Editor): Promise<void> {
  await editor.inHost(async (vscode) => {
    const { notebooks, NotebookCellOutput, NotebookCellOutputItem } = vscode;
    const controller = notebooks.createNotebookController('empty', 'jupyter-notebook', 'Empty');
    controller.supportedLanguages = ['typescript'];
    controller.executeHandler = async (cells) => {
      for (const cell of cells) {
        const execution = controller.createNotebookCellExecution(cell);
        execution.start(Date.now());
        await execution.replaceOutput(new NotebookCellOutput([NotebookCellOutputItem.text('1')]));
        execution.end(true, Date.now());
      }
    };
    const notebookEditor = vscode.window.activeNotebookEditor;
    await vscode.commands.executeCommand('notebook.selectKernel', { notebookEditor, id: 'empty', extension: 'parseval-tests.driver' });
    return null;
  });
}

/** Milliseconds from the command that runs a cell until the editor knows that it ended, by the extension host's clock. */
function roundTrip(editor: Editor, path: string, index: number): Promise<number> {
  return editor.inHost(
    (vscode, { path, index }) =>
      new Promise<number>((resolve, reject) => {
        let begin = 0;
        const listener = vscode.workspace.onDidChangeNotebookDocument(({ notebook, cellChanges }) => {
          const change = cellChanges.find(({ cell }) => notebook.uri.fsPath === path && cell.index === index);
          if (change?.executionSummary?.success === undefined) return;
          listener.dispose();
          if (change.executionSummary.success) resolve(performance.now() - begin);
          else reject(new Error('the cell failed'));
        });
        begin = performance.now();
        void vscode.commands.executeCommand('notebook.cell.execute', {
          ranges: [{ start: index, end: index + 1 }],
          document: vscode.Uri.file(path),
        });
      }),
    { path, index },
  );
}

/** Waits until a frame of the notebook's outputs shows the view of this title. */
async function viewIsDrawn(editor: Editor, title: string): Promise<void> {
  const isDrawn = `[...document.querySelectorAll('div')].some(({ shadowRoot: root }) =>
    root?.querySelector('.title')?.textContent === '${title}' && root.querySelector('canvas')?.width > 0)`;
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    for (const frame of editor.page.frames()) if (await frame.evaluate<boolean>(isDrawn).catch(() => false)) return;
  }
  throw new Error(`V1: ${title} was not drawn`);
}
