// A session: runs cells one after another in one shared scope.
import type * as host from '../display/host.js';
import type { MimeBundle, OutputSink } from '../display/sink.js';
import { activity } from './activity.js';
import { createCellConsole } from './cell-console.js';
import { CellRun, recover } from './cell-run.js';
import { CellModules } from './modules.js';
import type { ModuleNamespace } from './modules.js';
import { OutputLog } from './output-log.js';
import type { CellOutput } from './outputs.js';
import { SharedScope } from './scope.js';
import type { ScriptPlace } from './stack.js';
import { currentPlace, describePlace, installStackTraces } from './stack.js';
import { errorOutput } from './traceback.js';
import { tslabModule } from './tslab.js';
import { Waiting } from './waiting.js';

/** What the session needs of the library, beside handing it to the cells. */
export interface KernelLibrary {
  setOutputSink(sink: OutputSink | null): OutputSink | null;
  /** Displays a value as the library does. */
  emit(bundle: MimeBundle | Promise<MimeBundle>, id?: string): void;
  /** Gives a display that was put out with an id new forms. */
  emitUpdate(id: string, bundle: MimeBundle | Promise<MimeBundle>): void;
  readonly host: Pick<
    typeof host,
    'bundleOf' | 'isOutput' | 'printed' | 'setOrigin' | 'startCell' | 'settle' | 'recoverAll' | 'nameVariables'
  >;
}

/** How a session learns that people ask to stop what runs, beside `Session.interrupt`. */
export interface Interrupts {
  /** Whether they do; it may become so at any moment, also while a cell loops. */
  readonly isRequested: () => boolean;
  /** Called when everything has stopped. */
  readonly clear: () => void;
}

/** How a session is set up. */
export interface SessionOptions {
  /** The module namespace that `import … from 'parseval'` gives. */
  readonly library: KernelLibrary & ModuleNamespace;
  /** The notebook's folder: where imports start. */
  readonly cwd: string;
  /** Called when a display that was put out, by any cell, has new forms. */
  readonly onUpdate?: (displayId: string, data: MimeBundle) => void;
  readonly interrupts?: Interrupts;
  /** Done before each cell; its error is the cell's. */
  readonly prepare?: () => Promise<void>;
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
  readonly status: 'ok' | 'error' | 'interrupted';
  /** Counts the runs of the session from 1. */
  readonly executionCount: number;
  readonly outputs: readonly CellOutput[];
}

/** Runs cells that share their variables. */
export interface Session {
  /** Runs a cell when those before it are done. What goes wrong in it is in its outputs; the promise does not reject. */
  run(code: string, options: RunOptions): Promise<CellResult>;
  /**
   * Stops the running cell and keeps all state; `at` is where its evaluation was cut off. Resolves when it has stopped and everything works
   * again. To be called in a turn of the event loop of its own; called again, it cuts off what is done to stop.
   */
  interrupt(at?: ScriptPlace): Promise<void>;
  /** The names that cells declared. */
  names(): string[];
  /** What cells declared and gave a value, imports apart. */
  variables(): [name: string, value: unknown][];
  /** Puts out text as the running cell's, or to the process's stream when there is none. */
  write(name: 'stdout' | 'stderr', text: string): void;
  /** Hands on what was put out and is held back for a moment. */
  flush(): void;
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
  private readonly waiting = new Waiting();
  private readonly previousSink: OutputSink | null;
  /** For each display the latest update that it shows. */
  private readonly versions = new Map<string, number>();
  private readonly queue: (() => Promise<void>)[] = [];
  private isBusy = false;
  private running: CellRun | undefined;
  /** What timers put out that outlived their cell. */
  private outside: OutputLog;
  /** Where that goes: the process's streams, also when what cells write to them is captured. */
  private readonly streams = { stdout: process.stdout.write.bind(process.stdout), stderr: process.stderr.write.bind(process.stderr) };
  private runs = 0;
  private readonly stopped: (() => void)[] = [];

  constructor(private readonly options: SessionOptions) {
    const { library, cwd } = options;
    this.modules = new CellModules(
      new Map([
        ['parseval', { exports: Object.keys(library).filter((name) => name !== 'default'), load: () => library }],
        [
          'tslab',
          tslabModule({ display: (bundle, id) => library.emit(bundle, id), update: (id, bundle) => library.emitUpdate(id, bundle) }),
        ],
      ]),
      cwd,
    );
    installStackTraces(cwd);
    library.host.setOrigin(() => {
      const at = currentPlace();
      return at && { toString: () => describePlace(at) };
    });
    this.outside = this.logOutside();
    this.previousSink = library.setOutputSink({
      display: (bundle, id) => {
        activity.getStore()?.check();
        this.log.display(bundle, id);
      },
      update: (id, bundle) => {
        activity.getStore()?.check();
        this.log.update(id, bundle);
      },
    });
    const console = createCellConsole(
      (name, text) => this.write(name, text),
      (args, isTable) => library.host.printed(args, isTable),
    );
    this.scope.provide('console', console);
    this.scope.provide('require', this.modules.require);
    process.on('uncaughtException', this.onStray);
    process.on('unhandledRejection', this.onStray);
  }

  run(code: string, { cell, onOutput = () => undefined }: RunOptions): Promise<CellResult> {
    return new Promise((resolve) => {
      this.queue.push(async () => {
        const { library, interrupts, prepare, onUpdate = () => undefined } = this.options;
        const executionCount = ++this.runs;
        const run = new CellRun({
          name: `parseval-cell://${this.id}/${cell}/${executionCount}`,
          cell,
          executionCount,
          scope: this.scope,
          modules: this.modules,
          host: library.host,
          interrupts,
          waiting: this.waiting,
          log: new OutputLog({ onOutput, onUpdate }, this.versions),
          prepare,
        });
        this.running = run;
        const result = await run.evaluate(code);
        this.running = undefined;
        this.outside = this.logOutside();
        this.finishInterrupt();
        resolve(result);
      });
      this.advance();
    });
  }

  interrupt(at?: ScriptPlace): Promise<void> {
    const isOver = new Promise<void>((resolve) => this.stopped.push(resolve));
    if (this.running) this.running.interrupt(at);
    else if (this.isBusy) this.waiting.cutOff();
    else {
      // Something that a cell left behind: a timer, say.
      this.queue.unshift(async () => {
        await recover(this.options.library.host, this.waiting);
        this.options.interrupts?.clear();
        this.finishInterrupt();
      });
      this.advance();
    }
    this.modules.forgetUnfinished();
    return isOver;
  }

  names(): string[] {
    return this.scope.names();
  }

  variables(): [name: string, value: unknown][] {
    return this.scope.variables();
  }

  write(name: 'stdout' | 'stderr', text: string | Promise<string>): void {
    activity.getStore()?.check();
    this.log.write(name, text);
  }

  flush(): void {
    this.log.flush();
  }

  dispose(): void {
    this.options.library.host.setOrigin(null);
    this.outside.flush();
    this.options.library.setOutputSink(this.previousSink);
    process.off('uncaughtException', this.onStray);
    process.off('unhandledRejection', this.onStray);
  }

  private get log(): OutputLog {
    return this.running?.log ?? this.outside;
  }

  private logOutside(): OutputLog {
    return new OutputLog(
      {
        onOutput: (output) => {
          if (output.output_type === 'stream') this.streams[output.name](output.text);
          else if (output.output_type === 'display_data' && typeof output.data['text/plain'] === 'string')
            this.streams.stdout(`${output.data['text/plain']}\n`);
        },
        onUpdate: this.options.onUpdate ?? (() => undefined),
      },
      this.versions,
    );
  }

  private advance(): void {
    if (this.isBusy) return;
    const job = this.queue.shift();
    if (!job) return;
    this.isBusy = true;
    void job().then(() => {
      this.isBusy = false;
      this.advance();
    });
  }

  private finishInterrupt(): void {
    for (const resolve of this.stopped.splice(0)) resolve();
  }

  private readonly onStray = (error: unknown): void => {
    // What an interrupt stopped has nobody any more who would catch its error.
    if (error instanceof Error && error.name === 'Interrupted') return;
    if (this.running) return void this.running.strays.push(error);
    this.outside.flush();
    this.streams.stderr(`${errorOutput(error).traceback.join('\n')}\n`);
  };
}
