// Which devices there are, which one new tensors live on, and moving values between them.

import { createCpuDevice } from '../devices/cpu/cpu.js';
import type { Device } from '../devices/device.js';
import { deviceBytes, isDouble, type DType } from '../devices/dtype.js';
import { sizeOf, type Shape } from '../devices/shape.js';
import { newBuffer } from '../graph/flush.js';
import { isInterruptRequested, uninterrupted } from '../graph/interrupt.js';
import { graphOf, Node, type GraphState } from '../graph/node.js';
import type { Operation } from '../graph/operation.js';
import { stored } from './operations/sources.js';
import { cast } from './operations/elementwise/index.js';

/** Names by which devices are chosen. */
export type DeviceName = 'cpu' | 'node' | 'webview';

/** What pv.devices() tells of a device. */
export interface DeviceInfo {
  readonly name: DeviceName;
  readonly available: boolean;
  readonly description: string;
  /** Why it is not available. */
  readonly reason?: string;
}

type Opener = () => Promise<Device>;

const openers = new Map<DeviceName, Opener>();
const states = new Map<DeviceName, GraphState>();
/** PARSEVAL_DEVICE, else cpu. A device that must be opened still wants setDevice: importing the library touches no adapter. */
let current = (process.env['PARSEVAL_DEVICE'] || 'cpu') as DeviceName;

/** Makes a device available under a name; it is opened when somebody chooses it. */
export function registerDevice(name: DeviceName, open: Opener): void {
  openers.set(name, open);
}

function openCpu(): Device {
  return createCpuDevice({ interrupted: isInterruptRequested });
}

registerDevice('cpu', () => Promise.resolve(openCpu()));

/** The graph of an open device; cpu is always open. Throws for one that nobody has chosen. */
export function stateOf(name: DeviceName): GraphState {
  const open = states.get(name);
  if (open !== undefined) return open;
  if (name === 'cpu') {
    const state = graphOf(openCpu());
    states.set('cpu', state);
    return state;
  }
  checkName(name);
  throw new Error(`device '${String(name)}' is not open; call await pv.setDevice('${String(name)}') first`);
}

/** The name of the device that tensors made from now on live on. */
export function currentName(): DeviceName {
  return current;
}

/** The graph that tensors made from now on belong to. */
export function currentState(): GraphState {
  return stateOf(current);
}

/** Every open device's graph. */
export function openStates(): GraphState[] {
  return [...states.values()];
}

function checkName(name: string): asserts name is DeviceName {
  if (name !== 'cpu' && name !== 'node' && name !== 'webview') {
    throw new Error(`'${name}' is no device; expected 'cpu', 'node' or 'webview'`);
  }
  if (!openers.has(name)) throw new Error(`device '${name}' is not available here; available are ${[...openers.keys()].join(', ')}`);
}

async function open(name: DeviceName): Promise<GraphState> {
  const known = states.get(name);
  if (known !== undefined && known.device.lost === null) return known;
  const opener = openers.get(name);
  if (opener === undefined) throw new Error(`device '${name}' is not available here`);
  const state = name === 'cpu' ? stateOf('cpu') : graphOf(await opener());
  states.set(name, state);
  return state;
}

/**
 * Chooses where tensors made from now on live: 'cpu' (float64 reference), 'node' (WebGPU through Dawn) or 'webview' (WebGPU in
 * VS Code). Rejects when there is no such device, saying why. A lost device is opened anew.
 */
export async function setDevice(name: DeviceName): Promise<void> {
  checkName(name);
  await open(name);
  current = name;
}

/** Every device that could be chosen here, with the reason where it cannot. Opens each to find out. */
export async function devices(): Promise<DeviceInfo[]> {
  return Promise.all(
    [...openers.keys()].map(async (name): Promise<DeviceInfo> => {
      try {
        const { device } = await open(name);
        return { name, available: true, description: device.description };
      } catch (error) {
        return { name, available: false, description: 'not available', reason: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
}

/** The floating-point type that tensors of a device have unless told otherwise: float64 on cpu, float32 elsewhere. */
export function defaultFloat(state: GraphState): 'float32' | 'float64' {
  return state.device.kind === 'reference' ? 'float64' : 'float32';
}

/** Throws when a device does not know a dtype. */
export function checkDType(what: string, dtype: DType, state: GraphState): void {
  if (isDouble(dtype) && state.device.kind === 'wgsl') {
    throw new Error(
      `${what}: ${dtype} exists on cpu only, and the device is ${state.device.name}; use ${dtype === 'float64' ? 'float32' : 'complex64'}, or device 'cpu'`,
    );
  }
}

/** Throws before anything is allocated when a value does not fit the device. */
export function checkSize(what: string, dtype: DType, shape: Shape, state: GraphState): void {
  const { limits, name } = state.device;
  const bytes = sizeOf(shape) * deviceBytes(dtype);
  if (bytes > limits.maxBufferBytes) {
    throw new Error(
      `${what}: [${shape.join(', ')}] ${dtype} takes ${bytes} bytes, but device ${name} binds at most ` +
        `${limits.maxBufferBytes} bytes in one buffer; split the tensor or use setDevice('cpu')`,
    );
  }
}

const transferOperation: Operation = {
  name: 'to',
  infer: ([x]) => ({ dtype: x!.dtype, shape: x!.shape }),
  adjoint: ({ inputs: [x] }, g) => [transfer(g, x!.state)],
  jvp: (node, [t]) => (t == null ? null : transfer(t, node.state)),
  reference: (_call, [x]) => x!,
  lowering: { kind: 'input' },
};

/** The same value on another device. It crosses when something there is computed; types that the device lacks are narrowed. */
export function transfer(x: Node, to: GraphState): Node {
  if (x.state === to) return x;
  const narrow = to.device.kind === 'wgsl' && isDouble(x.dtype) ? cast(x, x.dtype === 'float64' ? 'float32' : 'complex64') : x;
  const moved = new Node(to, transferOperation, [narrow], {}, [], narrow);
  moved.spectrum = x.spectrum;
  return moved;
}

/** Tells devices what people call their tensors, for those who look at a device's memory. Tensors that are not computed have no place there. */
export function nameTensors(tensors: Iterable<readonly [name: string, tensor: { readonly node: Node }]>): void {
  for (const [name, { node }] of tensors) if (node.buffer !== null) node.device.label?.(node.buffer, name, node.dtype, node.shape);
}

/** Writes values to a device and returns their node. */
export function upload(state: GraphState, dtype: DType, shape: Shape, values: Parameters<Device['write']>[3]): Node {
  return uninterrupted(() => {
    const buffer = newBuffer();
    state.device.write(buffer, dtype, shape, values);
    return stored(state, dtype, shape, buffer);
  });
}

/** Writes real numbers that were computed in float64, as [n] of a floating-point type. */
export function uploadReal(state: GraphState, dtype: DType, values: Float64Array<ArrayBuffer>): Node {
  return upload(state, dtype, [values.length], dtype === 'float64' ? values : Float32Array.from(values));
}
