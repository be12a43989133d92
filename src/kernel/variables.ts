// What the Variables view shows of a value. Nothing here runs code of people: no getter, no proxy, no method of theirs.
import { types } from 'node:util';
import type { Variable } from '../protocol/kernel.js';

/** What is known of a tensor. */
export interface TensorFacts {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly device: string;
  readonly bytes: number;
}

/** Longest summary, and most elements of a list or an object in it. */
const longest = 120;
const most = 8;

/** What is known of a value as a tensor; null for all else. It must not run code of people. */
export type FactsOf = (value: unknown) => TensorFacts | null;

/** A variable in one line. */
export function describeVariable(name: string, value: unknown, factsOf: FactsOf): Variable {
  const tensor = factsOf(value);
  if (tensor) {
    const { shape, dtype, device, bytes } = tensor;
    return { name, type: 'Tensor', summary: `[${shape.join(', ')}] ${dtype} on ${device}`, shape: [...shape], dtype, device, bytes };
  }
  const summary = summarize(value, 2, factsOf).replaceAll(/\s+/g, ' ');
  return {
    name,
    type: typeOf(value),
    summary: summary.length > longest ? `${summary.slice(0, longest - 1)}…` : summary,
    ...(ArrayBuffer.isView(value) && { bytes: value.byteLength }),
  };
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (types.isProxy(value)) return 'Proxy';
  if (typeof value === 'function') return isClass(value) ? 'class' : 'function';
  if (typeof value !== 'object') return typeof value;
  if (Array.isArray(value)) return `Array(${value.length})`;
  const name = className(value);
  if (types.isMap(value) || types.isSet(value)) return `${name}(${sizeOf(value)})`;
  return isTypedArray(value) ? `${name}(${value.length})` : name;
}

function summarize(value: unknown, depth: number, factsOf: FactsOf): string {
  if (typeof value === 'string') return JSON.stringify(value.length > longest ? `${value.slice(0, longest)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (Object.is(value, -0)) return '-0';
  if (value === null || typeof value === 'symbol' || (typeof value !== 'object' && typeof value !== 'function')) return String(value);
  if (types.isProxy(value)) return 'Proxy';
  if (typeof value === 'function') return `${isClass(value) ? 'class' : 'function'} ${textProperty(value, 'name') || '(anonymous)'}`;
  if (Array.isArray(value)) return depth === 0 ? `Array(${value.length})` : list(value, value.length, depth, factsOf);
  if (isTypedArray(value)) return list(value, value.length, depth, factsOf, className(value));
  if (types.isMap(value) || types.isSet(value)) return typeOf(value);
  if (types.isDate(value)) return new Date(Date.prototype.getTime.call(value)).toJSON() ?? 'Invalid Date';
  if (types.isNativeError(value)) return `${textProperty(value, 'name') || className(value)}: ${textProperty(value, 'message')}`;
  if (types.isPromise(value) || types.isRegExp(value) || types.isAnyArrayBuffer(value)) return className(value);
  const tensor = factsOf(value);
  if (tensor) return `Tensor [${tensor.shape.join(', ')}] ${tensor.dtype}`;
  return object(value, depth, factsOf);
}

function list(value: object, length: number, depth: number, factsOf: FactsOf, name = ''): string {
  const shown = Array.from({ length: Math.min(length, most) }, (_, index) => part(value, String(index), depth, factsOf));
  return `${name ? `${name} ` : ''}[${[...shown, ...(length > most ? ['…'] : [])].join(', ')}]`;
}

function object(value: object, depth: number, factsOf: FactsOf): string {
  const name = className(value);
  const keys = Object.keys(value);
  const prefix = name === 'Object' ? '' : `${name} `;
  if (depth === 0 || keys.length === 0) return `${prefix}{${keys.length > 0 ? '…' : ''}}`;
  const shown = keys.slice(0, most).map((key) => `${key}: ${part(value, key, depth, factsOf)}`);
  return `${prefix}{ ${[...shown, ...(keys.length > most ? ['…'] : [])].join(', ')} }`;
}

function part(value: object, key: string, depth: number, factsOf: FactsOf): string {
  const descriptor = Object.getOwnPropertyDescriptor(value, key);
  if (!descriptor) return '';
  return 'value' in descriptor ? summarize(descriptor.value, depth - 1, factsOf) : '(getter)';
}

/** The name of the class that made an object, as its prototype says without being asked. */
function className(value: object): string {
  for (
    let at: unknown = Object.getPrototypeOf(value);
    typeof at === 'object' && at !== null && !types.isProxy(at);
    at = Object.getPrototypeOf(at)
  ) {
    const made: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    const name = typeof made === 'function' && !types.isProxy(made) ? textProperty(made, 'name') : '';
    if (name) return name;
  }
  return 'Object';
}

/** A property that is plain text, also where a prototype has it. */
function textProperty(value: object, key: string): string {
  for (let at: unknown = value; typeof at === 'object' || typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    if (at === null || types.isProxy(at)) return '';
    const descriptor = Object.getOwnPropertyDescriptor(at, key);
    if (descriptor) return typeof descriptor.value === 'string' ? descriptor.value : '';
  }
  return '';
}

function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

function isTypedArray(value: object): value is ArrayLike<number> & object {
  return types.isTypedArray(value);
}

function sizeOf(value: Map<unknown, unknown> | Set<unknown>): number {
  const prototype = types.isMap(value) ? Map.prototype : Set.prototype;
  const size: unknown = Reflect.get(prototype, 'size', value);
  return typeof size === 'number' ? size : 0;
}
