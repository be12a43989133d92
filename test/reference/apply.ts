// Runs a reference case through the public API.

import * as pv from '../../src/index.js';
import { relativeError, type CaseTensor, type ReferenceCase } from './cases.js';

type Args = Readonly<Record<string, unknown>>;
type Apply = (args: Args, inputs: readonly pv.Tensor[]) => pv.Tensor | { readonly y: pv.Tensor; readonly f: pv.Tensor };

const F = pv.nn.functional;
const unary = ['exp', 'log', 'sqrt', 'square', 'abs', 'neg', 'reciprocal', 'sin', 'cos', 'conj', 'real', 'imag', 'angle'] as const;
const activations = ['relu', 'sigmoid', 'tanh', 'silu', 'gelu', 'softplus'] as const;
const binary = ['add', 'sub', 'mul', 'div', 'maximum', 'matmul'] as const;
const transforms = ['fft', 'ifft', 'rfft', 'irfft'] as const;
const transformsN = ['fft2', 'ifft2', 'rfft2', 'irfft2', 'fftn', 'ifftn', 'rfftn', 'irfftn', 'fftshift', 'ifftshift'] as const;

const operations = new Map<string, Apply>();
for (const name of unary) operations.set(name, (_, [x]) => x![name]());
for (const name of activations) operations.set(name, (_, [x]) => F[name](x!));
for (const name of binary) operations.set(name, (_, [a, b]) => a![name](b!));
for (const name of transforms) operations.set(name, (args, [x]) => pv.fft[name](x!, args));
for (const name of transformsN) operations.set(name, (args, [x]) => pv.fft[name](x!, args));
for (const name of ['sum', 'mean', 'max'] as const) operations.set(name, (args, [x]) => x![name](args));
for (const name of ['conv2d', 'conv1d', 'convTranspose2d'] as const) {
  operations.set(name, (args, [x, weight, bias]) => F[name](x!, weight!, bias, args));
}
for (const name of ['maxPool2d', 'avgPool2d'] as const) {
  operations.set(name, (args, [x]) => F[name](x!, args as unknown as Parameters<typeof F.maxPool2d>[1]));
}
for (const name of ['softmax', 'logSoftmax'] as const) operations.set(name, (args, [x]) => F[name](x!, args));
operations.set('linear', (_, [x, weight, bias]) => F.linear(x!, weight!, bias));
operations.set('crossEntropy', (_, [x, labels]) => F.crossEntropy(x!, labels!));
operations.set('mseLoss', (_, [x, target]) => F.mseLoss(x!, target!));
operations.set('pad', ({ padding, mode }, [x]) => x!.pad(padding as [number, number][], { mode: mode as 'constant' }));
operations.set('transpose', ({ axes }, [x]) => x!.transpose(axes as number[]));
operations.set('slice', ({ begin, end }, [x]) => x!.slice(begin as number[], end as number[]));
operations.set('concat', (args, inputs) => pv.concat(inputs, args));
operations.set('flip', ({ axis }, [x]) => x!.flip(axis as number[]));
operations.set('roll', ({ shift, axis }, [x]) => x!.roll(shift as number[], axis as number[]));
operations.set('fftfreq', ({ n, d }) => pv.fft.fftfreq(n as number, { d: d as number }));
operations.set('rfftfreq', ({ n, d }) => pv.fft.rfftfreq(n as number, { d: d as number }));
operations.set('batchNorm2d', ({ runningMean, runningVar, ...rest }, [x, weight, bias]) =>
  F.batchNorm2d(x!, {
    weight: weight!,
    bias: bias!,
    runningMean: pv.tensor(runningMean as number[]),
    runningVar: pv.tensor(runningVar as number[]),
    ...rest,
  }),
);
for (const name of ['convolve', 'correlate', 'fftconvolve', 'oaconvolve'] as const) {
  operations.set(name, (args, [a, b]) => pv.signal[name](a!, b!, args));
}
for (const name of ['periodogram', 'welch'] as const) {
  operations.set(name, (args, [x]) => {
    const { frequency, power } = pv.signal[name](x!, args);
    return { y: power, f: frequency };
  });
}
operations.set('getWindow', ({ window, n, periodic }) =>
  pv.signal.getWindow(window as pv.signal.WindowOption, n as number, { periodic: periodic as boolean }),
);
operations.set('stft', (args, [x]) => pv.signal.stft(x!, args as unknown as pv.signal.StftOptions));
operations.set('istft', (args, [x]) => pv.signal.istft(x!, args as unknown as pv.signal.IstftOptions));

/** A layer with these parameters in place of its initial ones. */
function given<L extends pv.nn.Module>(layer: L, parameters: Readonly<Record<string, pv.Tensor | undefined>>): L {
  return Object.assign(layer, parameters);
}
operations.set('fourierOperator', ({ modes }, [x, weightPositive, weightNegative]) => {
  const [from, to] = weightPositive!.shape as readonly [number, number];
  return given(new pv.nn.FourierOperatorConv2d(from, to, modes as number[]), { weightPositive, weightNegative }).forward(x!);
});
operations.set('globalFilter', (_, [x, weight]) =>
  given(new pv.nn.GlobalFilter2d(weight!.shape[0] as number, x!.shape.slice(2)), { weight }).forward(x!),
);
operations.set('spectralPool2d', ({ size }, [x]) => F.spectralPool2d(x!, size as number[]));
operations.set('smoothSpectralConv', (args, [x, weight, logSize]) => {
  const [to, from, ...size] = weight!.shape as readonly [number, number, number, number];
  const layer = new pv.nn.SmoothSpectralConv2d(from, to, size, { ...args, bias: false });
  given(layer.scales[0]!, { weight, ...(logSize === undefined ? {} : { logSize }) });
  return layer.forward(x!);
});
operations.set('spectralConv', ({ kernelSize, padding }, [x, weight, bias]) => {
  const [to, from] = weight!.shape as readonly [number, number];
  return given(new pv.nn.SpectralConv2d(from, to, kernelSize as number, { padding: padding as number }), { weight, bias }).forward(x!);
});

/** The largest relative error of a case's value and gradients, and where it was. */
export interface CaseResult {
  readonly error: number;
  readonly where: string;
}

function make({ shape, values, kind }: CaseTensor, requiresGrad: boolean): pv.Tensor {
  if (kind === 'integer') return pv.tensor(values, { shape, dtype: 'int32' });
  const double = pv.memory().device === 'cpu';
  const dtype = kind === 'complex' ? (double ? 'complex128' : 'complex64') : double ? 'float64' : 'float32';
  return pv.tensor(values, { shape, dtype, requiresGrad });
}

/** Runs a case on the current device, with arguments added, and compares the value and every gradient. */
export async function runCase({ op, args, inputs, outputs }: ReferenceCase, extra: Args = {}): Promise<CaseResult> {
  const apply = operations.get(op);
  if (apply === undefined) throw new Error(`no test knows the operation ${op}`);
  const names = [...inputs.keys()].filter((name) => name !== 'g');
  const tensors = names.map((name) => make(inputs.get(name)!, inputs.get(name)!.kind !== 'integer'));
  const result = apply({ ...args, ...extra }, tensors);
  const { y, f = null } = result instanceof pv.Tensor ? { y: result } : result;
  let worst: CaseResult = { error: 0, where: 'y' };
  const compare = async (where: string, got: pv.Tensor | null): Promise<void> => {
    const expected = outputs.get(where)!;
    const sameShape = got !== null && got.shape.join() === expected.shape.join();
    const error = sameShape ? relativeError(await got.data(), expected.values) : Infinity;
    if (!(error <= worst.error))
      worst = { error, where: sameShape ? where : `${where}: shape [${got?.shape.join(', ')}] instead of [${expected.shape.join(', ')}]` };
  };
  const g = inputs.get('g');
  if (g !== undefined) y.backward(make(g, false));
  await compare('y', y);
  if (f !== null) await compare('f', f);
  for (const [i, name] of names.entries()) if (outputs.has(`d${name}`)) await compare(`d${name}`, tensors[i]!.grad);
  for (const t of [y, ...tensors]) t.dispose();
  return worst;
}
