// TensorFlow.js on WebGPU. Its kernels want channels last: [batch, height, width, channels] and [k, k, in, out]; inputs and results are
// turned outside of what is timed.

import type * as TF from '@tensorflow/tfjs';
import type { Adapter, Program } from '../adapter.js';
import type { Conv, Input, Shape4, Train, Values, Workload } from '../workload.js';
import { interleaved, parts } from './complex.js';
import { provideNavigatorGpu } from './dawn.js';

type Tf = typeof TF;

/** Its backend, as far as it is needed to wait for the end of what was submitted. */
interface Backend {
  readonly device: GPUDevice;
  readonly queue: GPUQueue;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/** Opens the first adapter. */
export async function open(): Promise<Adapter> {
  await provideNavigatorGpu();
  const tf = await import('@tensorflow/tfjs');
  await import('@tensorflow/tfjs-backend-webgpu');
  if (!(await tf.setBackend('webgpu'))) throw new Error('TF.js found no WebGPU adapter');
  await tf.ready();
  const backend = tf.backend() as unknown as Backend;
  const finished = async (): Promise<void> => {
    // Commands gather in an encoder; there is none when a kernel has just filled it.
    backend.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    backend.submitQueue();
    await backend.queue.onSubmittedWorkDone();
  };
  return {
    prepare: (workload, inputs) => Promise.resolve(prepare(tf, finished, workload, inputs)),
    close: () => backend.device.destroy(),
  };
}

function prepare(tf: Tf, finished: () => Promise<void>, workload: Workload, inputs: readonly Input[]): Program {
  switch (workload.kind) {
    case 'fft': {
      const [re, im] = parts(inputs[0]!.values);
      const shape = [workload.batch, workload.n];
      const x = tf.complex(tf.tensor(re, shape), tf.tensor(im, shape));
      return repeated(tf, finished, [x], () => [tf.spectral.fft(x)]);
    }
    case 'conv':
      return conv(tf, finished, workload, inputs);
    case 'train':
      return train(tf, finished, workload, inputs);
    case 'rfft2':
    case 'chain':
    case 'copy':
      throw new Error(`TF.js is not asked for ${workload.kind}`);
  }
}

/** Runs a function again and again; the tensors of the last run are kept for `result`. */
function repeated(tf: Tf, finished: () => Promise<void>, inputs: TF.Tensor[], compute: () => TF.Tensor[]): Program {
  let results: TF.Tensor[] = [];
  return {
    async run() {
      tf.dispose(results);
      results = tf.tidy(compute);
      await finished();
    },
    result: () => Promise.all(results.map((tensor) => valuesOf(tf, tensor))),
    dispose: () => tf.dispose([...results, ...inputs]),
  };
}

async function valuesOf(tf: Tf, tensor: TF.Tensor): Promise<Values> {
  if (tensor.dtype !== 'complex64') return (await tensor.data()) as Float32Array;
  const planes = [tf.real(tensor), tf.imag(tensor)];
  const [re, im] = await Promise.all(planes.map((plane) => plane.data()));
  return interleaved(re!, im!);
}

/** Axes of images and weights from channels first to channels last, and back. */
const layout = { images: [0, 2, 3, 1], weight: [2, 3, 1, 0], imagesBack: [0, 3, 1, 2], weightBack: [3, 2, 0, 1] };

function turned(tf: Tf, { values, shape }: Input, axes: number[]): TF.Tensor4D {
  return tf.tidy(() => tf.transpose(tf.tensor4d(values, [...(shape as Shape4)], 'float32'), axes));
}

function conv(tf: Tf, finished: () => Promise<void>, { padding }: Conv, [x, w, g]: readonly Input[]): Program {
  const inputs = [turned(tf, x!, layout.images), turned(tf, w!, layout.weight), turned(tf, g!, layout.images)] as const;
  const [images, weight, upstream] = inputs;
  const layer = tf.valueAndGrads((x, w) => tf.conv2d(x as TF.Tensor4D, w as TF.Tensor4D, 1, padding === 0 ? 'valid' : 'same'));
  const program = repeated(tf, finished, [...inputs], () => {
    const { value, grads } = layer([images, weight], upstream);
    return [value, grads[1]!, grads[0]!];
  });
  // Turned back only when they are asked for.
  const back = (values: Values, shape: readonly number[], axes: number[]): Promise<Values> => {
    const result = tf.tidy(() => tf.transpose(tf.tensor(values, [...shape]), axes));
    return result.data().finally(() => result.dispose()) as Promise<Float32Array>;
  };
  return {
    ...program,
    async result() {
      const [y, dw, dx] = await program.result();
      return Promise.all([
        back(y!, upstream.shape, layout.imagesBack),
        back(dw!, weight.shape, layout.weightBack),
        back(dx!, images.shape, layout.imagesBack),
      ]);
    },
  };
}

function train(
  tf: Tf,
  finished: () => Promise<void>,
  { learningRate, features }: Train,
  [images, labels, ...layers]: readonly Input[],
): Program {
  const x = turned(tf, images!, layout.images);
  const t = tf.oneHot(tf.tensor1d(labels!.values, 'int32'), features[2]);
  const parameters = layers.map((input, i) => {
    if (input.shape.length === 4) return tf.variable(turned(tf, input, layout.weight));
    if (i !== 6)
      return tf.variable(input.shape.length === 2 ? tf.tensor(input.values, [...input.shape]).transpose() : tf.tensor(input.values));
    return tf.variable(afterFlatten(tf, input, layers[4]!.shape[0]!));
  });
  const [w1, b1, w2, b2, w3, b3, w4, b4, w5, b5, w6, b6] = parameters;
  const layer = (x: TF.Tensor4D, w: TF.Variable, b: TF.Variable): TF.Tensor4D =>
    tf.relu(tf.add(tf.conv2d(x, w as TF.Tensor4D, 1, 'same'), b));
  const dense = (x: TF.Tensor, w: TF.Variable, b: TF.Variable): TF.Tensor => tf.add(tf.matMul(x, w), b);
  const lossOf = (): TF.Scalar => {
    const a = tf.maxPool(layer(x, w1!, b1!), 2, 2, 'valid');
    const b = layer(layer(a, w2!, b2!), w3!, b3!).reshape([images!.shape[0]!, -1]);
    const logits = dense(tf.relu(dense(tf.relu(dense(b, w4!, b4!)), w5!, b5!)), w6!, b6!);
    return tf.losses.softmaxCrossEntropy(t, logits);
  };
  const optimizer = tf.train.sgd(learningRate);
  const losses: number[] = [];
  let loss: TF.Scalar | null = null;
  return {
    async run() {
      loss = optimizer.minimize(lossOf, true);
      await finished();
    },
    async afterRun() {
      losses.push(...((await loss?.data()) ?? []));
      loss?.dispose();
    },
    result: () => Promise.resolve([Float64Array.from(losses)]),
    dispose: () => tf.dispose([x, t, ...parameters]),
  };
}

/** A dense weight [out, channels·height·width] for features that are flattened channels last: [height·width·channels, out]. */
function afterFlatten(tf: Tf, { values, shape }: Input, channels: number): TF.Tensor {
  const [out, flat] = shape as [number, number];
  const side = Math.sqrt(flat / channels);
  return tf.tidy(() => tf.tensor(values, [out, channels, side, side]).transpose([2, 3, 1, 0]).reshape([flat, out]));
}
