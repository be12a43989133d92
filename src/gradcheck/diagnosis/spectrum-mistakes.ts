// Half spectra whose bins are weighed wrongly.

import { float64Values, fromFloat64, type NdArray } from '../../devices/ndarray.js';
import type { Node } from '../../graph/node.js';
import type { FftTransform } from '../../graph/operation.js';
import type { Override } from '../evaluator.js';
import type { Label, Mistake } from './mistakes.js';

/** The axis of a node that is a half spectrum, or becomes one. */
function halvedAxis({ operation: { lowering }, attributes, shape }: Node): Pick<FftTransform, 'mode' | 'n' | 'axis'> | null {
  if (lowering.kind === 'fft') return lowering.transform(attributes);
  if (lowering.kind !== 'plane-fft') return null;
  const { mode, n } = lowering.transform(attributes);
  return { mode, n: n[1], axis: shape.length - 1 };
}

/** Weights of a half spectrum's bins: of those that are their own mirror image, and of all others. */
export function halfSpectrum(node: Node, label: Label): Mistake[] {
  const halved = halvedAxis(node);
  if (halved === null || halved.mode === 'c2c') return [];
  const { mode, n, axis } = halved;
  const weigh =
    (factor: (k: number) => number) =>
    (x: NdArray): NdArray => {
      const out = float64Values(x).slice();
      const inner = 2 * x.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
      for (let i = 0; i < out.length; i++) out[i]! *= factor(Math.floor(i / inner) % (x.shape[axis] as number));
      return fromFloat64(x.dtype, x.shape, out);
    };
  const own = (k: number): boolean => k === 0 || 2 * k === n;
  const of = label(node);
  const kinds: [string, (k: number) => number][] = [
    ['of all bins but DC and Nyquist', (k) => (own(k) ? 1 : 2)],
    ['of all bins but DC and Nyquist', (k) => (own(k) ? 1 : 0.5)],
    ['of all bins but DC and Nyquist inverted or', (k) => (own(k) ? 1 : 4)],
    ['of all bins but DC and Nyquist inverted or', (k) => (own(k) ? 1 : 0.25)],
    ['of DC and Nyquist', (k) => (own(k) ? 2 : 1)],
    ['of DC and Nyquist', (k) => (own(k) ? 0.5 : 1)],
    ['of DC', (k) => (k === 0 ? 2 : 1)],
    ['of DC', (k) => (k === 0 ? 0.5 : 1)],
  ];
  if (n % 2 === 0) for (const by of [2, 0.5]) kinds.push(['of Nyquist', (k) => (2 * k === n ? by : 1)]);
  return kinds.map(([which, factor]) => {
    const words = {
      name: `Hermitian weight ${which} wrong in ${of}`,
      change: 'In a half spectrum every bin stands for two, but DC and Nyquist, which are their own mirror images.',
    };
    const compute: Override =
      mode === 'c2r'
        ? (call, [x]) => node.operation.reference(call, [weigh(factor)(x!)])
        : (call, values) => weigh(factor)(node.operation.reference(call, values));
    return { node, compute, asMistake: words, asRepair: words };
  });
}
