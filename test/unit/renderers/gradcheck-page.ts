// The renderer of gradient checks in a page, for the tests of a suite.
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { gradcheckData } from '../../../src/display/gradcheck-data.js';
import { GRADCHECK_MIME } from '../../../src/protocol/gradcheck.js';
import type { GradcheckReport } from '../../../src/gradcheck/report.js';
import { bundleRenderer, open, render, startBrowser } from './page.js';

/** What the tests of a suite have, filled in before they run. */
export interface GradcheckPage {
  browser: Browser;
  /** The renderer's code, for further pages. */
  code: string;
  /** A page in the light theme, 800 px wide. */
  page: Page;
  /** What went wrong in a page: it fails the test that it was found after. */
  readonly problems: string[];
}

/** Opens the renderer before the tests of this suite. */
export function useGradcheckPage(): GradcheckPage {
  const opened = { problems: [] as string[] } as unknown as GradcheckPage;
  before(async () => {
    [opened.browser, opened.code] = await Promise.all([startBrowser(), bundleRenderer('webview/renderers/gradcheck.ts')]);
    opened.page = await open(opened.browser, opened.code, 'vscode-light', 800, opened.problems);
  });
  after(async () => {
    await (opened as Partial<GradcheckPage>).browser?.close();
  });
  afterEach(() => {
    expect(opened.problems.splice(0)).to.deep.equal([]);
  });
  return opened;
}

/** Draws a report on a page. */
export async function showReport(page: Page, given: GradcheckReport): Promise<void> {
  await render(page, 'output', GRADCHECK_MIME, gradcheckData(given));
  await page.locator('.verdict').waitFor();
}
