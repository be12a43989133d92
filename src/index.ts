/** Parseval: tensors, transforms, convolutions and their gradients, on WebGPU or in float64 on the cpu. */

import './devices/once.js';
import { openNodeDevice } from './devices/node/node.js';
import { registerDevice } from './tensor/devices.js';
import { showReadingBy } from './data/progress.js';
import { bundleOfReport } from './display/gradcheck-display.js';
import { passingProgress } from './display/progress.js';
import { showProgressBy } from './gradcheck/pace.js';
import { showReports } from './gradcheck/report-class.js';
import './display/tensor-display.js';

export { Tensor, type NestedArray } from './tensor/tensor.js';
export { type Operand, type ReduceOptions } from './tensor/recorded.js';
export { arange, complex, eye, full, linspace, ones, randn, seed, tensor, uniform, zeros } from './tensor/create.js';
export type { CreateOptions, RandomOptions, Values } from './tensor/create.js';
export * from './tensor/functions.js';
export { customOp, grad, valueAndGrad, type CustomOperation, type GradOptions } from './tensor/gradients.js';
export { devices, setDevice, type DeviceInfo, type DeviceName } from './tensor/devices.js';
export { detectAnomaly } from './tensor/anomaly.js';
export { memory, sync, type MemoryInfo, type SyncOptions } from './tensor/step.js';
export type { DType, TypedArray } from './devices/dtype.js';
export * as fft from './fft/fft.js';
export * as signal from './fft/signal/index.js';
export * as nn from './nn/index.js';
export type { ConvOptions, ConvTransposeOptions, Size } from './nn/conv.js';
export { explain, type AlgorithmCost, type ConvolutionExplanation, type DispatchExplanation, type Explanation } from './nn/explain.js';
export type { PoolOptions } from './nn/pooling.js';
export * as optim from './nn/optim.js';
export { train } from './train/train.js';
export type { Epoch, Means, Terms, Training, TrainOptions } from './train/options.js';
export { gradcheck } from './gradcheck/gradcheck.js';
export type { GradcheckOptions } from './gradcheck/options.js';
export type { CheckedElement, Diagnosis, GradcheckReport, InputReport, StepCurve } from './gradcheck/report.js';
export { audio, type AudioTensor } from './data/audio.js';
export { image } from './data/image.js';
export * as data from './data/index.js';
export * as show from './display/show.js';
export { DISPLAY, emit, emitUpdate, setOutputSink, type MimeBundle, type OutputSink } from './display/sink.js';
export { display, type DisplayHandle } from './display/display.js';
export { progress, type ProgressHandle, type ProgressOptions } from './display/progress.js';
/** @internal */
export * as host from './display/host.js';
/** @internal */
export { measureConvolutions } from './nn/conv-measure.js';

registerDevice('node', () => openNodeDevice());
showReports(bundleOfReport);
for (const show of [showProgressBy, showReadingBy]) {
  show((label) => {
    const bar = passingProgress(100, label);
    return { update: (done) => bar.update(Math.floor(100 * done)), end: (finished) => (finished ? bar.done() : bar[Symbol.dispose]()) };
  });
}
