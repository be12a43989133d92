// Between a kernel (client) and whatever owns a GPU (server): the device webview, through the extension host, or the thread of the `node`
// device. All work is ordered: a read sees what was sent before it.
import * as v from 'valibot';
import type { WgslPlan } from '../devices/device.js';
import type { Contract } from './contract.js';
import { count, float64Array, typedArray } from './schemas.js';

const dtype = v.picklist(['float32', 'float64', 'complex64', 'complex128', 'int32', 'bool']);
const ids = v.array(count);
const limits = v.strictObject({
  maxBufferBytes: count,
  maxStorageBuffers: count,
  maxWorkgroupMemory: count,
  maxInvocations: count,
  maxWorkgroups: count,
  isSoftware: v.boolean(),
  compilesSlowly: v.boolean(),
  clearsByCode: v.boolean(),
});

const ref = v.strictObject({ space: v.picklist(['input', 'output', 'scratch', 'table']), index: count });

/** A plan on its way: `WgslPlan`, with the fixed values of its uniforms apart, since JSON does not know infinities. */
export const wirePlan = v.strictObject({
  id: count,
  kernels: v.array(
    v.strictObject({ label: v.string(), code: v.string(), bindings: count, writes: v.picklist([1, 2]), uniformBytes: count }),
  ),
  steps: v.array(
    v.strictObject({
      kernel: count,
      workgroups: v.tuple([count, count, count]),
      bindings: v.array(ref),
      uniformOffset: v.pipe(v.number(), v.safeInteger(), v.minValue(-1)),
      bytes: v.pipe(v.number(), v.minValue(0)),
      flop: v.pipe(v.number(), v.minValue(0)),
    }),
  ),
  scratch: ids,
  outputs: ids,
  tables: v.array(
    v.strictObject({
      key: v.string(),
      data: v.custom<WgslPlan['tables'][number]['data']>(
        (value) => /^\[object (Float32|Int32)Array\]$/.test(Object.prototype.toString.call(value)),
        'expected a Float32Array or an Int32Array',
      ),
    }),
  ),
  uniforms: v.array(
    v.strictObject({
      byteOffset: count,
      type: v.picklist(['f32', 'i32', 'u32']),
      scalar: v.pipe(v.number(), v.safeInteger(), v.minValue(-1)),
    }),
  ),
  uniformValues: float64Array,
  uniformBytes: count,
});
/** A plan as it is sent. */
export type WirePlan = v.InferOutput<typeof wirePlan>;

const command = v.variant('type', [
  /** Makes a plan known; sent once, before its first run. */
  v.strictObject({ type: v.literal('plan'), plan: wirePlan }),
  /** Forgets a plan. */
  v.strictObject({ type: v.literal('forget'), plan: count }),
  v.strictObject({
    type: v.literal('run'),
    plan: count,
    inputs: ids,
    scalars: float64Array,
    outputs: ids,
    /** For each output the buffer whose value it takes when the run is interrupted, or −1. */
    replaced: v.array(v.pipe(v.number(), v.safeInteger(), v.minValue(-1))),
    /** Its values are what an interrupt falls back to: it is done nevertheless. */
    needed: v.optional(v.boolean()),
    /** Where people asked for the run: the line of a cell. */
    label: v.optional(v.string()),
  }),
  v.strictObject({ type: v.literal('write'), id: count, dtype, shape: ids, data: typedArray }),
  /** A value that did not come: reads of it fail with the reason. After an interrupt assignments that need it keep the old value. */
  v.strictObject({ type: v.literal('fail'), id: count, reason: v.string(), interrupted: v.optional(v.boolean()) }),
  v.strictObject({ type: v.literal('free'), ids }),
  /** What the tensors of people are called, for the panel's list of memory. */
  v.strictObject({ type: v.literal('name'), id: count, name: v.string(), dtype: v.optional(dtype), shape: v.optional(ids) }),
]);
/** One thing to do, in order. */
export type DeviceCommand = v.InferOutput<typeof command>;

const stats = v.strictObject({
  bytes: count,
  buffers: count,
  reservedBytes: count,
  pipelines: count,
  dispatches: count,
  submissions: count,
  bytesMoved: count,
  flop: v.pipe(v.number(), v.minValue(0)),
  allocations: count,
});

/** What the end with the GPU understands. */
export const deviceServerContract = {
  requests: {
    /** To be sent first: opens the adapter's device. */
    open: {
      params: v.strictObject({
        /** Whose device this is: the notebook's name. */
        label: v.string(),
      }),
      result: v.strictObject({ description: v.string(), limits }),
    },
    /** Values of a buffer, dense. What is still to be done before travels along, so that a step is one message. */
    read: {
      params: v.strictObject({ commands: v.optional(v.array(command)), id: count, dtype, size: count }),
      result: v.strictObject({ data: typedArray, stats: v.optional(stats) }),
    },
    /** Waits for everything so far, and for `commands` as above. */
    sync: { params: v.strictObject({ commands: v.optional(v.array(command)) }), result: v.strictObject({ stats }) },
  },
  events: {
    batch: v.strictObject({ commands: v.array(command) }),
    /** Abandons what runs, between two of its slices, and what waits, until `resume`. Not ordered: acts at once. */
    interrupt: v.strictObject({}),
    resume: v.strictObject({}),
  },
} as const satisfies Contract;

/** What the kernel's end understands. */
export const deviceClientContract = {
  requests: {},
  events: {
    lost: v.strictObject({ reason: v.string() }),
  },
} as const satisfies Contract;

/** What the extension host and the device webview tell each other: messages of kernels' sessions, and the panel's own. */
export const panelContract = {
  requests: {},
  events: {
    /** A message of a kernel for its session. A session starts with its first message. */
    session: v.strictObject({ session: count, message: v.unknown() }),
    /** Ends a session and frees everything it holds. */
    close: v.strictObject({ session: count }),
    /** Acts at once, as `interrupt` above: the kernel itself may be in a loop. */
    interrupt: v.strictObject({ session: count }),
    /** Ends all devices, as if the GPU had been lost. */
    destroyAll: v.strictObject({ reason: v.string() }),
    /** Which devices the kernel of each session may choose, and which it has: for the panel's controls. */
    kernels: v.array(
      v.strictObject({
        session: count,
        notebook: v.string(),
        device: v.nullable(v.picklist(['cpu', 'node', 'webview'])),
        state: v.picklist(['starting', 'idle', 'busy', 'dead']),
      }),
    ),
    /** Asks for an `adapter` event. */
    describe: v.strictObject({}),
    /** Whether the panel can be seen: else nothing is measured or drawn. The page takes it that it can until told otherwise. */
    visible: v.strictObject({ visible: v.boolean() }),
  },
} as const satisfies Contract;

/** What the extension host understands of the device webview. */
export const panelHostContract = {
  requests: {},
  events: {
    /** The page is loaded; nothing may be sent before. */
    ready: v.strictObject({}),
    session: v.strictObject({ session: count, message: v.unknown() }),
    /** What `requestAdapter` gave, for the status bar and diagnostics. */
    adapter: v.strictObject({
      available: v.boolean(),
      /** vendor, architecture, device, description; or why there is none. */
      description: v.string(),
      limits: v.record(v.string(), v.number()),
      features: v.array(v.string()),
    }),
    /** The user pressed a control. */
    pickDevice: v.strictObject({ session: count, device: v.picklist(['auto', 'cpu', 'node', 'webview']) }),
    restartKernel: v.strictObject({ session: count }),
  },
} as const satisfies Contract;
