// The handles people hold on nodes. Letting go is explicit (dispose, using, tidy) or, as a net, by garbage collection.
//
// A collected handle counts as held until the step it belongs to is over: otherwise the moment at which the collector happens
// to run would change what a flush computes, and with it the plan.

import { setImmediate } from 'node:timers';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isStored, type Node } from '../graph/node.js';

/** One hold on a node. */
export class Handle {
  readonly epoch = currentEpoch;
  #released = false;

  constructor(public node: Node) {
    node.retain(true);
  }

  /** True after release. */
  get released(): boolean {
    return this.#released;
  }

  /** Moves the hold to another node: the new version of an assigned tensor. */
  move(node: Node): void {
    const old = this.node;
    node.retain(true);
    this.node = node;
    old.release(true);
  }

  /** Lets go; further calls do nothing. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.node.release(true);
  }
}

let currentEpoch = 0;
let collected: Handle[] = [];
const registry = new FinalizationRegistry<Handle | (() => void)>((held) => {
  if (held instanceof Handle) collected.push(held);
  else held();
});
const scopes: Set<Disposable>[] = [];

/** Watches a tensor so that its handle is released some time after nobody can reach the tensor, and notes it in open scopes. */
export function watch(tensor: Disposable, handle: Handle): void {
  registry.register(tensor, handle, handle);
  scopes.at(-1)?.add(tensor);
}

/** Stops watching a tensor that was disposed. */
export function unwatch(handle: Handle): void {
  registry.unregister(handle);
}

/** Releases handles of collected tensors that no running step depends on. */
export function releaseCollected(): void {
  if (collected.length === 0) return;
  const later: Handle[] = [];
  for (const handle of collected) {
    if (handle.epoch < currentEpoch || isStored(handle.node)) handle.release();
    else later.push(handle);
  }
  collected = later;
}

/** Marks the end of a training step. */
export function nextEpoch(): void {
  currentEpoch++;
}

/** Runs f and disposes every tensor made in it, except those that `kept` finds in its result. */
export function inScope<T>(f: () => T, kept: (result: T) => Iterable<Disposable>): T {
  const scope = new Set<Disposable>();
  scopes.push(scope);
  let result: T;
  try {
    result = f();
  } catch (error) {
    scopes.pop();
    for (const tensor of scope) tensor[Symbol.dispose]();
    throw error;
  }
  scopes.pop();
  for (const tensor of kept(result)) {
    if (scope.delete(tensor)) scopes.at(-1)?.add(tensor);
  }
  for (const tensor of scope) tensor[Symbol.dispose]();
  return result;
}

/** Leaves all scopes, without disposing anything: evaluation was cut off within them. */
export function forgetScopes(): void {
  scopes.length = 0;
}

/** Takes a tensor out of the scopes that would dispose it: a gradient outlives the function that computed it. */
export function leaveScopes(tensor: Disposable): void {
  for (const scope of scopes) scope.delete(tensor);
}

/** Macrotasks after which we stop waiting for finalizers. */
const longestWait = 16;

/** Runs a full garbage collection where the runtime lets us, and waits until the finalizers of what it found have run. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  // Under this file's name: who looks at the stack then takes it for the library's, not for people's code.
  const gc = runInNewContext('gc', {}, { filename: import.meta.url }) as (() => void) | undefined;
  if (typeof gc !== 'function') return;
  let finalized = false;
  // Finalizers run some macrotasks later, those of one registry together: an object that nobody holds tells when.
  watchNothing(() => (finalized = true));
  gc();
  for (let turn = 0; turn < longestWait && !finalized; turn++) await macrotask();
}

/** In a function of its own, so that no frame that is still running holds the object. */
function watchNothing(finalizer: () => void): void {
  registry.register({}, finalizer);
}

/** Lets timers and finalizers run. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
