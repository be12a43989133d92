// The ten digits as strokes in several hands, and how far a point is from them.

/** How strokes become ink. */
export interface Hand {
  readonly name: string;
  /** Strokes of each digit in a box 60 wide and 100 high: M x y (begin), L x y (line), C … (cubic curve), as in SVG. */
  readonly strokes: readonly string[];
  /** How much thinner horizontal strokes are than vertical ones. */
  readonly contrast: number;
  /** Half the stroke's width at which its ends are cut flat; null for round ends. */
  readonly flatEnd: number | null;
  /** How far the top leans to the right, for each unit of height. */
  readonly slant: number;
}

/** Distances to a digit's strokes on a grid; its box is 1 high with its middle at 0. Between the samples they are interpolated. */
export interface Glyph {
  readonly distances: Float32Array;
  readonly columns: number;
  readonly rows: number;
  /** Samples in a unit. */
  readonly density: number;
}

/** The grid reaches so far to both sides, and up and down. */
export const REACH = { x: 0.62, y: 0.82 };

const ellipse = (cx: number, cy: number, rx: number, ry: number): string => {
  // Four cubic curves come within 0.03% of it.
  const [kx, ky] = [rx * 0.5523, ry * 0.5523];
  return [
    `M ${cx} ${cy - ry} C ${cx + kx} ${cy - ry} ${cx + rx} ${cy - ky} ${cx + rx} ${cy}`,
    `C ${cx + rx} ${cy + ky} ${cx + kx} ${cy + ry} ${cx} ${cy + ry}`,
    `C ${cx - kx} ${cy + ry} ${cx - rx} ${cy + ky} ${cx - rx} ${cy}`,
    `C ${cx - rx} ${cy - ky} ${cx - kx} ${cy - ry} ${cx} ${cy - ry}`,
  ].join(' ');
};

/** The strokes turned by half: a 6 is a 9. */
const turned = (path: string): string => {
  let isX = false;
  return path.replace(/[\d.]+/gu, (number) => String(((isX = !isX), isX ? 60 : 100) - Number(number)));
};

const six = 'M 50 20 C 47 10 40 5 32 5 C 15 5 6 24 6 53 C 6 82 16 95 31 95 C 45 95 54 84 54 68 C 54 52 45 42 32 42 C 19 42 9 52 6.5 64';
const grotesque = [
  ellipse(30, 50, 25, 45),
  'M 13 23 L 34 6 L 34 95',
  'M 7 28 C 7 12 18 5 30 5 C 44 5 53 14 53 28 C 53 42 42 52 28 68 C 18 79 9 87 6 95 L 55 95',
  'M 7 24 C 9 11 18 5 29 5 C 43 5 51 14 51 26 C 51 39 42 47 25 47 C 44 47 54 57 54 71 C 54 86 43 95 29 95 C 16 95 7 88 5 75',
  'M 43 95 L 43 5 L 5 68 L 57 68',
  'M 51 5 L 15 5 L 10 46 C 15 40 22 37 30 37 C 45 37 54 49 54 65 C 54 83 43 95 28 95 C 16 95 8 88 5 78',
  six,
  'M 5 5 L 55 5 C 40 28 26 60 23 95',
  `${ellipse(30, 26, 21, 21)} ${ellipse(30, 71, 25, 24)}`,
  turned(six),
];

const leaningSix = 'M 42 5 L 12 52 C 8 58 6 62 6 69 C 6 84 16 95 30 95 C 44 95 54 84 54 69 C 54 54 44 44 30 44 C 22 44 15 48 11 54';
const knot =
  'M 30 48 C 18 44 10 38 10 26 C 10 13 18 5 30 5 C 42 5 50 13 50 26 C 50 38 42 44 30 48 C 15 53 6 60 6 73 C 6 87 16 95 30 95 C 44 95 54 87 54 73 C 54 60 45 53 30 48';
const geometric = [
  'M 8 30 L 8 70 C 8 86 17 95 30 95 C 43 95 52 86 52 70 L 52 30 C 52 14 43 5 30 5 C 17 5 8 14 8 30',
  'M 30 5 L 30 95',
  'M 8 24 C 10 10 20 5 30 5 C 43 5 52 13 52 26 C 52 38 46 45 36 57 L 6 95 L 55 95',
  'M 8 5 L 52 5 L 28 40 C 44 40 54 51 54 67 C 54 84 43 95 28 95 C 16 95 8 89 5 78',
  'M 20 5 L 6 66 L 55 66 M 42 36 L 42 95',
  'M 50 5 L 13 5 L 13 44 C 18 40 24 38 31 38 C 46 38 54 50 54 66 C 54 84 43 95 28 95 C 17 95 9 90 5 80',
  leaningSix,
  'M 5 5 L 55 5 L 24 95',
  knot,
  turned(leaningSix),
];

const roman = [
  ellipse(30, 50, 23, 45),
  'M 16 18 L 31 6 L 31 95 M 15 95 L 47 95',
  'M 9 27 C 8 12 18 5 30 5 C 44 5 51 15 51 27 C 51 42 40 54 27 68 C 18 78 10 87 7 95 L 53 95 L 55 82',
  ...grotesque.slice(3, 4),
  'M 42 95 L 42 5 L 5 70 L 57 70 M 29 95 L 55 95',
  'M 51 5 L 17 5 L 12 46 C 17 40 23 38 30 38 C 45 38 53 50 53 66 C 53 84 42 95 28 95 C 16 95 9 90 6 80',
  six,
  'M 6 20 L 6 5 L 55 5 C 40 28 26 60 24 95',
  `${ellipse(30, 26, 19, 21)} ${ellipse(30, 71, 24, 24)}`,
  turned(six),
];

const handwritten = [
  'M 34 5 C 16 4 6 26 7 54 C 8 80 18 96 31 95 C 46 94 54 72 53 46 C 52 20 44 5 26 7',
  'M 14 34 L 36 6 L 34 95',
  'M 8 26 C 8 12 18 5 30 5 C 44 5 50 14 50 26 C 50 50 26 72 6 92 C 20 84 36 97 55 91',
  'M 10 14 C 18 4 46 0 48 22 C 49 38 36 46 24 46 C 40 45 54 54 53 72 C 52 92 24 102 6 86',
  'M 24 5 C 20 26 14 44 6 62 C 22 64 40 62 56 58 M 44 34 C 43 54 41 74 38 95',
  'M 52 6 L 18 9 L 14 44 C 30 34 54 44 53 66 C 52 90 24 102 6 86',
  'M 44 6 C 22 16 6 42 7 70 C 8 88 20 96 32 95 C 46 93 54 82 52 68 C 50 54 36 48 24 54 C 14 59 9 66 8 74',
  'M 6 10 C 20 4 40 10 54 6 C 42 28 28 60 22 95 M 15 54 L 47 49',
  'M 46 18 C 40 4 14 2 12 20 C 11 42 52 46 52 72 C 51 100 8 100 8 74 C 8 52 46 44 46 18',
  'M 50 28 C 48 46 38 52 27 50 C 13 48 8 38 10 26 C 12 12 22 5 32 5 C 45 6 52 14 50 28 C 48 56 44 78 36 95',
];

const block = [
  'M 20 5 L 40 5 L 52 18 L 52 82 L 40 95 L 20 95 L 8 82 L 8 18 L 20 5',
  'M 14 22 L 32 5 L 32 95 M 16 95 L 48 95',
  'M 8 24 L 8 18 L 20 5 L 40 5 L 52 18 L 52 36 L 8 80 L 8 95 L 53 95',
  'M 8 22 L 8 18 L 20 5 L 40 5 L 52 18 L 52 36 L 40 48 L 24 48 M 40 48 L 52 60 L 52 82 L 40 95 L 20 95 L 8 82 L 8 78',
  'M 42 95 L 42 5 L 6 56 L 6 70 L 57 70',
  'M 52 5 L 9 5 L 9 42 L 40 42 L 53 55 L 53 82 L 40 95 L 20 95 L 8 82 L 8 78',
  'M 52 22 L 52 18 L 40 5 L 20 5 L 8 18 L 8 82 L 20 95 L 40 95 L 52 82 L 52 58 L 40 45 L 20 45 L 8 57',
  'M 7 18 L 7 5 L 54 5 L 54 14 L 26 60 L 26 95',
  'M 20 5 L 40 5 L 51 17 L 51 36 L 40 48 L 52 60 L 52 82 L 40 95 L 20 95 L 8 82 L 8 60 L 20 48 L 9 36 L 9 17 L 20 5 M 20 48 L 40 48',
  'M 8 78 L 8 82 L 20 95 L 40 95 L 52 82 L 52 18 L 40 5 L 20 5 L 8 18 L 8 42 L 20 55 L 40 55 L 52 43',
];

/** The hands that numbers on houses are written in. */
export const hands: readonly Hand[] = [
  { name: 'grotesque', strokes: grotesque, contrast: 1, flatEnd: 0.07, slant: 0 },
  { name: 'rounded', strokes: grotesque, contrast: 1, flatEnd: null, slant: 0 },
  { name: 'oblique', strokes: grotesque, contrast: 1.15, flatEnd: 0.07, slant: 0.2 },
  { name: 'geometric', strokes: geometric, contrast: 1, flatEnd: 0.07, slant: 0 },
  { name: 'roman', strokes: roman, contrast: 1.9, flatEnd: null, slant: 0 },
  { name: 'handwritten', strokes: handwritten, contrast: 1, flatEnd: null, slant: 0.15 },
  { name: 'block', strokes: block, contrast: 1, flatEnd: 0.07, slant: 0 },
];

interface Segment {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

const CURVE_PARTS = 10;

/** The strokes as straight segments in units of the box's height, with its middle at 0. */
function segmentsOf({ strokes, slant, contrast }: Hand, digit: number): Segment[] {
  const lines: (readonly [number, number])[][] = [];
  for (const [, command, rest] of (strokes[digit] as string).matchAll(/([MLC])([^MLC]*)/gu)) {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = (rest as string).trim().split(/\s+/u).map(Number);
    if (command === 'M') lines.push([[a, b]]);
    else if (command === 'L') lines.at(-1)!.push([a, b]);
    else {
      const [x, y] = lines.at(-1)!.at(-1)!;
      for (let i = 1; i <= CURVE_PARTS; i++) {
        const t = i / CURVE_PARTS;
        const s = 1 - t;
        const mix = (p: number, q: number, r: number, u: number): number =>
          s * s * s * p + 3 * s * s * t * q + 3 * s * t * t * r + t * t * t * u;
        lines.at(-1)!.push([mix(x, a, c, e), mix(y, b, d, f)]);
      }
    }
  }
  // Heights are stretched by the contrast, and so are distances to horizontal strokes.
  const placed = lines.map((line) => line.map(([x, y]) => [(x - 30 + slant * (50 - y)) / 100, (contrast * (y - 50)) / 100] as const));
  return placed.flatMap((line) => {
    const isClosed = line[0]![0] === line.at(-1)![0] && line[0]![1] === line.at(-1)![1];
    return line.slice(1).map(([x, y], i) => {
      const [fromX, fromY] = line[i]!;
      return {
        x: fromX,
        y: fromY,
        dx: x - fromX,
        dy: y - fromY,
        isFirst: i === 0 && !isClosed,
        isLast: i === line.length - 2 && !isClosed,
      };
    });
  });
}

const known = new Map<string, Glyph>();

/** A digit in a hand, with so many samples in its height. */
export function glyph(hand: Hand, digit: number, density: number): Glyph {
  const key = `${hand.name} ${digit} ${density}`;
  const found = known.get(key) ?? drawn(hand, digit, density);
  known.set(key, found);
  return found;
}

function drawn(hand: Hand, digit: number, density: number): Glyph {
  const segments = segmentsOf(hand, digit);
  const [columns, rows] = [2 * Math.ceil(REACH.x * density) + 1, 2 * Math.ceil(REACH.y * density) + 1];
  const distances = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const [x, y] = [(column - (columns - 1) / 2) / density, (hand.contrast * (row - (rows - 1) / 2)) / density];
      let nearest = Infinity;
      for (const segment of segments) nearest = Math.min(nearest, squaredDistance(segment, hand.flatEnd, x, y));
      distances[row * columns + column] = Math.sqrt(nearest);
    }
  return { distances, columns, rows, density };
}

function squaredDistance({ x, y, dx, dy, isFirst, isLast }: Segment, flatEnd: number | null, px: number, py: number): number {
  const [qx, qy] = [px - x, py - y];
  const length = dx * dx + dy * dy;
  const along = (qx * dx + qy * dy) / length;
  if (flatEnd !== null && ((along < 0 && isFirst) || (along > 1 && isLast))) {
    // Beyond a flat end the stroke's own half width is already used up.
    const beyond = (along < 0 ? -along : along - 1) * Math.sqrt(length);
    const across = Math.abs(qx * dy - qy * dx) / Math.sqrt(length);
    const end = Math.max(across, flatEnd + beyond);
    return end * end;
  }
  const t = along < 0 ? 0 : along > 1 ? 1 : along;
  const [ex, ey] = [qx - t * dx, qy - t * dy];
  return ex * ex + ey * ey;
}

/** The distance from (x, y) to a glyph's strokes; beyond the grid infinite. */
export function distanceTo({ distances, columns, rows, density }: Glyph, x: number, y: number): number {
  const [u, v] = [x * density + (columns - 1) / 2, y * density + (rows - 1) / 2];
  if (!(u >= 0 && v >= 0 && u < columns - 1 && v < rows - 1)) return Infinity;
  const [i, j] = [u | 0, v | 0];
  const [s, t] = [u - i, v - j];
  const at = j * columns + i;
  const above = distances[at]! * (1 - s) + distances[at + 1]! * s;
  const below = distances[at + columns]! * (1 - s) + distances[at + columns + 1]! * s;
  return above * (1 - t) + below * t;
}
