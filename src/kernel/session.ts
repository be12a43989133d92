// A session: runs cells one after another in one shared scope and collects what they put out.
import { inspect } from 'node:util';
import type { MimeBundle, OutputSink } from '../display/sink.js';
import { createCellConsole } from './cell-console.js';
import { compileCell, loadCell } from './compiler.js';
import { CellModules } from './modules.js';
import type { ModuleNamespace } from './modules.js';
import type { CellOutput } from './outputs.js';
import { OutputLog } from './outputs.js';
import { Resources } from './resources.js';
import type { Runtime } from './scope.js';
import { cleanMessage, SharedScope } from './scope.js';
import { installStackTraces, registerScript } from './stack.js';
import { errorOutput } from './traceback.js';

/** What the session needs of the library, beside handing it to the cells. */
export interface KernelLibrary {
  /** The method by which a value displays itself. */
  readonly DISPLAY: symbol;
  setOutputSink(sink: OutputSink | null): OutputSink | null;
  /** Waits for the device; what failed there is the cell's error. */
  sync(): Promise<unknown>;
}

/** How a session is set up. */
export interface SessionOptions {
  /** The module namespace that `import … from 'parseval'` gives. */
  readonly library: KernelLibrary & ModuleNamespace;
  /** The notebook's folder: where imports start. */
  readonly cwd: string;
}

/** How a cell is run. */
export interface RunOptions {
  /** The cell's number in the notebook, for stacks. */
  readonly cell: number;
  /** Called with each output as it comes; texts of a stream come in pieces. */
  readonly onOutput?: (output: CellOutput) => void;
}

/** What became of a cell. */
export interface CellResult {
  readonly status: 'ok' | 'error';
  /** Counts the runs of the session from 1. */
  readonly executionCount: number;
  readonly outputs: readonly CellOutput[];
}

/** Runs cells that share their variables. */
export interface Session {
  /** Runs a cell when those before it are done. What goes wrong in it is in its outputs; the promise does not reject. */
  run(code: string, options: RunOptions): Promise<CellResult>;
  /** The names that cells declared. */
  names(): string[];
  /** Lets go of the process: errors of timers and promises that cells left behind end it again, as they do by default. */
  dispose(): void;
}

let sessions = 0;

/** Starts a session. Sessions of one process share its globals, and their cells must not run at the same time. */
export function createSession(options: SessionOptions): Session {
  return new LocalSession(options);
}

class LocalSession implements Session {
  private readonly id = ++sessions;
  private readonly scope = new SharedScope();
  private readonly modules: CellModules;
  private readonly library: KernelLibrary;
  /** The outputs of the running cell, and what failed outside of its own flow. */
  private running: { readonly log: OutputLog; readonly strays: unknown[] } | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private runs = 0;

  constructor({ library, cwd }: SessionOptions) {
    this.library = library;
    this.modules = new CellModules(library, cwd);
    installStackTraces(cwd);
    const write = (name: 'stdout' | 'stderr', text: string): void => {
      if (this.running) this.running.log.add({ output_type: 'stream', name, text });
      // A timer that outlived its cell.
      else process[name].write(text);
    };
    this.scope.provide('console', createCellConsole(write));
    process.on('uncaughtException', this.onStray);
    process.on('unhandledRejection', this.onStray);
  }

  run(code: string, options: RunOptions): Promise<CellResult> {
    const result = this.last.then(() => this.runNow(code, options));
    this.last = result;
    return result;
  }

  names(): string[] {
    return this.scope.names();
  }

  dispose(): void {
    process.off('uncaughtException', this.onStray);
    process.off('unhandledRejection', this.onStray);
  }

  private readonly onStray = (error: unknown): void => {
    if (this.running) this.running.strays.push(error);
    else process.stderr.write(`${errorOutput(error).traceback.join('\n')}\n`);
  };

  private async runNow(code: string, { cell, onOutput }: RunOptions): Promise<CellResult> {
    const executionCount = ++this.runs;
    const log = new OutputLog(onOutput ?? (() => undefined));
    const strays: unknown[] = [];
    const resources = new Resources();
    this.running = { log, strays };
    const previousSink = this.library.setOutputSink({ display: (bundle) => log.display(bundle) });
    const errors: unknown[] = [];
    const attempt = async <T>(step: () => T | Promise<T>): Promise<T | undefined> => {
      try {
        return await step();
      } catch (error) {
        errors.push(error);
        return undefined;
      }
    };

    const value = await attempt(() => this.evaluate(code, cell, resources));
    await attempt(() => this.library.sync());
    // Promises that were rejected and left alone are reported between turns of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    await log.settle();
    const data = errors.length === 0 && value !== undefined ? await attempt(() => this.bundleOf(value)) : undefined;
    if (data) log.add({ output_type: 'execute_result', execution_count: executionCount, data, metadata: {} });
    errors.push(...(await resources.release()), ...log.failures, ...strays);
    for (const error of errors) log.add(errorOutput(error));

    this.library.setOutputSink(previousSink);
    this.running = undefined;
    return { status: errors.length > 0 ? 'error' : 'ok', executionCount, outputs: log.outputs };
  }

  private async evaluate(code: string, cell: number, resources: Resources): Promise<unknown> {
    const filename = `parseval-cell://${this.id}/${cell}/${this.runs}`;
    // V8 and TypeScript must agree on what a line is.
    const source = code.replace(/\r\n?/g, '\n');
    const compiled = compileCell(source, { cell, isKnown: (name) => this.scope.has(name) });
    const run = loadCell(compiled, filename, source, cell);
    registerScript(filename, { cell, source, code: compiled.code, segments: compiled.segments });
    const runtime: Runtime = {
      binding: (name) => this.scope.binding(name),
      import: (specifier) => this.modules.import(specifier),
      meta: this.modules.meta,
      use: (resource, isAsync) => resources.add(resource, isAsync),
      caught: cleanMessage,
    };
    const end = this.scope.begin(compiled.declarations);
    try {
      return await run(runtime);
    } finally {
      end();
    }
  }

  private async bundleOf(value: unknown): Promise<MimeBundle> {
    const display = isObject(value) ? value[this.library.DISPLAY] : undefined;
    if (typeof display === 'function') return (await Reflect.apply(display, value, [])) as MimeBundle;
    return { 'text/plain': inspect(value, { depth: 4, colors: false, breakLength: 100 }) };
  }
}

function isObject(value: unknown): value is Readonly<Record<symbol, unknown>> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
