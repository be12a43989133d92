// An array in a few lines of text, like numpy's: aligned columns, long axes cut in their middle.

/** Values kept at each end of an axis that is cut. */
const EDGE = 3;
/** Arrays of up to this many values are shown whole where their rows fit. */
const MAX_WHOLE = 200;
const MAX_ROW = 12;

/**
 * An array as text: a line with dtype, shape and (for real numbers) the finite extent, then the values, nested by axis.
 * `values` are row-major; complex dtypes hold re, im pairs. Plain ASCII numbers, so that they can be copied into code.
 */
export function summarize(values: ArrayLike<number>, shape: readonly number[], dtype: string): string {
  const complex = dtype.startsWith('complex');
  const size = shape.reduce((product, n) => product * n, 1);
  if (values.length !== size * (complex ? 2 : 1)) {
    throw new Error(
      `summarize: ${dtype} [${shape.join(', ')}] needs ${String(size * (complex ? 2 : 1))} numbers, but ${String(values.length)} were given`,
    );
  }
  const head = `${dtype} [${shape.join(', ')}]`;
  if (size === 0) return `${head} empty`;
  const whole = size <= MAX_WHOLE && (shape.at(-1) ?? 0) <= MAX_ROW;
  const offsets = shownOffsets(shape, whole);
  const texts = formatTogether(values, offsets, dtype);
  const extent = dtype === 'bool' || complex || size < 2 ? '' : extentOf(values);
  if (shape.length === 0) return `${head} ${texts.get(0) ?? ''}`;
  return `${head}${extent}\n${nest(shape, whole, 0, 0, texts)}`;
}

function shownIndices(length: number, whole: boolean): readonly number[] {
  const all = Array.from({ length: whole || length <= 2 * EDGE ? length : 2 * EDGE }, (_, i) => i);
  return all.length === length ? all : all.map((i) => (i < EDGE ? i : length - 2 * EDGE + i));
}

function shownOffsets(shape: readonly number[], whole: boolean): number[] {
  return shape.reduce<number[]>(
    (offsets, length) => offsets.flatMap((offset) => shownIndices(length, whole).map((i) => offset * length + i)),
    [0],
  );
}

function nest(shape: readonly number[], whole: boolean, axis: number, offset: number, texts: ReadonlyMap<number, string>): string {
  const length = shape[axis] ?? 0;
  const last = axis === shape.length - 1;
  const parts: string[] = [];
  let previous = -1;
  for (const i of shownIndices(length, whole)) {
    if (i !== previous + 1) parts.push('…');
    const place = offset * length + i;
    parts.push(last ? (texts.get(place) ?? '') : nest(shape, whole, axis + 1, place, texts));
    previous = i;
  }
  // A blank line between planes, a new line between rows, as numpy does.
  const separator = last ? ', ' : `,${'\n'.repeat(shape.length - axis - 1)}${' '.repeat(axis + 1)}`;
  return `[${parts.join(separator)}]`;
}

// One format for all shown values, so that their columns align: fixed decimals, or exponents where the values span too much.
function formatTogether(values: ArrayLike<number>, offsets: readonly number[], dtype: string): ReadonlyMap<number, string> {
  const complex = dtype.startsWith('complex');
  const parts = offsets.flatMap((at) => (complex ? [values[2 * at] ?? NaN, values[2 * at + 1] ?? NaN] : [values[at] ?? NaN]));
  const format = numberFormat(parts, dtype);
  const texts = offsets.map((at) => {
    if (!complex) return format(values[at] ?? NaN);
    const im = format(values[2 * at + 1] ?? NaN);
    return `${format(values[2 * at] ?? NaN)}${im.startsWith('-') ? '-' : '+'}${im.replace(/^-/u, '')}j`;
  });
  const width = Math.max(...texts.map((text) => text.length));
  return new Map(offsets.map((at, i) => [at, (texts[i] ?? '').padStart(width)]));
}

function numberFormat(values: readonly number[], dtype: string): (value: number) => string {
  if (dtype === 'bool') return (value) => (value === 0 ? 'false' : 'true');
  const magnitudes = values.filter((value) => Number.isFinite(value) && value !== 0).map(Math.abs);
  const largest = Math.max(0, ...magnitudes);
  const smallest = Math.min(Infinity, ...magnitudes);
  const special = (value: number): string => (Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf');
  const integers = values.every((value) => !Number.isFinite(value) || Number.isInteger(value)) && largest < 1e8;
  if (integers) return (value) => (Number.isFinite(value) ? `${String(value)}${dtype === 'int32' ? '' : '.'}` : special(value));
  if (largest >= 1e5 || smallest < 1e-4 * Math.min(1, largest)) {
    return (value) => (Number.isFinite(value) ? value.toExponential(3) : special(value));
  }
  const most = Math.max(2, 4 - Math.max(0, Math.floor(Math.log10(largest))));
  // No more decimals than the values have.
  const shown = (decimals: number): boolean =>
    values.every((value) => !Number.isFinite(value) || Number(value.toFixed(decimals)) === Number(value.toFixed(most)));
  const decimals = [1, 2, 3].find((count) => count < most && shown(count)) ?? most;
  return (value) => (Number.isFinite(value) ? value.toFixed(decimals) : special(value));
}

function extentOf(values: ArrayLike<number>): string {
  let [min, max, special] = [Infinity, -Infinity, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    if (!Number.isFinite(value)) special++;
    else {
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  const short = (value: number): string => String(Number(value.toPrecision(4)));
  const extent = min > max ? '' : `, ${short(min)} to ${short(max)}`;
  return special === 0 ? extent : `${extent}, ${String(special)} not finite`;
}
