// One run of a cell, from its code to its outputs.
import { Activity, activity } from './activity.js';
import type { CompiledCell } from './compiler.js';
import { compileCell, loadCell } from './compiler.js';
import type { CellModules } from './modules.js';
import type { OutputLog } from './output-log.js';
import type { CellOutput } from './outputs.js';
import { Resources } from './resources.js';
import type { Runtime, SharedScope } from './scope.js';
import { cleanMessage } from './scope.js';
import type { CellResult, Interrupts, KernelLibrary } from './session.js';
import type { ScriptPlace, SourcePlace } from './stack.js';
import { cellPlaceOf, placeInCell, registerScript } from './stack.js';
import { errorOutput, interruptedOutput } from './traceback.js';
import type { Waiting } from './waiting.js';

/** Turns of the event loop after an interrupt in which what still runs finds that it is to stop. */
const lastTurns = 20;

/** What a run is given by its session. */
export interface CellRunOptions {
  /** The name of its script. */
  readonly name: string;
  /** The cell's number in the notebook. */
  readonly cell: number;
  readonly executionCount: number;
  readonly scope: SharedScope;
  readonly modules: CellModules;
  readonly host: KernelLibrary['host'];
  readonly interrupts: Interrupts | undefined;
  readonly waiting: Waiting;
  readonly log: OutputLog;
  readonly prepare: (() => Promise<void>) | undefined;
}

/** A run of a cell. */
export class CellRun {
  readonly log: OutputLog;
  /** What failed outside of the cell's own flow. */
  readonly strays: unknown[] = [];
  private readonly errors: unknown[] = [];
  private readonly resources = new Resources();
  private interruptedAt: SourcePlace | undefined;
  private cell: { readonly compiled: CompiledCell; readonly runtime: Runtime; readonly source: string } | undefined;

  private readonly activity: Activity;

  constructor(private readonly options: CellRunOptions) {
    this.log = options.log;
    const { interrupts } = options;
    this.activity = new Activity(() => interrupts?.isRequested() === true);
  }

  /** Ends what the cell does; `at` is where its evaluation was cut off. */
  interrupt(at: ScriptPlace | undefined): void {
    this.interruptedAt ??= at && placeInCell(at);
    this.activity.isInterrupted = true;
    this.options.waiting.cutOff();
  }

  /** Runs the cell. Does not reject: what goes wrong is in the outputs. */
  async evaluate(code: string): Promise<CellResult> {
    const { log, options } = this;
    const { host, executionCount, prepare } = options;
    if (prepare) await this.attempt(prepare);
    host.startCell();
    const value = this.isFailed ? undefined : await this.evaluateCode(code);
    await this.attempt(() => host.settle());
    // Promises that were rejected and left alone are reported between turns of the event loop.
    await this.attempt(() => undefined);
    await this.attempt(() => log.settle());
    const isResult = !this.isFailed && value !== undefined && !host.isOutput(value);
    const data = isResult ? await this.attempt(() => this.within(() => host.bundleOf(value))) : undefined;
    if (data) log.add({ output_type: 'execute_result', execution_count: executionCount, data, metadata: {} });
    if (this.isInterrupted) await this.putOutWhatIsReady();
    this.errors.push(
      ...(await this.resources.release((step) => options.waiting.for(() => this.within(step)))),
      ...log.failures,
      ...this.strays,
    );
    const shown: CellOutput[] = [];
    for (const error of this.errors) if (!this.isInterrupted) shown.push(await this.outputFor(error));
    // From here on nothing is awaited: who interrupts now finds the cell done.
    if (this.isInterrupted || this.isRequested) return this.endInterrupted();
    for (const output of shown) log.add(output);
    return this.end(shown.length > 0 ? 'error' : 'ok');
  }

  private get isInterrupted(): boolean {
    return this.activity.isInterrupted;
  }

  private get isRequested(): boolean {
    return this.options.interrupts?.isRequested() === true;
  }

  private get isFailed(): boolean {
    return this.errors.length > 0 || this.isInterrupted;
  }

  /** A step of the run; what it throws is kept, and steps after an interrupt are left out. */
  private async attempt<T>(step: () => T | Promise<T>): Promise<T | undefined> {
    if (this.isInterrupted) return undefined;
    try {
      return await this.options.waiting.for(step);
    } catch (error) {
      if (this.isInterrupted || this.isRequested) {
        this.activity.isInterrupted = true;
        if (error instanceof Error) this.interruptedAt ??= cellPlaceOf(error);
      } else {
        this.errors.push(error);
      }
      return undefined;
    }
  }

  private async evaluateCode(code: string): Promise<unknown> {
    const { name, cell, scope, modules } = this.options;
    const prepared = await this.attempt(() => {
      // V8 and TypeScript must agree on what a line is.
      const source = code.replace(/\r\n?/g, '\n');
      const compiled = compileCell(source, { cell, isKnown: (known) => scope.has(known) });
      const run = loadCell(compiled, name, source, cell);
      registerScript(name, { cell, source, code: compiled.code, segments: compiled.segments });
      const runtime: Runtime = {
        at: -1,
        binding: (binding) => scope.binding(binding),
        import: (specifier) => modules.import(specifier),
        meta: modules.meta,
        use: (resource, isAsync) => this.resources.add(resource, isAsync),
        resume: (value) => {
          this.checkCaller();
          return value;
        },
        caught: (error) => {
          this.checkCaller();
          cleanMessage(error);
        },
      };
      this.cell = { compiled, runtime, source };
      return { run, runtime, end: scope.begin(compiled.declarations) };
    });
    if (!prepared) return undefined;
    const { run, runtime, end } = prepared;
    const value = await this.attempt(() => this.within(() => run(runtime)));
    end();
    return value;
  }

  /** Runs code of people as the cell's, where somebody may interrupt it. */
  private within<T>(f: () => T): T {
    return this.options.interrupts ? activity.run(this.activity, f) : f();
  }

  /** A function of the cell may be called by another one, and that one be interrupted. */
  private checkCaller(): void {
    (activity.getStore() ?? this.activity).check();
  }

  private async putOutWhatIsReady(): Promise<void> {
    const { log, options } = this;
    log.lookAgain();
    await options.waiting.for(() => undefined).catch(() => undefined);
    log.abandon();
  }

  private async endInterrupted(): Promise<CellResult> {
    const { log, options } = this;
    this.activity.isInterrupted = true;
    await recover(options.host, options.waiting);
    // What goes on in the library at its own pace comes by a place where it is stopped.
    for (let turn = 0; turn < lastTurns; turn++) await options.waiting.for(() => undefined).catch(() => undefined);
    log.abandon();
    log.add(interruptedOutput(this.interruptedAt ?? this.lastAwait()));
    options.interrupts?.clear();
    return this.end('interrupted');
  }

  private end(status: CellResult['status']): CellResult {
    const { log, options } = this;
    this.activity.isOver = true;
    log.close();
    options.host.nameVariables(options.scope.variables());
    return { status, executionCount: options.executionCount, outputs: log.outputs };
  }

  /** Where the cell waited. */
  private lastAwait(): SourcePlace | undefined {
    if (!this.cell) return undefined;
    const { compiled, runtime, source } = this.cell;
    const place = compiled.awaits[runtime.at];
    return place && { cell: this.options.cell, line: place.line + 1, column: place.column + 1, source };
  }

  /** The error's own code may run for it to be shown. */
  private async outputFor(error: unknown): Promise<ReturnType<typeof errorOutput>> {
    try {
      return await this.options.waiting.for(() => errorOutput(error));
    } catch {
      return errorOutput(new Error('the cell failed with an error that cannot be shown'));
    }
  }
}

/** Mends the library after an interrupt; what cuts this off as well makes it start anew. */
export async function recover({ recoverAll }: KernelLibrary['host'], waiting: Waiting): Promise<void> {
  for (let isDone = false; !isDone;) {
    isDone = await waiting
      .for(() => recoverAll())
      .then(
        () => true,
        () => false,
      );
  }
}
