// Kernels in a real browser: what is drawn, said, edited and sent back, against sums computed here.
import { expect } from 'chai';
import { interpolateViridis } from 'd3-scale-chromatic';
import type { Page } from 'playwright-core';
import { colorAt } from '../../../src/display/color.js';
import { askView, setViewHost } from '../../../src/display/live-views.js';
import * as pv from '../../../src/index.js';
import { KERNELS_MIME } from '../../../src/protocol/kernels.js';
import { shown } from '../display/shown.js';
import { near } from './picture-probe.js';
import { PlaneProbe } from './plane-probe.js';
import { useViewsPage } from './views-page.js';

const sobel = [
  [-1, 0, 1],
  [-2, 0, 2],
  [-1, 0, 1],
];
const box = Array.from({ length: 3 }, () => [0.25, 0.25, 0.25]);
/** Planes on the page, in their order: the kernel, three of its response, the image, and it filtered. */
const [KERNEL, DB, , PHASE, IMAGE, FILTERED] = [0, 1, 2, 3, 4, 5] as const;
const SIZE = 16;

/** H of a 3×3 kernel as conv2d applies it, at a bin counted from zero frequency. */
function responseAt(kernel: readonly (readonly number[])[], k: number, l: number): { re: number; im: number } {
  let [re, im] = [0, 0];
  kernel.forEach((line, r) =>
    line.forEach((tap, c) => {
      const angle = (2 * Math.PI * (k * (r - 1) + l * (c - 1))) / SIZE;
      re += tap * Math.cos(angle);
      im += tap * Math.sin(angle);
    }),
  );
  return { re, im };
}

const gainAt = (kernel: readonly (readonly number[])[], k: number, l: number): number => {
  const { re, im } = responseAt(kernel, k, l);
  return Math.hypot(re, im);
};

/** The nearest 3×3 kernel where a bin that is not its own mirror is to have this value, and its mirror the conjugate. */
function pulled(kernel: readonly (readonly number[])[], k: number, l: number, magnitude: number, phase: number): number[][] {
  const before = responseAt(kernel, k, l);
  const delta = { re: magnitude * Math.cos(phase) - before.re, im: magnitude * Math.sin(phase) - before.im };
  // Of the change δ in a bin and its mirror, each tap gets 2·Re(δ·exp(−2πi(kr + lc)/n))/n²: the inverse of what conv2d does.
  return kernel.map((line, r) =>
    line.map((tap, c) => {
      const angle = (-2 * Math.PI * (k * (r - 1) + l * (c - 1))) / SIZE;
      return tap + (2 * (delta.re * Math.cos(angle) - delta.im * Math.sin(angle))) / SIZE ** 2;
    }),
  );
}

describe('the view of kernels', function () {
  this.timeout(60_000);
  const views = useViewsPage();
  afterEach(() => setViewHost(null));

  let calls = 0;
  /** What show.kernels saves, and its result; each time something else, so that no test finds the state of another. */
  async function saved(kernels: pv.Values, options: pv.show.KernelsOptions = {}): Promise<{ data: unknown; result: pv.show.ShownKernels }> {
    const { bundles, result } = await shown(() =>
      pv.show.kernels(pv.tensor(kernels), { size: SIZE, title: `Kernels ${calls++}`, ...options }),
    );
    return { data: bundles[0]?.[KERNELS_MIME], result };
  }

  const open = async (kernels: pv.Values = [sobel, box], options: pv.show.KernelsOptions = {}): Promise<pv.show.ShownKernels> => {
    const { data, result } = await saved(kernels, options);
    await views.show(KERNELS_MIME, data);
    return result;
  };

  /** The kernel as the page gives it as code. */
  async function taps(page: Page = views.page): Promise<number[][]> {
    await page.locator('.card').hover();
    await page.getByRole('button', { name: 'Copy this kernel as code' }).click();
    const code = await page.getByRole('textbox', { name: 'Kernel as code' }).inputValue();
    await page.getByRole('button', { name: 'close' }).click();
    return JSON.parse(code.replace(/^pv\.tensor\(|\)$/gu, '').replace(/,(\s*\])/gu, '$1')) as number[][];
  }

  const press = async (at: number, ...keys: string[]): Promise<void> => {
    const { canvas } = new PlaneProbe(views.page, at);
    await canvas.focus();
    for (const key of keys) await canvas.press(key);
  };
  const facts = (): Promise<string> => views.page.locator('.says').first().innerText();
  const residual = (): Promise<string> => views.page.locator('.says').nth(1).innerText();

  it('draws taps in their colours about 0 and bins by their level, and says both', async () => {
    await open();
    const probe = new PlaneProbe(views.page, KERNEL);
    // Numbers stand in the middle of cells: colours are taken beside them.
    for (const [row, col] of [
      [0, 0],
      [1, 2],
      [2, 1],
    ] as const)
      near(await probe.color(3 * row, 3 * col, 9, 9), colorAt('diverging', ((sobel[row]?.[col] ?? NaN) + 2) / 4), `tap [${row}, ${col}]`);
    expect(await probe.pointAt(1, 2, 3, 3)).to.equal('row 1, column 2 2');
    const response = new PlaneProbe(views.page, DB);
    let largest = 0;
    for (let k = 0; k < SIZE; k++) for (let l = 0; l < SIZE; l++) largest = Math.max(largest, gainAt(sobel, k, l));
    for (const [row, col] of [
      [8, 12],
      [3, 10],
      [15, 1],
    ] as const) {
      const gain = gainAt(sobel, row - 8, col - 8);
      const level = 20 * Math.log10(gain / largest);
      near(await response.color(row, col, SIZE, SIZE), interpolateViridis(1 + level / 60), `bin [${row}, ${col}]`);
      const said = await response.pointAt(row, col, SIZE, SIZE);
      expect(Number(/\|H\| ([\d.]+)/u.exec(said)?.[1]), said).to.be.closeTo(gain, 0.0051 * gain);
    }
    expect(await facts()).to.match(/^\[0\] sum 0, norm 3\.46, band-pass along 0°/u);
  });

  it('writes taps in black on light cells and in white on dark ones', async () => {
    await open([[[0, 8]]]);
    const probe = new PlaneProbe(views.page, KERNEL);
    /** The darkest and the lightest of the pixels about the middle of a cell. */
    const extremes = async (col: number): Promise<[number, number]> => {
      const { x, y } = await probe.middle(0, col, 1, 2);
      const greens = await views.page.evaluate<number[]>(
        `(() => {
          const canvas = document.querySelector('main > div').shadowRoot.querySelectorAll('.plane')[${KERNEL}].querySelector('canvas.cells');
          return [...canvas.getContext('2d').getImageData(${Math.floor(x) - 6}, ${Math.floor(y) - 6}, 12, 12).data].filter((_, i) => i % 4 === 1);
        })()`,
      );
      return [Math.min(...greens), Math.max(...greens)];
    };
    // The map's middle is nearly white, its end a dark red.
    const [light, dark] = [await extremes(0), await extremes(1)];
    expect(light[0], 'black').to.be.below(70);
    expect(light[1], 'and nothing lighter than the cell').to.be.below(245);
    expect(dark[0]).to.be.below(10);
    expect(dark[1], 'white').to.be.above(180);
  });

  it('draws the phase that multiplies the spectrum, of what conv2d does', async () => {
    await open([
      [
        [0, 0, 0],
        [0, 0, 1],
        [0, 0, 0],
      ],
    ]);
    await views.page.getByRole('radio', { name: 'phase' }).check({ force: true });
    const probe = new PlaneProbe(views.page, PHASE);
    for (const [row, col] of [
      [8, 11],
      [4, 6],
    ] as const) {
      const { re, im } = responseAt(
        [
          [0, 0, 0],
          [0, 0, 1],
        ],
        row - 8,
        col - 8,
      );
      near(
        await probe.color(row, col, SIZE, SIZE),
        colorAt('phase', (Math.atan2(im, re) + Math.PI) / (2 * Math.PI)),
        `bin [${row}, ${col}]`,
      );
    }
    expect(await probe.pointAt(8, 11, SIZE, SIZE)).to.contain('phase 67.5°');
  });

  it('takes typed numbers and steps for taps, and the response follows at once', async () => {
    await open();
    // From the middle tap to the right, and there 1.5; then up, where a twentieth of the range (2) is added twice.
    await press(KERNEL, 'ArrowRight', 'ArrowRight', '1', '.', '5', 'Enter', 'ArrowUp', '+', '+', '-', '+');
    const wanted = [
      [-1, 0, 1.2],
      [-2, 0, 1.5],
      [-1, 0, 1],
    ];
    expect(await taps()).to.deep.equal(wanted);
    const said = await new PlaneProbe(views.page, DB).pointAt(8, 8, SIZE, SIZE);
    expect(said).to.contain('frequency 0 across, 0 down |H| 0.300');
    expect(await facts()).to.contain('sum −0.300');
    await press(KERNEL, 'ArrowLeft', '4', '-', 'Enter');
    expect((await taps())[1]?.[0] ?? NaN, 'focus begins in the middle').to.equal(-2);
    expect((await taps())[1]?.[1]).to.equal(-4);
    expect(await views.page.locator('[aria-live=polite]').first().textContent()).to.match(/row 1, column 1, over the pixel itself\. −4$/u);
  });

  it('paints what a drag goes over, as one step', async () => {
    await open();
    await views.page.getByLabel('click or drag paints').fill('0.5');
    const probe = new PlaneProbe(views.page, KERNEL);
    await probe.pointAt(0, 0, 3, 3);
    await views.page.mouse.down();
    await probe.pointAt(0, 1, 3, 3);
    await probe.pointAt(0, 2, 3, 3);
    await probe.pointAt(1, 2, 3, 3);
    await views.page.mouse.up();
    expect(await taps()).to.deep.equal([
      [0.5, 0.5, 0.5],
      [-2, 0, 0.5],
      [-1, 0, 1],
    ]);
    await views.page.getByRole('button', { name: 'Undo' }).click();
    expect(await taps()).to.deep.equal(sobel);
    await views.page.getByRole('button', { name: 'Redo' }).click();
    expect((await taps())[0]).to.deep.equal([0.5, 0.5, 0.5]);
    await views.page.getByRole('button', { name: 'Reset this kernel' }).click();
    expect(await taps()).to.deep.equal(sobel);
    await press(KERNEL, 'Control+z');
    expect((await taps())[0]).to.deep.equal([0.5, 0.5, 0.5]);
    await press(KERNEL, 'Control+Shift+z');
    expect(await taps()).to.deep.equal(sobel);
  });

  it('makes the nearest kernel of a bin that is pulled, and says what it leaves undone', async () => {
    await open([box]);
    await views.page.getByLabel('with neighbours').fill('0');
    const [k, l] = [0, 4];
    const probe = new PlaneProbe(views.page, DB);
    await probe.pointAt(8 + k, 8 + l, SIZE, SIZE);
    await views.page.mouse.down();
    const { x, y } = (await probe.canvas.boundingBox()) ?? { x: 0, y: 0 };
    const start = await probe.box();
    const [px, py] = [x + start.x + ((8.5 + l) / SIZE) * start.width, y + start.y + (8.5 / SIZE) * start.height];
    // 75 px up: half of the largest response, 9/4, more.
    await views.page.mouse.move(px, py - 75, { steps: 4 });
    await views.page.mouse.up();
    const before = responseAt(box, k, l);
    const magnitude = Math.hypot(before.re, before.im) + (0.5 * 9) / 4;
    const phase = Math.atan2(before.im, before.re);
    const wanted = pulled(box, k, l, magnitude, phase);
    const found = await taps();
    wanted.forEach((line, r) => line.forEach((tap, c) => expect(found[r]?.[c], `[${r}, ${c}]`).to.be.closeTo(tap, 2e-4)));
    // ‖asked − actual‖ / ‖asked‖ over all bins.
    let [apart, size] = [0, 0];
    for (let row = 0; row < SIZE; row++)
      for (let col = 0; col < SIZE; col++) {
        const own = responseAt(box, row, col);
        const isAsked = (row === k && col === l) || (row === (SIZE - k) % SIZE && col === SIZE - l);
        const sign = row === k && col === l ? 1 : -1;
        const asked = isAsked ? { re: magnitude * Math.cos(phase), im: sign * magnitude * Math.sin(phase) } : own;
        const actual = responseAt(wanted, row, col);
        apart += (asked.re - actual.re) ** 2 + (asked.im - actual.im) ** 2;
        size += asked.re ** 2 + asked.im ** 2;
      }
    const said = await residual();
    expect(said).to.match(/^Nearest kernel of 3×3 taps: it leaves [\d.]+% of what was asked undone/u);
    expect(Number(/leaves ([\d.]+)%/u.exec(said)?.[1]), said).to.be.closeTo(100 * Math.sqrt(apart / size), 1);
    expect(await probe.pointAt(8 + k, 8 + l, SIZE, SIZE)).to.match(/asked for/u);
    await views.page.getByRole('radio', { name: 'asked' }).check({ force: true });
    near(
      await probe.color(8, 12 + 0, SIZE, SIZE),
      interpolateViridis(1 + (20 * Math.log10(magnitude / Math.max(9 / 4, magnitude))) / 60),
      'what was asked',
    );
  });

  it('turns the phase of the bin that keys led to by the slider', async () => {
    await open([
      [
        [0, 0, 0],
        [0, 1, 0],
        [0, 0, 0],
      ],
    ]);
    await views.page.getByLabel('with neighbours').fill('0');
    await press(DB, 'ArrowUp', 'ArrowRight');
    const phase = views.page.getByRole('slider', { name: 'phase' });
    await phase.fill('1');
    const said = await new PlaneProbe(views.page, DB).pointAt(8, 9, SIZE, SIZE);
    expect(said).to.contain('asked for 1 at 57.3°');
    const found = await taps();
    const identity = [
      [0, 0, 0],
      [0, 1, 0],
      [0, 0, 0],
    ];
    pulled(identity, 0, 1, 1, 1).forEach((line, r) =>
      line.forEach((tap, c) => expect(found[r]?.[c], `[${r}, ${c}]`).to.be.closeTo(tap, 1e-6)),
    );
  });

  it('does all that is asked of it exactly where each bin is its own', async () => {
    const { bundles } = await shown(() => pv.show.kernels(pv.fft.rfft2(pv.tensor(box))));
    await views.show(KERNELS_MIME, bundles[0]?.[KERNELS_MIME]);
    await press(DB, 'ArrowUp', 'ArrowRight', '2', 'Enter');
    expect(await residual()).to.equal('The response is as asked: 3×3 taps can do it.');
    expect(await new PlaneProbe(views.page, DB).pointAt(1, 2, 3, 3)).to.match(/\|H\| 2(\.00)? /u);
  });

  it('makes presets', async () => {
    await open([box]);
    await views.page.getByRole('button', { name: 'Laplacian' }).click();
    expect(await taps()).to.deep.equal([
      [0, 1, 0],
      [1, -4, 1],
      [0, 1, 0],
    ]);
    expect(await facts()).to.contain('high-pass');
  });

  it('filters the image in the page, zeros beyond its edges, as conv2d does', async () => {
    const image = Array.from({ length: 6 }, (_, r) => Array.from({ length: 8 }, (_, c) => ((r * 5 + c * 3) % 7) / 7));
    await open([sobel], { image: pv.tensor(image) });
    const at = (r: number, c: number): number =>
      sobel.flat().reduce((sum, tap, i) => sum + tap * (image[r + Math.floor(i / 3) - 1]?.[c + (i % 3) - 1] ?? 0), 0);
    const values = image.flatMap((line, r) => line.map((_, c) => at(r, c)));
    const largest = Math.max(...values.map(Math.abs));
    const probe = new PlaneProbe(views.page, FILTERED);
    for (const [row, col] of [
      [0, 0],
      [3, 4],
      [5, 7],
    ] as const) {
      // A kernel that keeps no mean: signed colours.
      near(await probe.color(row, col, 6, 8), colorAt('diverging', (at(row, col) + largest) / (2 * largest)), `[${row}, ${col}]`);
      const said = await probe.pointAt(row, col, 6, 8);
      expect(Number(/filtered ([−\d.]+)/u.exec(said)?.[1]?.replace('−', '-')), said).to.be.closeTo(at(row, col), 0.0051);
    }
    const level = Math.round(255 * (((image[2]?.[3] ?? 0) * 7) / 6));
    (await new PlaneProbe(views.page, IMAGE).color(2, 3, 6, 8)).forEach((byte) => expect(byte).to.be.closeTo(level, 2));
  });

  it('asks the kernel process for the image at full size', async () => {
    setViewHost({ push: () => undefined });
    views.kernel = askView;
    const image = pv.tensor(
      Float64Array.from({ length: 200 * 200 }, (_, i) => (i % 200) / 200),
      { shape: [200, 200] },
    );
    await open([sobel], { image });
    await views.page.locator('.panel .facts', { hasText: 'at full size, by the kernel process' }).waitFor();
    // The slope is 1/200 a pixel: 8/200, and at the right edge −4 of the value before.
    const said = await new PlaneProbe(views.page, FILTERED).pointAt(100, 50, 200, 200);
    expect(said).to.contain('filtered 0.0400');
  });

  it('gives the notebook what was edited, and says so', async () => {
    setViewHost({ push: () => undefined });
    views.kernel = askView;
    const result = await open([sobel, box]);
    await views.page.getByRole('radio', { name: '[1]' }).check({ force: true });
    await press(KERNEL, 'ArrowUp', '7', 'Enter');
    await views.page.getByText('In the notebook: weight() of the result has 1 edited kernel.').waitFor();
    const wanted = [sobel, box.map((line, r) => line.map((tap, c) => (r === 1 && c === 1 ? 7 : tap)))];
    expect(await result.weight().array()).to.deep.equal(wanted);
    await views.page.getByRole('button', { name: 'Undo' }).click();
    await views.page.getByText('In the notebook: as given.').waitFor();
    expect(await result.weight().array()).to.deep.equal([sobel, box]);
  });

  it('says where no kernel process takes edits, and gives all weights as code', async () => {
    await open([sobel, box]);
    await press(KERNEL, 'ArrowUp', '3', 'Enter');
    await views.page.getByText('no kernel process holds these weights').waitFor();
    await views.page.locator('.card').hover();
    await views.page.getByRole('button', { name: 'More' }).click();
    await views.page.getByRole('button', { name: 'Copy all weights as code' }).click();
    const code = await views.page.getByRole('textbox', { name: 'Kernel as code' }).inputValue();
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- what a person does who pastes it into a cell.
    const weights = (new Function('pv', `return ${code}`) as (library: typeof pv) => pv.Tensor)(pv);
    expect(weights.shape).to.deep.equal([2, 3, 3]);
    const wanted = [...sobel.flat(), ...box.flat()];
    wanted[4] = 3;
    expect([...(await weights.data())]).to.deep.equal(wanted);
  });

  it('is led by keys from kernel to kernel, and finds kernel, edits and what is shown again', async () => {
    const { data } = await saved([sobel, box]);
    await views.show(KERNELS_MIME, data);
    const first = views.page.getByRole('radio', { name: '[0]' });
    await first.focus();
    await first.press('ArrowRight');
    expect(await facts()).to.match(/^\[1\] /u);
    await press(KERNEL, 'ArrowUp', '9', 'Enter');
    await views.page.getByRole('radio', { name: 'phase' }).check({ force: true });
    await views.show(KERNELS_MIME, data, views.page, 'again');
    const again = views.page.locator('main > div').last();
    expect(await again.locator('.says').first().innerText()).to.match(/^\[1\] sum 11/u);
    expect(await again.getByRole('radio', { name: 'phase' }).isChecked()).to.equal(true);
    await views.page.evaluate('rendered.disposeOutputItem("again")');
  });

  it('shows NaN hatched, kernels of zeros, of one tap and of one axis', async () => {
    await open([
      [
        [NaN, 0],
        [0, Infinity],
      ],
    ]);
    const [red = 0, green = 0] = await new PlaneProbe(views.page, KERNEL).color(0, 0, 6, 6);
    expect(red - green, 'magenta').to.be.above(20);
    expect(await facts()).to.contain('not all of its values are finite');
    await open([[[0]]]);
    expect(await facts()).to.contain('it lets nothing pass');
    await open([1, 2, 1], { size: 32 });
    expect(await facts()).to.match(/^kernel sum 4, norm 2\.45, low-pass \(mean frequency/u);
    expect(await new PlaneProbe(views.page, KERNEL).pointAt(0, 1, 1, 3)).to.equal('tap 1, over the pixel itself 2');
    expect(await views.page.getByRole('button', { name: 'Sobel ↕' }).count()).to.equal(0);
  });

  it('draws the response of a kernel of one axis as a curve, too, and takes a bin from there', async () => {
    await open([1, 2, 1], { size: 32 });
    const plot = views.page.locator('.line-plot');
    await plot.focus();
    // From the middle, zero frequency, to the right.
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight', 'Enter']) await plot.press(key);
    const magnitude = views.page.getByRole('slider', { name: 'magnitude' });
    const bin = Number(/frequency ([\d.]+)/u.exec(await new PlaneProbe(views.page, DB).readout())?.[1]) * 32;
    expect(bin).to.be.within(1, 3);
    expect(Number(await magnitude.inputValue())).to.be.closeTo(2 + 2 * Math.cos((2 * Math.PI * Math.round(bin)) / 32), 1e-3);
  });

  it('leaves nothing behind', async () => {
    const fresh = await views.open();
    const before = await fresh.evaluate<number>('listening()');
    const { data } = await saved([sobel], { image: pv.ones([4, 4]) });
    for (let i = 0; i < 50; i++) await views.show(KERNELS_MIME, data, fresh, `output-${i}`);
    expect(await fresh.evaluate<number>('listening()')).to.be.above(before + 50);
    await fresh.evaluate('rendered.disposeOutputItem()');
    expect(await fresh.evaluate<number>('listening()')).to.equal(before);
    expect(await fresh.evaluate("document.querySelector('main').children.length")).to.equal(0);
    await fresh.close();
  });

  it('says of broken data what is wrong with it', async () => {
    const { data } = await saved([sobel]);
    await views.show(KERNELS_MIME, { ...(data as object), rows: 4 });
    expect(await views.page.locator('.broken').innerText()).to.match(/set of kernels cannot be drawn.*36 bytes where 12 numbers take 48/u);
  });
});
