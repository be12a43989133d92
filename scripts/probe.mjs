// Is there an adapter that works? Run as a throw-away process, because a bad driver may crash it or never answer.
// Prints the adapter's description and exits 0 after a 4-byte value written by the GPU's queue was read back.
import { create, globals } from 'webgpu';

// One that is collected takes its devices with it, and the process: it is kept to the end.
const gpu = create([]);
Object.assign(globalThis, { gpu });
const adapter = await gpu.requestAdapter();
if (!adapter) throw new Error('WebGPU finds no adapter');
const device = await adapter.requestDevice();
const { GPUBufferUsage, GPUMapMode } = /** @type {typeof globalThis} */ (globals);
const source = device.createBuffer({ size: 4, usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST });
const target = device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
device.queue.writeBuffer(source, 0, new Uint32Array([0x9a75e7a1]));
const encoder = device.createCommandEncoder();
encoder.copyBufferToBuffer(source, 0, target, 0, 4);
device.queue.submit([encoder.finish()]);
await target.mapAsync(GPUMapMode.READ);
const [value] = new Uint32Array(target.getMappedRange());
if (value !== 0x9a75e7a1) throw new Error(`the adapter read back ${value}`);
target.unmap();
device.destroy();
console.log(`adapter: ${[adapter.info.vendor, adapter.info.description].filter(Boolean).join(', ')}`);
