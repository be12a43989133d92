// End to end: the views of pv.show below cells of a real VS Code, with the kernel that they ask.
import { expect } from 'chai';
import { fileURLToPath } from 'node:url';
import type { Frame, Locator } from 'playwright-core';
import { packaged } from '../vsix.js';
import { clearPictures, Editor, eventually } from './editor.js';
import { OpenNotebook } from './notebook.js';

const notebooks = fileURLToPath(new URL('../../notebooks', import.meta.url));

/** Cells, each with the view that it shows. */
const cells = {
  image: `import * as pv from 'parseval';
const photo = await pv.image('data/ascent.png');
await pv.show.image(photo, { title: 'Ascent' });`,
  spectrum: `await pv.show.spectrum(photo, { title: 'Its spectrum' });`,
  kernels: `const conv = new pv.nn.Conv2d(1, 6, 5);
await pv.show.kernels(conv, { image: photo, title: 'A layer at its start' });`,
  convolution: `const blur = pv.ones([9, 9]).div(81);
await pv.show.convolution(photo.slice([100, 300], [164, 364]), blur, { mode: 'circular', title: 'A blur that wraps around' });`,
  compare: `const rounded = photo.mul(16).add(0.5).astype('int32').astype('float32').div(16);
await pv.show.compare(photo, rounded, { names: ['photo', '17 levels'] });`,
  matrix: `await pv.show.matrix(pv.fft.fft(pv.eye(64)), { title: 'The transform of 64 points' });`,
  spectrogram: `const sound = await pv.audio('data/headphones.wav');
await pv.show.spectrogram(sound.slice([0, 0], [1, sound.shape[1]!]).squeeze(), { sampleRate: sound.sampleRate, title: 'Headphones' });`,
  plot: `const t = pv.linspace(0, 1, 400);
await pv.show.plot({ sine: t.mul(40).sin(), 'its square': t.mul(40).sin().square() }, { x: t, title: 'Curves' });`,
  table: `await pv.show.table([0, 1, 2, 3].map((k) => ({ layer: \`conv\${k}\`, kernels: 8 * 2 ** k, error: 10 ** -k })), { title: 'Layers' });`,
  live: `const view = pv.show.live({ title: 'Training' });
for (let step = 0; step < 60; step++) {
  view.log({ loss: 2 * Math.exp(-step / 20) + 0.05 * Math.cos(step), kernels: conv.weight.mul(1 - step / 100) });
  await pv.sync();
}
view.done();`,
  signal: `const wave = t.mul(2 * Math.PI * 40).sin().add(t.mul(2 * Math.PI * 90).sin().mul(0.1));
await pv.show.spectrum(wave, { sampleRate: 400, title: 'Two tones' });`,
} as const;
type View = keyof typeof cells;

/** What a view's data is called: spectra of signals and of images are one kind. */
const kindOf = (name: View): string => (name === 'signal' ? 'spectrum' : name);

describe('Views in VS Code', function () {
  this.timeout(240_000);
  let editor: Editor;
  let notebook: OpenNotebook;

  before(async function () {
    this.timeout(300_000);
    await clearPictures();
    editor = await Editor.start({ workspace: notebooks, vsix: await packaged() });
    notebook = await OpenNotebook.create(editor, 'views.ipynb', Object.values(cells));
    // The cells' text is not what is looked at.
    await editor.command('workbench.action.closePanel');
    await editor.command('workbench.action.closeSidebar');
  });

  after(async () => {
    await editor?.stop();
  });

  afterEach(async function () {
    await editor.reportFailure(this.currentTest);
  });

  /** The view below a cell, in the frame of the notebook's outputs. */
  async function viewOf(name: View): Promise<{ readonly frame: Frame; readonly view: Locator }> {
    const title = await eventually(
      async () => (await notebook.cells())[Object.keys(cells).indexOf(name)]?.outputs[0]?.text.split(/ ?[(:\n]/u)[0] ?? '',
      (text) => text !== '',
      `${name} has words`,
    );
    const frame = await editor.frameWhere(
      `[...document.querySelectorAll('div')].some(({ shadowRoot }) => shadowRoot?.querySelector('.title')?.textContent === ${JSON.stringify(title)})`,
    );
    return { frame, view: frame.locator('.view', { has: frame.locator('.title', { hasText: title }) }) };
  }

  for (const [at, name] of (Object.keys(cells) as View[]).entries()) {
    it(`show.${kindOf(name)} (${name}) is drawn below its cell, with its picture and its words in the file`, async () => {
      const [cell] = await notebook.run(at);
      expect(cell?.success, cell?.outputs.map(({ text }) => text).join()).to.equal(true);
      expect(cell?.outputs[0]?.mimes).to.include.members(['image/png', 'text/plain', `application/vnd.parseval.${kindOf(name)}.v1+json`]);
      await notebook.focus(at);
      // The device panel needs little room.
      await editor.command('workbench.action.focusFirstEditorGroup');
      await editor.command('workbench.action.minimizeOtherEditors');
      const { view } = await viewOf(name);
      await view.locator('.title').first().waitFor();
      await view.scrollIntoViewIfNeeded();
      await editor.shotInBothThemes(`${33 + at}-view-${name}`);
    });
  }

  it('a response that is pulled has the nearest kernel, which the notebook gets', async () => {
    await notebook.focus(Object.keys(cells).indexOf('kernels'));
    const { view } = await viewOf('kernels');
    const response = view.getByRole('application', { name: 'Frequency response' }).locator('visible=true');
    await response.focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight', '2', 'Enter']) await response.press(key);
    await view.getByText('Nearest kernel of 5×5 taps').waitFor();
    await view.getByText('weight() of the result has 1 edited kernel').waitFor();
    await editor.shotInBothThemes('44-view-kernels-edited');
  });

  it('with zeros appended fewer pixels hold what wrapped around', async () => {
    await notebook.focus(Object.keys(cells).indexOf('convolution'));
    const { view } = await viewOf('convolution');
    const slider = view.getByRole('slider', { name: 'zeros appended' });
    for (let i = 0; i < 4; i++) await slider.press('ArrowRight');
    // Of 68×68 the first four rows and columns.
    await view.locator('.step-text', { hasText: `${68 ** 2 - 64 ** 2} of 4\u2009624 pixels` }).waitFor();
    await editor.shotInBothThemes('45-view-convolution-wrapped');
  });

  it('a picture that is looked at closer shows cells that only the kernel has', async () => {
    await notebook.focus(0);
    const { view } = await viewOf('image');
    const canvas = view.locator('canvas.cells');
    await canvas.focus();
    await canvas.press('ArrowRight');
    for (let i = 0; i < 10; i++) await canvas.press('+');
    await view.locator('.readout', { hasNotText: 'mean of' }).waitFor();
    expect(await view.locator('.readout').innerText()).to.match(/^row 256, column 256\s+0\.\d+$/u);
    await editor.shot('46-view-image-closer');
  });

  it('what was chosen in a view is found again when the notebook is opened without a kernel', async () => {
    await notebook.focus(0);
    const handle = (await viewOf('image')).view.getByRole('slider', { name: 'Lowest value' });
    await handle.focus();
    for (let i = 0; i < 4; i++) await handle.press('PageUp');
    const value = await handle.getAttribute('aria-valuenow');
    expect(Number(value)).to.be.closeTo(0.4, 0.02);
    await notebook.save();
    await editor.command('workbench.action.closeActiveEditor');
    await notebook.focus(0);
    const again = (await viewOf('image')).view;
    // The extension tells a page that has just opened a moment later.
    await again.locator(`[role=slider][aria-label^="Lowest value"][aria-valuenow="${value}"]`).waitFor();
    // The kernel of now holds nothing for it, and the view says so.
    await editor.command('parseval.restartKernel');
    const canvas = again.locator('canvas.cells');
    await canvas.focus();
    for (let i = 0; i < 10; i++) await canvas.press('+');
    await canvas.blur();
    await again.locator('.readout', { hasText: 'run the cell again' }).waitFor();
  });

  it('views whose outputs are cleared are gone from the page', async () => {
    const { frame } = await viewOf('image');
    await editor.command('notebook.clearAllCellsOutputs');
    await eventually(
      () =>
        frame.evaluate<number>(
          "[...document.querySelectorAll('div')].filter(({ shadowRoot }) => shadowRoot?.querySelector('.view')).length",
        ),
      (count) => count === 0,
      'no view is left',
    );
  });
});
