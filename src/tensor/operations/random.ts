// Random numbers as a function of (seed, stream, position): the same bits on every device, whatever runs before.
// Threefry-2x32, 20 rounds (Salmon et al. 2011); the WGSL twin is shaders/random.wgsl.

import type { DType } from '../../devices/dtype.js';
import { fromFloat64 } from '../../devices/ndarray.js';
import { sizeOf, type Shape } from '../../devices/shape.js';
import { linearize, printIndex } from '../../graph/indexing.js';
import { Node, type GraphState } from '../../graph/node.js';
import type { Operation } from '../../graph/operation.js';

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/** The Threefry-2x32-20 block cipher: two key words, two counter words, two random words (unsigned). */
export function threefry(key0: number, key1: number, counter0: number, counter1: number): [number, number] {
  const keys = [key0 | 0, key1 | 0, key0 ^ key1 ^ 0x1bd11bda] as const;
  let x = (counter0 + keys[0]) | 0;
  let y = (counter1 + keys[1]) | 0;
  for (let group = 0; group < 5; group++) {
    for (let round = 0; round < 4; round++) {
      const by = rotations[(group % 2) * 4 + round] as number;
      x = (x + y) | 0;
      y = ((y << by) | (y >>> (32 - by))) ^ x;
    }
    x = (x + (keys[(group + 1) % 3] as number)) | 0;
    y = (y + (keys[(group + 2) % 3] as number) + group + 1) | 0;
  }
  return [x >>> 0, y >>> 0];
}

/** Kinds of random elements: uniform in [0, 1) with 24 bits, or standard normal by Box and Muller. */
export type Distribution = 'uniform' | 'normal';

function sample(distribution: Distribution, bits0: number, bits1: number): number {
  if (distribution === 'uniform') return (bits0 >>> 8) * 2 ** -24;
  const u = ((bits0 >>> 8) + 1) * 2 ** -24;
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * ((bits1 >>> 8) * 2 ** -24));
}

const randomOperation: Operation<{ readonly distribution: Distribution }> = {
  name: 'random',
  infer: () => ({ dtype: 'float32', shape: [] }),
  adjoint: () => [],
  jvp: () => null,
  reference: ({ dtype, shape, scalars, attributes: { distribution } }) => {
    const [seed = 0, stream = 0] = scalars;
    const out = new Float64Array(sizeOf(shape));
    for (let i = 0; i < out.length; i++) out[i] = sample(distribution, ...threefry(seed, stream, i, 0));
    return fromFloat64(dtype, shape, out);
  },
  lowering: {
    kind: 'indexed',
    cost: 80,
    emit: ({ index, scalar, declare }, { shape, attributes: { distribution } }) => {
      const position = printIndex(linearize(index, shape));
      const bits = declare('vec2<u32>', `threefry(vec2<u32>(${scalar(0, 'u32')}, ${scalar(1, 'u32')}), vec2<u32>(u32(${position}), 0u))`);
      return distribution === 'uniform' ? `unit(${bits}.x)` : `normal(${bits})`;
    },
  },
};

/** Random elements fixed by seed and stream (unsigned 32-bit numbers), which are run-time scalars. */
export function random(state: GraphState, dtype: DType, shape: Shape, distribution: Distribution, seed: number, stream: number): Node {
  return new Node(state, randomOperation, [], { distribution }, [seed >>> 0, stream >>> 0], { dtype, shape });
}
