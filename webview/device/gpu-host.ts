// The GPU of this page and the sessions of kernels on it: each has a GPUDevice of its own.

import { describeAdapter, requestDevice } from '../../src/devices/webgpu/adapter.js';
import { serveDevice, type DeviceServer } from '../../src/devices/remote/server.js';
import { SessionLog } from './session-log.js';

/** What is known of the adapter; the shape is that of the `adapter` event. */
export interface AdapterState {
  readonly available: boolean;
  readonly description: string;
  readonly limits: Record<string, number>;
  readonly features: string[];
}

interface Session {
  readonly server: DeviceServer;
  readonly log: SessionLog;
  receive: (message: unknown) => void;
  /** Tells the server that its client is gone. */
  end: (reason: string) => void;
}

/** What the host of the sessions is told. */
export interface GpuHostEvents {
  /** A message for the client of a session. */
  readonly post: (session: number, message: unknown) => void;
  readonly onProblem: (problem: string) => void;
  /** Something to see has changed. */
  readonly onChange: () => void;
}

/** Serves sessions. */
export class GpuHost {
  readonly #sessions = new Map<number, Session>();
  readonly #events: GpuHostEvents;
  #isWatched = false;

  constructor(events: GpuHostEvents) {
    this.#events = events;
  }

  /** What each session holds and did. */
  get logs(): ReadonlyMap<number, SessionLog> {
    return new Map([...this.#sessions].map(([id, { log }]) => [id, log]));
  }

  /** Asks for the adapter. Never rejects: what is not there has a reason. */
  async describe(): Promise<AdapterState> {
    try {
      const adapter = await requestAdapter();
      const limits: Record<string, number> = {};
      // The limits are getters of the prototype: they have no own names.
      for (const name in adapter.limits) {
        const value: unknown = Reflect.get(adapter.limits, name);
        if (typeof value === 'number') limits[name] = value;
      }
      return { available: true, description: describeAdapter(adapter), limits, features: [...adapter.features].sort() };
    } catch (error) {
      return { available: false, description: error instanceof Error ? error.message : String(error), limits: {}, features: [] };
    }
  }

  /** A message of a client; the first one starts its session. */
  receive(id: number, message: unknown): void {
    const session = this.#sessions.get(id) ?? this.#start(id);
    session.receive(message);
  }

  /** Ends a session and frees everything it holds. */
  close(id: number): void {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    session?.end('the session was closed');
    this.#events.onChange();
  }

  /** Stops what a session computes, until its client resumes. */
  interrupt(id: number): void {
    this.#sessions.get(id)?.server.interrupt();
  }

  /** Ends all devices, as if the GPU had been lost; clients open new ones when they run again. */
  destroyAll(reason: string): void {
    for (const { server } of this.#sessions.values()) server.destroy(reason);
  }

  /** Measures what devices do, or not. */
  watch(isWatched: boolean): void {
    this.#isWatched = isWatched;
    for (const { server } of this.#sessions.values()) server.watch(isWatched);
  }

  #start(id: number): Session {
    const { post, onProblem, onChange } = this.#events;
    const log = new SessionLog(onChange);
    let receive: Session['receive'] = () => undefined;
    let end: Session['end'] = () => undefined;
    const server = serveDevice(
      {
        post: (message) => post(id, message),
        listen: (onMessage, onClose) => {
          receive = onMessage;
          end = onClose;
        },
        close: () => undefined,
      },
      {
        name: 'webview',
        open: async () => {
          const adapter = await requestAdapter();
          return { gpu: await requestDevice(adapter, { timestamps: true }), description: describeAdapter(adapter) };
        },
        observer: log,
        onProblem,
      },
    );
    server.watch(this.#isWatched);
    const session: Session = { server, log, receive, end };
    this.#sessions.set(id, session);
    return session;
  }
}

async function requestAdapter(): Promise<GPUAdapter> {
  // Absent in pages that are not secure and in browsers without WebGPU, whatever the types say.
  const gpu = (navigator as { readonly gpu?: GPU }).gpu;
  if (gpu === undefined) throw new Error('this version of VS Code has no WebGPU in its pages');
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null)
    throw new Error(
      'WebGPU finds no adapter in the pages of VS Code here: the graphics card or its driver is not supported, or hardware acceleration is off',
    );
  return adapter;
}
