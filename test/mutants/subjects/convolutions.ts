// Convolutions: no two extents alike, more than one sample, channel and filter, so that nothing that is swapped or left out stays unseen.

import { memoryBudget } from '../../../src/graph/flush.js';
import * as pv from '../../../src/index.js';
import { normal, type MakeSubject } from './subject.js';

const F = pv.nn.functional;

interface Shapes {
  readonly x?: readonly number[];
  readonly w?: readonly number[];
  readonly bias?: boolean;
}

function conv(options: pv.ConvOptions, { x = [2, 3, 7, 10], w = [4, 3, 3, 2], bias = false }: Shapes = {}): MakeSubject {
  return (seed) => {
    const inputs = { x: normal(x, seed), w: normal(w, seed, 1) };
    return bias
      ? { f: (a, b, c) => F.conv2d(a, b, c, options), inputs: { ...inputs, b: normal([w[0] as number], seed, 2) } }
      : { f: (a, b) => F.conv2d(a, b, null, options), inputs };
  };
}

/** The same with a small memory budget, so that it is computed in pieces; the process is for this check alone. */
function inPieces(bytes: number, make: MakeSubject): MakeSubject {
  return (seed, size) => {
    memoryBudget.bytes = bytes;
    return make(seed, size);
  };
}

const grouped: Shapes = { x: [2, 6, 6, 8], w: [6, 2, 3, 2] };

/** Convolutions by name. */
export const convolutions = {
  'conv fft': conv({ algorithm: 'fft', padding: [2, 1] }),
  'conv fft strided': conv({ algorithm: 'fft', padding: [1, 1], stride: [2, 1] }),
  'conv fft dilated': conv({ algorithm: 'fft', padding: [1, 2], dilation: [2, 1] }),
  'conv fft grouped': conv({ algorithm: 'fft', padding: [1, 1], groups: 3 }, grouped),
  'conv fft same': conv({ algorithm: 'fft', padding: 'same' }, { w: [4, 3, 4, 2] }),
  'conv fft large': conv({ algorithm: 'fft', padding: [2, 2] }, { x: [1, 2, 128, 128], w: [2, 2, 5, 5] }),
  'conv fft in pieces': inPieces(40_000, conv({ algorithm: 'fft', padding: [2, 1] }, { x: [3, 3, 7, 10], w: [4, 3, 3, 2] })),
  'conv tiles': conv({ algorithm: 'fft-tiled', padding: [1, 0] }, { x: [2, 2, 14, 17], w: [3, 2, 3, 2] }),
  'conv direct': conv({ algorithm: 'direct', padding: [2, 1] }),
  'conv direct strided': conv({ algorithm: 'direct', padding: [1, 2], stride: [3, 2] }, { x: [2, 3, 9, 10], w: [4, 3, 4, 3] }),
  'conv direct steps': conv(
    { algorithm: 'direct', padding: [1, 2], stride: [2, 1], dilation: [1, 2] },
    { x: [2, 3, 9, 10], w: [4, 3, 3, 2] },
  ),
  'conv im2col': conv({ algorithm: 'im2col', padding: [1, 2], dilation: [2, 1] }),
  'conv strided': conv({ padding: [1, 2], stride: [2, 1], dilation: [1, 2] }, { x: [2, 3, 9, 10], w: [4, 3, 3, 2], bias: true }),
  'conv square': conv({ padding: [1, 0] }, { x: [3, 3, 5, 6], w: [3, 3, 3, 1] }),
} satisfies Record<string, MakeSubject>;
