// The renderer of pv.show's views in a real browser, for the tests of a suite, with a kernel to ask.
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { bundleRenderer, open, render, startBrowser } from './page.js';
import type { Theme } from './themes.js';

/** Answers what views ask, as a kernel does: gets the view's name and the request; what it throws is the reason of a refusal. */
export type TestKernel = (view: string, request: unknown) => unknown;

/** What the tests of a suite have. */
export class ViewsPage {
  browser!: Browser;
  /** The renderer's code. */
  code = '';
  /** A page in the light theme, 800 px wide. */
  page!: Page;
  /** What went wrong in a page: it fails the test that it was found after. */
  readonly problems: string[] = [];
  /** Names of views that said that they are gone. */
  readonly gone: string[] = [];
  kernel: TestKernel = () => {
    throw new Error('no kernel in this test');
  };

  /** What people chose in views, as the extension keeps it. */
  kept: (readonly [key: string, state: unknown])[] = [];

  /** Opens a further page; what was kept so far is found again there. */
  async open(theme: Theme = 'vscode-light', width = 800): Promise<Page> {
    const page = await open(this.browser, this.code, theme, width, this.problems, async (fresh) => {
      await fresh.exposeFunction('askKernel', async (message: Asked) => this.#answer(message));
      await fresh.addInitScript(`
        globalThis.listeners = [];
        globalThis.rendererContext = {
          onDidReceiveMessage: (listener) => void globalThis.listeners.push(listener),
          postMessage: (message) => void globalThis.askKernel(message).then((answer) => {
            if (answer) for (const listener of globalThis.listeners) listener(answer);
          }),
        };`);
    });
    return page;
  }

  /** Brings what the kernel pushes to a view. */
  async push(view: string, data: unknown, page = this.page): Promise<void> {
    await page.evaluate(`for (const listener of listeners) listener(${JSON.stringify({ kind: 'push', view, data })})`);
  }

  /** Draws saved data. */
  async show(mime: string, data: unknown, page = this.page, id = 'output'): Promise<void> {
    await render(page, id, mime, data);
    await page.locator('.view > *').first().waitFor();
  }

  async #answer({ kind, id, view, request, key, state }: Asked): Promise<unknown> {
    if (kind === 'hello') return { kind: 'kept', states: this.kept };
    if (kind === 'keep') {
      this.kept = [...this.kept.filter(([known]) => known !== key), [key, state]];
      return undefined;
    }
    if (kind === 'gone') {
      this.gone.push(view);
      return undefined;
    }
    try {
      return { kind: 'answer', id, result: await this.kernel(view, request) };
    } catch (error) {
      return { kind: 'refused', id, reason: (error as Error).message };
    }
  }
}

interface Asked {
  readonly kind: string;
  readonly id: number;
  readonly view: string;
  readonly request: unknown;
  readonly key: string;
  readonly state: unknown;
}

/** Opens the renderer before the tests of this suite, and fails a test after which something was found wrong in a page. */
export function useViewsPage(): ViewsPage {
  const views = new ViewsPage();
  before(async () => {
    [views.browser, views.code] = await Promise.all([startBrowser(), bundleRenderer('webview/renderers/views.ts')]);
    views.page = await views.open();
  });
  after(async () => {
    await (views as Partial<ViewsPage>).browser?.close();
  });
  afterEach(() => {
    expect(views.problems.splice(0)).to.deep.equal([]);
  });
  return views;
}
