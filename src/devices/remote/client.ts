// A device at the other end of a port: the GPU of a webview, or the thread of the `node` device. Work is only sent; reads are answered.
//
// V8 drops the promise reactions that are due when it terminates the evaluation of a cell. So nothing here waits by promises: the state
// changes in calls and in the handling of messages, and what a cell waits for is settled there.

import { Connection, ConnectionClosed } from '../../protocol/connection.js';
import { deviceClientContract, deviceServerContract, type DeviceCommand } from '../../protocol/device.js';
import type { Port } from '../../protocol/port.js';
import type { DeviceLimits, DeviceStats, RunOptions, WgslDevice, WgslPlan } from '../device.js';
import { deviceBytes, type DType, type TypedArray } from '../dtype.js';
import { interruptedMessage, lostMessage } from '../failures.js';
import { sizeOf, type Shape } from '../shape.js';
import { allocatedBytes } from '../webgpu/buffers.js';
import { Outbox } from './outbox.js';
import { toWire } from './wire-plan.js';

/** How a remote device is opened. */
export interface RemoteOptions {
  /** The name by which people choose it. */
  readonly name: 'node' | 'webview';
  /** Whose device this is, for the panel: the notebook's name. */
  readonly label: string;
  /** Told of messages that were refused. */
  readonly onProblem?: (problem: string) => void;
}

/** A device behind a port, with what a host needs beyond the device itself. */
export interface RemoteDevice extends WgslDevice {
  /** Abandons what runs, between two of its slices, and what waits. Acts at once, before anything that is still to be sent. */
  interrupt(): void;
  /**
   * After an interrupt, when nothing of the cell runs any more: resolves when the device has abandoned everything and works again.
   * Values that were on their way from another device arrive, or fail when they were lost with the cell. Never rejects.
   */
  resume(): Promise<void>;
  /** What a buffer is called, for the panel's list of memory. */
  label(id: number, name: string, dtype: DType, shape: Shape): void;
}

/** What was asked for goes out when this much has gathered, so that it does not pile up while cells compute. */
const most = { commands: 256, bytes: 1 << 20 };

/** Opens the device at the other end. Rejects with its reason, or when the port closes. */
export function openRemoteDevice(port: Port, options: RemoteOptions): Promise<RemoteDevice> {
  return new Promise((resolve, reject) => {
    let device: RemoteClient | undefined;
    const connection = new Connection(port, {
      here: deviceClientContract,
      there: deviceServerContract,
      handlers: { requests: {}, events: { lost: ({ reason }) => connection.close(reason) } },
      ...(options.onProblem && { onProblem: options.onProblem }),
      onClose: (reason) => device?.end(reason),
    });
    connection.ask(
      'open',
      { label: options.label },
      ({ description, limits }) => resolve((device = new RemoteClient(connection, options.name, description, limits))),
      (error) => reject(new Error(`device ${options.name} could not be opened: ${error.message}`)),
    );
  });
}

type DeviceConnection = Connection<typeof deviceClientContract, typeof deviceServerContract>;

class RemoteClient implements RemoteDevice {
  readonly kind = 'wgsl';
  lost: string | null = null;
  readonly #connection: DeviceConnection;
  readonly #outbox = new Outbox((commands) => this.#post(commands, (all) => this.#connection.send('batch', { commands: all })));
  /** Plans that the other end knows. */
  readonly #plans = new Set<number>();
  /** Bytes of each live buffer. */
  readonly #buffers = new Map<number, number>();
  #bytes = 0;
  /** Names and shapes that were sent. */
  readonly #labels = new Map<number, string>();
  /** Counts at the last answer. */
  #counts: DeviceStats = {
    bytes: 0,
    buffers: 0,
    reservedBytes: 0,
    pipelines: 0,
    dispatches: 0,
    submissions: 0,
    bytesMoved: 0,
    flop: 0,
    allocations: 0,
  };
  /** Commands that make the device work, and how many of them the last answer shows to be done. */
  #asked = 0;
  #done = 0;
  #waitingBytes = 0;
  #isScheduled = false;

  constructor(
    connection: DeviceConnection,
    readonly name: string,
    readonly description: string,
    readonly limits: DeviceLimits,
  ) {
    this.#connection = connection;
  }

  write(id: number, dtype: DType, shape: Shape, values: TypedArray | Promise<TypedArray>): void {
    const make = (data: TypedArray): DeviceCommand => ({ type: 'write', id, dtype, shape: [...shape], data });
    this.#hold(id, sizeOf(shape) * deviceBytes(dtype));
    if (values instanceof Promise) {
      this.#asked++;
      this.#outbox.addLater(id, values, (given) => make(given.slice()));
    }
    // Copied: it is sent later, and whoever gave it may write over it.
    else this.#add(make(values.slice()), values.byteLength);
  }

  run(plan: WgslPlan, inputs: readonly number[], scalars: readonly number[], outputs: readonly number[], how: RunOptions): void {
    // One run waits for the read or the end of the step that mostly follows it, to travel with it; a second one sends it off.
    if (this.#outbox.hasRun) this.#flush();
    plan.outputs.forEach((bytes, i) => this.#hold(outputs[i] as number, bytes));
    if (!this.#plans.has(plan.id)) {
      this.#plans.add(plan.id);
      this.#add({ type: 'plan', plan: toWire(plan) });
    }
    this.#add({
      type: 'run',
      plan: plan.id,
      inputs: [...inputs],
      scalars: Float64Array.from(scalars),
      outputs: [...outputs],
      replaced: [...how.replaced],
      ...(how.isNeeded && { needed: true }),
      ...(how.origin !== undefined && { label: how.origin }),
    });
  }

  forget(plan: WgslPlan): void {
    if (this.#plans.delete(plan.id)) this.#add({ type: 'forget', plan: plan.id });
  }

  read(id: number, dtype: DType, size: number): Promise<TypedArray> {
    // Made here, so that its stack leads to the cell that needed the value.
    const failure = new Error();
    const asked = this.#asked;
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        failure.message = this.#reason(error);
        reject(failure);
      };
      const send = (commands: readonly DeviceCommand[]): void =>
        this.#connection.ask(
          'read',
          { commands: [...commands], id, dtype, size },
          ({ data, stats }) => {
            if (stats) this.#counts = stats;
            this.#done = Math.max(this.#done, asked);
            resolve(data);
          },
          fail,
        );
      this.#ask(send, fail);
    });
  }

  free(ids: readonly number[]): void {
    for (const id of ids) {
      this.#bytes -= this.#buffers.get(id) ?? 0;
      this.#buffers.delete(id);
      this.#labels.delete(id);
    }
    this.#add({ type: 'free', ids: [...ids] });
  }

  sync(): Promise<void> {
    // What was read last says that all is done: a cell that ends with a read ends without one more round trip.
    if (this.#done === this.#asked && this.lost === null) return new Promise((resolve) => setImmediate(resolve));
    const asked = this.#asked;
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => reject(new Error(this.#reason(error)));
      const send = (commands: readonly DeviceCommand[]): void =>
        this.#connection.ask(
          'sync',
          { commands: [...commands] },
          ({ stats }) => {
            this.#counts = stats;
            this.#done = Math.max(this.#done, asked);
            resolve();
          },
          fail,
        );
      this.#ask(send, fail);
    });
  }

  stats(): DeviceStats {
    return { ...this.#counts, bytes: this.#bytes, buffers: this.#buffers.size };
  }

  destroy(): void {
    this.lost ??= 'destroyed';
    this.#connection.close(this.lost);
  }

  interrupt(): void {
    this.#connection.send('interrupt', {});
  }

  resume(): Promise<void> {
    this.#outbox.lookAgain();
    return new Promise((resolve) => {
      const send = (commands: readonly DeviceCommand[]): void =>
        this.#connection.ask(
          'sync',
          { commands: [...commands] },
          ({ stats }) => {
            this.#counts = stats;
            this.#connection.send('resume', {});
            resolve();
          },
          () => resolve(),
        );
      // A turn later: by then values that are there have been seen.
      setImmediate(() => {
        this.#isScheduled = false;
        this.#outbox.abandon(interruptedMessage);
        this.#ask(send, () => resolve());
      });
    });
  }

  label(id: number, name: string, dtype: DType, shape: Shape): void {
    const text = `${name}: ${dtype}[${shape.join()}]`;
    if (this.#labels.get(id) === text || !this.#buffers.has(id)) return;
    this.#labels.set(id, text);
    this.#add({ type: 'name', id, name, dtype, shape: [...shape] });
  }

  /** The connection is closed: nothing will be answered any more. */
  end(reason: string): void {
    this.lost ??= reason;
    this.#outbox.close(new ConnectionClosed(reason));
  }

  #hold(id: number, bytes: number): void {
    const size = allocatedBytes(bytes);
    this.#buffers.set(id, size);
    this.#bytes += size;
  }

  #add(command: DeviceCommand, bytes = 0): void {
    if (this.lost !== null) return;
    this.#outbox.add(command);
    if (command.type !== 'name' && command.type !== 'free') this.#asked++;
    this.#waitingBytes += bytes;
    if (this.#waitingBytes >= most.bytes || this.#outbox.size >= most.commands) this.#flush();
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => {
        this.#isScheduled = false;
        this.#flush();
      });
    }
  }

  #flush(): void {
    this.#waitingBytes = 0;
    this.#outbox.flush();
  }

  #ask(send: (commands: readonly DeviceCommand[]) => void, fail: (error: Error) => void): void {
    this.#waitingBytes = 0;
    if (this.lost !== null) fail(new ConnectionClosed(this.lost));
    else this.#outbox.ask({ send: (commands) => this.#post(commands, send), fail });
  }

  /** What is too large for the port fails alone, at the reads that need it. */
  #post(commands: readonly DeviceCommand[], send: (commands: DeviceCommand[]) => void): void {
    try {
      send([...commands]);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      send(commands.map((command) => (command.type === 'write' ? { type: 'fail', id: command.id, reason } : command)));
    }
  }

  #reason(error: Error): string {
    return error instanceof ConnectionClosed ? lostMessage(this.name, this.lost ?? error.message) : error.message;
  }
}
