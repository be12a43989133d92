// A renderer of notebook outputs in a real browser: bundled as the product is, in a page with the variables of one of VS Code's themes.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { themes, type Theme } from './themes.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Starts the machine's Chromium. */
export async function startBrowser(): Promise<Browser> {
  const { stdout } = await promisify(execFile)('sh', ['-c', 'command -v chromium']).catch(() => {
    throw new Error("there is no chromium in the PATH: 'npm test' installs it");
  });
  return chromium.launch({ executablePath: stdout.trim(), args: ['--headless=new', '--no-sandbox', '--force-color-profile=srgb'] });
}

/** The code of a renderer, which `open` takes. */
export async function bundleRenderer(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'renderer',
    platform: 'browser',
    target: 'es2022',
    loader: { '.css': 'text' },
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  });
  return outputFiles[0]?.text ?? '';
}

/** Keeps account of what listens and observes: `listening()` of the page says how many still do, but for those that ended themselves. */
const countListeners = `{
  const all = new Set(), observing = new Set();
  const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    if (!(this instanceof AbortSignal)) all.add({ target: this, type, listener, signal: options?.signal });
    return add.call(this, type, listener, options);
  };
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    for (const each of all) if (each.target === this && each.type === type && each.listener === listener) all.delete(each);
    return remove.call(this, type, listener, options);
  };
  for (const Observer of [ResizeObserver, MutationObserver]) {
    const { observe, disconnect } = Observer.prototype;
    Observer.prototype.observe = function (...given) { observing.add(this); return observe.apply(this, given); };
    Observer.prototype.disconnect = function () { observing.delete(this); return disconnect.call(this); };
  }
  // What listens to an element that is gone is gone with it.
  const isThere = ({ target, signal }) => !signal?.aborted && (!(target instanceof Node) || target.isConnected);
  globalThis.listening = () => [...all].filter(isThere).length + observing.size;
}`;

/**
 * Opens a page with the renderer and nothing drawn. Its `listening()` says how much listens or observes; what goes wrong in it, refusals of
 * the content security policy among it, is added to `problems`. `prepare` may add to the page before anything runs in it.
 */
export async function open(
  browser: Browser,
  code: string,
  theme: Theme,
  width: number,
  problems: string[],
  prepare: (page: Page) => Promise<void> = () => Promise.resolve(),
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: width + 32, height: 1200 } });
  await context.addInitScript(countListeners);
  const page = await context.newPage();
  await prepare(page);
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  // What VS Code sets in its notebooks.
  const policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; font-src 'none'";
  const variables = Object.entries(themes[theme]).map(([name, value]) => `${name}:${value}`);
  // A page that scripts of `prepare` run in.
  await page.goto('about:blank');
  await page.setContent(
    `<!doctype html><html style='${variables.join(';')}'><head><meta http-equiv="Content-Security-Policy" content="${policy}"></head>
     <body class="${theme}" style="margin:16px;background:var(--vscode-editor-background)"><main></main></body></html>`,
  );
  await page.addScriptTag({ content: `${code}\nglobalThis.rendered = renderer.activate(globalThis.rendererContext ?? {});` });
  return page;
}

/** Gives the renderer an output, as VS Code does. */
export async function render(page: Page, id: string, mime: string, data: unknown): Promise<void> {
  const item = `{ id: ${JSON.stringify(id)}, mime: ${JSON.stringify(mime)}, json: () => JSON.parse(${JSON.stringify(JSON.stringify(data))}) }`;
  await page.evaluate(`rendered.renderOutputItem(${item}, document.querySelector('main'))`);
}
