// A small writer of SVG text. Markup exists only as `Svg` values, so a string that reaches a drawing is always text and is escaped.

/** A piece of finished markup. Made in this file only. */
export class Svg {
  constructor(readonly markup: string) {}
}

/** Attribute values; `undefined` leaves the attribute out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Ink, captions, hairlines: the neutral colours of static copies, which lie on white. */
export const INK = '#1f2328';
export const MUTED = '#59636e';
export const HAIRLINE = '#8c959f';
export const FAINT = '#d1d9e0';
/** Drawn curves: a blue of viridis. */
export const CURVE = '#31688e';

/** The size of ticks and captions, in px. */
export const SMALL = 11;
/** The size of titles, in px. */
export const TITLE = 13;

/**
 * The class of images with sharp pixels. Browsers want `pixelated`, resvg knows only the attribute value `optimizeSpeed` and takes
 * any style that it can see for a wrong one; it does not look inside media queries.
 */
export const PIXELATED_CLASS = 'parseval-pixels';

const FONT_FAMILY = "'Source Sans 3', 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif";

/**
 * One element. String children become escaped text.
 * Throws if a number is not finite: a drawing with NaN in it shows nothing and says nothing.
 */
export function element(name: string, attributes: Attributes, ...children: readonly (Svg | string)[]): Svg {
  let markup = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    markup += ` ${key}="${typeof value === 'number' ? formatCoordinate(value, name, key) : escapeXml(value)}"`;
  }
  if (children.length === 0) return new Svg(`${markup}/>`);
  const content = children.map((child) => (typeof child === 'string' ? escapeXml(child) : child.markup)).join('');
  return new Svg(`${markup}>${content}</${name}>`);
}

/** Several elements as one, with attributes they share. */
export function group(attributes: Attributes, ...children: readonly Svg[]): Svg {
  return element('g', attributes, ...children);
}

/** How a line of text is set. `rotate` turns it about its anchor, in degrees. */
export interface TextStyle {
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly fill?: string;
  readonly size?: number;
  readonly weight?: 400 | 600;
  readonly rotate?: number;
}

/** A line of text whose baseline starts (or is centred, or ends) at x, y. */
export function label(x: number, y: number, content: string, style: TextStyle = {}): Svg {
  const { anchor = 'start', fill = MUTED, size = SMALL, weight = 400, rotate } = style;
  return element(
    'text',
    {
      x,
      y,
      fill,
      'font-size': size,
      'font-weight': weight === 400 ? undefined : weight,
      'text-anchor': anchor === 'start' ? undefined : anchor,
      transform: rotate === undefined ? undefined : `rotate(${String(rotate)} ${String(round(x))} ${String(round(y))})`,
    },
    content,
  );
}

/** A straight line. Hairlines are one device pixel of a 2× copy wide. */
export function line(x1: number, y1: number, x2: number, y2: number, attributes: Attributes = {}): Svg {
  return element('line', { x1, y1, x2, y2, stroke: HAIRLINE, 'stroke-width': 1, ...attributes });
}

/** A hairline around a plot, outside of its pixels. */
export function plotFrame(x: number, y: number, width: number, height: number): Svg {
  return element('rect', {
    x: x - 0.25,
    y: y - 0.25,
    width: width + 0.5,
    height: height + 0.5,
    fill: 'none',
    stroke: HAIRLINE,
    'stroke-width': 0.5,
  });
}

/** A whole drawing on white, `width` by `height` px, with a title for screen readers. */
export function svgDocument(width: number, height: number, title: string, ...children: readonly Svg[]): string {
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${String(width)} ${String(height)}`,
      role: 'img',
      'font-family': FONT_FAMILY,
    },
    element('title', {}, title),
    element('style', {}, `@media all{.${PIXELATED_CLASS}{image-rendering:pixelated}}`),
    element('rect', { width, height, fill: '#ffffff' }),
    ...children,
  ).markup;
}

/** A whole drawing as a part of another, its upper left corner at x, y. `document` is what `svgDocument` made. */
export function embedded(document: string, x: number, y: number): Svg {
  return group({ transform: `translate(${String(x)} ${String(y)})` }, new Svg(document));
}

/** Text safe inside XML content and double-quoted attributes; characters that XML forbids become U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

// Advance widths of Source Sans 3 Regular from U+0020 to U+007E in 1/1000 em (the font's hmtx table).
const ADVANCES = [
  200, 289, 426, 497, 497, 824, 609, 249, 303, 303, 418, 497, 249, 311, 249, 350, 497, 497, 497, 497, 497, 497, 497, 497, 497, 497, 249,
  249, 497, 497, 497, 425, 847, 543, 588, 571, 615, 527, 494, 617, 652, 263, 479, 579, 486, 727, 647, 664, 566, 664, 569, 534, 536, 645,
  515, 786, 513, 476, 539, 303, 350, 303, 497, 500, 542, 504, 553, 456, 555, 496, 292, 504, 544, 246, 247, 495, 255, 829, 547, 542, 555,
  555, 347, 419, 338, 544, 467, 719, 446, 467, 425, 303, 241, 303, 497,
] as const;
const TYPICAL_ADVANCE = 500;
const SEMIBOLD_FACTOR = 1.03;

/** The width of a line of text in px, within a few percent: good enough to lay out by. */
export function textWidth(content: string, size: number = SMALL, weight: 400 | 600 = 400): number {
  let thousandths = 0;
  for (const character of content) {
    const code = character.codePointAt(0) ?? 0;
    // Ideographs and pictures are as wide as they are high.
    thousandths += ADVANCES[code - 0x20] ?? (code >= 0x2e80 ? 1000 : TYPICAL_ADVANCE);
  }
  return (thousandths / 1000) * size * (weight === 600 ? SEMIBOLD_FACTOR : 1);
}

/** The text, cut with an ellipsis so that it is at most `width` px wide. */
export function fitText(content: string, width: number, size: number = SMALL, weight: 400 | 600 = 400): string {
  if (textWidth(content, size, weight) <= width) return content;
  const characters = Array.from(content);
  while (characters.length > 0 && textWidth(`${characters.join('')}…`, size, weight) > width) characters.pop();
  return `${characters.join('').trimEnd()}…`;
}

/** The text broken between words (never at the thin spaces of numbers) into lines of at most `width` px; a longer single word is cut. */
export function wrapText(content: string, width: number, size: number = SMALL): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of content.split(/[^\S\u2009]+/u).filter(Boolean)) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (current !== '' && textWidth(longer, size) > width) {
      lines.push(fitText(current, width, size));
      current = word;
    } else {
      current = longer;
    }
  }
  if (current !== '') lines.push(fitText(current, width, size));
  return lines;
}

function formatCoordinate(value: number, name: string, key: string): string {
  if (!Number.isFinite(value)) throw new Error(`svg: ${name} ${key} must be a finite number, but is ${String(value)}`);
  return String(round(value));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
