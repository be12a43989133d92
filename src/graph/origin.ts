// Where in a notebook operations were recorded, so that one whose result cannot be computed can be named with its line.
//
// To find out where the running code stands takes several times as long as to record an operation. So it is done once for all that one call
// of people's code records, and only for the first calls of a cell: who replays a plan that is known is told where that was recorded.

import type { WgslPlan, ReferencePlan } from '../devices/device.js';
import type { Node } from './node.js';

/** A place; its text is asked for only when it is needed. */
export interface Place {
  toString(): string;
}

/** Where the nodes of one call were recorded; known when the call is over. */
export interface Origin {
  place: Place | undefined;
}

/** Calls that are looked up after `placeCalls`. */
const lookups = 256;
const nowhere: Origin = { place: undefined };

let locate: (() => Place | undefined) | null = null;
let left = 0;
let isEachPlaced = false;
let current = nowhere;

/** Sets what finds the place of the code that runs now, such as `cell 3:5:12`. For hosts. */
export function setOrigin(find: (() => Place | undefined) | null): void {
  locate = find;
  current = nowhere;
  placeCalls();
}

/** Looks up the next calls: to be called when another cell runs. For hosts. */
export function placeCalls(): void {
  left = locate === null ? 0 : lookups;
}

/** Looks up each call, however many a cell makes, or no longer does. */
export function placeEachCall(on: boolean): void {
  isEachPlaced = on;
}

/** The origin of a node that is recorded now. */
export function originOfCall(): Origin {
  if (current === nowhere && locate !== null && (isEachPlaced || left > 0)) current = { place: undefined };
  return current;
}

/** Ends a call: finds out where it was, if it recorded anything. To be called from within it. */
export function endCall(): void {
  if (current === nowhere) return;
  left--;
  current.place = locate?.();
  current = nowhere;
}

const places = new WeakMap<WgslPlan | ReferencePlan, Place>();

/** A plan's first output and where it was recorded, in words; undefined where that is not known. */
export function describePlan(plan: WgslPlan | ReferencePlan, [node]: readonly Node[]): string | undefined {
  if (node === undefined || locate === null) return undefined;
  const place = placeOf(node) ?? places.get(plan);
  if (place !== undefined && !places.has(plan)) places.set(plan, place);
  return place && describe(node, place);
}

/** A node and where it was recorded, in words; undefined where that is not known. */
export function describeNode(node: Node): string | undefined {
  const place = placeOf(node);
  return place && describe(node, place);
}

function placeOf(node: Node): Place | undefined {
  return inner(node).origin.place ?? node.origin.place;
}

function describe(node: Node, place: Place): string {
  return `${inner(node).operation.name} [${node.shape.join(', ')}] at ${place.toString()}`;
}

/**
 * The operation that people asked for: beneath what an assignment adds, and of all that one call recorded on the way, the heavy one that it is
 * named for, or else what is more than another look at a value.
 */
function inner(node: Node): Node {
  let found = node;
  for (let at = node; ;) {
    const { operation, inputs } = at;
    if (operation.heavy === true) return at;
    const [input] = inputs;
    const isAdded = operation.name === 'alias' || operation.name === 'cast';
    if (input === undefined || !(isAdded || (input.origin === at.origin && at.origin !== nowhere))) return found;
    if (at === found && (isAdded || operation.lowering.kind === 'view')) found = input;
    at = input;
  }
}
