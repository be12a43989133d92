// The static picture of a gradient check: the verdict, what is wrong and what to change, the inputs as a table, and for each the V-curve
// and the error as a picture with its spectrum.
import type { Figure } from './figure.js';
import type { GradcheckReport } from '../gradcheck/report.js';
import { pictureBlocks } from './gradcheck-pictures.js';
import { curveBlock, type Block } from './gradcheck-plots.js';
import { tableBlock, VERDICT } from './gradcheck-table.js';
import {
  blameOf,
  forwardSentence,
  gradientName,
  headline,
  MARKS,
  noiseSentence,
  pictureHindrance,
  residualText,
  worstText,
  type ShownInput,
} from './gradcheck-words.js';
import { subjectOf } from '../protocol/gradcheck.js';
import { MAX_CELLS } from './pixels.js';
import { element, FAINT, fitText, INK, label, MUTED, SMALL, svgDocument, textWidth, TITLE, wrapText, type Svg } from './svg.js';
import type { Diagnosis } from '../gradcheck/report.js';

const PADDING = 14;
const WIDTH = 780;
const LINE = 15;
const GAP = 14;
const CURVE_WIDTH = 216;
/** Of the V-curve: a passing check stays small. */
const CURVE_HEIGHTS = { wrong: 150, ok: 120 } as const;
const COLUMN_GAP = 24;
/** Inputs with pictures of their own, and rows in the table: a model may have a hundred parameters. */
const MOST = { pictures: 3, rows: 12 } as const;

/** Draws a report. Failing inputs come first, with spectra; a passing check stays small. */
export function drawGradcheck(report: GradcheckReport, maxCells: number = MAX_CELLS): Figure {
  const inner = WIDTH - 2 * PADDING;
  const inputs = [...report.inputs].sort((a, b) => Number(a.ok) - Number(b.ok) || (a.ok ? 0 : badness(b) - badness(a)));
  const failing = inputs.filter(({ ok }) => !ok);
  const pictured = (failing.length > 0 ? failing : inputs).slice(0, MOST.pictures);
  const blocks: Block[] = [
    titleBlock(report, inner),
    ...report.diagnosis.map((diagnosis) => diagnosisBlock(diagnosis, inner)),
    tableBlock(inputs.slice(0, MOST.rows), inner),
    ...pictured.map((input) => inputBlock(input, inner, maxCells)),
  ];
  const more = inputs.length - Math.max(pictured.length, Math.min(inputs.length, MOST.rows));
  const closing = [
    noiseSentence(report),
    more > 0 ? `${String(more)} more inputs stand in the report itself.` : '',
    ...pictured.flatMap((input) => (pictureHindrance(input) === '' ? [] : [`${gradientName(input)}: ${pictureHindrance(input)}`])),
    ...report.notes,
  ].filter((text) => text !== '');
  if (closing.length > 0)
    blocks.push(
      textBlock(
        closing.flatMap((text) => wrapText(text, inner)),
        inner,
      ),
    );

  const drawn: Svg[] = [];
  let y = PADDING;
  for (const block of blocks) {
    drawn.push(...block.draw(PADDING, y));
    y += block.height + GAP;
  }
  const height = Math.ceil(y - GAP + PADDING);
  const svg = svgDocument(WIDTH, height, headline(report), ...drawn);
  return { svg, width: WIDTH, height, text: String(report), cells: Math.min(maxCells, largestAxis(pictured)) };
}

function badness({ maxError }: ShownInput): number {
  return Number.isFinite(maxError) ? maxError : Number.MAX_VALUE;
}

function largestAxis(inputs: readonly ShownInput[]): number {
  return Math.max(0, ...inputs.map(({ shape }) => Math.max(0, ...shape.slice(-2))));
}

function titleBlock(report: GradcheckReport, width: number): Block {
  const mark = report.ok ? MARKS.ok : MARKS.wrong;
  const indent = textWidth(mark, TITLE + 3, 600) + 10;
  const lines = wrapText(headline(report), width - indent, TITLE + 2);
  return {
    width,
    height: 20 * lines.length + LINE,
    draw: (x, y) => [
      label(x, y + 14, mark, { fill: report.ok ? VERDICT.ok : VERDICT.wrong, size: TITLE + 3, weight: 600 }),
      ...lines.map((text, i) => label(x + indent, y + 14 + 20 * i, text, { fill: INK, size: TITLE + 2, weight: 600 })),
      label(x + indent, y + 12 + 20 * lines.length, forwardSentence(report)),
    ],
  };
}

/** A named cause: what it is, how well it explains the error, and what to change. */
function diagnosisBlock(diagnosis: Diagnosis, width: number): Block {
  const [indent, size] = [14, 12];
  const title = `${subjectOf(diagnosis)}: ${diagnosis.hypothesis}`;
  const change = wrapText(diagnosis.change, width - indent, size);
  const height = 18 + 16 * change.length;
  return {
    width,
    height,
    draw: (x, y) => [
      element('rect', { x, y, width: 3, height, fill: VERDICT.wrong }),
      label(x + indent, y + 12, title, { fill: INK, size: size + 1, weight: 600 }),
      label(x + indent + textWidth(title, size + 1, 600) + 10, y + 12, residualText(diagnosis)),
      ...change.map((text, i) => label(x + indent, y + 29 + 16 * i, text, { fill: INK, size })),
    ],
  };
}

/** V-curve, error and spectrum of one input beside each other; a passing one has no spectrum and so more room for its error. */
function inputBlock(input: ShownInput, width: number, maxCells: number): Block {
  const { ok } = input;
  const curve = input.curve === null ? [] : [curveBlock(input.curve, CURVE_WIDTH, CURVE_HEIGHTS[ok ? 'ok' : 'wrong'])];
  const room = width - (curve.length > 0 ? CURVE_WIDTH + COLUMN_GAP : 0);
  const blocks = [...curve, ...pictureBlocks(input, ok ? room : (room - COLUMN_GAP) / 2, !ok, maxCells)];
  const top = ok ? 6 : 42;
  return {
    width,
    height: top + Math.max(0, ...blocks.map(({ height }) => height)),
    draw: (x, y) => {
      let left = x;
      const drawn = blocks.flatMap((block) => {
        const parts = block.draw(left, y + top);
        left += block.width + COLUMN_GAP;
        return parts;
      });
      return [
        element('rect', { x, y: y - 3, width, height: 0.5, fill: FAINT }),
        ...(ok
          ? []
          : [
              label(x, y + 13, `${gradientName(input)}: ${blameOf(input)}`, { fill: INK, size: SMALL + 1, weight: 600 }),
              label(x, y + 28, fitText(worstText(input), width)),
            ]),
        ...drawn,
      ];
    },
  };
}

function textBlock(lines: readonly string[], width: number): Block {
  return {
    width,
    height: LINE * lines.length,
    draw: (x, y) => lines.map((text, i) => label(x, y + 11 + LINE * i, text, { fill: MUTED })),
  };
}
