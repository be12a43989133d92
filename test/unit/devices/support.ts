// What the tests of devices share: GPUs that fail on purpose, and messages of errors.

import { openDawn } from '../../../src/devices/node/adapter.js';

/** A GPUDevice whose failures the test chooses. */
export interface FaultyGpu {
  readonly gpu: GPUDevice;
  readonly description: string;
  /** The next so many large buffers find no memory. */
  failAllocations(count: number): void;
  /** Buffers for scalars that were made and destroyed. */
  readonly uniforms: { made: number; destroyed: number };
}

const uniformUsage = 0x0040;
const large = 2 ** 20;

/** Opens Dawn's adapter with failures: `createBuffer` reports that memory is short as WebGPU does, through the error scope. */
export async function openFaulty(timestamps = false): Promise<FaultyGpu> {
  const { gpu, description } = await openDawn({ timestamps });
  let failing = 0;
  let failed = false;
  const uniforms = { made: 0, destroyed: 0 };
  const createBuffer = (descriptor: GPUBufferDescriptor): GPUBuffer => {
    if (failing > 0 && descriptor.size >= large) {
      failing--;
      failed = true;
    }
    const buffer = gpu.createBuffer(descriptor);
    if ((descriptor.usage & uniformUsage) !== 0) {
      uniforms.made++;
      const destroy = buffer.destroy.bind(buffer);
      buffer.destroy = () => {
        uniforms.destroyed++;
        return destroy();
      };
    }
    return buffer;
  };
  const popErrorScope = (): Promise<GPUError | null> => {
    const error = failed ? { message: 'out of memory, on purpose' } : null;
    failed = false;
    return gpu.popErrorScope().then((real) => real ?? error);
  };
  const replaced: Record<PropertyKey, unknown> = { createBuffer, popErrorScope };
  const faulty = new Proxy(gpu, {
    get(target, key) {
      if (Object.hasOwn(replaced, key)) return replaced[key];
      const value: unknown = Reflect.get(target, key, target);
      // Methods of native objects want the object itself.
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { gpu: faulty, description, uniforms, failAllocations: (count) => void (failing = count) };
}

/** The message of the error that a promise rejects with. */
export function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'it did not fail',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}
