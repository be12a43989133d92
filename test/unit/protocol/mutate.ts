// Messages for fuzzing: valid ones made at random from a contract's own schemas, so that a message added to a contract is covered at once,
// and broken ones made from them. Everything follows from the seed.
import { expect } from 'chai';
import * as v from 'valibot';
import type { Contract } from '../../../src/protocol/contract.js';
import { messageSchema } from '../../../src/protocol/contract.js';

/** A random number generator: mulberry32. */
export class Random {
  constructor(private state: number) {}

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** In 0…limit−1. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** One of a list that is not empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

/** What the walk over a schema needs to know of it; each type of schema has some of these. */
interface SchemaParts {
  readonly type: string;
  readonly entries?: Readonly<Record<string, SchemaParts>>;
  readonly item?: SchemaParts;
  readonly items?: readonly SchemaParts[];
  readonly options?: readonly unknown[];
  readonly wrapped?: SchemaParts;
  readonly value?: SchemaParts;
  readonly literal?: unknown;
}

const arrays = [Float32Array, Float64Array, Int32Array, Uint8Array];

/** A value that the schema lets through. */
export function validFor(schema: unknown, random: Random): unknown {
  const parts = schema as SchemaParts;
  switch (parts.type) {
    case 'string':
      return random.pick(['', 'x', 'ĝ', 'dW', 'const a = 1']);
    case 'number':
      return random.below(5);
    case 'boolean':
      return random.next() < 0.5;
    case 'literal':
      return parts.literal;
    case 'picklist':
      return random.pick(parts.options ?? []);
    case 'unknown':
      return random.pick<unknown>([null, 1, 'x', { a: [1] }]);
    case 'array':
      return Array.from({ length: 1 + random.below(3) }, () => validFor(parts.item, random));
    case 'tuple':
      return (parts.items ?? []).map((item) => validFor(item, random));
    case 'record':
      return Object.fromEntries(['text/plain', 'b'].slice(random.below(3)).map((key) => [key, validFor(parts.value, random)]));
    case 'nullable':
      return random.next() < 0.3 ? null : validFor(parts.wrapped, random);
    case 'optional':
      return validFor(parts.wrapped, random);
    case 'variant':
    case 'union':
      return validFor(random.pick(parts.options ?? []), random);
    case 'object':
    case 'strict_object':
      return Object.fromEntries(
        Object.entries(parts.entries ?? {})
          .filter(([, entry]) => entry.type !== 'optional' || random.next() < 0.5)
          .map(([key, entry]) => [key, validFor(entry, random)]),
      );
    case 'custom': {
      const fitting = arrays.map((Type) => new Type(random.below(3))).filter((data) => v.is(schema as v.GenericSchema, data));
      return random.pick(fitting);
    }
    default:
      throw new Error(`a schema of type '${parts.type}' is not known here: add it`);
  }
}

/** A message that an end with this contract takes. */
export function validMessage(contract: Contract, random: Random): Record<string, unknown> {
  const requests = Object.entries(contract.requests);
  const events = Object.entries(contract.events);
  const index = random.below(requests.length + events.length);
  const request = requests[index];
  if (request) return { kind: 'request', id: random.below(1000), name: request[0], params: validFor(request[1].params, random) };
  const [name, payload] = events[index - requests.length] ?? [];
  if (name === undefined) return { kind: 'reply', id: 1000 + random.below(1000), result: null };
  return { kind: 'event', name, payload: validFor(payload, random) };
}

/** Whether an end with this contract should take the message. An answer to nobody is never taken. */
export function isValid(contract: Contract, message: unknown): boolean {
  const envelope = v.safeParse(messageSchema, message);
  if (!envelope.success) return false;
  const { kind } = envelope.output;
  if (kind === 'reply' || kind === 'failure') return false;
  const { name } = envelope.output;
  const schema = kind === 'request' ? contract.requests[name]?.params : contract.events[name];
  if (!schema || !Object.hasOwn(kind === 'request' ? contract.requests : contract.events, name)) return false;
  return v.is(schema, kind === 'request' ? envelope.output.params : envelope.output.payload);
}

/** `total` messages that an end with this contract must refuse: mutated and truncated valid ones, answers to nobody and plain rubbish. */
export function* brokenMessages(contract: Contract, total: number, random: Random): Generator {
  for (let made = 0; made < total;) {
    let message: unknown = validMessage(contract, random);
    expect(isValid(contract, message) || isAnswer(message), JSON.stringify(message)).to.be.true;
    if (random.next() < 0.05) message = rubbish(random);
    else for (let edits = 1 + random.below(3); edits > 0; edits--) message = mutated(message, random);
    if (isValid(contract, message)) continue;
    made++;
    yield message;
  }
}

function isAnswer(message: unknown): boolean {
  return v.is(v.object({ kind: v.picklist(['reply', 'failure']) }), message);
}

/** Changes one place, anywhere in the value. */
function mutated(value: unknown, random: Random): unknown {
  const isHolder = typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
  if (!isHolder || random.next() < 0.15) return rubbish(random);
  if (Array.isArray(value)) {
    const copy: unknown[] = [...(value as unknown[])];
    const at = random.below(copy.length + 1);
    const action = random.below(4);
    if (action === 0) copy.length = random.below(copy.length + 1);
    else if (action === 1) copy.splice(at, 0, rubbish(random));
    else copy[at] = mutated(copy[at], random);
    return copy;
  }
  const entries: [string, unknown][] = Object.entries(value);
  const at = random.below(entries.length);
  const action = random.below(5);
  const [key, item] = entries[at] ?? ['', undefined];
  if (action === 0) entries.splice(at, 1);
  else if (action === 1) entries.push([random.pick(['extra', 'constructor', 'toString', 'kind', 'id', '']), rubbish(random)]);
  else entries[at] = [key, mutated(item, random)];
  return Object.fromEntries(entries);
}

/** A value that belongs nowhere. All of these can be sent over a pipe. */
export function rubbish(random: Random): unknown {
  return random.pick<() => unknown>([
    () => null,
    () => -1,
    () => 1e300,
    () => 0.5,
    () => 2 ** 53,
    () => '',
    () => 'constructor',
    () => '\ud800',
    () => 'x'.repeat(random.below(500)),
    () => true,
    () => [],
    () => ({}),
    () => [null],
    () => ({ length: 3 }),
    () => new ArrayBuffer(random.below(64)),
    () => new Uint32Array(random.below(4)),
    () => Float64Array.of(NaN, Infinity),
    () => new Uint8Array(random.below(400)),
    () => deep(random.below(300)),
  ])();
}

function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { a: value };
  return value;
}
