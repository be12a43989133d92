// The panel "Parseval Device", whose page owns the GPU, and the sessions that kernels have in it.
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { Connection } from '../protocol/connection.js';
import type { Message, Payload } from '../protocol/contract.js';
import { panelContract, panelHostContract } from '../protocol/device.js';
import type { Port } from '../protocol/port.js';
import type { Log } from './log.js';

/** What the page says of the GPU. */
export type Adapter = Payload<typeof panelHostContract, 'adapter'>;
/** A kernel in the panel's list. */
export type PanelKernel = Payload<typeof panelContract, 'kernels'>[number];
/** A choice that was made in the panel. */
export type PanelPick = Payload<typeof panelHostContract, 'pickDevice'>;

/** A kernel's end of a session. */
export interface SessionClient {
  /** A message of the page for the kernel. */
  deliver(message: unknown): void;
  /** The page is gone, with everything that the session held. */
  closed(reason: string): void;
}

/** One kernel's session with the page. */
export interface DeviceSession {
  readonly id: number;
  post(message: unknown): void;
  /** Stops what runs, between two of its slices. Acts at once, also while the kernel is in a loop. */
  interrupt(): void;
  /** Ends an interrupt, as the kernel does after the cell that was interrupted. */
  resume(): void;
  /** Frees everything that the session holds. */
  close(): void;
}

interface Page {
  readonly panel: vscode.WebviewPanel;
  readonly connection: Connection<typeof panelHostContract, typeof panelContract>;
  /** Whether the page said that it is loaded. */
  isReady: boolean;
  adapter: Adapter | undefined;
  /** Those who wait for `adapter`. */
  readonly waiting: { readonly resolve: (adapter: Adapter) => void; readonly reject: (error: Error) => void }[];
}

/** Requesting an adapter takes a moment on a cold GPU process; a page that cannot load says nothing at all. */
const patience = 20_000;

/** The panel; there is one for a window, opened when a kernel needs it or when the user asks. */
export class DevicePanel implements vscode.Disposable {
  private page: Page | undefined;
  private readonly sessions = new Map<number, SessionClient>();
  private kernels: readonly PanelKernel[] = [];
  private nextSession = 1;
  /** Why the page of this window has no adapter, once that is known. */
  private refusal: string | undefined;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly picked = new vscode.EventEmitter<PanelPick>();
  private readonly restarted = new vscode.EventEmitter<number>();
  /** The panel opened or closed, or its adapter became known. */
  readonly onDidChange = this.changed.event;
  /** A device was chosen for the kernel of a session. */
  readonly onDidPickDevice = this.picked.event;
  /** A restart was asked for, of the kernel of a session. */
  readonly onDidAskRestart = this.restarted.event;

  constructor(
    private readonly extension: vscode.Uri,
    private readonly log: Log,
  ) {}

  /** What the page said of the GPU, if it is open. */
  get adapter(): Adapter | undefined {
    return this.page?.adapter;
  }

  /** Whether the panel is open, and whether it can be seen. */
  get state(): 'closed' | 'hidden' | 'visible' {
    if (!this.page) return 'closed';
    return this.page.panel.visible ? 'visible' : 'hidden';
  }

  /** A number for a session that is still to be opened, or for a kernel that has none. */
  reserveSession(): number {
    return this.nextSession++;
  }

  /**
   * Opens a session, and the panel if it is closed. Rejects with the reason when the page has no adapter or does not load. A page without an
   * adapter is not opened again on its own account, unless `isAsked`: a person wants to see it.
   */
  async openSession(id: number, client: SessionClient, isAsked: boolean): Promise<DeviceSession> {
    if (!this.page && this.refusal !== undefined && !isAsked) throw new Error(this.refusal);
    const wasOpen = this.page !== undefined;
    const page = this.page ?? this.open();
    const adapter = await this.adapterOf(page);
    if (!adapter.available) {
      this.refusal = `The device panel has no WebGPU adapter: ${adapter.description}`;
      if (!wasOpen && !isAsked) page.panel.dispose();
      throw new Error(this.refusal);
    }
    this.refusal = undefined;
    this.sessions.set(id, client);
    return {
      id,
      post: (message) => page.connection.send('session', { session: id, message }),
      interrupt: () => page.connection.send('interrupt', { session: id }),
      resume: () => {
        const message: Message = { kind: 'event', name: 'resume', payload: {} };
        page.connection.send('session', { session: id, message });
      },
      close: () => {
        if (!this.sessions.delete(id)) return;
        page.connection.send('close', { session: id });
      },
    };
  }

  /** Shows the panel, and opens it when it is closed. */
  show(): void {
    if (this.page) this.page.panel.reveal(undefined, true);
    else this.open();
  }

  /** Ends all devices of the page, as if the GPU had been lost; the next use opens them anew. */
  destroyDevices(reason: string): void {
    if (this.page?.isReady) this.page.connection.send('destroyAll', { reason });
  }

  /** The kernels for the panel's list. */
  setKernels(kernels: readonly PanelKernel[]): void {
    this.kernels = kernels;
    if (this.page?.isReady) this.page.connection.send('kernels', [...kernels]);
  }

  dispose(): void {
    this.page?.panel.dispose();
    this.changed.dispose();
    this.picked.dispose();
    this.restarted.dispose();
  }

  private adapterOf(page: Page): Promise<Adapter> {
    if (page.adapter) return Promise.resolve(page.adapter);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const what = page.isReady ? 'requested a WebGPU adapter without an answer' : 'did not load';
        const advice = 'Close it and run again, or choose another device with "Parseval: Pick Device".';
        reject(new Error(`The device panel ${what} within ${patience / 1000} s. ${advice}`));
      }, patience);
      page.waiting.push({
        resolve(adapter) {
          clearTimeout(timer);
          resolve(adapter);
        },
        reject(error) {
          clearTimeout(timer);
          reject(error);
        },
      });
    });
  }

  private open(): Page {
    const folder = vscode.Uri.joinPath(this.extension, 'dist', 'webview');
    const panel = vscode.window.createWebviewPanel(
      'parseval.device',
      'Parseval Device',
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      // The page holds the tensors: it must live on while another tab covers it.
      { enableScripts: true, retainContextWhenHidden: true, localResourceRoots: [folder] },
    );
    panel.iconPath = vscode.Uri.joinPath(this.extension, 'media', 'icon.svg');
    const page: Page = {
      panel,
      connection: new Connection(webviewPort(panel), {
        here: panelHostContract,
        there: panelContract,
        handlers: {
          requests: {},
          events: {
            ready: () => this.onReady(page),
            session: ({ session, message }) => this.sessions.get(session)?.deliver(message),
            adapter: (adapter) => this.onAdapter(page, adapter),
            pickDevice: (pick) => this.picked.fire(pick),
            restartKernel: ({ session }) => this.restarted.fire(session),
          },
        },
        onProblem: (problem) => this.log.warn(`Refused from the device panel: ${problem}`),
      }),
      isReady: false,
      adapter: undefined,
      waiting: [],
    };
    this.page = page;
    panel.onDidDispose(() => this.onClosed(page));
    panel.onDidChangeViewState(() => {
      this.tellVisible(page);
      this.changed.fire();
    });
    panel.webview.html = html(panel.webview, folder);
    this.changed.fire();
    return page;
  }

  private onReady(page: Page): void {
    // A page that loads again has lost everything.
    if (page.isReady) this.endSessions('the device panel was reloaded');
    page.isReady = true;
    page.connection.send('kernels', [...this.kernels]);
    this.tellVisible(page);
    page.connection.send('describe', {});
  }

  /** A page that is covered by another tab need not draw. */
  private tellVisible({ isReady, panel, connection }: Page): void {
    if (isReady) connection.send('visible', { visible: panel.visible });
  }

  private onAdapter(page: Page, adapter: Adapter): void {
    page.adapter = adapter;
    this.log.info(`Device panel: ${adapter.available ? adapter.description : `no adapter, ${adapter.description}`}`);
    for (const { resolve } of page.waiting.splice(0)) resolve(adapter);
    this.changed.fire();
  }

  private onClosed(page: Page): void {
    this.page = undefined;
    page.connection.close('the device panel was closed');
    for (const { reject } of page.waiting.splice(0)) reject(new Error('The device panel was closed before it had loaded.'));
    this.endSessions('the device panel was closed');
    this.changed.fire();
  }

  private endSessions(reason: string): void {
    const clients = [...this.sessions.values()];
    this.sessions.clear();
    for (const client of clients) client.closed(reason);
  }
}

function webviewPort({ webview, onDidDispose }: vscode.WebviewPanel): Port {
  let isClosed = false;
  return {
    post(message) {
      // A page that goes away meanwhile is noticed by `onDidDispose`.
      if (!isClosed) void webview.postMessage(message);
    },
    listen(onMessage, onClose) {
      webview.onDidReceiveMessage(onMessage);
      onDidDispose(() => onClose('the panel was closed'));
    },
    close() {
      isClosed = true;
    },
  };
}

/** The hash of nothing: the controls' templates hold empty style attributes, which are filled by script. */
const emptyStyle = "'unsafe-hashes' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";

/** No script but ours, and nothing else: the page's styles are in its script, and it loads nothing. */
function html(webview: vscode.Webview, folder: vscode.Uri): string {
  const nonce = randomBytes(16).toString('base64');
  const script = webview.asWebviewUri(vscode.Uri.joinPath(folder, 'device.js')).toString();
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${emptyStyle}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta property="csp-nonce" content="${nonce}">
<title>Parseval Device</title>
</head>
<body>
<script type="module" nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
