// Between the extension (the host) and a kernel process. Two streams: the main one, served by the thread in which cells run, and a
// control stream, served by a thread of its own, which answers also while a cell loops.
import * as v from 'valibot';
import type { Contract } from './contract.js';
import { viewName } from './views.js';
import { cellOutput, count, deviceName, float64Array, mimeBundle } from './schemas.js';

/** A tensor or other value that a cell declared. */
export const variable = v.strictObject({
  name: v.string(),
  /** As TypeScript or the value itself names it: `Tensor`, `number`, `Array(3)`, `function`. */
  type: v.string(),
  /** One line. */
  summary: v.string(),
  /** The following for tensors only. */
  shape: v.optional(v.array(count)),
  dtype: v.optional(v.string()),
  device: v.optional(v.string()),
  bytes: v.optional(count),
});
/** A value that a cell declared, as the Variables view shows it. */
export type Variable = v.InferOutput<typeof variable>;

const memory = v.strictObject({
  device: deviceName,
  description: v.string(),
  bytes: count,
  buffers: count,
  reservedBytes: count,
});
/** Where tensors live now, and what they take. */
export type KernelMemory = v.InferOutput<typeof memory>;

/** What the kernel process understands. */
export const kernelContract = {
  requests: {
    /** To be sent first. Opens the devices in the order given until one works. */
    start: {
      params: v.strictObject({
        /** The notebook's folder. */
        folder: v.string(),
        devices: v.pipe(v.array(deviceName), v.minLength(1)),
        /** Bytes that recomputable results may take; the library's own when not given. */
        memoryBudget: v.optional(count),
      }),
      result: v.strictObject({
        node: v.string(),
        memory,
        /** Why the devices before the one that works were not taken. */
        refused: v.array(v.strictObject({ device: deviceName, reason: v.string() })),
      }),
    },
    /** Runs a cell when those before it are done. Outputs come as events before the answer. */
    run: {
      params: v.strictObject({
        /** Chosen by the host; names the run in events. */
        run: count,
        /** The cell's number in the notebook, for stacks. */
        cell: count,
        code: v.string(),
      }),
      result: v.strictObject({
        status: v.picklist(['ok', 'error', 'interrupted']),
        executionCount: count,
      }),
    },
    /** What cells declared. */
    variables: { params: v.strictObject({}), result: v.array(variable) },
    /** A variable as the result of a cell shows it; for tensors `thumbnail` and `spectrum` are small pictures. */
    inspect: {
      params: v.strictObject({ name: v.string(), as: v.picklist(['value', 'thumbnail', 'spectrum']) }),
      result: v.nullable(mimeBundle),
    },
    /** What a view under a cell asks for; the view checks it. Answers in JSON. */
    view: { params: v.strictObject({ view: viewName, request: v.unknown() }), result: v.unknown() },
  },
  events: {
    /** A view is not shown any more. */
    viewGone: v.strictObject({ view: viewName }),
    /** A message for the kernel's end of the device boundary (device.ts), from the webview. */
    device: v.unknown(),
    /** The webview is gone, with everything on its device. */
    deviceClosed: v.strictObject({ reason: v.string() }),
  },
} as const satisfies Contract;

/** What the host understands of a kernel process. */
export const hostContract = {
  requests: {
    /** Opens the device panel and this kernel's session in it, anew if there was one. Fails with the reason when there is none. */
    openDevice: { params: v.strictObject({}), result: v.strictObject({}) },
  },
  events: {
    output: v.strictObject({ run: count, output: cellOutput }),
    /** New forms for a display that was put out with this id, by any run. */
    update: v.strictObject({ displayId: v.string(), data: mimeBundle }),
    /** Something new for a view under a cell. */
    viewPush: v.strictObject({ view: viewName, data: v.unknown() }),
    /** A message for the webview's end of the device boundary. */
    device: v.unknown(),
    /** After each cell, and when the device changed. */
    memory,
  },
} as const satisfies Contract;

/** What the control thread of a kernel process understands. */
export const controlContract = {
  requests: {
    /** Stops the running cell and keeps all state. Answers when the cell has ended; at once when none runs. */
    interrupt: { params: v.strictObject({}), result: v.strictObject({}) },
    /** Says that the process lives. `times` are milliseconds of its work since it started: [cpu user, cpu system]. */
    ping: { params: v.strictObject({}), result: v.strictObject({ times: float64Array }) },
  },
  events: {},
} as const satisfies Contract;

/** What the host understands on the control stream: nothing but answers. */
export const controlHostContract = { requests: {}, events: {} } as const satisfies Contract;
