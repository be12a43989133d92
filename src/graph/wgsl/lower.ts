// From a program to a plan for a wgsl device: expand, schedule, write kernels, place results in memory.

import type { BufferRef, DeviceLimits, PlanKernel, PlanStep, UniformSlot, WgslPlan } from '../../devices/device.js';
import { deviceBytes } from '../../devices/dtype.js';
import { sizeOf } from '../../devices/shape.js';
import type { Program } from '../program.js';
import { Node } from '../node.js';
import { convKernel } from './conv-kernel.js';
import { expand } from './expand.js';
import { mapKernel, type Launch } from './families.js';
import { fftKernel } from './fft.js';
import { matmulKernel } from './matmul.js';
import { placeScratch } from './memory.js';
import { planeKernel } from './plane-fft.js';
import { reduceKernel } from './reduce.js';
import { schedule, type Kernel } from './schedule.js';
import { KernelWriter, type Table } from './writer.js';

let nextPlan = 1;

/** What writes a kernel, by the kind of its core; all others are maps. */
const families: Readonly<Record<string, typeof mapKernel>> = {
  reduce: reduceKernel,
  matmul: matmulKernel,
  correlate: convKernel,
  fft: fftKernel,
  'plane-fft': planeKernel,
};

/** Uniform ranges are bound at multiples of this (WebGPU's default minUniformBufferOffsetAlignment). */
const uniformAlignment = 256;

/** Bytes of a value in device memory; empty values take a little so that they can be bound. */
export function bytesOf(node: Node): number {
  return Math.max(16, Math.ceil((sizeOf(node.shape) * deviceBytes(node.dtype)) / 16) * 16);
}

/** Lowers a program for a device with these limits. Throws when a value does not fit a limit, naming the operation. */
export function lower(program: Program, limits: DeviceLimits): WgslPlan {
  const expanded = expand(program, limits);
  const scheduled = schedule(expanded, limits);
  const { stored } = scheduled;
  // An empty result has nothing to compute.
  const kernels = scheduled.kernels.filter(({ root }) => sizeOf(root.shape) > 0);
  const outputIndex = new Map<Node, number>();
  const inputIndex = new Map<Node, number>();
  program.inputs.forEach((node, i) => inputIndex.set(node, i));
  expanded.outputs.forEach((node, i) => {
    if (!outputIndex.has(node)) outputIndex.set(node, i);
  });
  const written = kernels.map((kernel) => write(kernel, stored, expanded.scalarBase, limits));
  const reads = written.map(({ writer }) =>
    writer.buffers.filter((source): source is Node => source instanceof Node && source.buffer === null),
  );
  const scratch = placeScratch(
    kernels.map(({ root }, i) => ({ root, reads: reads[i] ?? [] })),
    (node) => !outputIndex.has(node),
    bytesOf,
  );

  const tables: { key: string; data: ReturnType<Table['make']> }[] = [];
  const refOf = (source: Node | Table): BufferRef => {
    if (!(source instanceof Node)) {
      let index = tables.findIndex(({ key }) => key === source.key);
      if (index < 0) index = tables.push({ key: source.key, data: source.make() }) - 1;
      return { space: 'table', index };
    }
    const input = inputIndex.get(source);
    if (input !== undefined) return { space: 'input', index: input };
    const output = outputIndex.get(source);
    if (output !== undefined) return { space: 'output', index: output };
    return { space: 'scratch', index: scratch.slot.get(source) as number };
  };

  // Kernels run one after the other, so that one buffer is enough for what each keeps to itself.
  const own: BufferRef = { space: 'scratch', index: scratch.bytes.length };
  const ownBytes = Math.max(0, ...written.map(({ writer }) => writer.ownBytes));
  const planKernels: PlanKernel[] = [];
  const kernelIndex = new Map<string, number>();
  const steps: PlanStep[] = [];
  const uniforms: UniformSlot[] = [];
  let uniformBytes = 0;
  written.forEach(({ kernel, writer, launch }) => {
    const code = writer.module(launch.body);
    let index = kernelIndex.get(code);
    if (index === undefined) {
      const bytes = Math.ceil(writer.scalars.length / 4) * 16;
      const writes = writer.ownBytes > 0 ? 2 : 1;
      index = planKernels.push({ label: labelOf(kernel), code, bindings: writer.buffers.length + writes, writes, uniformBytes: bytes }) - 1;
      kernelIndex.set(code, index);
    }
    const uniformOffset = writer.scalars.length > 0 ? uniformBytes : -1;
    writer.scalars.forEach((entry, i) => uniforms.push({ ...entry, byteOffset: uniformBytes + 4 * i }));
    if (uniformOffset >= 0) uniformBytes += Math.ceil((4 * writer.scalars.length) / uniformAlignment) * uniformAlignment;
    const bindings = [...writer.buffers.map(refOf), ...(writer.ownBytes > 0 ? [own] : []), refOf(kernel.root)];
    const bytes = [...writer.buffers, kernel.root].reduce((sum, source) => sum + (source instanceof Node ? bytesOf(source) : 0), 0);
    steps.push({ kernel: index, workgroups: launch.workgroups, bindings, uniformOffset, bytes, flop: launch.flop });
  });
  return {
    id: nextPlan++,
    kernels: planKernels,
    steps,
    scratch: ownBytes > 0 ? [...scratch.bytes, ownBytes] : scratch.bytes,
    outputs: program.outputs.map(bytesOf),
    tables,
    uniforms,
    uniformBytes,
  };
}

function labelOf({ root, core, path }: Kernel): string {
  const names = [core, ...path].filter((node): node is Node => node !== null).map((node) => node.operation.name);
  return `${names.length > 0 ? names.join('+') : root.operation.name} [${root.shape.join(', ')}]`;
}

function write(
  kernel: Kernel,
  stored: ReadonlySet<Node>,
  scalarBase: ReadonlyMap<Node, number>,
  limits: DeviceLimits,
): { kernel: Kernel; writer: KernelWriter; launch: Launch } {
  const { root, core } = kernel;
  if (bytesOf(root) > limits.maxBufferBytes) {
    throw new Error(
      `${(core ?? root).operation.name}: result [${root.shape.join(', ')}] ${root.dtype} takes ${bytesOf(root)} bytes, but the device binds at most ` +
        `${limits.maxBufferBytes} bytes in one buffer; work on smaller batches or tiles, or use setDevice('cpu')`,
    );
  }
  // The kernel computes its root, so it must not read it as a buffer.
  const others = new Set(stored);
  others.delete(root);
  const family = core?.operation.lowering.kind;
  const singles = new Set<Node>();
  for (;;) {
    const writer = new KernelWriter(others, scalarBase, root, singles);
    const launch = (families[family ?? ''] ?? mapKernel)(writer, kernel, limits);
    if (writer.mixed.length === 0) return { kernel, writer, launch };
    for (const node of writer.mixed) singles.add(node);
  }
}
