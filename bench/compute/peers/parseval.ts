// Parseval itself, by its public interface.

import { setTimeout as delay } from 'node:timers/promises';
import * as pv from '../../../src/index.js';
import { measureConvolutions } from '../../../src/nn/conv-measure.js';
import { currentState } from '../../../src/tensor/devices.js';
import type { Adapter, Program } from '../adapter.js';
import type { Chain, Conv, Input, Train, Values, Workload } from '../workload.js';

const F = pv.nn.functional;

/** Opens a device: 'node' is WebGPU, 'cpu' the float64 reference. */
export async function open(device: 'node' | 'cpu'): Promise<Adapter> {
  await pv.setDevice(device);
  return {
    prepare: (workload, inputs) => Promise.resolve(prepare(workload, inputs)),
    counters: () => pv.memory(),
    close: () => currentState().device.destroy(),
  };
}

function prepare(workload: Workload, inputs: readonly Input[]): Program {
  if (workload.kind !== 'conv') endMeasuring();
  switch (workload.kind) {
    case 'fft':
      return repeated(inputs.map(complex), ([x]) => pv.fft.fft(x!).keep());
    case 'rfft2':
      return repeated(inputs.map(real), ([x]) => pv.fft.rfft2(x!).keep());
    case 'conv':
      return conv(workload, inputs.map(real));
    case 'chain':
      return chain(workload, inputs.map(real));
    case 'train':
      return train(workload, inputs);
    case 'copy':
      throw new Error('Parseval: copying is no workload of ours');
  }
}

const real = ({ values, shape }: Input): pv.Tensor => pv.tensor(values, { shape });
const complex = ({ values, shape }: Input): pv.Tensor =>
  pv.tensor(values, { shape, dtype: pv.memory().device === 'cpu' ? 'complex128' : 'complex64' });

/** Resolves when the device is done. */
const finished = (): Promise<void> => pv.sync({ collect: false });

/** A program that computes tensors from inputs; those of one run are freed when the next one has been recorded. */
function repeated(inputs: readonly pv.Tensor[], compute: (inputs: readonly pv.Tensor[]) => pv.Tensor | readonly pv.Tensor[]): Program {
  let results: readonly pv.Tensor[] = [];
  const free = (): void => results.forEach((tensor) => tensor.dispose());
  return {
    async run() {
      free();
      const made = compute(inputs);
      results = made instanceof pv.Tensor ? [made] : made;
      await finished();
    },
    result: () => Promise.all(results.map(async (tensor) => (await tensor.data()) as Values)),
    dispose() {
      free();
      inputs.forEach((tensor) => tensor.dispose());
    },
  };
}

function conv({ padding, algorithm }: Conv, inputs: readonly pv.Tensor[]): Program {
  const [x, w, g] = inputs as readonly [pv.Tensor, pv.Tensor, pv.Tensor];
  const forward = (): pv.Tensor => F.conv2d(x, w, undefined, { padding, algorithm });
  const program = repeated(inputs, () => {
    return withGradients([w, x], () => {
      const y = forward();
      return { y, backward: () => y.backward(g) };
    });
  });
  if ((algorithm ?? 'auto') !== 'auto' || pv.memory().device === 'cpu') return program;
  endMeasuring = measureConvolutions({ store: { find: () => null, put: () => undefined }, pause: () => delay(20) });
  let isMeasured = false;
  return {
    ...program,
    async afterRun() {
      if (!isMeasured) await measured(forward);
      isMeasured = true;
    },
  };
}

/** A choice is measured after the first run, as in a notebook; in other rows nothing is measured while peers run. */
let endMeasuring: () => void = () => undefined;

/** Resolves when nothing is left to be measured for a convolution. */
async function measured(forward: () => pv.Tensor): Promise<void> {
  using y = forward();
  while (/will be measured|being measured/.test(pv.explain(y).convolutions[0]?.why ?? '')) await delay(50);
}

function chain({ steps, gradient }: Chain, inputs: readonly pv.Tensor[]): Program {
  return repeated(inputs, ([x, row, column]) => {
    const named = { x: x!, row: row!, column: column! };
    const forward = (): pv.Tensor =>
      steps.reduce((y, step) => {
        if (step.operand === undefined) return y[step.name]();
        return y[step.name](typeof step.operand === 'number' ? step.operand : named[step.operand]);
      }, x!);
    if (!gradient) return pv.tidy(() => forward().keep());
    return withGradients([x!, row!, column!], () => {
      const y = pv.tidy(forward);
      return { y, backward: () => y.sum().backward() };
    });
  });
}

/** y and the gradients, computed together: a backward pass leaves its gradients to be computed with whatever is computed next. */
function withGradients(leaves: readonly pv.Tensor[], record: () => { y: pv.Tensor; backward: () => void }): pv.Tensor[] {
  for (const leaf of leaves) {
    leaf.requiresGrad = true;
    leaf.grad = null;
  }
  const { y, backward } = record();
  backward();
  y.keep();
  return [y, ...leaves.map(({ grad }) => grad!)];
}

function train({ learningRate, kernel }: Train, [images, labels, ...layers]: readonly Input[]): Program {
  const x = real(images!);
  const t = pv.tensor(labels!.values);
  const parameters = layers.map(({ values, shape }) => pv.tensor(values, { shape, requiresGrad: true }));
  const [w1, b1, w2, b2, w3, b3, w4, b4, w5, b5, w6, b6] = parameters;
  const optimizer = new pv.optim.SGD(parameters, { lr: learningRate });
  const same = { padding: (kernel - 1) / 2 };
  const losses: number[] = [];
  let loss: pv.Tensor | undefined;
  return {
    async run() {
      optimizer.zeroGrad();
      loss = pv.tidy(() => {
        const a = F.maxPool2d(F.relu(F.conv2d(x, w1!, b1, same)), { kernelSize: 2 });
        const b = F.relu(F.conv2d(F.relu(F.conv2d(a, w2!, b2, same)), w3!, b3, same)).reshape([x.shape[0]!, -1]);
        const logits = F.linear(F.relu(F.linear(F.relu(F.linear(b, w4!, b4)), w5!, b5)), w6!, b6);
        const mean = F.crossEntropy(logits, t);
        mean.backward();
        return mean;
      });
      await optimizer.step();
      await finished();
    },
    async afterRun() {
      if (loss !== undefined) losses.push(await loss.item());
      loss?.dispose();
    },
    result: () => Promise.resolve([Float64Array.from(losses)]),
    dispose: () => [x, t, ...parameters].forEach((tensor) => tensor.dispose()),
  };
}
