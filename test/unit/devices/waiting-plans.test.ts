// Plans that wait for others: their kernels are compiled meanwhile, once, and run in the order in which they were asked for.

import { expect } from 'chai';
import { openDawn } from '../../../src/devices/node/adapter.js';
import { createWebGpuDevice } from '../../../src/devices/webgpu/executor.js';
import { flush } from '../../../src/graph/flush.js';
import { graphOf, type Node } from '../../../src/graph/node.js';
import { upload } from '../../../src/tensor/devices.js';
import { abs, exp } from '../../../src/tensor/operations/elementwise/index.js';
import { readNode } from '../../../src/tensor/tensor.js';
import { compilingBriefly } from '../../devices.js';

describe('plans that wait', () => {
  it('are compiled beside what they wait for, and not once more when it is their turn or they run again', async () => {
    const { gpu } = await compilingBriefly(() => openDawn());
    const compiled: string[] = [];
    const compile = gpu.createComputePipelineAsync.bind(gpu);
    gpu.createComputePipelineAsync = (descriptor) => {
      compiled.push(descriptor.label ?? '');
      return compile(descriptor);
    };
    // As in a browser: nothing dispatches kernels ahead of their turn.
    const device = createWebGpuDevice(gpu, { name: 'node', description: 'an adapter' });
    try {
      const state = graphOf(device);
      const x = upload(state, 'float32', [4], Float32Array.of(-1, 0, 1, 2));
      const run = (node: Node): Node => {
        flush(state, [node]);
        return node;
      };
      const [first, second] = [run(abs(x)), run(exp(x))];
      expect(compiled).to.deep.equal(['abs [4]', 'exp [4]']);
      const again = run(exp(x));
      for (const [node, f] of [
        [first, Math.abs],
        [second, Math.exp],
        [again, Math.exp],
      ] as const) {
        const values = Array.from(await readNode(node));
        [-1, 0, 1, 2].forEach((value, i) => expect(values[i]).to.be.closeTo(f(value), 1e-6));
      }
      expect(compiled).to.have.lengthOf(2);
    } finally {
      device.destroy();
    }
  });
});
