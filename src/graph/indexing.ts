// Integer index expressions with known bounds: one description of where an element comes from, printed as WGSL for kernels
// and evaluated for the reference device. Views (transpose, slice, pad, …) are nothing but such expressions.
//
// An expression is a linear form c + Σ kᵢ·aᵢ over atoms: loop variables, run-time scalars, quotients and remainders.
// Bounds let quotients and remainders vanish where they cannot matter, so that a reshape of a reshape costs nothing.

import type { Shape } from '../devices/shape.js';

/** A variable, a quotient or a remainder. */
interface Atom {
  readonly key: string;
  readonly min: number;
  readonly max: number;
  /** For `div` and `mod`: what is divided, and by how much. */
  readonly division?: { readonly kind: 'div' | 'mod'; readonly argument: Index; readonly divisor: number };
}

interface Term {
  readonly factor: number;
  readonly atom: Atom;
}

/** A linear form over atoms, with the least and greatest value it can take. */
export interface Index {
  readonly constant: number;
  readonly terms: readonly Term[];
  readonly min: number;
  readonly max: number;
  /** Equal keys mean equal expressions. */
  readonly key: string;
}

/** A condition under which an element exists: low ≤ value ≤ high and, when given, divisor divides value. */
export interface Guard {
  readonly value: Index;
  readonly low: number;
  readonly high: number;
  readonly divisor?: number;
}

/** Where a view's element comes from in its source; when a guard fails, the element is the view's fill value. */
export interface Mapped {
  readonly index: readonly Index[];
  readonly guards: readonly Guard[];
}

function build(constant: number, terms: readonly Term[]): Index {
  let min = constant;
  let max = constant;
  let key = String(constant);
  for (const { factor, atom } of terms) {
    min += factor * (factor > 0 ? atom.min : atom.max);
    max += factor * (factor > 0 ? atom.max : atom.min);
    key += `+${factor}*${atom.key}`;
  }
  return { constant, terms, min, max, key };
}

function ofAtom(atom: Atom): Index {
  return atom.min === atom.max ? constant(atom.min) : build(0, [{ factor: 1, atom }]);
}

/** The number `value`. */
export function constant(value: number): Index {
  return build(value, []);
}

/** A loop variable or run-time value `name`, an identifier valid in WGSL and JavaScript, with min ≤ value ≤ max. */
export function variable(name: string, min: number, max: number): Index {
  return ofAtom({ key: name, min, max });
}

/** a·factor. */
export function scale(a: Index, factor: number): Index {
  if (factor === 0) return constant(0);
  if (factor === 1) return a;
  return build(
    a.constant * factor,
    a.terms.map((term) => ({ factor: term.factor * factor, atom: term.atom })),
  );
}

/** The sum of all parts. */
export function add(...parts: readonly Index[]): Index {
  const terms = new Map<string, Term>();
  let total = 0;
  const put = (factor: number, atom: Atom): void => {
    const old = terms.get(atom.key);
    const sum = factor + (old?.factor ?? 0);
    if (sum === 0) terms.delete(atom.key);
    else terms.set(atom.key, { factor: sum, atom });
  };
  for (const part of parts) {
    total += part.constant;
    for (const { factor, atom } of part.terms) put(factor, atom);
  }
  // k·(x mod n) + k·n·(x div n) is k·x again: what makes a reshape followed by its inverse vanish.
  for (const { factor, atom } of [...terms.values()]) {
    if (atom.division?.kind !== 'mod' || terms.get(atom.key)?.factor !== factor) continue;
    const { argument, divisor } = atom.division;
    const quotient = floorDiv(argument, divisor);
    const only = quotient.terms[0];
    if (quotient.constant !== 0 || quotient.terms.length !== 1 || only === undefined || only.factor !== 1) continue;
    if (terms.get(only.atom.key)?.factor !== factor * divisor) continue;
    terms.delete(atom.key);
    terms.delete(only.atom.key);
    return add(build(total, [...terms.values()]), scale(argument, factor));
  }
  return build(
    total,
    [...terms.values()].sort((a, b) => (a.atom.key < b.atom.key ? -1 : 1)),
  );
}

/** Splits a into n·quotient + rest, where rest holds what n does not divide. */
function split(a: Index, n: number): { quotient: Index; rest: Index } {
  const whole = Math.floor(a.constant / n);
  const divisible = a.terms.filter((term) => term.factor % n === 0);
  const others = a.terms.filter((term) => term.factor % n !== 0);
  return {
    quotient: build(
      whole,
      divisible.map((term) => ({ factor: term.factor / n, atom: term.atom })),
    ),
    rest: build(a.constant - whole * n, others),
  };
}

/** ⌊a / n⌋ for a ≥ 0; an `a` that may be negative must stand behind a guard that excludes it. */
export function floorDiv(a: Index, n: number): Index {
  if (n === 1) return a;
  const { quotient, rest } = split(a, n);
  if (rest.min >= 0 && rest.max < n) return quotient;
  const argument = rest.min >= 0 ? rest : a;
  const [only] = argument.terms;
  const nested = argument.terms.length === 1 && argument.constant === 0 && only?.factor === 1 ? only.atom.division : undefined;
  const atom: Atom = nested?.kind === 'div' ? division('div', nested.argument, nested.divisor * n) : division('div', argument, n);
  return argument === rest ? add(quotient, ofAtom(atom)) : ofAtom(atom);
}

/** a mod n for a ≥ 0; see floorDiv. */
export function mod(a: Index, n: number): Index {
  if (n === 1) return constant(0);
  const { rest } = split(a, n);
  if (rest.min >= 0 && rest.max < n) return rest;
  const argument = rest.min >= 0 ? rest : a;
  return ofAtom(division('mod', argument, n));
}

function division(kind: 'div' | 'mod', argument: Index, divisor: number): Atom {
  const quotientMax = Math.floor(Math.max(argument.max, 0) / divisor);
  return {
    key: `(${argument.key}${kind === 'div' ? '/' : '%'}${divisor})`,
    min: kind === 'div' && argument.min >= 0 ? Math.floor(argument.min / divisor) : 0,
    max: kind === 'div' ? quotientMax : Math.min(divisor - 1, Math.max(argument.max, 0)),
    division: { kind, argument, divisor },
  };
}

/** The index vector of row-major position `position` in `shape`. */
export function delinearize(position: Index, shape: Shape): Index[] {
  const index = new Array<Index>(shape.length);
  let rest = position;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis] as number;
    index[axis] = axis === 0 && rest.max < extent ? rest : mod(rest, Math.max(extent, 1));
    rest = floorDiv(rest, Math.max(extent, 1));
  }
  return index;
}

/** The row-major position of an index vector in `shape`. */
export function linearize(index: readonly Index[], shape: Shape): Index {
  let stride = 1;
  const parts: Index[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    parts.push(scale(index[axis] as Index, stride));
    stride *= shape[axis] as number;
  }
  return add(...parts);
}

/** Which quad (four words, 16 bytes) of a buffer element `position` of `width` words lies in, and from which word on; null when that is not known. */
export function quadOf(position: Index, width: 1 | 2): { readonly quad: Index; readonly word: number } | null {
  if (position.terms.some(({ factor }) => (factor * width) % 4 !== 0)) return null;
  const words = position.constant * width;
  const word = ((words % 4) + 4) % 4;
  const terms = position.terms.map(({ factor, atom }) => ({ factor: (factor * width) / 4, atom }));
  return { quad: build((words - word) / 4, terms), word };
}

/** Guards that can fail at all: those that the bounds do not already promise. */
export function openGuards(guards: readonly Guard[]): Guard[] {
  return guards.filter(({ value, low, high, divisor }) => value.min < low || value.max > high || (divisor ?? 1) > 1);
}

/** Whether some guard fails wherever it is asked for. */
export function neverHold(guards: readonly Guard[]): boolean {
  return guards.some(({ value, low, high }) => value.max < low || value.min > high);
}

/** The expression as WGSL, of type i32. */
export function printIndex(a: Index): string {
  const parts: string[] = [];
  for (const { factor, atom } of a.terms) {
    const text = printAtom(atom);
    parts.push(factor === 1 ? text : `${text} * ${factor}`);
  }
  if (a.constant !== 0 || parts.length === 0) parts.push(String(a.constant));
  return parts.length === 1 ? (parts[0] as string) : `(${parts.join(' + ')})`;
}

function printAtom(atom: Atom): string {
  if (atom.division === undefined) return atom.key;
  const { kind, argument, divisor } = atom.division;
  return `(${printIndex(argument)} ${kind === 'div' ? '/' : '%'} ${divisor})`;
}

/** The guards as one WGSL expression; `true` when there are none. */
export function printGuards(guards: readonly Guard[]): string {
  const conditions: string[] = [];
  for (const { value, low, high, divisor } of openGuards(guards)) {
    const text = printIndex(value);
    if (value.min < low) conditions.push(`${text} >= ${low}`);
    if (value.max > high) conditions.push(`${text} <= ${high}`);
    if (divisor !== undefined && divisor > 1) conditions.push(`(${text}) % ${divisor} == 0`);
  }
  return conditions.length === 0 ? 'true' : conditions.map((condition) => `(${condition})`).join(' && ');
}

/** The value of an expression, given those of its variables. */
export type IndexFunction = (variables: Int32Array) => number;

/** The expression as a function; `slots` says where each variable's value lies. */
export function indexFunction(a: Index, slots: ReadonlyMap<string, number>): IndexFunction {
  const parts = a.terms.map(({ factor, atom }) => ({ factor, value: atomFunction(atom, slots) }));
  const [first, second, ...rest] = parts;
  const base = a.constant;
  if (first === undefined) return () => base;
  if (second === undefined) return (v) => base + first.factor * first.value(v);
  if (rest.length === 0) return (v) => base + first.factor * first.value(v) + second.factor * second.value(v);
  return (v) => parts.reduce((sum, { factor, value }) => sum + factor * value(v), base);
}

function atomFunction(atom: Atom, slots: ReadonlyMap<string, number>): IndexFunction {
  if (atom.division === undefined) {
    const slot = slots.get(atom.key);
    if (slot === undefined) throw new Error(`index: variable ${atom.key} has no value`);
    return (v) => v[slot] as number;
  }
  const { kind, argument, divisor } = atom.division;
  const inner = indexFunction(argument, slots);
  return kind === 'div' ? (v) => Math.trunc(inner(v) / divisor) : (v) => inner(v) % divisor;
}

/** The guards as a function. */
export function guardFunction(guards: readonly Guard[], slots: ReadonlyMap<string, number>): (variables: Int32Array) => boolean {
  const open = openGuards(guards).map(({ value, low, high, divisor = 1 }) => ({ value: indexFunction(value, slots), low, high, divisor }));
  return (v) =>
    open.every(({ value, low, high, divisor }) => {
      const at = value(v);
      return at >= low && at <= high && at % divisor === 0;
    });
}
