// Which algorithm computes a convolution when people leave it open: the one whose plan takes the least modelled time. The plans are those that would
// run, with their dispatches, bytes and operations; so the same shapes on the same limits always give the same choice.

import type { DeviceLimits } from '../devices/device.js';
import { sizeOf } from '../devices/shape.js';
import { withoutGradients, type GraphState, type Node } from '../graph/node.js';
import { collect } from '../graph/program.js';
import { lower } from '../graph/wgsl/lower.js';
import { stored } from '../tensor/operations/sources.js';
import type { ConvAttributes } from './conv-operation.js';

/** The algorithms that 'auto' chooses from. */
export const candidates = ['direct', 'fft'] as const;

/** What one training step of a convolution takes: y, dX and dW, with what they share computed once. */
export interface AlgorithmCost {
  readonly algorithm: (typeof candidates)[number];
  readonly dispatches: number;
  /** Bytes of the buffers that the dispatches read and write. */
  readonly bytes: number;
  readonly flop: number;
  /** Modelled milliseconds; infinite where the device cannot run it. */
  readonly milliseconds: number;
  /** Why the device cannot run it. */
  readonly refusal: string | null;
}

/** Records one face of a convolution; see `conv`. */
type Face = (face: ConvAttributes['face'], a: Node, b: Node, attributes: ConvAttributes) => Node;

/** Dispatches, bytes and operations a millisecond. Only their ratios matter. */
const rates = {
  /** A CPU that plays a GPU: fitted to the convolutions of the benchmarks on two cores. */
  software: { dispatches: 20, bytes: 2.6e6, flop: 11e6 },
  /** A GPU: that arithmetic is cheap there, 20 operations a byte, is all that is known of it before anything has run. */
  hardware: { dispatches: 200, bytes: 1e8, flop: 2e9 },
} as const;

const known = new WeakMap<DeviceLimits, Map<string, readonly AlgorithmCost[]>>();

/** The candidates with what they take on the device of `state`, the best first. */
export function costsOf(attributes: ConvAttributes, state: GraphState, conv: Face): readonly AlgorithmCost[] {
  const { limits } = state.device;
  let byShape = known.get(limits);
  if (byShape === undefined) known.set(limits, (byShape = new Map<string, readonly AlgorithmCost[]>()));
  const key = JSON.stringify({ ...attributes, face: 'y', algorithm: 'auto' });
  let costs = byShape.get(key);
  if (costs === undefined) {
    costs = candidates
      .map((algorithm) => costOf({ ...attributes, algorithm }, state, conv))
      .sort((a, b) => a.milliseconds - b.milliseconds);
    byShape.set(key, costs);
  }
  return costs;
}

function costOf(attributes: ConvAttributes & Pick<AlgorithmCost, 'algorithm'>, state: GraphState, conv: Face): AlgorithmCost {
  const { algorithm } = attributes;
  const { limits } = state.device;
  try {
    const { steps } = withoutGradients(() => {
      const [x, w, g] = [attributes.x, attributes.w, attributes.y].map((shape, at) => stored(state, 'float32', shape, -1 - at)) as [
        Node,
        Node,
        Node,
      ];
      const faces = [conv('y', x, w, attributes), conv('x', g, w, attributes), conv('w', x, g, attributes)];
      return lower(collect(faces), limits);
    });
    const [bytes, flop] = [steps.reduce((sum, step) => sum + step.bytes, 0), steps.reduce((sum, step) => sum + step.flop, 0)];
    const rate = limits.isSoftware ? rates.software : rates.hardware;
    const milliseconds = steps.length / rate.dispatches + bytes / rate.bytes + flop / rate.flop;
    return { algorithm, dispatches: steps.length, bytes, flop, milliseconds, refusal: null };
  } catch (error) {
    if (!(error instanceof Error) || error.name === 'Interrupted') throw error;
    return { algorithm, dispatches: 0, bytes: 0, flop: 0, milliseconds: Infinity, refusal: error.message };
  }
}

/** The algorithm that 'auto' stands for: the same for all three faces, so that they share what they can. */
export function choose(attributes: ConvAttributes, state: GraphState, conv: Face): AlgorithmCost['algorithm'] {
  // Of an empty batch there is nothing to transform.
  if (sizeOf(attributes.x) === 0) return 'direct';
  return costsOf(attributes, state, conv)[0]?.algorithm ?? 'direct';
}
