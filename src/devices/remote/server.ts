// The end with the GPU: serves one client's device over a port. Everything that arrives is checked, here for what the contract cannot
// say; what makes no sense fails at the reads of what it should have made, and harms nothing else.

import { Connection } from '../../protocol/connection.js';
import { deviceClientContract, deviceServerContract, type DeviceCommand, type WirePlan } from '../../protocol/device.js';
import type { Port } from '../../protocol/port.js';
import type { WgslPlan } from '../device.js';
import { partsOf, type DType, type TypedArray } from '../dtype.js';
import { sizeOf } from '../shape.js';
import { createWebGpuDevice, type WebGpuDevice, type WebGpuOptions } from '../webgpu/executor.js';
import type { BatchObserver } from '../webgpu/timeline.js';
import { fromWire } from './wire-plan.js';

/** Looks at what a session does, for people. */
export interface SessionObserver {
  /** The device is open. */
  readonly opened: (label: string) => void;
  /** A command that is about to be done. */
  readonly command: (command: DeviceCommand) => void;
  /** A submission that is done. */
  readonly batch: BatchObserver;
  /** The device is gone, with everything on it. */
  readonly gone: (reason: string) => void;
}

/** How a device is served. */
export interface ServeOptions {
  /** The name by which people choose the device. */
  readonly name: 'node' | 'webview';
  /** Opens a GPUDevice for this client alone. Rejects with the reason, in words for people. */
  readonly open: () => Promise<{ readonly gpu: GPUDevice } & Pick<WebGpuOptions, 'description' | 'compileAhead'>>;
  /** Asked beside the client's own interrupts. */
  readonly interrupted?: () => boolean;
  readonly observer?: SessionObserver;
  /** Told of messages that were refused. */
  readonly onProblem?: (problem: string) => void;
  /** The client is gone, the device is destroyed, and nothing is under way any more. */
  readonly onEnd?: () => void;
}

/** A device that is being served. */
export interface DeviceServer {
  /** Abandons what runs, between two of its slices, and what waits, until the client resumes. */
  interrupt(): void;
  /** Tells of submissions from now on, or no longer. */
  watch(isWatched: boolean): void;
  /** Ends the device, as if the GPU had been lost. */
  destroy(reason: string): void;
  /** Ends the session. */
  close(): void;
}

/** Serves the client at the other end of a port, until it goes away. */
export function serveDevice(port: Port, options: ServeOptions): DeviceServer {
  return new Session(port, options);
}

class Session implements DeviceServer {
  readonly #options: ServeOptions;
  readonly #connection: Connection<typeof deviceServerContract, typeof deviceClientContract>;
  readonly #plans = new Map<number, KnownPlan>();
  #device: WebGpuDevice | null = null;
  #isOpening = false;
  #isInterrupted = false;
  #isWatched = false;
  #isClosed = false;

  constructor(port: Port, options: ServeOptions) {
    this.#options = options;
    this.#connection = new Connection(port, {
      here: deviceServerContract,
      there: deviceClientContract,
      handlers: {
        requests: {
          open: ({ label }) => this.#open(label),
          read: async ({ commands = [], id, dtype, size }) => {
            const device = this.#opened();
            this.#do(commands);
            const data = await device.read(id, dtype, size);
            return { data, stats: device.stats() };
          },
          sync: async ({ commands = [] }) => {
            const device = this.#opened();
            this.#do(commands);
            await device.sync();
            return { stats: device.stats() };
          },
        },
        events: {
          batch: ({ commands }) => this.#do(commands),
          interrupt: () => this.interrupt(),
          resume: () => void (this.#isInterrupted = false),
        },
      },
      ...(options.onProblem && { onProblem: options.onProblem }),
      onClose: () => this.#end(),
    });
  }

  interrupt(): void {
    this.#isInterrupted = true;
  }

  watch(isWatched: boolean): void {
    this.#isWatched = isWatched;
    const { observer } = this.#options;
    if (observer) this.#device?.watch(isWatched ? observer.batch : null);
  }

  destroy(reason: string): void {
    if (this.#device === null || this.#device.lost !== null) return;
    this.#device.destroy();
    this.#lost(reason);
  }

  close(): void {
    this.#connection.close();
  }

  /** Opens the device; after its loss the same session can have another one. */
  async #open(label: string): Promise<{ description: string; limits: WebGpuDevice['limits'] }> {
    const isLost = this.#device !== null && this.#device.lost !== null;
    if (this.#isOpening && !isLost) throw new Error('the device is open already: a session has one');
    this.#isOpening = true;
    this.#isInterrupted = false;
    this.#plans.clear();
    this.#device = null;
    const { name, open, interrupted, observer } = this.#options;
    const { gpu, ...opened } = await open().catch((error: unknown) => {
      this.#isOpening = false;
      throw error;
    });
    if (this.#isClosed) {
      gpu.destroy();
      throw new Error('the session has ended');
    }
    this.#device = createWebGpuDevice(gpu, {
      name,
      ...opened,
      interrupted: () => this.#isInterrupted || interrupted?.() === true,
      onLost: (reason) => this.#lost(reason),
    });
    observer?.opened(label);
    this.watch(this.#isWatched);
    return { description: opened.description, limits: this.#device.limits };
  }

  #lost(reason: string): void {
    this.#connection.send('lost', { reason });
    this.#options.observer?.gone(reason);
  }

  #opened(): WebGpuDevice {
    if (this.#device === null) throw new Error('the device is not open: the first message must be open');
    return this.#device;
  }

  #end(): void {
    this.#isClosed = true;
    this.#device?.destroy();
    this.#plans.clear();
    const { onEnd = () => undefined } = this.#options;
    void (this.#device?.settled() ?? Promise.resolve()).then(onEnd);
  }

  #do(commands: readonly DeviceCommand[]): void {
    const device = this.#opened();
    for (const command of commands) {
      this.#options.observer?.command(command);
      this.#doOne(device, command);
    }
  }

  #doOne(device: WebGpuDevice, command: DeviceCommand): void {
    switch (command.type) {
      case 'plan':
        this.#plans.set(command.plan.id, knownPlan(command.plan));
        return;
      case 'forget': {
        const known = this.#plans.get(command.plan);
        if (typeof known === 'object') device.forget(known.plan);
        this.#plans.delete(command.plan);
        return;
      }
      case 'run': {
        const known = this.#plans.get(command.plan) ?? `plan ${command.plan} is not known`;
        const problem = typeof known === 'string' ? known : problemOf(known, command);
        if (typeof known === 'object' && problem === null)
          device.run(known.plan, command.inputs, Array.from(command.scalars), command.outputs, {
            replaced: command.replaced,
            isNeeded: command.needed ?? false,
            origin: command.label,
          });
        else for (const id of command.outputs) device.fail(id, String(problem), false);
        return;
      }
      case 'write': {
        const { id, dtype, shape } = command;
        const count = sizeOf(shape) * partsOf(dtype);
        if (command.data.length === count && isArrayOf(dtype, command.data)) device.write(id, dtype, shape, command.data);
        else device.fail(id, `${command.data.length} values do not fill [${shape.join(', ')}] ${dtype}`, false);
        return;
      }
      case 'fail':
        device.fail(command.id, command.reason, command.interrupted ?? false);
        return;
      case 'free':
        device.free(command.ids);
        return;
      case 'name':
        return;
    }
  }
}

/** A plan with the number of values and scalars that it reads, or why it is none. */
type KnownPlan = { readonly plan: WgslPlan; readonly inputs: number; readonly scalars: number } | string;

function knownPlan(wire: WirePlan): KnownPlan {
  try {
    const plan = fromWire(wire);
    const most = (counts: readonly number[]): number => counts.reduce((largest, count) => Math.max(largest, count), 0);
    const reads = plan.steps.flatMap(({ bindings }) => bindings.flatMap(({ space, index }) => (space === 'input' ? index + 1 : [])));
    return { plan, inputs: most(reads), scalars: most(plan.uniforms.map(({ scalar }) => scalar + 1)) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Why a plan cannot be run like this, or null. */
function problemOf(
  { plan, inputs, scalars }: Exclude<KnownPlan, string>,
  given: {
    readonly inputs: readonly number[];
    readonly outputs: readonly number[];
    readonly replaced: readonly number[];
    readonly scalars: Float64Array;
  },
): string | null {
  const made = plan.outputs.length;
  if (given.outputs.length !== made || given.replaced.length !== made)
    return `plan ${plan.id} makes ${made} values, but was given ${given.outputs.length} buffers and ${given.replaced.length} to replace`;
  if (given.inputs.length < inputs) return `plan ${plan.id} reads ${inputs} values, but was given ${given.inputs.length}`;
  if (given.scalars.length < scalars) return `plan ${plan.id} takes ${scalars} scalars, but was given ${given.scalars.length}`;
  return null;
}

/** Whether an array is what the host holds elements of a type in. */
function isArrayOf(dtype: DType, data: TypedArray): boolean {
  if (dtype === 'int32') return data instanceof Int32Array;
  if (dtype === 'bool') return data instanceof Uint8Array;
  return data instanceof Float32Array;
}
