// A real VS Code for tests: its server with the installed VSIX and a remote extension host, and its workbench in Chromium with WebGPU on
// SwiftShader. A test acts as the user through `page`, and runs steps within the extension host through `inHost`.
import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Frame, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { provideVSCode } from '../../scripts/vscode.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const agent = fileURLToPath(new URL('agent', import.meta.url));
/** Where pictures go, to be looked at. */
export const pictures = join(root, 'out/e2e');

let cleared: Promise<void> | undefined;

/** Takes the pictures of an earlier run away, before the first of this one is made. */
export function clearPictures(): Promise<void> {
  return (cleared ??= rm(pictures, { recursive: true, force: true }));
}

/** What a browser without a screen needs for itself, and then for WebGPU; with --disable-vulkan-surface canvases stay blank. */
const browserArguments = [
  '--headless=new',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--use-angle=swiftshader',
  '--ignore-gpu-blocklist',
];

const settings = {
  'workbench.colorTheme': 'Default Light Modern',
  'files.autoSave': 'off',
  'workbench.startupEditor': 'none',
  'telemetry.telemetryLevel': 'off',
  'workbench.tips.enabled': false,
  'extensions.ignoreRecommendations': true,
  'extensions.autoCheckUpdates': false,
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.enableExperiments': false,
  'git.enabled': false,
  'npm.autoDetect': 'off',
  'task.autoDetect': 'off',
  'typescript.disableAutomaticTypeAcquisition': true,
};

/** How VS Code is started. */
export interface EditorOptions {
  /** Copied, so that nothing is saved into it. */
  readonly workspace: string;
  readonly vsix: string;
  /** Whether VS Code is to trust the workspace without asking; else it starts in Restricted Mode. */
  readonly isTrusted?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** VS Code's API, as a step in the extension host sees it. */
export type VSCode = typeof import('vscode');
/** What can be sent to a step and come back. */
export type Plain = null | undefined | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

/** A running VS Code. */
export class Editor {
  private nextId = 0;
  private readonly waiting = new Map<number, { resolve: (value: Plain) => void; reject: (error: Error) => void }>();

  /** Installs the VSIX and starts; resolves when the workbench is up and the extension host listens. */
  static async start({ workspace, vsix, isTrusted = true, settings: more = {} }: EditorOptions): Promise<Editor> {
    const { server, chromium: executablePath } = await provideVSCode();
    const home = await mkdtemp(join(tmpdir(), 'parseval-e2e-'));
    // Below a folder of a name that means build outputs where it stands within a workspace.
    const [folder, port] = [join(home, 'out/workspace'), await freePort()];
    await cp(workspace, folder, { recursive: true });
    const all = JSON.stringify({ ...settings, 'security.workspace.trust.startupPrompt': 'never', ...more });
    for (const file of ['data/data/Machine/settings.json', 'user/User/settings.json']) {
      await mkdir(join(home, file, '..'), { recursive: true });
      await writeFile(join(home, file), all);
    }
    const places = [
      '--accept-server-license-terms',
      ...['--server-data-dir', join(home, 'data')],
      ...['--user-data-dir', join(home, 'user')],
      ...['--extensions-dir', join(home, 'extensions')],
    ];
    const env = { ...process.env, EXTENSIONS_GALLERY: '{"serviceUrl":"","resourceUrlTemplate":""}' };
    await promisify(execFile)(process.execPath, [server, ...places, '--install-extension', vsix], { env });
    await addAgent(join(home, 'extensions'));
    const [host, agentPort, connected] = [`localhost:${port}`, await freePort(), deferred<Socket>()];
    const listener = createServer((socket) => connected.resolve(socket)).listen(agentPort, '127.0.0.1');
    const log = await open(join(home, 'server.log'), 'w');
    const process_ = spawn(
      process.execPath,
      [
        server,
        ...places,
        ...['--host', '127.0.0.1', '--port', String(port), '--without-connection-token', '--telemetry-level', 'off'],
        ...(isTrusted ? ['--disable-workspace-trust'] : []),
      ],
      // Each webview has an origin of its own, as on the real VS Code web (see scripts/vscode.mjs).
      {
        env: { ...env, VSC_WEBVIEW_HOST: `vsc.${host}`, PARSEVAL_E2E_PORT: String(agentPort) },
        stdio: ['ignore', log.fd, log.fd],
      },
    );
    await log.close();
    let browser: Browser | undefined;
    try {
      await answers(`http://127.0.0.1:${port}/version`, process_);
      browser = await chromium.launch({ executablePath, args: browserArguments });
      const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      const page = await context.newPage();
      const lines: string[] = [];
      page.on('console', (message) => lines.push(message.text().slice(0, 400)));
      await page.goto(`http://wb.vsc.${host}/?folder=${folder}`);
      const socket = await within(60_000, connected.promise, 'the extension host did not start');
      listener.close();
      await page.waitForSelector('.monaco-workbench .statusbar', { timeout: 30_000 });
      return new Editor(page, folder, home, lines, socket, browser, process_);
    } catch (error) {
      const said = await readFile(join(home, 'server.log'), 'utf8');
      listener.close();
      await browser?.close();
      process_.kill('SIGKILL');
      throw new Error(`VS Code did not start: ${String(error)}\n${said.slice(-3000)}`, { cause: error });
    }
  }

  private constructor(
    /** The workbench. */
    readonly page: Page,
    /** The workspace's folder. */
    readonly folder: string,
    private readonly home: string,
    private readonly consoleLines: readonly string[],
    private readonly socket: Socket,
    private readonly browser: Browser,
    private readonly server: ChildProcess,
  ) {
    createInterface({ input: socket }).on('line', (line) => {
      const { id, result, error } = JSON.parse(line) as { id: number; result?: Plain; error?: string };
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(error));
    });
    socket.on('close', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('the extension host is gone'));
    });
  }

  /** Runs a step in the extension host. It is sent as text: it sees `vscode` and its argument, and nothing around it. */
  async inHost<R extends Plain, A extends Plain = undefined>(
    step: (vscode: VSCode, argument: A) => R | PromiseLike<R>,
    argument?: A,
  ): Promise<R> {
    const id = this.nextId++;
    const answer = new Promise<Plain>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    this.socket.write(`${JSON.stringify({ id, source: step.toString(), argument })}\n`);
    return (await answer) as R;
  }

  /** Runs a command of VS Code or of an extension. */
  async command(id: string, ...given: Plain[]): Promise<void> {
    await this.inHost(
      async (vscode, [name, ...rest]) => {
        await vscode.commands.executeCommand(name, ...rest);
        return null;
      },
      [id, ...given] as [string, ...Plain[]],
    );
  }

  /** Opens the command palette and runs the command with this title, as the user does. */
  async palette(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.page.waitForSelector('.quick-input-widget .monaco-inputbox input', { state: 'visible' });
    await this.page.keyboard.insertText(title);
    const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
    await row.click();
  }

  /** The page within the workbench (a webview, or a notebook's outputs) in which an expression holds; waits until there is one. */
  async frameWhere(expression: string): Promise<Frame> {
    const find = async (): Promise<Frame | undefined> => {
      for (const frame of this.page.frames()) if (await frame.evaluate<boolean>(expression).catch(() => false)) return frame;
      return undefined;
    };
    let found: Frame | undefined;
    await eventually(async () => (found = await find()) !== undefined, Boolean, `in some frame: ${expression}`);
    if (!found) throw new Error('unreachable');
    return found;
  }

  /** Saves a picture of the window as out/e2e/NAME.png. What was to be seen is known to be there; drawing it takes a moment more. */
  async shot(name: string): Promise<void> {
    await mkdir(pictures, { recursive: true });
    await this.page.waitForTimeout(250);
    await this.page.screenshot({ path: join(pictures, `${name}.png`) });
  }

  /** The same picture as NAME.png and, in a dark theme, as NAME-dark.png. */
  async shotInBothThemes(name: string): Promise<void> {
    await this.shot(name);
    const setTheme = (theme: string): Promise<null> =>
      this.inHost(async (vscode, value) => {
        await vscode.workspace.getConfiguration('workbench').update('colorTheme', value, vscode.ConfigurationTarget.Global);
        return null;
      }, theme);
    await setTheme('Default Dark Modern');
    await this.page.locator('.monaco-workbench.vs-dark').waitFor();
    await this.shot(`${name}-dark`);
    await setTheme(settings['workbench.colorTheme']);
    await this.page.locator('.monaco-workbench.vs').waitFor();
  }

  /** Of a test that failed: a picture of the window, and what may explain it. Nothing for one that passed. */
  async reportFailure(
    test: { readonly title: string; readonly state?: 'failed' | 'passed' | 'pending' | undefined } | undefined,
  ): Promise<void> {
    if (test?.state !== 'failed') return;
    const name = `failed ${test.title}`.replace(/[^\w]+/g, '-').slice(0, 80);
    await this.shot(name);
    console.log(`${await this.logs()}\n(picture: out/e2e/${name}.png)`);
  }

  /** What may explain a failure: the extension's log, the end of the server's, and the browser's console. */
  async logs(): Promise<string> {
    const files = await readdir(this.home, { recursive: true });
    const own = files.filter((file) => /logs\/.*parseval.*\.log$/.test(file) || /exthost\d*\/remoteexthost\.log$/.test(file));
    const parts = await Promise.all(
      ['server.log', ...own].map(async (file) => `--- ${file}\n${(await readFile(join(this.home, file), 'utf8')).slice(-3000)}`),
    );
    return [...parts, `--- console\n${this.consoleLines.slice(-30).join('\n')}`].join('\n');
  }

  /** Ends everything and removes its files. */
  async stop(): Promise<void> {
    this.socket.destroy();
    await this.browser.close().catch(() => undefined);
    const gone = new Promise((resolve) => this.server.once('exit', resolve));
    this.server.kill('SIGTERM');
    const timer = setTimeout(() => this.server.kill('SIGKILL'), 3000);
    await gone;
    clearTimeout(timer);
    await rm(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Asks again until what a test waits for holds; fails with what it saw last. */
export async function eventually<T>(look: () => Promise<T>, holds: (value: T) => boolean, what: string, milliseconds = 30_000): Promise<T> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    if (performance.now() > deadline) throw new Error(`${what}: not so after ${milliseconds / 1000} s, but ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Puts the tests' own extension beside the installed one, as VS Code's list of installed extensions says it. */
async function addAgent(extensions: string): Promise<void> {
  const path = join(extensions, 'parseval-tests.driver-0.0.1');
  await cp(agent, path, { recursive: true });
  const list = join(extensions, 'extensions.json');
  const installed = JSON.parse(await readFile(list, 'utf8')) as unknown[];
  const own = {
    identifier: { id: 'parseval-tests.driver' },
    version: '0.0.1',
    location: { $mid: 1, path, scheme: 'file' },
    relativeLocation: 'parseval-tests.driver-0.0.1',
  };
  await writeFile(list, JSON.stringify([...installed, own]));
}

async function answers(url: string, server: ChildProcess): Promise<void> {
  await eventually(
    async () => {
      if (server.exitCode !== null) throw new Error(`the server ended with exit code ${server.exitCode}`);
      return fetch(url).then(
        ({ status }) => status,
        () => 0,
      );
    },
    (status) => status === 200,
    'the server answers',
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  return { promise: new Promise<T>((settle) => (resolve = settle)), resolve };
}

async function within<T>(milliseconds: number, promise: Promise<T>, problem: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error(problem)), milliseconds)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
