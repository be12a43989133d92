// Where in a notebook operations were recorded, so that one whose result cannot be computed can be named with its line.
//
// To find out where the running code stands takes several times as long as to record an operation. So it is done once for all that one call
// of people's code records, and only for the first calls of a cell: who replays a plan that is known is told where that was recorded.

import type { WgslPlan, ReferencePlan } from '../devices/device.js';
import type { Node } from './node.js';

/** Where the nodes of one call were recorded; known when the call is over. */
export interface Origin {
  place: string | undefined;
}

/** Calls that are looked up after `placeCalls`. */
const lookups = 256;
const nowhere: Origin = { place: undefined };

let locate: (() => string | undefined) | null = null;
let left = 0;
let current = nowhere;

/** Sets what finds the place of the code that runs now, such as `cell 3:5:12`. For hosts. */
export function setOrigin(find: (() => string | undefined) | null): void {
  locate = find;
  current = nowhere;
  placeCalls();
}

/** Looks up the next calls: to be called when another cell runs. For hosts. */
export function placeCalls(): void {
  left = locate === null ? 0 : lookups;
}

/** The origin of a node that is recorded now. */
export function originOfCall(): Origin {
  if (current === nowhere && left > 0) current = { place: undefined };
  return current;
}

/** Ends a call: finds out where it was, if it recorded anything. To be called from within it. */
export function endCall(): void {
  if (current === nowhere) return;
  left--;
  current.place = locate?.();
  current = nowhere;
}

const places = new WeakMap<WgslPlan | ReferencePlan, string>();

/** What a plan's first output is and where it was recorded, in words. */
export function describePlan(plan: WgslPlan | ReferencePlan, [node]: readonly Node[]): string | undefined {
  if (node === undefined) return undefined;
  const named = inner(node);
  const place = named.origin.place ?? node.origin.place ?? places.get(plan);
  if (place !== undefined && !places.has(plan)) places.set(plan, place);
  return describe(named, place);
}

/** A node in words. */
export function describeNode(node: Node): string {
  const named = inner(node);
  return describe(named, named.origin.place ?? node.origin.place);
}

function describe({ operation, shape }: Node, place: string | undefined): string {
  const what = `${operation.name} [${shape.join(', ')}]`;
  return place === undefined ? what : `${what} at ${place}`;
}

/** The operation that people wrote, beneath what an assignment adds. */
function inner(node: Node): Node {
  let at = node;
  for (let [input] = at.inputs; input !== undefined && (at.operation.name === 'alias' || at.operation.name === 'cast'); [input] = at.inputs)
    at = input;
  return at;
}
