// Drives Parseval's kernel and its language service as the extension does: the processes start together, each cell is type-checked and,
// when nothing is wrong, run.
import { fileURLToPath } from 'node:url';
import { homedir } from 'node:os';
import type { KernelBundle, KernelDevice, KernelOutput } from '../../src/extension/kernel-process.js';
import { KernelProcess } from '../../src/extension/kernel-process.js';
import { LanguageProcess } from '../../src/extension/language-process.js';

const notebook = 'notebook:bench';
const distFile = (name: string): string => fileURLToPath(new URL(`../../dist/${name}.js`, import.meta.url));

/** What came from the kernel while a cell ran, in order. */
export type ParsevalOutput = KernelOutput | { readonly output_type: 'update'; readonly displayId: string; readonly data: KernelBundle };

/** What became of a cell. */
export interface ParsevalResult {
  readonly status: 'ok' | 'error' | 'interrupted';
  readonly outputs: readonly ParsevalOutput[];
}

/** A running kernel with its language service. */
export class Parseval {
  private readonly cells: { cell: string; code: string; language: 'typescript' }[] = [];
  private outputs: ParsevalOutput[] = [];
  private readonly kernel: KernelProcess;
  private readonly language: LanguageProcess;

  /** Starts both processes; cells may be run at once. */
  constructor(
    private readonly folder: string,
    devices: readonly KernelDevice[] = ['cpu'],
  ) {
    const onLog = (text: string): void => void process.stderr.write(text);
    const child = { node: process.execPath, env: process.env, onLog };
    this.language = LanguageProcess.start({ ...child, script: distFile('language'), folder: homedir(), onStale: () => undefined });
    this.kernel = KernelProcess.start({
      ...child,
      script: distFile('kernel'),
      folder,
      devices,
      onUpdate: (displayId, data) => void this.outputs.push({ output_type: 'update', displayId, data }),
      onViewPush: () => undefined,
      onMemory: () => undefined,
      openDevice: () => Promise.reject(new Error('there is no device panel here')),
      postDevice: () => undefined,
    });
  }

  get pids(): { readonly kernel: number; readonly language: number } {
    return { kernel: this.kernel.pid ?? 0, language: this.language.pid ?? 0 };
  }

  /** Adds a cell at the end of the notebook, checks and runs it. */
  async run(code: string): Promise<ParsevalResult> {
    const number = this.cells.length + 1;
    const cell = `cell:${number}`;
    const outputs: ParsevalOutput[] = [];
    this.outputs = outputs;
    this.cells.push({ cell, code, language: 'typescript' });
    this.language.send('cells', { notebook, folder: this.folder, cells: this.cells });
    const [errors] = await Promise.all([
      this.language.request('check', { notebook, cell, number, code, language: 'typescript' }),
      this.kernel.started,
    ]);
    if (errors) return { status: 'error', outputs: [errors.output] };
    const running = this.kernel.run(number, code, (output) => void outputs.push(output));
    this.language.send('ran', { notebook, cell, code, language: 'typescript' });
    return { status: (await running).status, outputs };
  }

  /** Ends both processes; resolves when they are gone. */
  async stop(): Promise<void> {
    await Promise.all([this.kernel.kill(), this.language.kill()]);
  }
}
