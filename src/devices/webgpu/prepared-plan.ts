// A plan with its GPU objects: pipelines, tables, uniform buffer, bind groups. Bind groups are remembered per step, so that a
// replayed plan whose buffers alternate between a few (a training loop's do) makes none.

import type { BufferRef, PlanStep, WgslPlan } from '../device.js';
import type { Allocation } from './buffers.js';
import type { PipelineCache } from './pipelines.js';

/** Bind groups remembered for one step. */
const maxBindGroups = 8;

/** Bytes and operations a millisecond that slices count on: a software adapter's, the slowest there is. */
const rates = { bytes: 3e6, flop: 5e6 } as const;

/** Steps that are submitted together. */
export interface Slice {
  readonly begin: number;
  readonly end: number;
  /** Modelled milliseconds. */
  readonly cost: number;
  readonly bytes: number;
  readonly flop: number;
  /** Label of each step's kernel. */
  readonly labels: readonly string[];
}

/** A plan that can be encoded. */
export interface PreparedPlan {
  readonly plan: WgslPlan;
  readonly tables: readonly Allocation[];
  readonly slices: readonly Slice[];
  /** Puts a run's scalars into the uniform buffer. */
  writeScalars(scalars: readonly number[]): void;
  /** Adds one step to a pass. */
  encode(
    pass: GPUComputePassEncoder,
    step: number,
    inputs: readonly Allocation[],
    scratch: readonly (Allocation | undefined)[],
    outputs: readonly Allocation[],
  ): void;
  /** Frees what belongs to the plan alone. Work that was submitted before is still done. */
  destroy(): void;
}

/** The result that a plan is there for, by the kernel that runs last: what its failures are reported by. */
export function planLabel({ id, kernels, steps }: WgslPlan): string {
  return kernels[steps.at(-1)?.kernel ?? -1]?.label ?? `plan ${id}`;
}

/** Makes the GPU objects that all runs of a plan share; slices cost at most `sliceCost` each, but for single steps. */
export function prepare(
  gpu: GPUDevice,
  plan: WgslPlan,
  pipelines: readonly GPUComputePipeline[],
  cache: PipelineCache,
  upload: (key: string, data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>) => Allocation,
  sliceCost: number,
): PreparedPlan {
  const tables = plan.tables.map(({ key, data }) => upload(key, data));
  const uniforms =
    plan.uniformBytes > 0 ? gpu.createBuffer({ size: plan.uniformBytes, usage: 0x0040 /* UNIFORM */ | 0x0008 /* COPY_DST */ }) : null;
  const words = new DataView(new ArrayBuffer(plan.uniformBytes));
  const bindGroups = plan.steps.map(() => new Map<string, GPUBindGroup>());
  let written = false;

  const put = (byteOffset: number, type: 'f32' | 'i32' | 'u32', value: number): void => {
    if (type === 'f32') words.setFloat32(byteOffset, value, true);
    else if (type === 'i32') words.setInt32(byteOffset, value, true);
    else words.setUint32(byteOffset, value, true);
  };

  return {
    plan,
    tables,
    slices: slicesOf(plan, sliceCost),
    writeScalars(scalars) {
      if (uniforms === null || (written && scalars.length === 0)) return;
      for (const { byteOffset, type, scalar, value } of plan.uniforms) {
        if (scalar >= 0) put(byteOffset, type, scalars[scalar] as number);
        else if (!written) put(byteOffset, type, value);
      }
      written = true;
      gpu.queue.writeBuffer(uniforms, 0, words.buffer);
    },
    encode(pass, index, inputs, scratch, outputs) {
      const step = plan.steps[index];
      const kernel = step === undefined ? undefined : plan.kernels[step.kernel];
      const pipeline = step === undefined ? undefined : pipelines[step.kernel];
      const groups = bindGroups[index];
      if (step === undefined || kernel === undefined || pipeline === undefined || groups === undefined)
        throw new Error(`plan ${plan.id} has no step ${index}`);
      const spaces: Record<BufferRef['space'], readonly (Allocation | undefined)[]> = {
        input: inputs,
        output: outputs,
        scratch,
        table: tables,
      };
      const bound = step.bindings.map(({ space, index: at }) => {
        const allocation = spaces[space][at];
        if (allocation === undefined) throw new Error(`step ${index} of plan ${plan.id} has no ${space} ${at}`);
        return allocation;
      });
      const key = bound.map(({ serial }) => serial).join();
      let group = groups.get(key);
      if (group === undefined) {
        const entries: GPUBindGroupEntry[] = bound.map(({ buffer }, binding) => ({ binding, resource: { buffer } }));
        if (uniforms !== null && step.uniformOffset >= 0) {
          entries.push({ binding: bound.length, resource: { buffer: uniforms, offset: step.uniformOffset, size: kernel.uniformBytes } });
        }
        group = gpu.createBindGroup({ layout: cache.layout(kernel), entries });
        const [oldest] = groups.keys();
        if (groups.size >= maxBindGroups && oldest !== undefined) groups.delete(oldest);
        groups.set(key, group);
      }
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(...step.workgroups);
    },
    destroy() {
      uniforms?.destroy();
    },
  };
}

function slicesOf(plan: WgslPlan, limit: number): readonly Slice[] {
  const slices: Slice[] = [];
  let begin = 0;
  let cost = 0;
  const end = (at: number): void => {
    const steps = plan.steps.slice(begin, at);
    const labels = steps.map(({ kernel }) => plan.kernels[kernel]?.label ?? '');
    const total = (of: (step: PlanStep) => number): number => steps.reduce((sum, step) => sum + of(step), 0);
    if (at > begin) slices.push({ begin, end: at, cost, bytes: total(({ bytes }) => bytes), flop: total(({ flop }) => flop), labels });
    begin = at;
    cost = 0;
  };
  plan.steps.forEach((step, index) => {
    const modelled = step.bytes / rates.bytes + step.flop / rates.flop;
    if (cost + modelled > limit) end(index);
    cost += modelled;
  });
  end(plan.steps.length);
  return slices;
}
