// What part of a plane of cells is seen, and where its cells lie on the page. No page in here.

/** A part of a plane in cells: cell i spans [i, i + 1). Edges may lie within cells. */
export interface Region {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** A cell of the plane. */
export interface Cell {
  readonly row: number;
  readonly col: number;
}

/** A rectangle of the page in CSS px. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The whole of a plane. */
export function wholeOf(rows: number, cols: number): Region {
  return { top: 0, left: 0, bottom: rows, right: cols };
}

/** Zooms about a point, which stays where it is; never beyond the plane, nor closer than four cells (or all there are). */
export function zoom(region: Region, factor: number, about: { readonly row: number; readonly col: number }, whole: Region): Region {
  const { top, left, bottom, right } = region;
  const span = (from: number, to: number, at: number, size: number): readonly [number, number] => {
    const length = Math.min(size, Math.max(Math.min(4, size), (to - from) / factor));
    const start = at - ((at - from) / (to - from)) * length;
    return shifted(start, length, size);
  };
  const [t, b] = span(top, bottom, about.row, whole.bottom);
  const [l, r] = span(left, right, about.col, whole.right);
  return { top: t, left: l, bottom: b, right: r };
}

/** Moves by cells, as far as the plane goes. */
export function pan({ top, left, bottom, right }: Region, rows: number, cols: number, whole: Region): Region {
  const [t, b] = shifted(top + rows, bottom - top, whole.bottom);
  const [l, r] = shifted(left + cols, right - left, whole.right);
  return { top: t, left: l, bottom: b, right: r };
}

/** The region, moved no further than it must be to hold a cell. */
export function reveal(region: Region, { row, col }: Cell, whole: Region): Region {
  const by = (at: number, from: number, to: number): number => (at < from ? at - from : at + 1 > to ? at + 1 - to : 0);
  return pan(region, by(row, region.top, region.bottom), by(col, region.left, region.right), whole);
}

/** Whether a region shows all of the plane. */
export function isWhole(region: Region, whole: Region): boolean {
  return region.bottom - region.top >= whole.bottom && region.right - region.left >= whole.right;
}

/** Whether one region holds another, but for rounding. */
export function holds(outer: Region, inner: Region): boolean {
  const hair = 1e-6;
  return (
    outer.top <= inner.top + hair &&
    outer.left <= inner.left + hair &&
    outer.bottom >= inner.bottom - hair &&
    outer.right >= inner.right - hair
  );
}

/** Place on the page of a place in the plane. */
export function toPage({ top, left, bottom, right }: Region, box: Box, row: number, col: number): { x: number; y: number } {
  return { x: box.x + ((col - left) / (right - left)) * box.width, y: box.y + ((row - top) / (bottom - top)) * box.height };
}

/** Place in the plane of a place on the page; edges lie within cells. */
export function toPlane({ top, left, bottom, right }: Region, box: Box, x: number, y: number): { row: number; col: number } {
  return { row: top + ((y - box.y) / box.height) * (bottom - top), col: left + ((x - box.x) / box.width) * (right - left) };
}

function shifted(start: number, length: number, size: number): readonly [number, number] {
  const from = Math.min(Math.max(0, start), size - length);
  return [from, from + length];
}
