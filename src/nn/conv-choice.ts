// Which algorithm computes a convolution when people leave it open: the one that was the fastest where that was measured, else the one whose plan
// takes the least modelled time. The plans are those that would run, with their dispatches, bytes and operations; so without measurements the same
// shapes on the same limits always give the same choice.

import type { DeviceLimits, WgslPlan } from '../devices/device.js';
import { sizeOf } from '../devices/shape.js';
import { memoryBudget } from '../graph/flush.js';
import { withoutGradients, type GraphState, type Node } from '../graph/node.js';
import { collect, type Program } from '../graph/program.js';
import { lower } from '../graph/wgsl/lower.js';
import { stored } from '../tensor/operations/sources.js';
import type { ConvAttributes } from './conv-operation.js';

/** The algorithms that 'auto' chooses from. */
export const candidates = ['direct', 'fft', 'fft-tiled'] as const;

/** One of them. */
export type Candidate = (typeof candidates)[number];

/** What one training step of a convolution takes by an algorithm: y, dX and dW, with what they share computed once. */
export interface ModelledCost {
  readonly algorithm: Candidate;
  readonly dispatches: number;
  /** Bytes of the buffers that the dispatches read and write. */
  readonly bytes: number;
  readonly flop: number;
  /** Modelled milliseconds; infinite where the device cannot run it. */
  readonly milliseconds: number;
  /** Why the device cannot run it. */
  readonly refusal: string | null;
}

/** Milliseconds that a training step was measured to take. */
export interface Measured {
  readonly milliseconds: Readonly<Partial<Record<Candidate, number>>>;
  /** Of a batch of how many samples. */
  readonly samples: number;
  /** By an earlier process. */
  readonly isRemembered: boolean;
}

/** Records one face of a convolution; see `conv`. */
export type Face = (face: ConvAttributes['face'], a: Node, b: Node, attributes: ConvAttributes) => Node;

/** What is measured, and what it is used for. */
export interface Measurements {
  /** What is known of a convolution's shape class; null where nothing is, and where it may not decide. */
  find(attributes: ConvAttributes, state: GraphState): Measured | null;
  /** Nothing was found, and the model chose for what is about to run. */
  missed(attributes: ConvAttributes, state: GraphState, conv: Face): void;
  /** What people should know of a choice that the model made. */
  note(attributes: ConvAttributes, state: GraphState, costs: readonly ModelledCost[]): string | null;
}

let measurements: Measurements | null = null;

/** Lets measurements decide from now on, or with null the model alone. */
export function useMeasurements(used: Measurements | null): void {
  measurements = used;
}

/**
 * The shape class of a convolution, as text: all that decides how long a training step takes, with the number of samples rounded up to a power of
 * two.
 */
export function shapeClass({ x, w, y, stride, dilation, padding, groups }: ConvAttributes): string {
  const samples = 2 ** Math.ceil(Math.log2(x[0] as number));
  const shapes = [[samples, ...x.slice(1)], w, [samples, ...y.slice(1)]].map((shape) => shape.join('×'));
  const sides = padding.map(([before, after]) => `${before}+${after}`);
  return `${shapes.join(' ')} stride ${stride.join('×')} dilation ${dilation.join('×')} padding ${sides.join('×')} groups ${groups}`;
}

/** A training step that can be run: its plan, and the values that it reads by their buffers. */
export interface TrainingStep {
  readonly plan: WgslPlan;
  readonly inputs: readonly number[];
  readonly scalars: readonly number[];
}

/** Lowers a training step by an algorithm: y, dX and dW from x, w and dY in these buffers. Throws where the device cannot run it. */
export function trainingStep(
  attributes: ConvAttributes,
  algorithm: Candidate,
  state: GraphState,
  conv: Face,
  buffers: readonly [x: number, w: number, g: number],
): TrainingStep {
  return aside(state, () => {
    const of = { ...attributes, algorithm };
    const operand = (shape: ConvAttributes['x'], at: 0 | 1 | 2): Node => stored(state, 'float32', shape, buffers[at]);
    const [x, w, g] = [operand(of.x, 0), operand(of.w, 1), operand(of.y, 2)];
    return runnable(collect([conv('y', x, w, of), conv('x', g, w, of), conv('w', x, g, of)]), state.device.limits);
  });
}

/** A program of stored values with its plan. */
export function runnable(program: Program, limits: DeviceLimits): TrainingStep {
  return {
    plan: lower(program, limits),
    inputs: program.inputs.map(({ buffer }) => buffer as number),
    scalars: program.nodes.flatMap(({ scalars }) => scalars),
  };
}

/** Records something that is none of people's own: it has no gradients, and does not count as work that piles up. */
export function aside<T>(state: GraphState, f: () => T): T {
  const { recorded } = state;
  try {
    return withoutGradients(f);
  } finally {
    state.recorded = recorded;
  }
}

/** Dispatches, bytes and operations a millisecond. Only their ratios matter. */
const rates = {
  /** A CPU that plays a GPU: fitted to the convolutions of the benchmarks on two cores. */
  software: { dispatches: 20, bytes: 2.6e6, flop: 15e6 },
  /** A GPU: that arithmetic is cheap there, 20 operations a byte, is all that is known of it before anything has run. */
  hardware: { dispatches: 200, bytes: 1e8, flop: 2e9 },
} as const;

const known = new WeakMap<DeviceLimits, Map<string, readonly ModelledCost[]>>();

/** The candidates with what they take by the model on the device of `state`, the best first. */
export function costsOf(attributes: ConvAttributes, state: GraphState, conv: Face): readonly ModelledCost[] {
  const { limits } = state.device;
  let byShape = known.get(limits);
  if (byShape === undefined) known.set(limits, (byShape = new Map<string, readonly ModelledCost[]>()));
  const key = JSON.stringify({ ...attributes, face: 'y', algorithm: 'auto', budget: memoryBudget.bytes });
  let costs = byShape.get(key);
  if (costs === undefined) {
    costs = candidates.map((algorithm) => costOf(attributes, algorithm, state, conv)).sort((a, b) => a.milliseconds - b.milliseconds);
    byShape.set(key, costs);
  }
  return costs;
}

function costOf(attributes: ConvAttributes, algorithm: Candidate, state: GraphState, conv: Face): ModelledCost {
  const { limits } = state.device;
  try {
    const { steps, scratch } = trainingStep(attributes, algorithm, state, conv, [-1, -2, -3]).plan;
    const between = scratch.reduce((sum, bytes) => sum + bytes, 0);
    if (between > memoryBudget.bytes) {
      const [given, most] = [between, memoryBudget.bytes].map((bytes) => (bytes / 2 ** 20).toPrecision(3));
      throw new Error(`its intermediate results take ${given} MiB, more than the memory budget of ${most} MiB`);
    }
    const [bytes, flop] = [steps.reduce((sum, step) => sum + step.bytes, 0), steps.reduce((sum, step) => sum + step.flop, 0)];
    const rate = limits.isSoftware ? rates.software : rates.hardware;
    const milliseconds = steps.length / rate.dispatches + bytes / rate.bytes + flop / rate.flop;
    return { algorithm, dispatches: steps.length, bytes, flop, milliseconds, refusal: null };
  } catch (error) {
    // Limits that a plan exceeds are plain errors; an interruption, and a mistake of ours, are not.
    if (!(error instanceof Error) || error.name !== 'Error') throw error;
    return { algorithm, dispatches: 0, bytes: 0, flop: 0, milliseconds: Infinity, refusal: error.message };
  }
}

/** What 'auto' stands for. */
export interface Choice {
  readonly algorithm: Candidate;
  /** What decided; null where the model did. */
  readonly measured: Measured | null;
}

/** The algorithm that 'auto' stands for, and what decided: the same for all three faces, so that they share what they can. */
export function decide(attributes: ConvAttributes, state: GraphState, conv: Face): Choice {
  // Of an empty batch there is nothing to transform.
  if (sizeOf(attributes.x) === 0) return { algorithm: 'direct', measured: null };
  const measured = measurements?.find(attributes, state) ?? null;
  if (measured !== null) {
    const runs = ({ refusal }: ModelledCost): boolean => refusal === null;
    // A batch that is larger than the one measured may be too large for one of them.
    const isSure = (attributes.x[0] as number) <= measured.samples;
    const possible = isSure
      ? candidates
      : costsOf(attributes, state, conv)
          .filter(runs)
          .map(({ algorithm }) => algorithm);
    const times = possible.map((algorithm) => ({ algorithm, time: measured.milliseconds[algorithm] ?? Infinity }));
    const [fastest] = times.filter(({ time }) => time < Infinity).sort((a, b) => a.time - b.time);
    if (fastest !== undefined) return { algorithm: fastest.algorithm, measured };
  }
  return { algorithm: costsOf(attributes, state, conv)[0]?.algorithm ?? 'direct', measured: null };
}

/** The same for what is about to run: what the model chose for may be measured later. */
export function chooseToRun(attributes: ConvAttributes, state: GraphState, conv: Face): Candidate {
  const { algorithm, measured } = decide(attributes, state, conv);
  if (measured === null) measurements?.missed(attributes, state, conv);
  return algorithm;
}

/** What people should know of a choice that the model made, where something is measured at all. */
export function noteOn(attributes: ConvAttributes, state: GraphState, costs: readonly ModelledCost[]): string | null {
  return measurements?.note(attributes, state, costs) ?? null;
}
