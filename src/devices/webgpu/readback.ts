// Values from the GPU.

import { deviceBytes, hostArray, partsOf, type DType, type TypedArray } from '../dtype.js';
import type { Allocation } from './buffers.js';

/** The first `size` elements of a buffer. Rejects when the device is lost meanwhile. */
export async function copyOut(gpu: GPUDevice, source: Allocation, dtype: DType, size: number): Promise<TypedArray> {
  const bytes = Math.max(4, size * deviceBytes(dtype));
  if (bytes > source.bytes) throw new Error(`${size} elements of ${dtype} take ${bytes} bytes, but the buffer has ${source.bytes}`);
  const staging = gpu.createBuffer({ size: bytes, usage: 0x0001 /* MAP_READ */ | 0x0008 /* COPY_DST */ });
  const encoder = gpu.createCommandEncoder();
  encoder.copyBufferToBuffer(source.buffer, 0, staging, 0, bytes);
  gpu.queue.submit([encoder.finish()]);
  await staging.mapAsync(1 /* READ */);
  const mapped = staging.getMappedRange();
  const values = hostArray(dtype, size);
  const count = size * partsOf(dtype);
  if (dtype === 'int32') values.set(new Int32Array(mapped, 0, count));
  else if (dtype === 'bool') values.set(new Uint32Array(mapped, 0, count));
  else values.set(new Float32Array(mapped, 0, count));
  staging.unmap();
  staging.destroy();
  return values;
}
