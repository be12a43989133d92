// Cuts off what another thread evaluates, by V8's inspector. The thread is paused first: who stands still can be looked at. Only where
// code of people runs, or where the library says so, its evaluation ends; elsewhere it goes on and is looked at again.
import type { Debugger } from 'node:inspector';
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

/** Called in the thread before it is cut off; see `prepareForCutOffs`. */
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
      const frames = await pauseInPeoplesCode(thread, options.isAnswered);
      const [top] = frames ?? [];
      if (frames && top) {
        const isCutOff = mayCutOff(
          frames.map(({ url }) => url),
          options,
        );
        if (isCutOff) await thread.post('Debugger.evaluateOnCallFrame', { callFrameId: top.id, expression: prepare });
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
  readonly id: string;
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
  private frame({ callFrameId, url, location: { scriptId, lineNumber, columnNumber = 0 } }: Debugger.CallFrame): Frame {
    return { id: callFrameId, url: url || (this.scripts.get(scriptId) ?? ''), line: lineNumber, column: columnNumber };
  }
}

/**
 * The frames of the paused thread, the innermost first; undefined when it runs. It is not left in the middle of what Node does for people: a
 * little still runs after the cut-off, and Node's own account of whose callback runs must not change any more.
 */
async function pauseInPeoplesCode(thread: PausableThread, isAnswered: () => boolean): Promise<readonly Frame[] | undefined> {
  if (!thread.frames) await thread.post('Debugger.pause');
  let frames = await thread.stop(isAnswered);
  for (let step = 0; step < steps && frames; step++) {
    const [top] = frames;
    if (!top || !isNodes(top.url)) return frames;
    const until = performance.now() + stepPatience;
    thread.frames = undefined;
    // Out to who called it, or, where nobody did, into what it calls.
    await thread.post(frames.length > 1 ? 'Debugger.stepOut' : 'Debugger.stepInto');
    frames = await thread.stop(() => performance.now() > until);
  }
  return frames;
}

function isNodes(url: string): boolean {
  return url.startsWith('node:');
}

/** Whether to cut off a stack of frames in these files, the innermost first. */
function mayCutOff([top = '', ...below]: readonly string[], { ours, isReplaceable }: CutOffOptions): boolean {
  if (isNodes(top)) return false;
  // Whom WebAssembly works for decides.
  const user = [top, ...below].find((url) => !url.startsWith('wasm:')) ?? top;
  return ours.some((folder) => user.startsWith(folder)) ? isReplaceable() : true;
}

function placeOf(frames: readonly Frame[]): ScriptPlace | null {
  const frame = frames.find(({ url }) => url.startsWith(cellScheme));
  return frame ? { script: frame.url, line: frame.line, column: frame.column } : null;
}
