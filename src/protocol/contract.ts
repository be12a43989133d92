// What one end of a connection understands: a table of requests, each answered once, and of events, which are not. The types and the
// validation of every message follow from the table, so there is one place to read and to change.
import * as v from 'valibot';

/** Any schema; its output is the type of what it lets through. */
export type Schema<T = unknown> = v.GenericSchema<unknown, T>;

/** A request's parameters and its answer. */
export interface RequestSchemas {
  readonly params: Schema;
  readonly result: Schema;
}

/** Everything that one end understands. */
export interface Contract {
  readonly requests: Readonly<Record<string, RequestSchemas>>;
  readonly events: Readonly<Record<string, Schema>>;
}

/** Parameters of a request of a contract. */
export type Params<C extends Contract, N extends keyof C['requests']> = v.InferOutput<C['requests'][N]['params']>;
/** The answer to a request of a contract. */
export type Result<C extends Contract, N extends keyof C['requests']> = v.InferOutput<C['requests'][N]['result']>;
/** What an event of a contract carries. */
export type Payload<C extends Contract, N extends keyof C['events']> = v.InferOutput<C['events'][N]>;

/** What travels: one discriminated union for both directions; the contract says which names each end understands. */
export type Message =
  | { readonly kind: 'request'; readonly id: number; readonly name: string; readonly params: unknown }
  | { readonly kind: 'reply'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly error: WireError }
  | { readonly kind: 'event'; readonly name: string; readonly payload: unknown };

/** An error on its way to the other end. */
export interface WireError {
  readonly name: string;
  readonly message: string;
}

/** Names a request among those of its end. */
export const idSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** The envelope of every message. */
export const messageSchema: Schema<Message> = v.variant('kind', [
  v.strictObject({ kind: v.literal('request'), id: idSchema, name: v.string(), params: v.unknown() }),
  v.strictObject({ kind: v.literal('reply'), id: idSchema, result: v.unknown() }),
  v.strictObject({ kind: v.literal('failure'), id: idSchema, error: v.strictObject({ name: v.string(), message: v.string() }) }),
  v.strictObject({ kind: v.literal('event'), name: v.string(), payload: v.unknown() }),
]);
