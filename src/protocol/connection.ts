// Requests, replies and events over a port. Whatever arrives is checked against the contract first; what does not fit is refused and
// reported, and changes nothing.
import * as v from 'valibot';
import type { Contract, Message, Params, Payload, Result, Schema } from './contract.js';
import { idSchema, messageSchema } from './contract.js';
import type { Port } from './port.js';

/** What an end does with the messages that it understands. */
export interface Handlers<C extends Contract> {
  readonly requests: { readonly [N in keyof C['requests']]: (params: Params<C, N>) => Result<C, N> | Promise<Result<C, N>> };
  readonly events: { readonly [N in keyof C['events']]: (payload: Payload<C, N>) => void };
}

/** How an end of a connection is set up. */
export interface ConnectionOptions<Here extends Contract, There extends Contract> {
  /** What this end understands, and what the other one does. */
  readonly here: Here;
  readonly there: There;
  readonly handlers: Handlers<Here>;
  /** Told of each message that was refused, and of each handler of an event that threw. */
  readonly onProblem?: (problem: string) => void;
  readonly onClose?: (reason: string) => void;
}

/** The connection is closed: what was asked will not be answered. */
export class ConnectionClosed extends Error {
  override readonly name = 'ConnectionClosed';
}

/** The other end answered with an error; its name is kept in `remoteName`. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';

  constructor(
    message: string,
    readonly remoteName: string,
  ) {
    super(message);
  }
}

interface Pending {
  readonly result: Schema;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One end of a connection; `Here` is what it understands and `There` what it can ask of the other end. */
export class Connection<Here extends Contract, There extends Contract> {
  private readonly pending = new Map<number, Pending>();
  private nextId = 0;
  private closed: string | null = null;

  constructor(
    private readonly port: Port,
    private readonly options: ConnectionOptions<Here, There>,
  ) {
    port.listen(
      (message) => this.receive(message),
      (reason) => this.end(reason),
    );
  }

  /** Requests that are not answered yet. */
  get waiting(): number {
    return this.pending.size;
  }

  /** Asks the other end. Rejects with `RemoteError` for its errors and `ConnectionClosed` when no answer will come. */
  request<N extends keyof There['requests'] & string>(name: N, params: Params<There, N>): Promise<Result<There, N>> {
    return new Promise((resolve, reject) => this.ask(name, params, resolve, reject));
  }

  /** Like `request`, but tells of the answer at once, while the message that brings it is handled: no promise has to run in between. */
  ask<N extends keyof There['requests'] & string>(
    name: N,
    params: Params<There, N>,
    answered: (result: Result<There, N>) => void,
    failed: (error: Error) => void,
  ): void {
    if (this.closed !== null) {
      failed(new ConnectionClosed(this.closed));
      return;
    }
    const id = this.nextId++;
    const result = this.options.there.requests[name]?.result as Schema<Result<There, N>>;
    this.pending.set(id, { result, resolve: answered, reject: failed });
    try {
      this.post({ kind: 'request', id, name, params });
    } catch (error) {
      // It cannot be sent, so no answer will come.
      this.pending.delete(id);
      throw error;
    }
  }

  /** Tells the other end. */
  send<N extends keyof There['events'] & string>(name: N, payload: Payload<There, N>): void {
    if (this.closed === null) this.post({ kind: 'event', name, payload });
  }

  /** Closes the connection from this end; what is not answered yet rejects. */
  close(reason = 'the connection was closed'): void {
    if (this.closed !== null) return;
    this.port.close();
    this.end(reason);
  }

  private post(message: Message): void {
    this.port.post(message);
  }

  private end(reason: string): void {
    if (this.closed !== null) return;
    this.closed = reason;
    for (const { reject } of this.pending.values()) reject(new ConnectionClosed(reason));
    this.pending.clear();
    this.options.onClose?.(reason);
  }

  private receive(given: unknown): void {
    const envelope = v.safeParse(messageSchema, given);
    if (!envelope.success) {
      const problem = `not a message: ${describeIssues(envelope.issues)}`;
      this.refuse(problem);
      this.answerForBroken(given, problem);
      return;
    }
    const message = envelope.output;
    switch (message.kind) {
      case 'request':
        void this.answer(message.id, message.name, message.params);
        return;
      case 'reply':
      case 'failure':
        this.settle(message);
        return;
      case 'event':
        this.handle(message.name, message.payload);
        return;
    }
  }

  /** When a broken message still says which request it is or answers, whoever waits for that hears of it. */
  private answerForBroken(given: unknown, problem: string): void {
    const { success, output } = v.safeParse(v.object({ kind: v.picklist(['request', 'reply', 'failure']), id: idSchema }), given);
    if (!success) return;
    if (output.kind === 'request') this.post({ kind: 'failure', id: output.id, error: { name: 'ProtocolError', message: problem } });
    else this.take(output.id)?.reject(new RemoteError(problem, 'ProtocolError'));
  }

  private async answer(id: number, name: string, given: unknown): Promise<void> {
    const fail = (error: unknown): void => this.post({ kind: 'failure', id, error: wireError(error) });
    const schemas = own(this.options.here.requests, name);
    const handler = own(this.options.handlers.requests, name);
    if (!schemas || !handler) {
      const problem = `unknown request '${cut(name)}'`;
      this.refuse(problem);
      fail(new Error(problem));
      return;
    }
    const params = v.safeParse(schemas.params, given);
    if (!params.success) {
      const problem = `request '${name}': ${describeIssues(params.issues)}`;
      this.refuse(problem);
      fail(new Error(problem));
      return;
    }
    try {
      const result: unknown = await handler(params.output);
      this.post({ kind: 'reply', id, result });
    } catch (error) {
      fail(error);
    }
  }

  private settle(message: Message & { kind: 'reply' | 'failure' }): void {
    const waiting = this.take(message.id);
    if (!waiting) {
      this.refuse(`an answer to request ${message.id}, which is not waiting for one`);
      return;
    }
    if (message.kind === 'failure') {
      waiting.reject(new RemoteError(message.error.message, message.error.name));
      return;
    }
    const result = v.safeParse(waiting.result, message.result);
    if (result.success) waiting.resolve(result.output);
    else {
      const problem = `answer to request ${message.id}: ${describeIssues(result.issues)}`;
      this.refuse(problem);
      waiting.reject(new RemoteError(problem, 'ProtocolError'));
    }
  }

  /** A waiting request, which then waits no longer. */
  private take(id: number): Pending | undefined {
    const waiting = this.pending.get(id);
    this.pending.delete(id);
    return waiting;
  }

  private handle(name: string, given: unknown): void {
    const schema = own(this.options.here.events, name);
    const handler = own(this.options.handlers.events, name);
    if (!schema || !handler) {
      this.refuse(`unknown event '${cut(name)}'`);
      return;
    }
    const payload = v.safeParse(schema, given);
    if (!payload.success) {
      this.refuse(`event '${name}': ${describeIssues(payload.issues)}`);
      return;
    }
    try {
      handler(payload.output);
    } catch (error) {
      this.refuse(`event '${name}' failed: ${wireError(error).message}`);
    }
  }

  private refuse(problem: string): void {
    this.options.onProblem?.(problem);
  }
}

/** A name from the other end may be `constructor`: only the table's own entries count. */
function own<T extends object>(table: T, name: string): T[keyof T] | undefined {
  return Object.hasOwn(table, name) ? table[name as keyof T] : undefined;
}

function wireError(error: unknown): { name: string; message: string } {
  return error instanceof Error ? { name: error.name, message: error.message } : { name: 'Error', message: String(error) };
}

/** The first thing that is wrong, with its path; the rest of a broken message says nothing more. */
function describeIssues([issue]: readonly v.BaseIssue<unknown>[]): string {
  if (!issue) return 'invalid';
  const path = v.getDotPath(issue);
  return cut(path ? `${path}: ${issue.message}` : issue.message);
}

/** What is wrong may be a whole picture in text: its beginning says enough. */
function cut(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
