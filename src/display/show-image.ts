// pv.show.image: a picture as an output of the cell.

import { isComplex } from '../devices/dtype.js';
import { withoutGradients } from '../graph/node.js';
import { IMAGE_MIME, type ImageData } from '../protocol/image.js';
import { floatPlane, levelPlane, type PlaneData } from '../protocol/plane-data.js';
import { numberTo } from '../protocol/numbers.js';
import type { Tensor } from '../tensor/tensor.js';
import { drawImage, type ImageDrawing, type ImageFigure } from './image-figure.js';
import { openView } from './live-views.js';
import { layoutPlane, poolPlane } from './pixels.js';
import { partOfPlane } from './plane-parts.js';
import { firstPlane } from './planes.js';
import { checkTensor, present, presentEmpty } from './show-common.js';

/** Options of show.image. */
export interface ImageOptions {
  readonly title?: string | undefined;
  /** Values drawn as darkest and lightest; the data's own when not given. */
  readonly range?: readonly [number, number] | undefined;
  readonly map?: 'viridis' | 'cividis' | 'diverging' | 'phase' | 'grey' | undefined;
}

/** Cells saved over all planes: so many as float32, else so many in levels. In base64 at most 88 KB. */
const [MOST_FLOATS, MOST_LEVELS] = [96 * 96, 256 * 256] as const;
/** Draws an image [height, width], or [channels, height, width] with 1, 3 or 4 channels; of a batch the first. */
export async function image(value: Tensor, { title = 'Image', range, map = 'grey' }: ImageOptions = {}): Promise<void> {
  const x = checkTensor('show.image', value);
  if (x.shape.length < 2)
    throw new Error(`show.image: expects [height, width] or [channels, height, width], but the tensor has shape [${x.shape.join(', ')}]`);
  if (isComplex(x.dtype))
    throw new TypeError(`show.image: the tensor is ${x.dtype}, and a picture is real; use abs(), angle(), real() or imag()`);
  if (x.size === 0) return presentEmpty(x, title, 'The picture');
  const colour = x.shape.length >= 3 && [1, 3, 4].includes(x.shape.at(-3) as number);
  const { plane, note: which } = firstPlane(x, colour ? 3 : 2);
  const note = [`[${x.shape.join(', ')}] ${x.dtype}`, which, x.device].filter(Boolean).join(' · ');
  const held = plane.detach();
  const view = openView((request) => withoutGradients(() => partOf(held, request)));
  const draw = plane.data().then((values) => {
    const data = Float64Array.from(values);
    const drawing: ImageDrawing = { data, shape: plane.shape, title, note, range, map };
    let saved: object | undefined;
    return (maxCells: number): ImageFigure => {
      const figure = drawImage({ ...drawing, maxCells });
      saved ??= imageData(data, plane.shape, { title, note, map }, figure, view?.name ?? null);
      return { ...figure, data: { mime: IMAGE_MIME, value: saved } };
    };
  });
  await present(draw);
}

/** The saved form of a picture, version 1. */
function imageData(
  data: Float64Array,
  shape: readonly number[],
  { title, note, map }: Pick<ImageData, 'title' | 'note' | 'map'>,
  { range, extent, readout }: ImageFigure,
  view: string | null,
): ImageData {
  const [rows, cols] = [shape.at(-2) as number, shape.at(-1) as number];
  const [min, max] = range ?? [0, 1];
  return {
    view,
    title,
    note,
    rows,
    cols,
    map,
    range: [min, max],
    extent: [numberTo(extent.min), numberTo(extent.max)],
    readout: [...readout],
    planes: savedPlanes(data, data.length / (rows * cols), rows, cols, [Math.min(min, extent.min), Math.max(max, extent.max)]),
  };
}

/** Planes one after the other, as float32 where they are small, else in levels over their extent, of means of blocks where they are large. */
function savedPlanes(data: Float64Array, channels: number, rows: number, cols: number, ends: readonly [number, number]): PlaneData[] {
  const isSmall = data.length <= MOST_FLOATS;
  // Ends that are not finite are those of an extent without values.
  const [min, max] = ends.every(Number.isFinite) ? ends : [0, 1];
  const maxCells = Math.floor(Math.max(rows, cols) * Math.sqrt(Math.min(1, MOST_LEVELS / data.length)));
  const layout = layoutPlane(rows, cols, 'mean', Math.max(1, maxCells));
  return Array.from({ length: channels }, (_, channel) => {
    const offset = channel * rows * cols;
    if (isSmall) return floatPlane(data.subarray(offset, offset + rows * cols), rows, cols);
    const means = poolPlane(data, layout, 'mean', (row, col) => offset + row * cols + col);
    return levelPlane(means, layout.rows.count, layout.cols.count, min, max);
  });
}

/** A part of the picture that the kernel holds, from the device that it is on. */
async function partOf(plane: Tensor, given: unknown): Promise<PlaneData[]> {
  const { part, rows, cols, most } = partOfPlane(plane, given);
  const data = await part.data();
  const layout = layoutPlane(rows, cols, 'mean', most);
  return Array.from({ length: data.length / (rows * cols) }, (_, channel) => {
    const offset = channel * rows * cols;
    return floatPlane(
      poolPlane(data, layout, 'mean', (row, col) => offset + row * cols + col),
      layout.rows.count,
      layout.cols.count,
    );
  });
}
