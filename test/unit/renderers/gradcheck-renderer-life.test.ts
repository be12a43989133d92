// The life of the renderer of gradient checks in a real browser: other themes, strange data, and its end.
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { gradcheckData } from '../../../src/display/gradcheck-data.js';
import { GRADCHECK_MIME } from '../../../src/protocol/gradcheck.js';
import type { GradcheckReport } from '../../../src/gradcheck/report.js';
import { convReport, inputReport, nanReport, noise, report } from '../display/gradcheck-reports.js';
import { showReport, useGradcheckPage } from './gradcheck-page.js';
import { open, render } from './page.js';
import { PictureProbe } from './picture-probe.js';
import { themes } from './themes.js';

describe('the renderer of gradient checks, from its begin to its end', function () {
  this.timeout(60_000);
  const opened = useGradcheckPage();
  let page: Page;

  before(() => {
    ({ page } = opened);
  });

  const show = (given: GradcheckReport, on = page): Promise<void> => showReport(on, given);

  it('follows the theme: the middle of the signed map is as dark as the page', async () => {
    const dark = await open(opened.browser, opened.code, 'vscode-light', 800, opened.problems);
    await show(nanReport(), dark);
    // Element [1, 1, …] has no error but rounding.
    const size = (await dark.locator('canvas').boundingBox()) ?? { width: 0, height: 0 };
    const [x, y] = [Math.floor((size.width - 104) * 0.75), Math.floor(size.height * 0.8)];
    expect(Math.min(...((await new PictureProbe(dark).colorsAt(x, y))[0] ?? []))).to.be.above(215);
    const variables = Object.entries(themes['vscode-dark']).map(([name, value]) => `${name}:${value}`);
    await dark.evaluate(
      `document.documentElement.style.cssText = ${JSON.stringify(variables.join(';'))}; document.body.className = 'vscode-dark'`,
    );
    await dark.evaluate('new Promise((done) => requestAnimationFrame(done))');
    expect(Math.max(...((await new PictureProbe(dark).colorsAt(x, y))[0] ?? []))).to.be.below(80);
    await dark.context().close();
  });

  it('takes names for text, whatever stands in them', async () => {
    const oracle = noise(6, 1);
    const given = inputReport({ name: '<img src=x onerror=alert(1)>', shape: [2, 3], oracle, analytic: oracle.map((v) => 2 * v) });
    await show(report([given], [{ input: 'x', hypothesis: '<b>bold</b>', residual: 1, change: '<script>1</script>' }], ['<i>note</i>']));
    expect(await page.locator('.report').innerText())
      .to.include('<b>bold</b>')
      .and.to.include('<script>1</script>')
      .and.to.include('<i>note</i>');
    expect(await page.locator('main img, main script, main b, main i').count()).to.equal(0);
  });

  it('says in a sentence that data is broken or of another version', async () => {
    const good = gradcheckData(convReport(true));
    const broken: unknown[] = [
      {},
      null,
      [],
      { ...good, inputs: [{ ...good.inputs[0], values: { analytic: '!!', numeric: null, oracle: null } }] },
      { ...good, inputs: [{ ...good.inputs[0], values: { analytic: 'AAAA', numeric: null, oracle: null } }] },
      { ...good, inputs: [{ ...good.inputs[0], maxError: 'large' }] },
    ];
    for (const data of broken) {
      await render(page, 'output', GRADCHECK_MIME, data);
      expect(await page.locator('.view').innerText()).to.match(/cannot be drawn: .*another version of Parseval wrote it \(.+\)/u);
    }
  });

  it('leaves no listener and nothing on the page when it is disposed of', async () => {
    const fresh = await open(opened.browser, opened.code, 'vscode-dark', 800, opened.problems);
    // The test's own tools listen, too.
    const before = await fresh.evaluate<number>('listening()');
    for (const id of ['a', 'b']) {
      await fresh.evaluate(`document.body.append(document.createElement('main'))`);
      await render(fresh, id, GRADCHECK_MIME, gradcheckData(convReport(false)));
      await fresh.locator('.verdict').waitFor();
    }
    expect(await fresh.evaluate('listening()')).to.be.above(before + 40);
    await fresh.evaluate(`rendered.disposeOutputItem('b')`);
    expect(await fresh.locator('.verdict').count()).to.equal(0);
    await render(fresh, 'c', GRADCHECK_MIME, gradcheckData(convReport(false)));
    await fresh.evaluate('rendered.disposeOutputItem()');
    expect(await fresh.evaluate('listening()')).to.equal(before);
    expect(await fresh.locator('main').first().innerHTML()).to.equal('');
    await fresh.context().close();
  });
});
