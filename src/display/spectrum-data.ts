// The data behind a drawn spectrum, reduced enough to be saved in the notebook beside its picture.
import { layoutPlane, plainAxis, poolPlane, type PlaneLayout } from './pixels.js';
import { toDecibels, type LevelRange, type SpectrumFacts } from './spectrum-values.js';

/** The MIME type under which a spectrum's reduced data is saved for interactive renderers. */
export const SPECTRUM_MIME = 'application/vnd.parseval.spectrum.v1+json';

/** Cells along the longer side of a saved plane: in base64 at most 34 KB. */
const PLANE_CELLS = 160;
/** Bins of a saved signal spectrum. */
const LINE_BINS = 4096;
/** Bytes 0 to 254 spread over the range; this one is NaN. */
const NAN_BYTE = 255;

/** A spectrum with what was found out about it, ready to be drawn and saved. */
export interface AnalysedSpectrum {
  readonly magnitude: Float64Array;
  readonly shape: readonly number[];
  readonly title: string;
  readonly note?: string | undefined;
  readonly sampleRate?: number | undefined;
  readonly levels: LevelRange;
  readonly facts: SpectrumFacts;
}

/**
 * The saved form of a spectrum, version 1: labels, range and the fftshifted levels in dB, reduced to the largest of each block of
 * bins, as bytes in base64.
 */
export function spectrumData(spectrum: AnalysedSpectrum): { readonly mime: string; readonly value: object } {
  const { magnitude, shape, title, note, sampleRate, levels, facts } = spectrum;
  const isLine = shape.length === 1;
  const layout = isLine ? lineLayout(facts.cols) : layoutPlane(facts.rows, facts.cols, 'max', PLANE_CELLS);
  const bytes = Uint8Array.from(poolShifted(magnitude, facts, layout), (db) =>
    Number.isNaN(db) ? NAN_BYTE : Math.round(Math.min(1, Math.max(0, (db - levels.min) / (levels.max - levels.min))) * (NAN_BYTE - 1)),
  );
  const value = {
    version: 1,
    title,
    note: note ?? '',
    shape,
    sampleRate: sampleRate ?? null,
    unit: 'dB re max',
    reference: facts.reference,
    range: [levels.min, levels.max],
    zeroFrequency: facts.dc,
    peak: facts.peak,
    shifted: true,
    pooling: { kind: 'max', block: isLine ? [layout.cols.pool] : [layout.rows.pool, layout.cols.pool] },
    reduced: {
      shape: isLine ? [layout.cols.count] : [layout.rows.count, layout.cols.count],
      data: Buffer.from(bytes).toString('base64'),
    },
  };
  return { mime: SPECTRUM_MIME, value };
}

/** The levels in dB of a spectrum, zero frequency in the middle, reduced to the cells of a layout by their largest bin. */
export function poolShifted(
  magnitude: Float64Array,
  { rows, cols, reference }: SpectrumFacts,
  layout: Pick<PlaneLayout, 'rows' | 'cols'>,
): Float64Array {
  // fftshift on the way: place i holds bin (i + ⌈n/2⌉) mod n.
  const [halfRows, halfCols] = [Math.ceil(rows / 2), Math.ceil(cols / 2)];
  const at = (row: number, col: number): number => ((row + halfRows) % rows) * cols + ((col + halfCols) % cols);
  return poolPlane(magnitude, layout, 'max', at).map((value) => toDecibels(value, reference));
}

function lineLayout(bins: number): Pick<PlaneLayout, 'rows' | 'cols'> {
  const pool = Math.ceil(bins / LINE_BINS);
  const count = Math.ceil(bins / pool);
  return { rows: plainAxis(1, 1), cols: { ...plainAxis(count, count), size: bins, pool } };
}
