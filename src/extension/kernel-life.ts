// The process of one notebook's kernel: started when it is first needed, replaced when it dies; and what is known of it.
import * as vscode from 'vscode';
import { childEnvironment } from './child-environment.js';
import { deviceOrder, hostHasGpu } from './device-order.js';
import type { DevicePanel } from './device-panel.js';
import { messageOf } from './host-error.js';
import { KernelDevice } from './kernel-device.js';
import type { KernelBundle } from './kernel-process.js';
import { KernelProcess } from './kernel-process.js';
import type { KernelStatus } from './kernel-status.js';
import { noKernel } from './kernel-status.js';
import type { Language } from './language.js';
import type { Log } from './log.js';
import type { NodeChoice } from './node-choice.js';
import { folderOf, nameOf } from './notebooks.js';
import { deviceSetting, memoryBudgetSetting } from './settings.js';

/** What kernels of all notebooks share. */
export interface KernelServices {
  readonly extension: vscode.Uri;
  readonly extensionId: string;
  readonly controller: vscode.NotebookController;
  readonly panel: DevicePanel;
  readonly language: Language;
  readonly log: Log;
  readonly chooseNode: () => Promise<NodeChoice>;
}

/** Whose process it is. */
export interface LifeOptions {
  /** The notebook, which may go on under another name. */
  readonly notebook: () => vscode.NotebookDocument;
  /** New forms of a display that was put out with this id. */
  readonly onUpdate: (displayId: string, data: KernelBundle) => void;
  /** Something new for a view under a cell. */
  readonly onViewPush: (view: string, data: unknown) => void;
  /** The process is gone, or about to go. */
  readonly onGone: () => void;
}

/** The process, or the one after it. */
export class KernelLife implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private currentStatus: KernelStatus = noKernel;
  private currentProcess: KernelProcess | undefined;
  private currentDevice: KernelDevice | undefined;
  private currentFolder: string | undefined;
  private launched: Promise<KernelProcess> | undefined;
  private isDisposed = false;
  /** The status changed. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly services: KernelServices,
    private readonly uses: LifeOptions,
  ) {}

  /** What is known of it now. */
  get status(): KernelStatus {
    return this.currentStatus;
  }

  /** The process of now, which may still be starting. */
  get process(): KernelProcess | undefined {
    return this.currentProcess;
  }

  /** Its place in the device panel; that of the last process, when there is none. */
  get device(): KernelDevice | undefined {
    return this.currentDevice;
  }

  /** The folder in which the process was started. */
  get folder(): string | undefined {
    return this.currentFolder;
  }

  /** Adds to what is known. */
  note(change: Partial<KernelStatus>): void {
    if (this.isDisposed) return;
    this.currentStatus = { ...this.currentStatus, ...change };
    this.changed.fire();
  }

  /** Ends the process for good. */
  dispose(): void {
    this.isDisposed = true;
    void this.stop();
    this.changed.dispose();
  }

  /** The running process, started when there is none. Rejects when it cannot be started. */
  start(): Promise<KernelProcess> {
    if (this.launched) return this.launched;
    const launch: Promise<KernelProcess> = this.launch().catch((error: unknown) => {
      if (this.launched === launch) {
        this.launched = undefined;
        this.note({ state: 'dead', problem: messageOf(error) });
        this.services.log.error(`${nameOf(this.uses.notebook())}: the kernel did not start: ${messageOf(error)}`);
      }
      throw error;
    });
    this.launched = launch;
    const title = `Parseval: starting the kernel of ${nameOf(this.uses.notebook())}`;
    void vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () => launch.catch(() => undefined));
    return launch;
  }

  private async launch(): Promise<KernelProcess> {
    const { extension, log } = this.services;
    const name = nameOf(this.uses.notebook());
    const folder = folderOf(this.uses.notebook());
    this.currentFolder = folder;
    this.currentStatus = noKernel;
    this.note({ state: 'starting' });
    const node = await this.services.chooseNode();
    const order = deviceOrder({
      setting: deviceSetting(this.uses.notebook().uri),
      nodeDeviceRefusal: node.noNodeDevice,
      remote: vscode.env.remoteName,
      hostHasGpu: hostHasGpu(),
    });
    const device = new KernelDevice(this.services.panel, order.devices.length === 1);
    this.note({ node, order });
    const memoryBudget = memoryBudgetSetting(this.uses.notebook().uri);
    const kernel: KernelProcess = KernelProcess.start({
      node: node.path,
      script: vscode.Uri.joinPath(extension, 'dist', 'kernel.js').fsPath,
      env: childEnvironment(process.env, node.env),
      folder,
      devices: order.devices,
      ...(memoryBudget !== undefined && { memoryBudget }),
      onUpdate: (displayId, data) => {
        if (this.currentProcess === kernel) this.uses.onUpdate(displayId, data);
      },
      onViewPush: (view, data) => {
        if (this.currentProcess === kernel) this.uses.onViewPush(view, data);
      },
      onMemory: (memory) => {
        if (this.currentProcess === kernel) this.note({ memory });
      },
      onLog: (text) => log.info(`${nameOf(this.uses.notebook())}: ${text.trimEnd()}`),
      openDevice: async () => {
        await device.open(kernel);
        // The panel's list of kernels goes by the session's number.
        this.note({});
      },
      postDevice: (message) => device.post(message),
    });
    this.currentProcess = kernel;
    this.currentDevice = device;
    void kernel.exited.then((reason) => this.onExit(kernel, reason));
    try {
      const { memory, refused } = await kernel.started;
      this.note({ state: 'idle', memory, refused, ...(kernel.pid !== undefined && { pid: kernel.pid }) });
      log.info(
        `${name}: kernel ${kernel.pid} under Node ${node.version} (${node.reason}), device ${memory.device} (${memory.description})`,
      );
      for (const { device, reason } of refused) log.info(`${name}: not ${device}: ${reason}`);
      return kernel;
    } catch (error) {
      // The error says more than the end that follows.
      if (this.currentProcess === kernel) this.letGo();
      await kernel.kill();
      throw error;
    }
  }

  private onExit(kernel: KernelProcess, reason: string): void {
    if (this.currentProcess !== kernel) return;
    this.letGo();
    this.launched = undefined;
    this.services.language.restarted(this.uses.notebook());
    const wasIdle = this.currentStatus.state === 'idle';
    this.currentStatus = { ...noKernel, state: 'dead', problem: reason };
    this.note({});
    this.services.log.warn(`${nameOf(this.uses.notebook())}: the kernel ended: ${reason}`);
    // A cell that runs shows the reason itself.
    if (wasIdle) {
      void vscode.window.showWarningMessage(
        `The kernel of ${nameOf(this.uses.notebook())} ended: ${reason}. The next cell that runs starts a new one.`,
      );
    }
  }

  /** Ends the process; resolves when it is gone. */
  async stop(): Promise<void> {
    const kernel = this.currentProcess;
    if (!kernel) return;
    this.letGo();
    this.launched = undefined;
    this.currentStatus = noKernel;
    this.note({});
    await kernel.kill();
  }

  /** What belongs to the process goes with it. */
  private letGo(): void {
    this.currentProcess = undefined;
    this.currentFolder = undefined;
    this.currentDevice?.close();
    this.uses.onGone();
  }
}
