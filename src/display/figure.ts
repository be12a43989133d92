// The frame that every figure shares: title, note, plot with axes, colour bar, readout.
import { horizontalAxis, HORIZONTAL_AXIS_HEIGHT, verticalAxis, type AxisDrawing } from './axes.js';
import { colorBar, colorBarHeading, colorBarWidth, NAN_SIGN_HEIGHT, type ColorBar } from './color-bar.js';
import { element, fitText, HAIRLINE, INK, label, MUTED, SMALL, svgDocument, textWidth, TITLE, wrapText, type Svg } from './svg.js';

/** A finished drawing: SVG text of `width` by `height` CSS px, and the same in words for where there are no pictures. */
export interface Figure {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
  readonly text: string;
  /** Drawn cells along the longer side of a plane: what its size in bytes depends on. */
  readonly cells?: number;
  /** The data behind the drawing under its own MIME type, for a renderer that draws it interactively; or as much of them as some bytes hold. */
  readonly data?: { readonly mime: string } & ({ readonly value: object } | { readonly within: (bytes: number) => object });
}

/** What a framed figure holds. `plot` draws it with its upper left corner at x, y. */
export interface FrameContent {
  readonly title: string;
  readonly note?: string | undefined;
  readonly width: number;
  readonly height: number;
  readonly plot: (x: number, y: number) => readonly Svg[];
  readonly xAxis: AxisDrawing;
  readonly yAxis: AxisDrawing;
  readonly colorBar?: ColorBar | undefined;
  /** Sentences under the drawing: what was found in it. */
  readonly readout: readonly string[];
}

const PADDING = 12;
const LINE = 15;
const MIN_CONTENT_WIDTH = 300;
const MIN_BAR_HEIGHT = 96;

/** Lays the parts of a figure out and draws them. */
export function drawFrame(content: FrameContent): Pick<Figure, 'svg' | 'width' | 'height'> {
  const { title, note, xAxis, yAxis, colorBar: bar } = content;
  const axisRoom = Math.ceil(Math.max(...yAxis.ticks.map(({ text }) => textWidth(text)), 12)) + 26;
  const barHeight = Math.max(content.height, MIN_BAR_HEIGHT);
  const barRoom = bar ? colorBarWidth(bar, barHeight) + 4 : 0;
  const natural = axisRoom + content.width + (bar ? 12 + barRoom : 12);
  const inner = Math.max(MIN_CONTENT_WIDTH, natural);
  const width = Math.ceil(inner + 2 * PADDING);

  let y = PADDING + TITLE - 2;
  const heading: Svg[] = [label(PADDING, y, fitText(title, inner, TITLE, 600), { fill: INK, size: TITLE, weight: 600 })];
  for (const text of note === undefined ? [] : wrapText(note, inner)) heading.push(label(PADDING, (y += LINE), text));

  const plotX = PADDING + axisRoom;
  const plotY = y + (bar && colorBarHeading(bar, barHeight) !== '' ? 26 : 14);
  const barX = plotX + content.width + 12;
  let bottom = plotY + content.height + HORIZONTAL_AXIS_HEIGHT;
  if (bar) bottom = Math.max(bottom, plotY + barHeight + (bar.distribution.nan > 0 ? NAN_SIGN_HEIGHT : 6));
  const readout = content.readout.flatMap((sentence) => wrapText(sentence, inner));
  const lines = readout.map((text, i) => label(PADDING, bottom + 16 + i * LINE, text, { fill: i === 0 ? INK : MUTED }));
  const height = Math.ceil(bottom + (readout.length > 0 ? 16 + (readout.length - 1) * LINE : 0) + PADDING);

  const svg = svgDocument(
    width,
    height,
    title,
    ...heading,
    ...content.plot(plotX, plotY),
    horizontalAxis(xAxis, plotX, plotY + content.height),
    verticalAxis(yAxis, plotX, plotY, axisRoom),
    ...(bar ? [colorBar(bar, barX, plotY, barHeight)] : []),
    ...lines,
  );
  return { svg, width, height };
}

/** A figure for input with nothing in it: says what would be shown here. */
export function drawEmpty(title: string, note: string | undefined, message: readonly string[]): Figure {
  const [width, height] = [372, 180];
  const box = { x: PADDING, y: 44, width: width - 2 * PADDING, height: height - 44 - PADDING };
  const lines = message.flatMap((sentence) => wrapText(sentence, box.width - 32));
  const firstLine = box.y + box.height / 2 + 0.34 * SMALL - ((lines.length - 1) * LINE) / 2;
  const svg = svgDocument(
    width,
    height,
    title,
    label(PADDING, PADDING + TITLE - 2, fitText(title, box.width, TITLE, 600), { fill: INK, size: TITLE, weight: 600 }),
    ...(note === undefined ? [] : [label(PADDING, PADDING + TITLE - 2 + LINE, fitText(note, box.width))]),
    element('rect', { ...box, rx: 2, fill: 'none', stroke: HAIRLINE, 'stroke-width': 1, 'stroke-dasharray': '3 3' }),
    ...lines.map((text, i) => label(width / 2, firstLine + i * LINE, text, { anchor: 'middle' })),
  );
  return { svg, width, height, text: `${title}: ${message.join(' ')}` };
}
