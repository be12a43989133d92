// One kernel process as its host sees it: starts it, runs cells in it, and says in words why it ended. Knows nothing of an editor, so that
// tests and benchmarks use the same.
import type { Child } from '../protocol/child.js';
import { startChild } from '../protocol/child.js';
import { Connection, ConnectionClosed } from '../protocol/connection.js';
import type { Params, Payload, Result } from '../protocol/contract.js';
import { controlContract, controlHostContract, hostContract, kernelContract } from '../protocol/kernel.js';
import type { KernelMemory, Variable } from '../protocol/kernel.js';
import { abortReason, lastLines } from './last-words.js';

/** One output of a cell, in the shape of nbformat 4; a display may carry the id that updates name. */
export type KernelOutput = Payload<typeof hostContract, 'output'>['output'];
/** One value in several forms by MIME type. */
export type KernelBundle = Payload<typeof hostContract, 'update'>['data'];
/** What the kernel answers when it has started: where tensors live, and why not elsewhere. */
export type KernelStart = Result<typeof kernelContract, 'start'>;
/** What became of a cell. */
export type KernelResult = Result<typeof kernelContract, 'run'>;
/** Names of devices. */
export type KernelDevice = Params<typeof kernelContract, 'start'>['devices'][number];

/** How a kernel process is started. */
export interface KernelOptions {
  /** The Node to run, an absolute path. */
  readonly node: string;
  /** dist/kernel.js. */
  readonly script: string;
  readonly nodeArguments?: readonly string[];
  /** The process's whole environment. */
  readonly env: NodeJS.ProcessEnv;
  /** The notebook's folder: where imports and relative paths start. */
  readonly folder: string;
  /** Devices to try, in order; the first that works is taken. */
  readonly devices: readonly KernelDevice[];
  /** Bytes that recomputable results may take. */
  readonly memoryBudget?: number;
  /** New forms of a display that was put out with this id. */
  readonly onUpdate: (displayId: string, data: KernelBundle) => void;
  /** Something new for a view under a cell. */
  readonly onViewPush: (view: string, data: unknown) => void;
  readonly onMemory: (memory: KernelMemory) => void;
  /** Text that did not come from `console` of a running cell, and messages that were refused: for a log. */
  readonly onLog: (text: string) => void;
  /** Opens the device panel and this kernel's session in it; rejects with the reason when there is none. */
  readonly openDevice: () => Promise<void>;
  /** Hands a message to this kernel's session in the device panel. */
  readonly postDevice: (message: unknown) => void;
}

/** The kernel process is gone: `message` says why, in words for people. */
export class KernelDied extends Error {
  override readonly name = 'KernelDied';
}

/** How much of the last log is kept for the reason of an end. */
const logTail = 20_000;
/** How long what a process said last is waited for after its end, in ms: its own children may hold the pipe open. */
const tailWait = 200;

/** How long a process that closed its connection may take to end, in ms. */
const endWait = 1000;

/** Exit codes from here on are those of crashes, where there are no signals. */
const firstCrash = 128;

/** A running kernel process. */
export class KernelProcess {
  /** What `start` answered. Rejects with `KernelDied` when the process ends before, else with the kernel's own error. */
  readonly started: Promise<KernelStart>;
  /** Resolves when the process is gone, with the reason in words. Never rejects. */
  readonly exited: Promise<string>;
  private readonly child: Child;
  private readonly main: Connection<typeof hostContract, typeof kernelContract>;
  private readonly control: Connection<typeof controlHostContract, typeof controlContract>;
  private readonly outputs = new Map<number, (output: KernelOutput) => void>();
  private nextRun = 1;
  private isStarted = false;
  private isKilled = false;
  private tail = '';

  /** Starts a process; see `started`. */
  static start(options: KernelOptions): KernelProcess {
    return new KernelProcess(options);
  }

  private constructor(options: KernelOptions) {
    const { node, script, nodeArguments = [], env, folder, devices, memoryBudget } = options;
    this.child = startChild({
      node,
      script,
      nodeArguments,
      folder,
      env,
      pipes: 2,
      onText: (text) => {
        this.tail = (this.tail + text).slice(-logTail);
        options.onLog(text);
      },
    });
    const onProblem = (problem: string): void => options.onLog(`Refused from the kernel: ${problem}\n`);
    const [main, control] = this.child.ports;
    if (!main || !control) throw new Error('startChild gave no ports');
    this.main = new Connection(main, {
      here: hostContract,
      there: kernelContract,
      handlers: {
        requests: {
          openDevice: async () => {
            await options.openDevice();
            return {};
          },
        },
        events: {
          output: ({ run, output }) => this.outputs.get(run)?.(output),
          update: ({ displayId, data }) => options.onUpdate(displayId, data),
          viewPush: ({ view, data }) => options.onViewPush(view, data),
          device: (message) => options.postDevice(message),
          memory: (memory) => options.onMemory(memory),
        },
      },
      onProblem,
      // A process that does not speak to us any more is of no use; one that is ending is let end, so that its reason is its own.
      onClose: () => void setTimeout(() => void this.child.kill(), endWait).unref(),
    });
    this.control = new Connection(control, {
      here: controlHostContract,
      there: controlContract,
      handlers: { requests: {}, events: {} },
      onProblem,
    });
    this.exited = this.whenGone();
    this.started = this.ask('start', { folder, devices: [...devices], ...(memoryBudget !== undefined && { memoryBudget }) }).then(
      (result) => {
        this.isStarted = true;
        return result;
      },
    );
    // Who does not look at it is not to be ended by it.
    this.started.catch(() => undefined);
  }

  /** The process's id, or undefined when it could not be started. */
  get pid(): number | undefined {
    return this.child.process.pid;
  }

  /**
   * Runs a cell when those before it are done; `cell` is its number in the notebook, for stacks. All outputs have come when the promise
   * resolves. Rejects with `KernelDied` when the process ends first.
   */
  async run(cell: number, code: string, onOutput: (output: KernelOutput) => void): Promise<KernelResult> {
    const run = this.nextRun++;
    this.outputs.set(run, onOutput);
    try {
      return await this.ask('run', { run, cell, code });
    } finally {
      this.outputs.delete(run);
    }
  }

  /** Stops the running cell and keeps all state. Resolves when it has ended; at once when none runs, or the process is gone. */
  async interrupt(): Promise<void> {
    await this.control.request('interrupt', {}).catch((error: unknown) => {
      if (!(error instanceof ConnectionClosed)) throw error;
    });
  }

  /** What cells declared. */
  variables(): Promise<readonly Variable[]> {
    return this.ask('variables', {});
  }

  /** A variable as the result of a cell shows it, or a small picture of a tensor; null when there is none. */
  inspect(name: string, as: Params<typeof kernelContract, 'inspect'>['as']): Promise<KernelBundle | null> {
    return this.ask('inspect', { name, as });
  }

  /** What a view under a cell asks for. Rejects with the kernel's reason where it cannot be had. */
  askView(view: string, request: unknown): Promise<unknown> {
    return this.ask('view', { view, request });
  }

  /** Says that a view is not shown any more. */
  viewGone(view: string): void {
    this.main.send('viewGone', { view });
  }

  /** Hands the kernel a message of its session in the device panel. */
  deliverDevice(message: unknown): void {
    this.main.send('device', message);
  }

  /** Says that the device panel is gone, with everything on its device. */
  deviceClosed(reason: string): void {
    this.main.send('deviceClosed', { reason });
  }

  /** Ends the process at once; resolves when it is gone. */
  async kill(): Promise<void> {
    this.isKilled = true;
    await this.child.kill();
  }

  private async ask<N extends keyof (typeof kernelContract)['requests']>(
    name: N,
    params: Params<typeof kernelContract, N>,
  ): Promise<Result<typeof kernelContract, N>> {
    try {
      return await this.main.request(name, params);
    } catch (error) {
      throw error instanceof ConnectionClosed ? new KernelDied(await this.exited) : error;
    }
  }

  private async whenGone(): Promise<string> {
    const reason = await this.child.exited;
    const { process: child } = this.child;
    await new Promise<void>((resolve) => {
      if (child.pid === undefined || (child.stdout?.closed !== false && child.stderr?.closed !== false)) return resolve();
      child.once('close', () => resolve());
      setTimeout(resolve, tailWait);
    });
    this.main.close(reason);
    this.control.close(reason);
    return this.explain(reason);
  }

  /** The end in words for people, from how the process ended and what it said last. */
  private explain(reason: string): string {
    const { exitCode, signalCode, pid } = this.child.process;
    if (pid === undefined) return reason;
    if (this.isKilled) return 'the kernel was stopped';
    if (/heap out of memory|Reached heap limit|CALL_AND_RETRY_LAST/.test(this.tail)) {
      return 'the kernel ran out of memory: JavaScript values took more than the heap may hold. Keep less in variables, or give Node more with --max-old-space-size';
    }
    const last = lastLines(this.tail, 10);
    // A native stack at the end is longer than these lines, and the reason stands before it.
    const why = abortReason(this.tail);
    if (!this.isStarted) return `the kernel did not start: ${why === undefined ? '' : `${why}; `}${reason}${last && `\n${last}`}`;
    if (exitCode !== null && exitCode < firstCrash) return `process.exit(${exitCode}) ended the kernel`;
    if (signalCode === 'SIGKILL') return 'the kernel was killed from outside (SIGKILL), as the system does when it is out of memory';
    if (signalCode === 'SIGTERM' || signalCode === 'SIGINT' || signalCode === 'SIGHUP')
      return `the kernel was ended from outside (${signalCode})`;
    const how = `the kernel crashed (${signalCode ?? `exit code ${exitCode}`})`;
    return `${how}${why === undefined ? ', perhaps in native code such as a GPU driver' : `: ${why}`}${last && `. It said last:\n${last}`}`;
  }
}
