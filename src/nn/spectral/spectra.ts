// Half spectra of real images, [batch, channels, height, width/2 + 1]: what the layers in the frequency domain share. The right half is the conjugate
// mirror image of the left one and is not stored. Columns that are their own mirror image (DC, and Nyquist where the width is even) are stored whole,
// so that half of their numbers say nothing new; irfft2 reads the part of them that is symmetric, and ignores the rest.

import { isComplex } from '../../devices/dtype.js';
import type { Shape } from '../../devices/shape.js';
import { transformNode, type Norm } from '../../fft/fft.js';
import type { Node } from '../../graph/node.js';
import { floating } from '../../tensor/arguments.js';
import { checkShape, show } from '../../tensor/checks.js';
import { add, conj } from '../../tensor/operations/elementwise/index.js';
import { concat } from '../../tensor/operations/join.js';
import { flip, pad, roll, sliceAxis } from '../../tensor/operations/views.js';
import { Tensor } from '../../tensor/tensor.js';
import type { Pair } from '../conv-operation.js';
import type { Cost } from '../cost.js';

/** Columns that a half spectrum stores of a width. */
export function halfWidth(width: number): number {
  return Math.floor(width / 2) + 1;
}

/** Height and width of images [batch, channels, height, width]. */
export function extentsOf(x: Node): Pair {
  return [x.shape[2] as number, x.shape[3] as number];
}

function describe(value: unknown): string {
  return value instanceof Tensor ? `${value.dtype} [${value.shape.join(', ')}]` : show(value);
}

/** Checks that x is real images of so many channels (null: of any number), and of a size if there is one. */
export function imagesOf(name: string, x: unknown, channels: number | null, size: Pair | null = null): Node {
  if (!(x instanceof Tensor) || x.shape.length !== 4)
    throw new TypeError(`${name}: x is ${describe(x)}, but must be a tensor [batch, channels, height, width]`);
  if (isComplex(x.dtype)) throw new TypeError(`${name}: x is ${x.dtype}, but must be real images; give it real(), imag() or abs()`);
  const given = `[${x.shape.join(', ')}]`;
  checkChannels(name, given, x.shape, channels);
  if (size !== null && (x.shape[2] !== size[0] || x.shape[3] !== size[1]))
    throw new Error(
      `${name}: x ${given} has images of ${x.shape[2]}×${x.shape[3]}, but the layer was made for ${size[0]}×${size[1]}; make one for this size, or resize the images`,
    );
  if ((x.shape[2] as number) < 1 || (x.shape[3] as number) < 1)
    throw new Error(`${name}: x ${given} has empty images; expected at least one row and one column`);
  return floating(x.node);
}

/** Checks that x is half spectra of images of this size. */
export function halfSpectraOf(name: string, x: unknown, channels: number | null, [height, width]: Pair): Node {
  const wanted = `[batch, ${channels ?? 'channels'}, ${height}, ${halfWidth(width)}]`;
  if (!(x instanceof Tensor) || !isComplex(x.dtype) || x.shape.length !== 4)
    throw new TypeError(
      `${name}: x is ${describe(x)}, but must be complex half spectra ${wanted}; transform images by rfft2, or by new pv.nn.FourierTransform2d()`,
    );
  const given = `[${x.shape.join(', ')}]`;
  checkChannels(name, given, x.shape, channels);
  if (x.shape[2] !== height || x.shape[3] !== halfWidth(width))
    throw new Error(`${name}: x ${given} is not a half spectrum of ${height}×${width} images; expected ${wanted}`);
  return x.node;
}

function checkChannels(name: string, given: string, shape: Shape, channels: number | null): void {
  if (channels !== null && shape[1] !== channels)
    throw new Error(
      `${name}: x ${given} has ${shape[1]} channels, but the layer was made for ${channels}; expected [batch, ${channels}, ...]`,
    );
}

/** Half spectra of images. */
export function spectraOfImages(x: Node, norm: Norm): Node {
  return transformNode('rfft', x, [2, 3], extentsOf(x), norm);
}

/** The real images of half spectra. */
export function imagesOfSpectra(spectra: Node, size: Pair, norm: Norm): Node {
  return transformNode('irfft', spectra, [2, 3], size, norm);
}

/**
 * The half spectrum of a smaller image, [..., p, q/2 + 1], out of one of h×w: the frequencies that it can hold, bin for bin. At an even size its
 * Nyquist bin stands for both signs of that frequency and gets their sum, as in SciPy's `resample`; a real image stays real. With the norm 'forward'
 * means are kept.
 */
export function truncate(spectra: Node, [h, w]: Pair, [p, q]: Pair): Node {
  const [rows, columns] = [spectra.shape.length - 2, spectra.shape.length - 1];
  const half = Math.floor(q / 2);
  let kept = sliceAxis(spectra, columns, 0, half + 1);
  if (q < w && q % 2 === 0) {
    const nyquist = sliceAxis(kept, columns, half, half + 1);
    kept = concat([sliceAxis(kept, columns, 0, half), add(nyquist, mirrored(nyquist, rows))], columns);
  }
  const edge = Math.floor(p / 2);
  if (p === h || edge === 0) return sliceAxis(kept, rows, 0, p);
  const around = (part: Node, before: number): Node => {
    const count = part.shape[rows] as number;
    return pad(
      part,
      part.shape.map((_, axis) => (axis === rows ? [before, p - before - count] : [0, 0])),
    );
  };
  // At an even size both parts have the row of Nyquist's frequency, and their sum is what is wanted there.
  return add(around(sliceAxis(kept, rows, 0, edge + 1), 0), around(sliceAxis(kept, rows, h - edge, h), p - edge));
}

/** The conjugate of the bins at −ky: of a column at kx what stands at −kx. */
function mirrored(column: Node, rows: number): Node {
  const shifts = column.shape.map((_, axis) => (axis === rows ? 1 : 0));
  return conj(roll(flip(column, [rows]), shifts));
}

/** The shape of images, [batch, channels, height, width], checked. */
export function imageShape(name: string, shape: Shape): readonly [batch: number, channels: number, height: number, width: number] {
  const extents = checkShape(name, shape);
  if (extents.length !== 4)
    throw new Error(`${name}: shape [${extents.join(', ')}] must be that of images, [batch, channels, height, width]`);
  return extents as unknown as readonly [number, number, number, number];
}

/** Transforms of real planes, or back: rows at 5/2·n·log₂n, then `bins` columns (all of a half spectrum when not given) at 5·n·log₂n. */
export function transformCost(planes: number, [h, w]: Pair, bins = halfWidth(w)): Cost {
  const flop = 2.5 * h * w * Math.log2(w) + 5 * bins * h * Math.log2(h);
  return { flop: planes * flop, bytes: planes * (4 * h * w + 3 * 8 * h * bins) };
}

/** Products in each bin, summed over input channels: [batch, in] by [out, in] to [batch, out]. */
export function mixingCost(batch: number, from: number, to: number, bins: number): Cost {
  return { flop: 8 * bins * batch * from * to, bytes: 8 * bins * (batch * from + from * to + batch * to) };
}
