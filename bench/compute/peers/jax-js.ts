// jax-js on WebGPU. Each workload is one jitted function, which is how it is fastest. Arrays are counted by hand: whoever takes one owns it, `.ref` keeps
// another one.

import { blockUntilReady, defaultDevice, getWebGPUDevice, init, jit, lax, nn, numpy as np, valueAndGrad, vjp } from '@jax-js/jax';
import type { Adapter, Program } from '../adapter.js';
import type { Chain, Conv, Input, Train, Workload } from '../workload.js';
import { interleaved, parts } from './complex.js';
import { provideNavigatorGpu } from './dawn.js';

/** Opens the first adapter; from then on arrays live there. */
export async function open(): Promise<Adapter> {
  await provideNavigatorGpu();
  if (!(await init('webgpu')).includes('webgpu')) throw new Error('jax-js found no WebGPU adapter');
  defaultDevice('webgpu');
  return { prepare: (workload, inputs) => Promise.resolve(prepare(workload, inputs)), close: () => getWebGPUDevice().destroy() };
}

function prepare(workload: Workload, inputs: readonly Input[]): Program {
  switch (workload.kind) {
    case 'fft':
    case 'rfft2':
      return transform(workload.kind, inputs[0]!);
    case 'conv':
      return repeated(inputs.map(array), conv(workload));
    case 'chain':
      return repeated(inputs.map(array), chain(workload));
    case 'train':
      return train(workload, inputs);
    case 'copy':
      throw new Error('jax-js: copying is no workload of a peer');
  }
}

function array({ values, shape }: Input): np.Array {
  return np.array(values).reshape([...shape]);
}

/** Runs a function again and again; the arrays of the last run are kept for `result`. */
function repeated(inputs: readonly np.Array[], f: (...inputs: np.Array[]) => np.Array[]): Program {
  let results: readonly np.Array[] = [];
  const free = (): void => results.forEach((result) => result.dispose());
  return {
    async run() {
      free();
      results = f(...inputs.map(({ ref }) => ref));
      await blockUntilReady(results);
    },
    result: () => Promise.all(results.map(valuesOf)),
    dispose() {
      free();
      inputs.forEach((input) => input.dispose());
    },
  };
}

async function valuesOf(x: np.Array): Promise<Float32Array> {
  return (await x.ref.data()) as Float32Array;
}

function transform(kind: 'fft' | 'rfft2', { values, shape }: Input): Program {
  const planes = kind === 'fft' ? parts(values) : [values];
  const inputs = planes.map((plane) => array({ values: plane, shape }));
  const f = jit((real: np.Array, imag?: np.Array) => {
    const y = imag === undefined ? np.fft.rfft2(real) : np.fft.fft({ real, imag });
    return [y.real, y.imag];
  });
  const program = repeated(inputs, f);
  return {
    ...program,
    async result() {
      const [re, im] = await program.result();
      return [interleaved(re!, im!)];
    },
  };
}

const padded = (padding: number): [number, number][] => [
  [padding, padding],
  [padding, padding],
];

function conv({ padding }: Conv): (...inputs: np.Array[]) => np.Array[] {
  return jit((x: np.Array, w: np.Array, g: np.Array) => {
    const [y, pullback] = vjp((x: np.Array, w: np.Array) => lax.convGeneralDilated(x, w, [1, 1], padded(padding)), [x, w]);
    const [dx, dw] = pullback(g);
    pullback.dispose();
    return [y, dw, dx];
  });
}

function chain({ steps, gradient }: Chain): (...inputs: np.Array[]) => np.Array[] {
  const binary = { add: np.add, sub: np.subtract, mul: np.multiply };
  const forward = (x: np.Array, row: np.Array, column: np.Array): np.Array => {
    const named = { x, row, column };
    const y = steps.reduce<np.Array>((y, step) => {
      if (step.operand === undefined) return np[step.name](y);
      return binary[step.name](y, typeof step.operand === 'number' ? step.operand : named[step.operand].ref);
    }, x.ref);
    for (const input of [x, row, column]) input.dispose();
    return y;
  };
  if (!gradient) return jit((x: np.Array, row: np.Array, column: np.Array) => [forward(x, row, column)]);
  return jit((x: np.Array, row: np.Array, column: np.Array) => {
    const [y, pullback] = vjp(forward, [x, row, column]);
    const gradients = pullback(np.onesLike(y.ref));
    pullback.dispose();
    return [y, ...gradients];
  });
}

function train({ learningRate, kernel, features }: Train, [images, labels, ...layers]: readonly Input[]): Program {
  const same = padded((kernel - 1) / 2);
  const batch = images!.shape[0]!;
  const layer = (x: np.Array, w: np.Array, b: np.Array): np.Array =>
    nn.relu(lax.convGeneralDilated(x, w, [1, 1], same).add(b.reshape([1, -1, 1, 1])));
  const dense = (x: np.Array, w: np.Array, b: np.Array): np.Array => np.matmul(x, np.transpose(w)).add(b);
  const lossOf = (parameters: np.Array[], x: np.Array, t: np.Array): np.Array => {
    const [w1, b1, w2, b2, w3, b3, w4, b4, w5, b5, w6, b6] = parameters as [np.Array, ...np.Array[]];
    const a = lax.reduceWindow(layer(x, w1, b1!), np.max, [2, 2], [2, 2]);
    const b = layer(layer(a, w2!, b2!), w3!, b3!).reshape([batch, -1]);
    const logits = dense(nn.relu(dense(nn.relu(dense(b, w4!, b4!)), w5!, b5!)), w6!, b6!);
    return nn
      .logSoftmax(logits)
      .mul(nn.oneHot(t, features[2]))
      .sum()
      .mul(-1 / batch);
  };
  const step = jit((parameters: np.Array[], x: np.Array, t: np.Array) => {
    const [loss, gradients] = valueAndGrad(lossOf)(
      parameters.map(({ ref }) => ref),
      x,
      t,
    );
    return [loss, ...parameters.map((parameter, i) => parameter.sub(gradients[i]!.mul(learningRate)))];
  });
  const x = array(images!);
  const t = array(labels!);
  let parameters = layers.map(array);
  let loss: np.Array | undefined;
  const losses: number[] = [];
  return {
    async run() {
      // Takes the old parameters, which frees them.
      [loss, ...parameters] = step(parameters, x.ref, t.ref);
      await blockUntilReady([loss, ...parameters]);
    },
    async afterRun() {
      if (loss !== undefined) losses.push((await loss.jsAsync()) as number);
    },
    result: () => Promise.resolve([Float64Array.from(losses)]),
    dispose: () => [x, t, ...parameters].forEach((array) => array.dispose()),
  };
}
