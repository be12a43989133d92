// What a client still has to send, in order. Values that come from another device hold back whatever was asked for after them.

import type { DeviceCommand } from '../../protocol/device.js';

/** A command that is made when its values are there. */
interface Held {
  readonly values: Promise<unknown>;
  readonly settle: (made: Promise<unknown>) => void;
  readonly give: (command: DeviceCommand) => void;
  command: DeviceCommand | null;
  readonly id: number;
}

/** A request; takes the commands before it along. `fail` tells whoever waits that it will not be sent. */
export interface Ask {
  readonly send: (commands: DeviceCommand[]) => void;
  readonly fail: (error: Error) => void;
}

type Entry = DeviceCommand | Held | Ask;

/** Commands and requests on their way. */
export class Outbox {
  readonly #send: (commands: DeviceCommand[]) => void;
  #entries: Entry[] = [];
  #runs = 0;

  /** `send` takes commands that no request takes along. */
  constructor(send: (commands: DeviceCommand[]) => void) {
    this.#send = send;
  }

  /** Commands and requests that are not sent. */
  get size(): number {
    return this.#entries.length;
  }

  /** True when a run waits to be sent. */
  get hasRun(): boolean {
    return this.#runs > 0;
  }

  /** Adds a command, which goes out with the next `flush`. */
  add(command: DeviceCommand): void {
    this.#entries.push(command);
    if (command.type === 'run') this.#runs++;
  }

  /** Adds a request and sends it, when nothing holds it back. */
  ask(ask: Ask): void {
    this.#entries.push(ask);
    this.flush();
  }

  /** Adds a command whose values are still to come; when they fail, reads of buffer `id` do, with their reason. */
  addLater<T>(id: number, values: Promise<T>, make: (values: T) => DeviceCommand): void {
    const give = (command: DeviceCommand): void => {
      if (held.command !== null) return;
      held.command = command;
      this.flush();
    };
    const settle = (promise: Promise<unknown>): void => {
      promise.then(
        (given) => give(make(given as T)),
        (error: unknown) => give({ type: 'fail', id, reason: error instanceof Error ? error.message : String(error) }),
      );
    };
    const held: Held = { values, settle, give, command: null, id };
    this.#entries.push(held);
    settle(values);
  }

  /** Sends everything up to the first value that is still to come. */
  flush(): void {
    const held = this.#entries.findIndex((entry) => 'settle' in entry && entry.command === null);
    const ready = held < 0 ? this.#entries : this.#entries.slice(0, held);
    this.#entries = held < 0 ? [] : this.#entries.slice(held);
    this.#runs = 0;
    let commands: DeviceCommand[] = [];
    for (const entry of ready) {
      if ('send' in entry) {
        entry.send(commands);
        commands = [];
      } else if ('settle' in entry) commands.push(entry.command as DeviceCommand);
      else commands.push(entry);
    }
    if (commands.length > 0) this.#send(commands);
  }

  /** Looks again at values whose coming was perhaps not noticed. */
  lookAgain(): void {
    for (const entry of this.#entries) if ('settle' in entry) entry.settle(entry.values);
  }

  /** Gives up the values that have not come, and sends the rest. */
  abandon(reason: string): void {
    for (const entry of [...this.#entries]) if ('settle' in entry) entry.give({ type: 'fail', id: entry.id, reason, interrupted: true });
    this.flush();
  }

  /** Drops everything; requests fail. */
  close(error: Error): void {
    const entries = this.#entries;
    this.#entries = [];
    this.#runs = 0;
    for (const entry of entries) if ('send' in entry) entry.fail(error);
  }
}
