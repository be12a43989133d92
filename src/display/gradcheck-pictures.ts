// The pictures of one input in a gradient check's static copy: the error of its worst planes and their spectra.
import { toDecibels } from './spectrum-values.js';
import {
  indexAt,
  largestFinite,
  placeAt,
  planeName,
  planePeaks,
  planesOf,
  planesOfWorst,
  rankPlanes,
  relativeError,
  type Planes,
} from './gradcheck-planes.js';
import { lineBlock, sentenceBlock, valuesBlock, type Block } from './gradcheck-plots.js';
import { tilesBlock, type Tile } from './gradcheck-tiles.js';
import { formatValue, gradientName, pictureHindrance, type ShownInput } from './gradcheck-words.js';
import { formatCount } from './number-format.js';
import { planeSpectrum } from './plane-spectrum.js';

/** Planes drawn of one input. */
const MOST_PLANES = 6;
const FLOOR_DB = -60;
/** Heights of tiles and lines: a passing check stays small. */
const HEIGHTS = { wrong: { tiles: 224, line: 150 }, ok: { tiles: 120, line: 120 } } as const;

/** The error of an input, and with `spectra` its spectrum, each on `width` px. */
export function pictureBlocks(input: ShownInput, width: number, spectra: boolean, maxCells: number): Block[] {
  const planes = planesOf(input.shape);
  const { values } = input;
  const heading = `Error of ${gradientName(input)}`;
  if (values === null) return [sentenceBlock(heading, [pictureHindrance(input)], width)];
  if (input.size === 1) return [threeValues(input, width)];
  const error = relativeError(values, input.rms);
  const drawn = error ?? Float64Array.from(values.analytic);
  const parts = drawn.length / input.size;
  const picture: Picture = {
    input,
    planes,
    parts,
    drawn,
    // What is drawn in full colour fails: noise looks as faint as it is.
    limit: Math.max(largestFinite(drawn), error !== null && input.detectable < Infinity ? input.detectable : 0) || 1,
    heading: error === null ? `Gradient ${gradientName(input)}` : heading,
    which: error === null ? '' : 'worst ',
    unit: error === null ? '' : 'of rms',
    shown:
      error === null
        ? planesOfWorst(input, planes).slice(0, MOST_PLANES)
        : rankPlanes(planePeaks(drawn, planes, parts)).slice(0, Math.max(1, Math.floor(MOST_PLANES / parts))),
    maxCells,
  };
  return planes.rows === 1 ? lines(picture, width, spectra) : grids(picture, width, spectra);
}

interface Picture {
  readonly input: ShownInput;
  readonly planes: Planes;
  readonly parts: number;
  /** What is drawn of all elements: the relative error, or where that is not known the gradient. */
  readonly drawn: Float64Array;
  readonly limit: number;
  readonly heading: string;
  /** What planes are that stand for all: of errors that are not all known none is known to be the worst. */
  readonly which: 'worst ' | '';
  readonly unit: string;
  /** Planes to draw, worst first as far as it is known. */
  readonly shown: readonly number[];
  readonly maxCells: number;
}

function lines({ input, parts, drawn, limit, heading, unit }: Picture, width: number, spectra: boolean): Block[] {
  const at = placeAt(input.worst.index, input.shape);
  const error = lineBlock(
    {
      heading,
      values: drawn,
      parts,
      range: [-1.08 * limit, 1.08 * limit],
      base: 0,
      domain: [0, input.size - 1],
      xLabel: 'index',
      unit,
      marked: input.ok ? undefined : at,
    },
    width,
    HEIGHTS[input.ok ? 'ok' : 'wrong'].line,
  );
  if (!spectra) return [error];
  const magnitude = planeSpectrum(drawn, parts, 1, input.size);
  const name = 'Its spectrum';
  const reference = magnitude === null ? 0 : largestFinite(magnitude);
  if (magnitude === null || reference === 0) return [error, sentenceBlock(name, [whyNoSpectrum(magnitude)], width)];
  const n = input.size;
  const levels = magnitude.map((value) => toDecibels(value, reference));
  const domain = [-Math.floor(n / 2) / n, (Math.ceil(n / 2) - 1) / n] as const;
  return [
    error,
    lineBlock(
      { heading: name, values: levels, parts: 1, range: [FLOOR_DB, 4], base: FLOOR_DB, domain, xLabel: 'cycles/sample', unit: 'dB re max' },
      width,
      HEIGHTS.wrong.line,
    ),
  ];
}

function grids(picture: Picture, width: number, spectra: boolean): Block[] {
  const { input, planes, parts, drawn, limit, unit, maxCells } = picture;
  const { rows, cols, count } = planes;
  const length = rows * cols;
  const rest = count - picture.shown.length;
  // All of them stand in their own order; of many the worst come first.
  const shown = rest > 0 ? picture.shown : [...picture.shown].sort((a, b) => a - b);
  const tiles = shown.flatMap((plane) =>
    Array.from({ length: parts }, (_, part): Tile => {
      const name = planeName(plane, planes);
      return {
        name: parts === 1 ? name : `${name} ${part === 0 ? 're' : 'im'}`.trim(),
        values: Float64Array.from({ length }, (_, i) => drawn[(plane * length + i) * parts + part] ?? NaN),
        marked: input.ok ? undefined : markedCell(picture, plane, part),
      };
    }),
  );
  const heading =
    rest > 0 ? `${picture.heading}, ${picture.which}${String(shown.length)} of ${formatCount(count)} planes` : picture.heading;
  const error = tilesBlock(
    {
      heading,
      tiles,
      rows,
      cols,
      together: parts,
      map: 'diverging',
      range: [-limit, limit],
      unit,
      all: drawn,
      maxCells,
    },
    width,
    HEIGHTS[input.ok ? 'ok' : 'wrong'].tiles,
  );
  if (!spectra) return [error];
  const name = shown.length === 1 ? 'Its spectrum' : 'Their spectra';
  const magnitudes = shown.map((plane) =>
    planeSpectrum(drawn.subarray(plane * length * parts, (plane + 1) * length * parts), parts, rows, cols),
  );
  const known = magnitudes.filter((magnitude) => magnitude !== null);
  const reference = Math.max(...known.map(largestFinite), 0);
  if (known.length < magnitudes.length || reference === 0) return [error, sentenceBlock(name, [whyNoSpectrum(known[0] ?? null)], width)];
  const levels = known.map((magnitude) => magnitude.map((value) => toDecibels(value, reference)));
  const spectrum = tilesBlock(
    {
      heading: `${name}, zero frequency in the middle`,
      tiles: shown.map((plane, i) => ({ name: planeName(plane, planes), values: levels[i] ?? new Float64Array(length) })),
      rows,
      cols,
      map: 'viridis',
      range: [FLOOR_DB, 0],
      unit: 'dB re max',
      all: Float64Array.from(levels.flatMap((level) => Array.from(level))),
      isSpectrum: true,
      maxCells,
    },
    width,
    HEIGHTS.wrong.tiles,
  );
  return [error, spectrum];
}

/** The worst element, where it lies in this plane and part. */
function markedCell({ input, planes, drawn, parts }: Picture, plane: number, part: number): [number, number] | undefined {
  const at = placeAt(input.worst.index, input.shape);
  if (Math.floor(at / (planes.rows * planes.cols)) !== plane) return undefined;
  const size = (which: number): number => Math.abs(drawn[at * parts + which] ?? NaN);
  if (parts === 2 && size(part) < size(1 - part)) return undefined;
  const inside = at % (planes.rows * planes.cols);
  const [row = 0, col = 0] = indexAt(inside, [planes.rows, planes.cols]);
  return [row, col];
}

function whyNoSpectrum(magnitude: Float64Array | null): string {
  if (magnitude === null) return 'Too long to be transformed for this picture.';
  return magnitude.some(Number.isNaN) ? 'A NaN or an infinity reaches every frequency.' : 'No error, so no energy at any frequency.';
}

/** One element needs no picture: its three values say all. */
function threeValues(input: ShownInput, width: number): Block {
  const { analytic, numeric, oracle } = input.worst;
  return valuesBlock(
    `${gradientName(input)} is one number`,
    [
      ['backward', formatValue(analytic)],
      ['differences', formatValue(numeric)],
      ['forward mode', formatValue(oracle)],
    ],
    width,
  );
}
