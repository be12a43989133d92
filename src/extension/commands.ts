// The commands "Parseval: …".
import { cpus, release, totalmem } from 'node:os';
import * as vscode from 'vscode';
import type { CheckTests } from './check-tests.js';
import type { DeviceSetting } from './device-order.js';
import type { DevicePanel } from './device-panel.js';
import { messageOf } from './host-error.js';
import { insertCheck, selectedCell } from './insert-check.js';
import type { Kernels } from './kernels.js';
import { formatBytes } from './kernel-status.js';
import type { Language } from './language.js';
import type { Log } from './log.js';
import type { NodeChoice } from './node-choice.js';
import type { OurNotebooks } from './notebooks.js';
import { isCheck, nameOf } from './notebooks.js';
import { formatReport } from './report.js';
import { deviceSetting, memoryBudgetSetting, nodePathSetting, setDeviceSetting, typeErrorsSetting } from './settings.js';
import { newNotebook, startTour } from './tour.js';
import { variablesViewId } from './variables-view.js';

/** What the commands act upon. */
export interface CommandServices {
  readonly context: vscode.ExtensionContext;
  readonly notebooks: OurNotebooks;
  readonly kernels: Kernels;
  readonly panel: DevicePanel;
  readonly language: Language;
  readonly tests: CheckTests;
  readonly log: Log;
  readonly chooseNode: () => Promise<NodeChoice>;
}

/** Registers the commands, and what the controls of the device panel ask for. */
export function registerCommands(services: CommandServices): vscode.Disposable {
  const { context, notebooks, kernels, panel, tests, log } = services;
  const active = (): vscode.NotebookDocument | undefined => {
    const notebook = notebooks.active();
    if (!notebook) void vscode.window.showInformationMessage('Open a notebook whose kernel is Parseval first.');
    return notebook;
  };
  const commands: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
    newNotebook: () => newNotebook(context.extension, notebooks),
    startTour: (folder) => startTour(context.extension, notebooks, folder instanceof vscode.Uri ? folder : undefined),
    async restartKernel() {
      const notebook = active();
      if (notebook) await kernels.restart(notebook);
    },
    async interrupt() {
      const notebook = active();
      if (notebook) await kernels.interrupt(notebook);
    },
    async insertGradientCheck(given) {
      const cell = cellGiven(notebooks, given);
      const notebook = cell?.notebook ?? active();
      if (notebook) await insertCheck(context.extensionUri, notebook, cell);
    },
    async runGradientCheck(given) {
      const cell = cellGiven(notebooks, given);
      const notebook = cell?.notebook ?? active();
      const chosen = cell ?? (notebook && selectedCell(notebook));
      if (chosen && isCheck(chosen)) await tests.runCheck(chosen);
      else if (notebook) void vscode.window.showInformationMessage('Select a cell that calls pv.gradcheck, or is tagged gradcheck, first.');
    },
    showDevicePanel: () => panel.show(),
    restartDevice: () => panel.destroyDevices('it was restarted by hand'),
    async pickDevice() {
      const device = await askForDevice(deviceSetting(notebooks.active()?.uri));
      if (device) await useDevice(kernels, notebooks.active(), device);
    },
    showVariables: () => vscode.commands.executeCommand(`${variablesViewId}.focus`),
    showMenu: () => showMenu(),
    showLog: () => log.show(),
    async copyDiagnostics() {
      await vscode.env.clipboard.writeText(await report(services));
      void vscode.window.showInformationMessage('Parseval: diagnostics are on the clipboard.');
    },
  };
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([name, run]) => vscode.commands.registerCommand(`parseval.${name}`, run)),
    panel.onDidPickDevice(({ session, device }) => void useDevice(kernels, kernels.ofSession(session)?.notebook, device)),
  );
}

/** The cell of ours with which a command was called: menus of a cell give it, those of a notebook something else. */
function cellGiven(notebooks: OurNotebooks, given: unknown): vscode.NotebookCell | undefined {
  return notebooks
    .all()
    .flatMap((notebook) => notebook.getCells())
    .find((cell) => cell === given);
}

/** The menu behind the status bar item. */
async function showMenu(): Promise<void> {
  const pick = await vscode.window.showQuickPick(
    [
      { label: '$(debug-restart) Restart Kernel', description: 'forgets what cells computed', command: 'parseval.restartKernel' },
      { label: '$(debug-stop) Interrupt', description: 'stops the cell that runs, and keeps it', command: 'parseval.interrupt' },
      { label: '$(circuit-board) Show Device Panel', command: 'parseval.showDevicePanel' },
      { label: '$(chip) Pick Device', command: 'parseval.pickDevice' },
      { label: '$(symbol-variable) Show Variables', command: 'parseval.showVariables' },
      { label: '$(output) Show Log', command: 'parseval.showLog' },
    ],
    { title: 'Parseval' },
  );
  if (pick) await vscode.commands.executeCommand(pick.command);
}

async function askForDevice(current: DeviceSetting): Promise<DeviceSetting | undefined> {
  const choices: readonly { readonly device: DeviceSetting; readonly detail: string }[] = [
    { device: 'auto', detail: 'The first that works.' },
    { device: 'webview', detail: 'WebGPU in the device panel.' },
    { device: 'node', detail: 'WebGPU beside the kernel, by Dawn.' },
    { device: 'cpu', detail: 'The float64 reference: exact and slow.' },
  ];
  const items = choices.map(({ device, detail }) => ({ label: device, detail, device, ...(device === current && { description: 'now' }) }));
  const pick = await vscode.window.showQuickPick(items, { title: 'Parseval: Pick Device', placeHolder: 'Where should tensors live?' });
  return pick?.device;
}

/** Makes a device the one for kernels; a kernel that runs keeps its own until it is restarted. */
async function useDevice(kernels: Kernels, notebook: vscode.NotebookDocument | undefined, device: DeviceSetting): Promise<void> {
  await setDeviceSetting(notebook?.uri, device);
  if (!notebook || !['idle', 'busy'].includes(kernels.status(notebook).state)) return;
  const restart = 'Restart Kernel';
  const message = `The kernel of ${nameOf(notebook)} moves to '${device}' when it is restarted, and loses what cells computed.`;
  if ((await vscode.window.showInformationMessage(message, restart)) === restart) await kernels.restart(notebook);
}

/** The text of a bug report. */
async function report({ context, kernels, notebooks, panel, language, log, chooseNode }: CommandServices): Promise<string> {
  const { version } = context.extension.packageJSON as { version: string };
  const node = await chooseNode().then(
    (choice) => `${choice.version} (${choice.reason}, ${choice.path})`,
    (error: unknown) => messageOf(error),
  );
  const active = notebooks.active()?.uri;
  const [cpu] = cpus();
  return formatReport({
    parseval: version,
    vscode: vscode.version,
    host: [vscode.env.uiKind === vscode.UIKind.Web ? 'web' : 'desktop', remoteKind(vscode.env.remoteName)].filter(Boolean).join(', '),
    system: `${process.platform} ${process.arch} ${release()}, ${cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}, ${formatBytes(totalmem())}`,
    node,
    settings: {
      'parseval.device': deviceSetting(active),
      'parseval.nodePath': nodePathSetting(),
      'parseval.memoryBudget': memoryBudgetSetting(active) ?? null,
      'parseval.typeErrors': typeErrorsSetting(active),
    },
    panel: panel.state,
    adapter: panel.adapter,
    kernels: notebooks.all().map((notebook) => kernels.status(notebook)),
    language: language.state,
    errors: log.lastErrors,
  });
}

/** The kind of the remote. A server without a kind goes by its address, which is nobody's business. */
function remoteKind(remote: string | undefined): string | undefined {
  return remote === undefined || /^[a-z-]+$/.test(remote) ? remote : 'server';
}
