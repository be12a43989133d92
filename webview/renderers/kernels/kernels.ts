// Kernels in a notebook: pick one, change it or its response, see the other follow and the image change, and take it back.

import * as v from 'valibot';
import { describeKernel, kernelFacts } from '../../../src/display/kernels-facts.js';
import { presetNames, presetTaps } from '../../../src/display/kernels-presets.js';
import { counted } from '../../../src/display/number-format.js';
import { editAnswer, kernelsSchema, type KernelsData, type KernelsRequest } from '../../../src/protocol/kernels.js';
import { floatsFromText, floatsToText, numberTo } from '../../../src/protocol/numbers.js';
import { count } from '../../../src/protocol/schemas.js';
import { heading, make, setText } from '../../ui/dom.js';
import { linePlotStyles } from '../../ui/line-plot.js';
import { DetailRequests } from '../../ui/plane/detail.js';
import { Readout } from '../../ui/readout.js';
import type { ViewKind, ViewPage } from '../../ui/renderer.js';
import { canvasesToPng, csvOf, fileName, saveFile } from '../../ui/save.js';
import { toolbar } from '../../ui/toolbar.js';
import { kernelCode, weightsCode } from './code.js';
import { KernelEditor } from './editor.js';
import { FilteredImage, type Say } from './filtered.js';
import { KernelGrid } from './grid.js';
import styles from './kernels.css';
import { Picker } from './picker.js';
import { quantities, ResponsePanel } from './response.js';

/** Shows saved kernels. */
export const kernelsView: ViewKind = {
  what: 'set of kernels',
  styles: `${linePlotStyles}\n${styles}`,
  open: (json, page) => openKernels(v.parse(kernelsSchema, json), page),
};

/** What is kept of a view: the kernel that is edited, how its response is shown, and all edits; taps as float32. */
const stateSchema = v.object({
  at: count,
  quantity: v.picklist(quantities),
  edits: v.array(v.object({ at: count, taps: v.string() })),
});

function openKernels(saved: KernelsData, page: ViewPage): void {
  const { rows, cols, height, width, operation, view } = saved;
  const { signal, ink } = page;
  const given = saved.kernels.map(({ taps }) => Float64Array.from(floatsFromText(taps, rows * cols)));
  const names = saved.kernels.map(({ index }) => (index.length === 0 ? 'kernel' : `[${index.join(', ')}]`));
  const editor = new KernelEditor({ rows, cols, height, width, operation }, given);
  const state = v.safeParse(stateSchema, page.state);
  let quantity = state.success ? state.output.quantity : 'dB';
  if (state.success) {
    editor.restore(state.output.edits.map(({ at, taps }) => ({ at, values: Float64Array.from(floatsFromText(taps)) })));
    editor.select(state.output.at);
  }
  const readout = new Readout();
  const [facts, residual, sent] = [make('p', 'facts says'), make('p', 'facts says'), make('p', 'facts says')];
  sent.role = 'status';
  const hint = (): void => readout.hint(saved.readout.join(' '), 'point at a tap or a bin; paint taps, pull bins up and down');
  const say: Say = (place, values, isKept) => (place === '' ? hint() : readout.say(place, values, isKept));
  const keep = (): void =>
    page.saveState({ at: editor.at, quantity, edits: editor.edits.map(({ at, values }) => ({ at, taps: floatsToText(values) })) });

  const picker = new Picker({ names, ink, signal, onPick: (at) => change(() => editor.select(at)) });
  const actions = { say, onEdit: () => drawKernel(), onCommit: () => commit() };
  const grid = new KernelGrid(editor, page, actions);
  const response = new ResponsePanel(editor, page, actions, quantity, (chosen) => {
    quantity = chosen;
    keep();
  });
  const image = saved.image === null ? null : new FilteredImage(saved, saved.image, page, say);

  /** Colours of all kernels reach as far as the largest tap of them; a kernel that is pulled beyond has its own. */
  const sizeOf = (taps: readonly Float64Array[]): number =>
    taps.reduce(
      (most, values) => values.reduce((size, value) => (Number.isFinite(value) ? Math.max(size, Math.abs(value)) : size), most),
      0,
    ) || 1;
  const common = sizeOf(given);
  const drawKernel = (): void => {
    const { taps } = editor;
    const size = Math.max(common, sizeOf([taps.values]));
    grid.draw(size);
    picker.draw(editor.at, taps, common, editor.isEdited(editor.at));
    response.draw();
    image?.filter(taps);
    setText(facts, `${names[editor.at] ?? ''} ${describeKernel(kernelFacts(taps.values, editor.response))}`);
    setText(residual, describeResidual(editor));
  };
  const draw = (): void => {
    saved.kernels.forEach((_, at) => picker.draw(at, editor.tapsOf(at), common, editor.isEdited(at)));
    picker.select(editor.at);
    image?.draw();
    drawKernel();
  };
  const sync = new DetailRequests<number>(
    (edited) =>
      setText(
        sent,
        edited === 0 ? 'In the notebook: as given.' : `In the notebook: weight() of the result has ${counted(edited, 'edited kernel')}.`,
      ),
    (reason) => setText(sent, `Edits stay in this view: ${reason}. Copy them as code instead.`),
    signal,
  );
  const tell = (): void => {
    const { edits } = editor;
    if (view === null)
      return setText(sent, edits.length === 0 ? '' : 'Edits stay in this view: no kernel process holds these weights. Copy them as code.');
    const request: KernelsRequest = { kind: 'edit', kernels: edits.map(({ at, values }) => ({ at, taps: Array.from(values, numberTo) })) };
    sync.ask(async () => v.parse(editAnswer, await page.ask(view, request)).edited);
  };
  const commit = (): void => {
    editor.commit();
    keep();
    tell();
  };
  const change = (by: () => void): void => {
    by();
    keep();
    tell();
    picker.select(editor.at);
    drawKernel();
  };

  const code = codeBox(signal);
  const isWhole =
    saved.domain === 'spatial' && saved.shape.slice(0, rows === 1 ? -1 : -2).reduce((all, extent) => all * extent, 1) === given.length;
  const tools = toolbar(
    [
      { sign: '↶', label: 'Undo', run: () => change(() => editor.undo()) },
      { sign: '↷', label: 'Redo', run: () => change(() => editor.redo()) },
      { sign: '⟲', label: 'Reset this kernel', run: () => change(() => editor.reset()) },
      { sign: '{ }', label: 'Copy this kernel as code', run: () => code.show(kernelCode(editor.taps)) },
    ],
    [
      ...(isWhole
        ? [
            {
              label: 'Copy all weights as code',
              run: () =>
                code.show(
                  weightsCode(
                    given.map((_, at) => editor.tapsOf(at)),
                    saved.shape,
                  ),
                ),
            },
          ]
        : []),
      {
        label: 'Save as PNG',
        run: () =>
          void canvasesToPng(saved.title, facts.textContent, [grid.view.canvas, ...response.canvases], ink()).then((png) =>
            saveFile(fileName(saved.title, 'png'), png),
          ),
      },
      {
        label: 'Save response as CSV',
        run: () => saveFile(fileName(`${saved.title} response`, 'csv'), new Blob([responseCsv(editor)], { type: 'text/csv' })),
      },
    ],
    signal,
  );
  const presets = make('div', 'presets', make('span', 'facts', 'make it'));
  // Of one axis there is no difference between rows.
  for (const name of presetNames.filter((each) => presetTaps(each, rows, cols).values.some((value) => value !== 0))) {
    const button = make('button', 'link', name);
    button.type = 'button';
    button.addEventListener('click', () => change(() => (editor.setTaps(presetTaps(name, rows, cols).values), editor.commit())), {
      signal,
    });
    presets.append(button);
  }
  const panels = make('div', 'panels', grid.element, response.element);
  page.root.append(
    make(
      'div',
      'card',
      heading(saved.title, saved.note),
      tools,
      picker.element,
      presets,
      panels,
      facts,
      residual,
      ...(image === null ? [] : [image.element]),
      readout.element,
      sent,
      code.element,
    ),
  );
  page.root.addEventListener('keydown', (event) => onKeys(event, (by) => change(() => editor[by]())), { signal });
  page.onTheme(draw);
  draw();
  hint();
  if (editor.edits.length > 0) tell();
}

/** Ctrl+Z and Ctrl+Shift+Z (or Ctrl+Y), as everywhere; in fields for text they are the field's. */
function onKeys(event: KeyboardEvent, run: (by: 'undo' | 'redo') => void): void {
  const { key, ctrlKey, metaKey, shiftKey, target } = event;
  const isField = target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && target.type === 'number');
  const letter = key.toLowerCase();
  if (isField || !(ctrlKey || metaKey) || (letter !== 'z' && letter !== 'y')) return;
  // The notebook would undo an edit of its own.
  event.preventDefault();
  event.stopPropagation();
  run(letter === 'y' || shiftKey ? 'redo' : 'undo');
}

/** How well the kernel does what was asked of its response, in words. */
function describeResidual({ residual, shape: { rows, cols } }: KernelEditor): string {
  if (residual === null) return '';
  const size = rows === 1 ? `${cols} taps` : `${rows}×${cols} taps`;
  if (residual < 1e-9) return `The response is as asked: ${size} can do it.`;
  return `Nearest kernel of ${size}: it leaves ${(100 * residual).toPrecision(2)}% of what was asked undone (‖asked − actual‖ / ‖asked‖).`;
}

function responseCsv(editor: KernelEditor): string {
  const { re, im, cols } = editor.response;
  const lines = function* (): Generator<number[]> {
    for (let bin = 0; bin < re.length; bin++) yield [Math.floor(bin / cols), bin % cols, re[bin] ?? NaN, im[bin] ?? NaN];
  };
  return csvOf(['row bin', 'column bin', 'real', 'imaginary'], lines());
}

/** A box with code, selected and copied. */
function codeBox(signal: AbortSignal): { readonly element: HTMLElement; readonly show: (code: string) => void } {
  const text = make('textarea', 'code');
  text.readOnly = true;
  text.ariaLabel = 'Kernel as code';
  const done = make('p', 'facts');
  done.role = 'status';
  const element = make('div', 'code-box', text, done);
  element.hidden = true;
  const close = make('button', 'link', 'close');
  close.type = 'button';
  close.addEventListener('click', () => (element.hidden = true), { signal });
  element.append(close);
  return {
    element,
    show: (code) => {
      element.hidden = false;
      text.value = code;
      text.rows = Math.min(12, code.split('\n').length);
      text.focus();
      text.select();
      const clipboard = navigator.clipboard as Clipboard | undefined;
      const say = (isCopied: boolean): void =>
        setText(done, isCopied ? 'Copied: paste it into a cell.' : 'Selected: copy it with the keys of your system.');
      if (clipboard === undefined) say(false);
      else
        clipboard.writeText(code).then(
          () => say(true),
          () => say(false),
        );
    },
  };
}
