// The page of the panel "Parseval Device": it owns the GPU, serves the kernels' sessions and shows what they do.

import { Connection } from '../../src/protocol/connection.js';
import { panelContract, panelHostContract } from '../../src/protocol/device.js';
import { movable } from '../../src/protocol/movable.js';
import type { Port } from '../../src/protocol/port.js';
import { adopt } from '../ui/dom.js';
import { GpuHost, type AdapterState } from './gpu-host.js';
import { RunOrder } from './run-order.js';
import styles from './style.css';
import { PanelView, type Kernel } from './view.js';

/** Drawing must not slow the device down: at most so often, in ms. */
const drawEvery = 250;

const vscode = acquireVsCodeApi();

/** The extension host speaks through the frame around this page, which has its origin (VS Code hides `window.parent`); nobody else is listened to. */
const hostPort: Port = {
  post: (message) => vscode.postMessage(message, movable(message)),
  listen: (onMessage) =>
    window.addEventListener('message', ({ data, origin }: MessageEvent<unknown>) => {
      if (origin === window.origin) onMessage(data);
    }),
  close: () => undefined,
};

let adapter: AdapterState | null = null;
let kernels: readonly Kernel[] = [];
const order = new RunOrder();
let isVisible = true;

const gpu = new GpuHost({
  post: (session, message) => host.send('session', { session, message }),
  onProblem: (problem) => console.warn(problem),
  onChange: () => scheduleDraw(),
});

const view = new PanelView({
  onRestartDevices: () => {
    gpu.destroyAll('it was restarted in the device panel');
    void describe();
  },
  onRestartKernel: (session) => host.send('restartKernel', { session }),
  onPick: (session, device) => host.send('pickDevice', { session, device }),
});

const host = new Connection(hostPort, {
  here: panelContract,
  there: panelHostContract,
  handlers: {
    requests: {},
    events: {
      session: ({ session, message }) => gpu.receive(session, message),
      close: ({ session }) => gpu.close(session),
      interrupt: ({ session }) => gpu.interrupt(session),
      destroyAll: ({ reason }) => gpu.destroyAll(reason),
      kernels: (given) => {
        kernels = given;
        // Also while nobody looks: what ran last is known when somebody does.
        order.update(kernels, gpu.logs);
        scheduleDraw();
      },
      describe: () => void describe(),
      visible: ({ visible }) => {
        isVisible = visible;
        onVisibility();
      },
    },
  },
  onProblem: (problem) => console.warn(problem),
});

async function describe(): Promise<void> {
  adapter = await gpu.describe();
  host.send('adapter', adapter);
  scheduleDraw();
}

let isScheduled = false;
let lastDraw = -Infinity;

/** Draws once for many changes, and not at all while nobody looks. */
function scheduleDraw(): void {
  if (isScheduled || !isLookedAt()) return;
  isScheduled = true;
  setTimeout(
    () =>
      requestAnimationFrame(() => {
        isScheduled = false;
        lastDraw = performance.now();
        view.show(adapter, kernels, gpu.logs, order.update(kernels, gpu.logs));
      }),
    Math.max(0, lastDraw + drawEvery - performance.now()),
  );
}

function isLookedAt(): boolean {
  return isVisible && document.visibilityState === 'visible';
}

/** What nobody sees is neither measured nor drawn. */
function onVisibility(): void {
  gpu.watch(isLookedAt());
  scheduleDraw();
}

adopt(document, styles);
document.body.append(view.element);
document.addEventListener('visibilitychange', onVisibility);
// VS Code puts another class on the body when the theme changes.
new MutationObserver(() => view.repaint()).observe(document.body, { attributes: true, attributeFilter: ['class'] });
onVisibility();
host.send('ready', {});
