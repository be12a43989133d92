// The picture of a gradient in a real browser: which planes it shows, that none of its elements is lost, and how it is led through.
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import type { CheckedElement, GradcheckReport, InputReport } from '../../../src/gradcheck/report.js';
import { convReport, inputReport, lineReport, noise, report } from '../display/gradcheck-reports.js';
import { showReport, useGradcheckPage } from './gradcheck-page.js';
import { PictureProbe } from './picture-probe.js';

describe('the picture of a gradient in a page', function () {
  this.timeout(60_000);
  const opened = useGradcheckPage();
  let page: Page;
  let picture: PictureProbe;

  before(() => {
    ({ page } = opened);
    picture = new PictureProbe(page);
  });

  const show = (given: GradcheckReport): Promise<void> => showReport(page, given);

  /** The planes that are drawn, by their first two indices, in their order in the picture. */
  async function planesDrawn(): Promise<string[]> {
    const places = [...(await picture.map(5))].map(([index, { x, y }]) => ({ plane: index.split(', ').slice(0, 2).join(), x, y }));
    const corners = new Map<string, { x: number; y: number }>();
    for (const { plane, x, y } of places) {
      const { x: left, y: top } = corners.get(plane) ?? { x, y };
      corners.set(plane, { x: Math.min(left, x), y: Math.min(top, y) });
    }
    return [...corners].sort(([, a], [, b]) => a.y - b.y || a.x - b.x).map(([plane]) => plane);
  }

  const height = async (): Promise<number> => (await page.locator('canvas').boundingBox())?.height ?? 0;

  it('shows the worst of many kernels first, and all when asked', async () => {
    const oracle = noise(1800, 2);
    const analytic = oracle.map((value, i) => value * (1 + i / 1e5));
    const peak = (plane: number): number =>
      Math.max(...Array.from({ length: 9 }, (_, i) => Math.abs((analytic[9 * plane + i] ?? 0) - (oracle[9 * plane + i] ?? 0))));
    const worst = Array.from({ length: 200 }, (_, plane) => plane).sort((a, b) => peak(b) - peak(a));
    await show(report([inputReport({ name: 'w', shape: [40, 5, 3, 3], oracle, analytic })]));
    expect(await picture.readout()).to.include('the worst 24 of 200 planes');
    expect(await planesDrawn()).to.deep.equal(worst.slice(0, 24).map((plane) => `${Math.floor(plane / 5)},${plane % 5}`));
    const before = await height();
    await page.getByRole('button', { name: 'Show all 200 planes' }).click();
    expect(await height()).to.be.above(before + 50);
    expect(await planesDrawn()).to.have.length(200);
    await page.mouse.move(0, 0);
    expect(await picture.readout()).to.not.include('worst');
    await page.getByRole('button', { name: 'Show only the worst 24 planes' }).click();
    expect(await height()).to.equal(before);
  });

  /** 128 kernels of which number 77 is wrong and small; the error is known of 16 elements only. */
  function sampled(): InputReport {
    const oracle = noise(128 * 9, 3).map((value, i) => (Math.floor(i / 9) === 77 ? 1e-3 * value : value));
    const analytic = oracle.map((value, i) => (Math.floor(i / 9) === 77 ? value + 0.1 : value));
    return inputReport({ name: 'w', shape: [32, 4, 3, 3], oracle, analytic, checked: 16 });
  }

  it('shows the planes of the worst elements first where not all are known, and calls none the worst', async () => {
    await show(report([sampled()]));
    expect(await picture.readout())
      .to.include(' · 24 of 128 planes')
      .and.to.not.include('worst');
    expect((await planesDrawn())[0]).to.equal('19,1');
    await page.locator('summary').click();
    for (const link of await page.locator('.worst tbody button').all()) {
      await link.click();
      expect(await picture.readout()).to.include(`dw${await link.innerText()}`);
    }
    expect(await page.getByRole('button', { name: 'Show all 128 planes' }).count()).to.equal(1);
  });

  it('leads to an element in a plane that is hidden', async () => {
    const oracle = noise(128 * 9, 3);
    const all = inputReport({ name: 'w', shape: [32, 4, 3, 3], oracle, analytic: oracle.map(() => NaN) });
    // All planes are as bad as can be, and the check names an element of the last.
    const last: CheckedElement = { index: [31, 3, 2, 1], analytic: NaN, numeric: 1, oracle: 1 };
    await show(report([{ ...all, worst: last, worstElements: [last] }]));
    expect(await planesDrawn()).to.not.include('31,3');
    await page.locator('summary').click();
    await page.locator('.worst tbody button').click();
    expect(await picture.readout()).to.include('dw[31, 3, 2, 1]');
    expect(await page.getByRole('button', { name: 'Show only the worst 24 planes' }).count()).to.equal(1);
  });

  it('shows each wrong sample of a strip with more of them than the screen has dots', async () => {
    const oracle = noise(8 * 512, 3);
    const isWrong = (row: number, col: number): boolean => (col + 5 * row) % 13 === 6;
    const analytic = oracle.map((value, i) => (isWrong(Math.floor(i / 512), i % 512) ? value + 1 : value));
    await show(report([inputReport({ name: 'w', shape: [8, 512], oracle, analytic })]));
    const box = (await page.locator('canvas').boundingBox()) ?? { width: 0, height: 0 };
    const width = box.width - 106;
    expect(width).to.be.within(200, 500);
    const lines = await Promise.all(
      Array.from({ length: 8 }, (_, row) => picture.colorsAt(0, Math.floor(1 + (row + 0.5) * 6), Math.ceil(width) + 2, 1)),
    );
    const lost = lines.flatMap((colors, row) =>
      Array.from({ length: 512 }, (_, col) => col).filter((col) => {
        const at = Math.floor(1 + ((col + 0.5) / 512) * width);
        const isRed = ([red = 0, green = 0]: readonly number[] = []): boolean => red > green + 60;
        // The rounding of cells to dots moves it by one at most.
        return isWrong(row, col) && ![at - 1, at, at + 1].some((x) => isRed(colors[x]));
      }),
    );
    expect(lost).to.deep.equal([]);
  });

  it('says under the switch why something cannot be chosen, where it is read without a pointer', async () => {
    await show(report([sampled()]));
    const reason = 'Error, Differences, Forward mode: not known of every element';
    expect(await page.locator('.choice').first().innerText()).to.include(reason);
    const described = await page.evaluate<string[]>(
      `[...document.querySelector('main > div').shadowRoot.querySelectorAll('input:disabled')].map((input) => input.ariaDescribedByElements[0].textContent)`,
    );
    expect(described).to.deep.equal([reason, reason, reason]);
    await show(lineReport(5003));
    expect(await page.locator('.choice').last().innerText()).to.include('Spectrum: too long to be transformed here');
  });

  it('comes back to where the keys were when the pointer leaves, until the focus leaves, too', async () => {
    await show(convReport(false));
    const canvas = page.locator('canvas');
    for (const key of ['Home', 'ArrowRight']) await canvas.press(key);
    const kept = await picture.readout();
    expect(kept).to.include('dw[0, 0, 0, 1]');
    expect((await picture.pointAt(100, 100)).said).to.not.equal(kept);
    await page.mouse.move(0, 0);
    expect(await picture.readout()).to.equal(kept);
    await canvas.click({ position: { x: 100, y: 100 } });
    const clicked = await picture.readout();
    await page.mouse.move(0, 0);
    expect(await picture.readout(), 'a click leads there, too').to.equal(clicked);
    await page.locator('summary').focus();
    expect(await picture.readout()).to.match(/^Error of dw/u);
    await picture.pointAt(100, 100);
    await page.mouse.move(0, 0);
    expect(await picture.readout()).to.match(/^Error of dw/u);

    const said = (): Promise<string> => page.locator('.step-curve .readout').innerText();
    const svg = page.locator('.step-curve svg');
    await svg.press('Home');
    await svg.hover({ position: { x: 200, y: 60 } });
    expect(await said()).to.not.match(/^h = 1·10⁻⁵/u);
    await page.mouse.move(0, 0);
    expect(await said()).to.match(/^h = 1·10⁻⁵/u);
    await canvas.focus();
    expect(await said()).to.match(/^taken: /u);
  });
});
