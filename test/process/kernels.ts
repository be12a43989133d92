// Kernel processes for tests, started from the built files as the extension does.
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KernelBundle, KernelDevice, KernelOptions, KernelOutput, KernelResult } from '../../src/extension/kernel-process.js';
import { KernelProcess } from '../../src/extension/kernel-process.js';
import type { KernelMemory } from '../../src/protocol/kernel.js';

/** The beginning of a cell that uses tensors. */
export const library = "import * as pv from 'parseval'; const x = pv.tensor([[1, 2], [3, 4]]);";

/** What a cell put out, and what became of it. */
export interface Ran extends KernelResult {
  readonly outputs: readonly KernelOutput[];
  /** All of it in plain text. */
  readonly text: string;
}

/** A kernel with what it told its host. */
export class TestKernel {
  readonly process: KernelProcess;
  readonly updates: [displayId: string, data: KernelBundle][] = [];
  readonly pushes: [view: string, data: unknown][] = [];
  readonly memory: KernelMemory[] = [];
  /** Called with each output as it comes. */
  onOutput: (output: KernelOutput) => void = () => undefined;
  log = '';
  private cells = 0;

  constructor(
    readonly folder: string,
    devices: readonly KernelDevice[],
    options: Partial<KernelOptions>,
  ) {
    this.process = KernelProcess.start({
      node: process.execPath,
      script: fileURLToPath(new URL('../../dist/kernel.js', import.meta.url)),
      env: process.env,
      folder,
      devices,
      onUpdate: (displayId, data) => this.updates.push([displayId, data]),
      onViewPush: (view, data) => this.pushes.push([view, data]),
      onMemory: (memory) => this.memory.push(memory),
      onLog: (text) => (this.log += text),
      openDevice: () => Promise.reject(new Error('there is no panel here')),
      postDevice: () => undefined,
      ...options,
    });
  }

  /** Runs a cell and returns what became of it; cells are numbered by their runs. */
  async run(code: string): Promise<Ran> {
    const outputs: KernelOutput[] = [];
    const result = await this.process.run(++this.cells, code, (output) => {
      outputs.push(output);
      this.onOutput(output);
    });
    return { ...result, outputs, text: outputs.map(textOf).join('') };
  }

  /** Runs a cell that prints `sign` when it is to be interrupted, and interrupts it `later` ms after that. */
  async interrupted(code: string, later = 30, sign = 'running'): Promise<Ran & { readonly milliseconds: number }> {
    let milliseconds = NaN;
    let answered: Promise<void> = Promise.resolve();
    this.onOutput = (output) => {
      if (!textOf(output).includes(sign)) return;
      this.onOutput = () => undefined;
      answered = new Promise((resolve, reject) => {
        setTimeout(() => {
          const asked = performance.now();
          this.process.interrupt().then(() => {
            milliseconds = performance.now() - asked;
            resolve();
          }, reject);
        }, later);
      });
    };
    const ran = await this.run(code);
    await answered;
    return { ...ran, milliseconds };
  }
}

/** Calls `use` with a kernel in an empty folder; both are gone afterwards. Rejects as `started` does. */
export async function withKernel<T>(
  devices: readonly KernelDevice[],
  use: (kernel: TestKernel) => Promise<T>,
  options: Partial<KernelOptions> | ((kernel: () => TestKernel) => Partial<KernelOptions>) = {},
): Promise<T> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'parseval-kernel-')));
  // Options may speak of the kernel, which is there when they are used.
  const kernel: TestKernel = new TestKernel(folder, devices, typeof options === 'function' ? options(() => kernel) : options);
  try {
    await kernel.process.started;
    return await use(kernel);
  } finally {
    await kernel.process.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What an output says in plain text. */
export function textOf(output: KernelOutput): string {
  if (output.output_type === 'stream') return output.text;
  return output.output_type === 'error' ? output.traceback.join('\n') : String(output.data['text/plain']);
}
