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
const between = 10;

/** The scheme of the scripts of cells. */
const cellScheme = 'parseval-cell:';

/** Called in the thread before it is cut off; see `prepareForCutOffs`. */
const prepare = "globalThis[Symbol.for('parseval.cutOff')]()";

/**
 * Cuts off what the main thread evaluates. Resolves with the place of the innermost frame in a cell, or null when there is none, or when
 * nothing had to be cut off.
 */
export async function cutOffMainThread(options: CutOffOptions): Promise<ScriptPlace | null> {
  const session = new Session();
  session.connectToMainThread();
  const scripts = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }) => scripts.set(scriptId, url));
  // V8 leaves the frame's own URL empty for scripts that were there before the debugger.
  const urlOf = ({ url, location }: Debugger.CallFrame): string => url || (scripts.get(location.scriptId) ?? '');
  try {
    await post(session, 'Debugger.enable');
    while (!options.isAnswered()) {
      const frames = await pauseInPeoplesCode(session, options.isAnswered, urlOf);
      const [top] = frames ?? [];
      if (frames && top) {
        const isCutOff = mayCutOff(frames.map(urlOf), options);
        if (isCutOff) await post(session, 'Debugger.evaluateOnCallFrame', { callFrameId: top.callFrameId, expression: prepare });
        await post(session, 'Debugger.resume', { terminateOnResume: isCutOff });
        if (isCutOff) return placeOf(frames, urlOf);
      }
      await new Promise((resolve) => setTimeout(resolve, between));
    }
    return null;
  } finally {
    await post(session, 'Debugger.disable');
    // A process that ends would wait for it.
    session.disconnect();
  }
}

function post(to: Session, method: string, params: object = {}): Promise<unknown> {
  return new Promise((resolve, reject) =>
    to.post(method, params, (error, result: unknown) =>
      error ? reject(new Error(`${method}: ${JSON.stringify(error)}`)) : resolve(result),
    ),
  );
}

type Frames = readonly Debugger.CallFrame[];

/**
 * The frames of the paused thread, the innermost first; undefined when it runs. It is not left in the middle of what Node does for people: a
 * little still runs after the cut-off, and Node's own account of whose callback runs must not change any more.
 */
async function pauseInPeoplesCode(
  to: Session,
  isAnswered: () => boolean,
  urlOf: (frame: Debugger.CallFrame) => string,
): Promise<Frames | undefined> {
  let frames = await paused(to, 'Debugger.pause', isAnswered);
  for (let step = 0; step < steps && frames; step++) {
    const [top] = frames;
    if (!top || !isNodes(urlOf(top))) return frames;
    const until = performance.now() + stepPatience;
    // Out to who called it, or, where nobody did, into what it calls.
    frames = await paused(to, frames.length > 1 ? 'Debugger.stepOut' : 'Debugger.stepInto', () => performance.now() > until);
  }
  return frames;
}

/** The frames when the thread has paused after a command; undefined when it does not before `isEnough`. */
async function paused(to: Session, command: string, isEnough: () => boolean): Promise<Frames | undefined> {
  let frames: Frames | undefined;
  const onPaused = ({ params }: { params: Debugger.PausedEventDataType }): void => void (frames = params.callFrames);
  to.on('Debugger.paused', onPaused);
  try {
    await post(to, command);
    while (!frames && !isEnough()) await new Promise((resolve) => setTimeout(resolve, 1));
    return frames;
  } finally {
    to.off('Debugger.paused', onPaused);
  }
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

function placeOf(frames: readonly Debugger.CallFrame[], urlOf: (frame: Debugger.CallFrame) => string): ScriptPlace | null {
  const frame = frames.find((each) => urlOf(each).startsWith(cellScheme));
  if (!frame) return null;
  const { lineNumber, columnNumber = 0 } = frame.location;
  return { script: urlOf(frame), line: lineNumber, column: columnNumber };
}
