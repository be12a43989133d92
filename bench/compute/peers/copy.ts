// What the adapter's memory can do: a copy of vec4<f32>s from one buffer to another, straight on WebGPU.

import type { Adapter, Program } from '../adapter.js';
import type { Workload } from '../workload.js';
import { openDawn } from './dawn.js';

const invocations = 256;
const vec4Bytes = 16;
/** Workgroups along x; more go along y. */
const mostWorkgroups = 65_535;

const shader = `
@group(0) @binding(0) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> target_: array<vec4<f32>>;

@compute @workgroup_size(${invocations})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.x + id.y * groups.x * ${invocations}u;
  if (i < arrayLength(&target_)) { target_[i] = source[i]; }
}`;

/** Opens the first adapter. */
export async function open(): Promise<Adapter> {
  const adapter = await (await openDawn()).requestAdapter();
  if (adapter === null) throw new Error('no WebGPU adapter was found');
  const device = await adapter.requestDevice();
  return { prepare: (workload) => Promise.resolve(prepare(device, workload)), close: () => device.destroy() };
}

function prepare(device: GPUDevice, workload: Workload): Program {
  if (workload.kind !== 'copy') throw new Error(`copy: ${workload.kind} is no copy`);
  const { bytes } = workload;
  const buffers = [0, 1].map(() => device.createBuffer({ size: bytes, usage: GPUBufferUsage.STORAGE }));
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module: device.createShaderModule({ code: shader }) } });
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const bindings = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const workgroups = Math.ceil(bytes / vec4Bytes / invocations);
  return {
    async run() {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindings);
      pass.dispatchWorkgroups(Math.min(workgroups, mostWorkgroups), Math.ceil(workgroups / mostWorkgroups));
      pass.end();
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
    },
    result: () => Promise.resolve([]),
    dispose: () => buffers.forEach((buffer) => buffer.destroy()),
  };
}
