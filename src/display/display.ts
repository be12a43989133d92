// What any value looks like as an output, and displays that change in place.
import { inspect } from 'node:util';
import { DISPLAY, emit, emitUpdate, type MimeBundle } from './sink.js';

/** A display that can be changed while it stands. */
export interface DisplayHandle {
  /** Its name, as outputs carry it. */
  readonly id: string;
  /** Shows another value in its place. */
  update(value: unknown): void;
}

/** Shows a value as the result of a cell would be shown, at its place among the outputs. The handle changes it later, also from other cells. */
export function display(value: unknown): DisplayHandle {
  const id = newDisplayId();
  emit(bundleOf(value), id);
  return { id, update: (next) => emitUpdate(id, bundleOf(next)) };
}

/** Results of calls of this cell that are outputs already. */
let outputs = new WeakSet<object>();

/** Notes that a result's call put an output out: as the result of the same cell it would say in worse form what stands above. */
export function asOutput<T extends object>(result: T): T {
  outputs.add(result);
  return result;
}

/** Whether a value came of a call in this cell that put it out. */
export function isOutput(value: unknown): boolean {
  return isObject(value) && outputs.has(value);
}

/** Another cell begins: a summary that is its result is shown. */
export function forgetOutputs(): void {
  outputs = new WeakSet();
}

let displays = 0;

/** A name that no other display of this process has. */
export function newDisplayId(): string {
  return `parseval-${++displays}`;
}

/** The forms of a value: its own, when it has a method `[DISPLAY]()`, else as Node's console shows it. What is to be read is read as it is now. */
export async function bundleOf(value: unknown): Promise<MimeBundle> {
  const own: unknown = isObject(value) ? Reflect.get(value, DISPLAY) : undefined;
  if (typeof own === 'function') return (await Reflect.apply(own, value, [])) as MimeBundle;
  return { 'text/plain': inspect(value, { depth: 4, colors: false, breakLength: 100 }) };
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
