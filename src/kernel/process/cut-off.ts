// Cuts off what another thread evaluates, by V8's inspector. The thread is paused first: who stands still can be looked at. Only where
// code of people runs, or where the library says so, its evaluation ends; elsewhere it goes on and is looked at again.
import type { Debugger, Runtime } from 'node:inspector';
import { Session } from 'node:inspector';
import { setTimeout } from 'node:timers';
import type { ScriptPlace } from '../stack.js';

/** What the main thread may be cut off in. */
export interface CutOffOptions {
  /** Where the kernel's and the library's own files are, as URLs. */
  readonly ours: readonly string[];
  /** Whether the library may be cut off now. */
  readonly isReplaceable: () => boolean;
  /** Whether there is nothing to cut off any more: the thread listens again. */
  readonly isAnswered: () => boolean;
}

/** Steps through Node's own code, at most; and how long one may take, in ms. */
const steps = 50;
const stepPatience = 100;
/** Time between two looks, in ms. */
const between = 5;

/** The scheme of the scripts of cells. */
const cellScheme = 'parseval-cell:';

/** Called in the thread before it is cut off, in Node's own context, whichever the frame belongs to; see `prepareForCutOffs`. */
const prepare = "globalThis[Symbol.for('parseval.cutOff')]()";

/**
 * Cuts off what the main thread evaluates. Resolves with the place of the innermost frame in a cell, or null when there is none, or when
 * nothing had to be cut off.
 */
export async function cutOffMainThread(options: CutOffOptions): Promise<ScriptPlace | null> {
  const thread = new PausableThread();
  try {
    await thread.post('Debugger.enable');
    while (!options.isAnswered()) {
      const frames = await pauseInPeoplesCode(thread, options);
      const [top] = frames ?? [];
      if (frames && top) {
        const isCutOff = mayCutOff(
          frames.map(({ url }) => url),
          options,
        );
        if (isCutOff) await thread.evaluate(prepare);
        await thread.post('Debugger.resume', { terminateOnResume: isCutOff });
        if (isCutOff) return placeOf(frames);
      }
      await new Promise((resolve) => setTimeout(resolve, between));
    }
    return null;
  } finally {
    await thread.post('Debugger.disable');
    thread.disconnect();
  }
}

/** A frame of the paused thread; line and column from 0. */
interface Frame {
  readonly url: string;
  readonly line: number;
  readonly column: number;
}

/** The main thread, as its debugger sees it. */
class PausableThread {
  /** The frames while it stands still, the innermost first. */
  frames: readonly Frame[] | undefined;
  private onPaused: () => void = () => undefined;
  private readonly session = new Session();
  private readonly scripts = new Map<string, string>();

  constructor() {
    this.session.connectToMainThread();
    this.session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }) => this.scripts.set(scriptId, url));
    // It may pause when nobody waits for it any more: so it is noted here, and not where a pause is asked for.
    this.session.on('Debugger.paused', ({ params: { callFrames } }) => {
      this.frames = callFrames.map((frame) => this.frame(frame));
      this.onPaused();
    });
    this.session.on('Debugger.resumed', () => (this.frames = undefined));
  }

  post(method: string, params: object = {}): Promise<unknown> {
    return new Promise((resolve, reject) =>
      this.session.post(method, params, (error, result: unknown) =>
        error ? reject(new Error(`${method}: ${JSON.stringify(error)}`)) : resolve(result),
      ),
    );
  }

  /** Runs code in it while it stands still. Rejects when the code throws. */
  async evaluate(expression: string): Promise<void> {
    const { exceptionDetails } = (await this.post('Runtime.evaluate', { expression })) as Runtime.EvaluateReturnType;
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
  }

  /** The frames once it stands still, or undefined when that is enough waiting. */
  async stop(isEnough: () => boolean): Promise<readonly Frame[] | undefined> {
    while (!this.frames && !isEnough()) {
      await new Promise<void>((resolve) => {
        this.onPaused = resolve;
        setTimeout(resolve, between);
      });
    }
    return this.frames;
  }

  /** A process that ends would wait for it. */
  disconnect(): void {
    this.session.disconnect();
  }

  /** V8 leaves the frame's own URL empty for scripts that were there before the debugger. */
  private frame({ url, location: { scriptId, lineNumber, columnNumber = 0 } }: Debugger.CallFrame): Frame {
    return { url: url || (this.scripts.get(scriptId) ?? ''), line: lineNumber, column: columnNumber };
  }
}

/**
 * The frames of the paused thread, the innermost first; undefined when it runs. It is not left in the middle of what Node does for people: a
 * little still runs after the cut-off, and Node's own account of whose callback runs must not change any more. Nor, where people wait for it, in
 * the middle of the library: V8 pauses where functions begin, and a loop may call no others.
 */
async function pauseInPeoplesCode(thread: PausableThread, options: CutOffOptions): Promise<readonly Frame[] | undefined> {
  if (!thread.frames) await thread.post('Debugger.pause');
  let frames = await thread.stop(options.isAnswered);
  for (let step = 0; step < steps && frames; step++) {
    const how = wayOut(
      frames.map(({ url }) => url),
      options,
    );
    if (!how) return frames;
    const until = performance.now() + stepPatience;
    thread.frames = undefined;
    await thread.post(how);
    frames = await thread.stop(() => performance.now() > until);
  }
  return frames;
}

/** How the thread comes from frames in these files, the innermost first, to where it may be left; undefined when it is there, or far away. */
function wayOut(files: readonly string[], options: CutOffOptions): 'Debugger.stepOut' | 'Debugger.stepInto' | undefined {
  const [top, ...callers] = files;
  if (top === undefined || mayCutOff(files, options)) return undefined;
  if (isNodes(top)) return callers.length > 0 ? 'Debugger.stepOut' : 'Debugger.stepInto';
  return callers.some((file) => !isNodes(file) && !isOurs(file, options)) ? 'Debugger.stepOut' : undefined;
}

function isNodes(url: string): boolean {
  return url.startsWith('node:');
}

function isOurs(file: string, { ours }: CutOffOptions): boolean {
  return ours.some((folder) => file.startsWith(folder));
}

/** Whether to cut off a stack of frames in these files, the innermost first. */
function mayCutOff(files: readonly string[], options: CutOffOptions): boolean {
  const [top = ''] = files;
  if (isNodes(top)) return false;
  // Whom WebAssembly works for decides.
  const user = files.find((file) => !file.startsWith('wasm:')) ?? top;
  return isOurs(user, options) ? options.isReplaceable() : true;
}

function placeOf(frames: readonly Frame[]): ScriptPlace | null {
  const frame = frames.find(({ url }) => url.startsWith(cellScheme));
  return frame ? { script: frame.url, line: frame.line, column: frame.column } : null;
}
