// Transforms of whole planes, as software and as GPUs run them: in one dispatch where the period fits, and always what float64 says.

import { expect } from 'chai';
import { openDawn } from '../../../src/devices/node/adapter.js';
import { createWebGpuDevice } from '../../../src/devices/webgpu/executor.js';
import { planesFrom, spectraOf } from '../../../src/fft/planes.js';
import { flush } from '../../../src/graph/flush.js';
import { graphOf, type GraphState, type Node } from '../../../src/graph/node.js';
import { stateOf, upload } from '../../../src/tensor/devices.js';
import { readNode } from '../../../src/tensor/tensor.js';
import { numbers } from '../../devices.js';
import { relativeError } from '../../reference/cases.js';

type Pair = readonly [number, number];

/** Period, offsets and extents of the planes, and the dispatches of a transform. */
const cases: readonly (readonly [string, Pair, Pair, Pair, number])[] = [
  ['the period is the plane', [8, 8], [0, 0], [8, 8], 1],
  ['zeros all around, columns in one stage', [12, 16], [3, 5], [6, 8], 1],
  ['columns in two stages, of which the first meets rows of zeros only', [32, 32], [0, 0], [3, 5], 1],
  ['columns in two stages, an odd first column', [30, 20], [7, 1], [22, 19], 1],
  ['columns in three stages', [250, 8], [10, 0], [200, 7], 1],
  ['rows too long for registers', [16, 64], [2, 3], [11, 50], 2],
];

describe('transforms of planes', function () {
  this.timeout(120_000);
  for (const [adapter, description] of [
    ['in software', undefined],
    ['as on a GPU with default limits', 'not software'],
    ['in software that clears workgroup memory by code', 'counts as SwiftShader'],
  ] as const) {
    describe(adapter, () => {
      let state: GraphState;
      before(async () => {
        const opened = await openDawn(description === undefined ? {} : { limits: 'default' });
        state = graphOf(createWebGpuDevice(opened.gpu, { name: 'node', description: description ?? opened.description }));
      });
      after(() => {
        state.device.destroy();
      });

      /** What f makes of values on the device, in float64, and the dispatches that it took there. */
      async function compare(
        shape: readonly number[],
        isReal: boolean,
        f: (x: Node) => Node,
      ): Promise<{ error: number; dispatches: number }> {
        const size = shape.reduce((product, extent) => product * extent, isReal ? 1 : 2);
        const values = numbers(size, size).map(Math.fround);
        const y = f(upload(state, isReal ? 'float32' : 'complex64', shape, Float32Array.from(values)));
        const before = state.device.stats().dispatches;
        flush(state, [y]);
        const got = await readNode(y);
        const dispatches = state.device.stats().dispatches - before;
        const z = f(upload(stateOf('cpu'), isReal ? 'float64' : 'complex128', shape, values));
        flush(z.state, [z]);
        return { error: relativeError(got, await readNode(z)), dispatches };
      }

      for (const [name, n, offsets, extents, dispatches] of cases) {
        it(`${name}: ${n.join(' × ')}`, async () => {
          const there = await compare([5, 3, ...extents], true, (x) => spectraOf(x, { n, offsets }));
          expect(there.error, 'spectra').to.be.at.most(3e-7);
          const back = await compare([11, n[0], n[1] / 2 + 1], false, (half) => planesFrom(half, { n, offsets }, extents));
          expect(back.error, 'planes').to.be.at.most(3e-7);
          expect([there.dispatches, back.dispatches]).to.deep.equal([dispatches, dispatches]);
        });
      }
    });
  }
});
