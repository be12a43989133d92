// pv.show.kernels: a layer's kernels beside their frequency responses, to edit in the notebook.

import * as v from 'valibot';
import { fftconvolve } from '../fft/signal/index.js';
import { withoutGradients } from '../graph/node.js';
import { KERNELS_MIME, kernelsRequest, type KernelsData, type KernelsRequest } from '../protocol/kernels.js';
import { floatPlane, type PlaneData } from '../protocol/plane-data.js';
import { floatsToText, numberFrom } from '../protocol/numbers.js';
import { checkInteger, checkList, checkOneOf, checkOptions, show as describe } from '../tensor/checks.js';
import { tensor } from '../tensor/create.js';
import type { Tensor } from '../tensor/tensor.js';
import { isComplex } from '../devices/dtype.js';
import { asOutput } from './display.js';
import { counted } from './number-format.js';
import { EditedWeights } from './kernels-edits.js';
import type { KernelFacts } from './kernels-facts.js';
import { drawKernels, type KernelsFigure } from './kernels-figure.js';
import { middleOf, type Operation, type Taps } from './kernels-response.js';
import { indexAt } from './gradcheck-planes.js';
import { countOf, tapsOf, weightsOf, type Weights, type WeightsOptions } from './kernels-weights.js';
import { openView } from './live-views.js';
import { layoutPlane, poolPlane } from './pixels.js';
import { partOfPlane } from './plane-parts.js';
import { checkFilled, present } from './show-common.js';

/** Options of show.kernels. */
export interface KernelsOptions extends WeightsOptions {
  readonly title?: string | undefined;
  /** How the kernels are applied: 'correlation', as convolution layers do, or 'convolution', which spectral weights always mean. Mirrors phases. */
  readonly operation?: Operation | undefined;
  /** Bins of the responses: one number, or [rows, columns]. At least as many as taps; 32 (of one axis 128) or as many as there are taps when not given. */
  readonly size?: number | readonly [number, number] | undefined;
  /** Kernels that are shown; 64 when not given, or fewer of large ones. */
  readonly count?: number | undefined;
  /** Which are shown first: those that stand first, or those of the largest norm. */
  readonly order?: 'index' | 'norm' | undefined;
  /** How responses are drawn in the saved picture. */
  readonly scale?: 'dB' | 'linear' | undefined;
  /** An image [height, width] (of more axes the first plane) that the view filters by the kernel that is edited. */
  readonly image?: Tensor | undefined;
}

/** Kernels that are shown, and what becomes of them. */
export interface ShownKernels {
  /** What was found out about each that is shown, in their order. */
  readonly facts: readonly KernelFacts[];
  /** Kernels that were edited in the view so far. */
  readonly edited: number;
  /**
   * The weights as they were edited in the view so far: a new tensor of the shape, type and device of those that were given. Edits come while no cell
   * runs, so that a later cell sees them.
   */
  weight(): Tensor;
}

/** Taps saved over all kernels, at most, unless one alone has more: in base64 about 64 KB. */
const MOST_SAVED = 12_288;
/** Cells along the longer side of a saved image. */
const IMAGE_CELLS = 96;

/**
 * Draws kernels beside their frequency responses |H|, each with its sum, its norm and what it passes: weights [out, in, height, width], [in, height,
 * width], [height, width] or of one axis, or a layer with such a `weight`. In a notebook they can be edited, as taps or by their response; what is
 * edited comes back by `weight()` of the result.
 */
export async function kernels(value: Tensor | { readonly weight: Tensor }, options: KernelsOptions = {}): Promise<ShownKernels> {
  checkOptions('show.kernels', options, "{image: photo, order: 'norm'}");
  const weights = weightsOf(value, options);
  const { order = 'index', scale = 'dB', title = 'Kernels' } = options;
  checkOneOf('show.kernels: order', order, ['index', 'norm']);
  checkOneOf('show.kernels: scale', scale, ['dB', 'linear']);
  const operation = operationOf(weights, options.operation);
  const [height, width] = sizeOf(weights, options.size);
  const most = Math.max(1, Math.floor(MOST_SAVED / (weights.rows * weights.cols)));
  const count = Math.min(countOf(weights), checkInteger('show.kernels: count', options.count ?? 64, 1), most);
  const image = options.image === undefined ? null : imageOf(options.image);
  const reading = readKernels(weights, order, count);
  const filter = image === null ? null : filterOf(image, operation);
  const view = openView((request) => withoutGradients(() => answer(v.parse(kernelsRequest, request), weights, reading, filter)));
  const draw = Promise.all([reading, image === null ? null : savedImage(image)]).then(([{ found }, picture]) => {
    const note = noteOf(weights, operation, height, width);
    const readout = readoutOf(weights, count, order, Math.max(...found.map(({ imaginary }) => imaginary)));
    const { rows, cols, domain, tensor: given } = weights;
    const saved: KernelsData = {
      view: view?.name ?? null,
      title,
      note,
      readout,
      domain,
      operation,
      rows,
      cols,
      height,
      width,
      shape: [...given.shape],
      kernels: found.map(({ at, values }) => ({ index: indexAt(at, weights.outer), taps: floatsToText(values) })),
      image: picture,
    };
    const drawn = found.map(({ at, values }) => ({ index: indexAt(at, weights.outer), taps: { rows, cols, values } }));
    return (maxCells: number): KernelsFigure => ({
      ...drawKernels({ kernels: drawn, height, width, operation, scale, title, note, readout, maxCells }),
      data: { mime: KERNELS_MIME, value: saved },
    });
  });
  const { facts } = await present(draw);
  const { edits } = await reading;
  return asOutput({
    facts,
    get edited() {
      return edits.count;
    },
    weight: () => edits.tensor(),
  });
}

/** What was read of the weights. */
interface Read {
  /** Kernels that are shown, by their place in the weights. */
  readonly found: readonly { readonly at: number; readonly values: Float64Array; readonly imaginary: number }[];
  readonly edits: EditedWeights;
}

async function readKernels(weights: Weights, order: 'index' | 'norm', count: number): Promise<Read> {
  const data = Float64Array.from(await weights.tensor.data());
  const found = Array.from({ length: order === 'norm' ? countOf(weights) : count }, (_, at) => ({ at, ...tapsOf(weights, data, at) }));
  if (order === 'norm') found.sort((a, b) => normOf(b.values) - normOf(a.values));
  return { found: found.slice(0, count), edits: new EditedWeights(weights, data) };
}

async function answer(request: KernelsRequest, weights: Weights, reading: Promise<Read>, filter: Filter | null): Promise<unknown> {
  if (request.kind === 'filter') {
    if (filter === null) throw new Error('there is no image to filter: give show.kernels the option `image`');
    return filter({ rows: weights.rows, cols: weights.cols, values: Float64Array.from(request.taps, numberFrom) }, request.part);
  }
  const { found, edits } = await reading;
  edits.take(request.kernels.map(({ at, taps }) => ({ at: found[at]?.at ?? countOf(weights), taps: Float64Array.from(taps, numberFrom) })));
  return { edited: edits.count };
}

function operationOf({ domain }: Weights, given: Operation | undefined): Operation {
  const operation = checkOneOf('show.kernels: operation', given ?? (domain === 'spectral' ? 'convolution' : 'correlation'), [
    'convolution',
    'correlation',
  ]);
  if (domain === 'spectral' && operation === 'correlation')
    throw new Error(
      "show.kernels: spectral weights multiply the image's spectrum, which is a convolution; conjugate them for a correlation",
    );
  return operation;
}

function sizeOf({ domain, rows, cols }: Weights, size: KernelsOptions['size']): readonly [number, number] {
  if (domain === 'spectral') {
    if (size !== undefined) throw new Error(`show.kernels: spectral weights have their own ${rows}×${cols} bins; leave out size`);
    return [rows, cols];
  }
  const isLine = rows === 1;
  const grown = (taps: number, least: number): number => Math.max(least, 2 ** Math.ceil(Math.log2(taps)));
  if (size === undefined) return isLine ? [1, grown(cols, 128)] : [grown(rows, 32), grown(cols, 32)];
  const list = typeof size === 'number' ? [isLine ? 1 : size, size] : checkList('show.kernels: size', size);
  const [height, width] = list.map((extent) => checkInteger('show.kernels: size', extent, 1)) as [number, number];
  if (list.length !== 2 || height < rows || width < cols || height * width > 2 ** 14)
    throw new RangeError(
      `show.kernels: size is ${describe(size)}, but a kernel of ${rows}×${cols} needs at least as many bins, and at most 2¹⁴ are drawn`,
    );
  return [height, width];
}

function imageOf(value: unknown): Tensor {
  const x = checkFilled('show.kernels: image', value);
  if (x.shape.length < 2 || isComplex(x.dtype))
    throw new TypeError(`show.kernels: image is ${x.dtype} of shape [${x.shape.join(', ')}], but must be real, [height, width]`);
  const outer = x.shape.slice(0, -2);
  const plane = x.slice([...outer.map(() => 0)], [...outer.map(() => 1)]);
  return plane.reshape(x.shape.slice(-2)).detach();
}

function noteOf({ tensor: given, domain, rows, cols }: Weights, operation: Operation, height: number, width: number): string {
  const size = rows === 1 ? String(cols) : `${rows}×${cols}`;
  const bins = rows === 1 ? String(width) : `${height}×${width}`;
  const how =
    domain === 'spectral'
      ? `multipliers of a spectrum of ${bins}`
      : operation === 'correlation'
        ? 'cross-correlation, as conv2d'
        : 'convolution';
  const response = domain === 'spectral' ? `kernels of ${size}` : `${size} taps, responses at ${bins} frequencies`;
  return [`[${given.shape.join(', ')}] ${given.dtype}`, how, response, given.device].join(' · ');
}

function readoutOf(weights: Weights, count: number, order: 'index' | 'norm', imaginary: number): string[] {
  const total = countOf(weights);
  const which = order === 'norm' ? `the ${count} of largest norm` : `the first ${count}`;
  const many = count === total ? counted(total, 'kernel') : `${which} of ${total} kernels`;
  // Rounding of float32 stays below this.
  const lost =
    imaginary > 1e-10
      ? [
          `Not all multipliers have Hermitian symmetry: up to ${(100 * imaginary).toPrecision(2)}% of a kernel's energy is imaginary and not shown.`,
        ]
      : [];
  return [`${many}.`.replace(/^t/u, 'T'), ...lost];
}

function normOf(values: Float64Array): number {
  const squares = values.reduce((sum, value) => sum + value * value, 0);
  // What is no number is worth a look.
  return Number.isNaN(squares) ? Infinity : squares;
}

async function savedImage(image: Tensor): Promise<KernelsData['image']> {
  const [rows = 0, cols = 0] = image.shape;
  const layout = layoutPlane(rows, cols, 'mean', IMAGE_CELLS);
  return { rows, cols, plane: floatPlane(poolPlane(await image.data(), layout, 'mean'), layout.rows.count, layout.cols.count) };
}

/** A part of the filtered image. */
type Filter = (taps: Taps, part: unknown) => Promise<PlaneData>;

/** Filters the image on its device; the last result is held, for questions about its parts. */
function filterOf(image: Tensor, operation: Operation): Filter {
  const [height = 0, width = 0] = image.shape;
  let last: { readonly key: string; readonly result: Tensor } | null = null;
  return async ({ rows, cols, values }, given) => {
    const key = values.join();
    if (last?.key !== key) {
      // Correlating is convolving with the kernel turned around; the middle tap is then as far from the end as it was from the beginning.
      const isTurned = operation === 'correlation';
      const kernel = tensor(isTurned ? Float64Array.from(values).reverse() : values, { shape: [rows, cols], device: image.device });
      const middle = (extent: number): number => (isTurned ? extent - 1 - middleOf(extent) : middleOf(extent));
      const begin = [middle(rows), middle(cols)] as const;
      // All of it, of which a part as large as the image is taken.
      const full = fftconvolve(image.astype(kernel.dtype), kernel);
      last = { key, result: full.slice([...begin], [begin[0] + height, begin[1] + width]) };
    }
    const { part, rows: partRows, cols: partCols, most } = partOfPlane(last.result, given);
    const layout = layoutPlane(partRows, partCols, 'mean', most);
    return floatPlane(poolPlane(await part.data(), layout, 'mean'), layout.rows.count, layout.cols.count);
  };
}
