import { expect } from 'chai';
import { PNG } from 'pngjs';
import { colorAt } from '../../../src/display/color.js';
import { drawGradcheck } from '../../../src/display/gradcheck-figure.js';
import { subjectOf } from '../../../src/protocol/gradcheck.js';
import { rasterize } from '../../../src/display/raster.js';
import type { GradcheckReport } from '../../../src/gradcheck/report.js';
import { reportText } from '../../../src/gradcheck/report-text.js';
import {
  complexReport,
  convReport,
  inputReport,
  largeReport,
  lineReport,
  nanReport,
  noise,
  report,
  rounded,
  scalarReport,
} from './gradcheck-reports.js';

/** All text of a drawing, in its order. */
function textOf(svg: string): string {
  return Array.from(svg.matchAll(/<text[^>]*>([^<]*)<\/text>/gu), ([, content = '']) => content).join('\n');
}

/** Boxes of the images with `rows` by `cols` cells of about one shape: left, top, width, height in px. */
function tiles(svg: string, rows: number, cols: number): number[][] {
  return Array.from(svg.matchAll(/<image x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/gu), (match) =>
    match.slice(1).map(Number),
  ).filter(([, , width = 0, height = 0]) => Math.abs(width / height - cols / rows) < 0.01);
}

/** The colour in the middle of a cell of a tile. */
function colorIn(
  image: PNG,
  [left = 0, top = 0, width = 0, height = 0]: readonly number[],
  row: number,
  col: number,
  rows: number,
  cols: number,
): string {
  const x = Math.floor(2 * (left + ((col + 0.5) / cols) * width));
  const y = Math.floor(2 * (top + ((row + 0.5) / rows) * height));
  const at = 4 * (y * image.width + x);
  return `#${image.data.subarray(at, at + 3).toString('hex')}`;
}

/** How far apart two colours are, in their worst channel. */
function distance(a: string, b: string): number {
  const bytes = (color: string): number[] => [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16));
  return Math.max(...bytes(a).map((value, i) => Math.abs(value - (bytes(b)[i] ?? 0))));
}

describe('the picture of a gradient check', () => {
  it('puts the verdict first, then the cause and what to change, then the inputs, worst first', () => {
    const { svg, text } = drawGradcheck(convReport(false));
    const lines = textOf(svg).split('\n');
    expect(lines[0]).to.equal('✗');
    expect(lines[1]).to.match(/^dw is wrong/);
    const all = lines.join(' ');
    const order = [
      'forward values agree',
      'conjugate missing on Ĝ',
      'Write G.conj()',
      'max error of rms',
      'dw ✗ disagrees',
      'dx ✓ agrees',
      'Worst at',
    ];
    const places = order.map((words) => all.indexOf(words));
    expect(places).to.not.include(-1);
    expect(places).to.deep.equal([...places].sort((a, b) => a - b));
    expect(text).to.equal(String(convReport(false)));
  });

  it('draws every kernel’s error in the colours of analytic − oracle over the rms', async () => {
    const given = convReport(false);
    const { svg } = drawGradcheck(given);
    const image = PNG.sync.read(Buffer.from(await rasterize(svg)));
    const boxes = tiles(svg, 4, 3).slice(0, 6);
    expect(boxes).to.have.length(6);
    const input = given.inputs[1];
    if (input?.values.oracle == null) throw new Error('the oracle is known');
    const { analytic, oracle } = input.values;
    const rms = Math.hypot(...oracle) / Math.sqrt(72);
    const error = analytic.map((value, i) => (value - (oracle[i] ?? 0)) / rms);
    const limit = Math.max(...error.map(Math.abs));
    for (const [kernel, row, col] of [
      [0, 1, 0],
      [2, 0, 2],
      [3, 3, 1],
      [5, 2, 0],
    ] as const) {
      const value = error[kernel * 12 + row * 3 + col] ?? NaN;
      const expected = colorAt('diverging', (value / limit + 1) / 2);
      expect(distance(colorIn(image, boxes[kernel] ?? [], row, col, 4, 3), expected), `${kernel} ${row} ${col}`).to.be.below(8);
    }
  });

  it('of a passing check stays small, and noise stays faint: full colour is what would fail', async () => {
    const { svg, height } = drawGradcheck(convReport(true));
    const wrong = drawGradcheck(convReport(false));
    expect(textOf(svg))
      .to.match(/rounding noise: at most \d+% of what this check detects/)
      .and.not.include('spectrum');
    expect(height).to.be.below(1.3 * wrong.height);
    const image = PNG.sync.read(Buffer.from(await rasterize(svg)));
    const middle = colorAt('diverging', 0.5);
    for (const box of tiles(svg, 4, 3)) {
      for (let i = 0; i < 12; i++) expect(distance(colorIn(image, box, Math.floor(i / 3), i % 3, 4, 3), middle)).to.be.below(30);
    }
  });

  it('of a passing check of complex planes shows both parts side by side, large enough to see, with their names in full', () => {
    const oracle = noise(2 * 2 * 2 * 16 * 9, 3);
    const given = { name: 'spectra', shape: [2, 2, 16, 9], dtype: 'complex64', analytic: rounded(oracle), oracle } as const;
    const { svg } = drawGradcheck(report([inputReport(given)]));
    const found = tiles(svg, 16, 9);
    expect(found).to.have.lengthOf(6);
    for (let at = 0; at < 6; at += 2) expect(found[at]?.[1]).to.equal(found[at + 1]?.[1]);
    for (const [, , width, height] of found) expect([width, height].map(Number)).to.satisfy(([w, h]: number[]) => w! >= 36 && h! >= 64);
    expect(textOf(svg).match(/^\[[01], [01]\] (re|im)$/gm)).to.have.lengthOf(6);
  });

  it('shows the worst of many planes and says of how many', () => {
    const { svg } = drawGradcheck(largeReport());
    expect(textOf(svg)).to.include('Error of dw, worst 6 of 4\u2009096 planes');
    // The error and the spectrum of each.
    expect(tiles(svg, 3, 3)).to.have.length(12);
    expect(textOf(svg).match(/^\[17, \d+\]$/gm)).to.have.length(12);
  });

  it('shows the gradient where the error is not known of every element, and says so', () => {
    const text = textOf(drawGradcheck(largeReport(4096)).svg);
    expect(text).to.include('Gradient dw').and.to.include('known at 4\u2009096 of 36\u2009864 elements');
    expect(text).to.not.include('Error of dw');
    expect(text).to.include('6 of 4\u2009096 planes').and.to.not.include('worst 6');
  });

  it('says of a cause that it is of the forward values, in the words of the report', () => {
    const wrong = { ...convReport(false), forward: { ok: false, maxError: 0.5, detectable: 1e-6 } };
    const given = { ...wrong, diagnosis: wrong.diagnosis.flatMap((cause) => [{ ...cause, input: 'forward' }, cause]) };
    for (const text of [textOf(drawGradcheck(given).svg), reportText(given)]) {
      expect(text)
        .to.include('the forward values: conjugate missing on Ĝ')
        .and.to.include('dw: conjugate missing on Ĝ')
        .and.to.not.include('dforward');
    }
    expect(given.diagnosis.map(subjectOf)).to.deep.equal(['the forward values', 'dw']);
  });

  it('keeps the peaks of a spectrum of more frequencies than fit', () => {
    const oracle = noise(8 * 2000, 9);
    // A wave along the rows: two frequencies of 16 000.
    const analytic = oracle.map((value, i) => value + Math.cos((2 * Math.PI * 211 * (i % 2000)) / 2000));
    const { svg } = drawGradcheck(report([inputReport({ name: 'w', shape: [8, 2000], oracle, analytic })]));
    const images = Array.from(svg.matchAll(/<image [^>]*base64,([^"]+)"/gu), ([, data = '']) => PNG.sync.read(Buffer.from(data, 'base64')));
    const spectrum = images.filter(({ width }) => width > 100)[1];
    if (!spectrum) throw new Error('the error and its spectrum are drawn');
    expect(spectrum.width).to.be.below(1000);
    const colors = Array.from({ length: spectrum.data.length / 4 }, (_, i) => spectrum.data.subarray(4 * i, 4 * i + 3).toString('hex'));
    const peaks = colors.filter((color) => distance(`#${color}`, colorAt('viridis', 1)) < 3).length;
    expect(peaks).to.equal(2);
  });

  const oracle = noise(12, 4);
  const plain = inputReport({ name: 'a', shape: [3, 4], oracle, analytic: oracle });
  const cases: readonly (readonly [what: string, given: GradcheckReport, said: RegExp])[] = [
    ['a line', lineReport(), /Its spectrum[^]*cycles\/sample/],
    ['a long line', lineReport(5000), /Its spectrum/],
    ['a line too long for its spectrum', lineReport(5003), /Too long to be transformed/],
    ['one number', scalarReport(), /dscale is one number\nbackward\n−2\.71828/],
    ['one wrong number', scalarReport(false), /differences and forward mode agree/],
    ['complex values', complexReport(), /re\n?[^]*im/],
    ['NaN and infinities', nanReport(), /∞[^]*NaN/],
    ['no error at all', report([plain]), /agree in every bit/],
    ['no V-curve', report([inputReport({ name: 'a', shape: [3, 4], oracle, analytic: oracle, curve: null })]), /Error of da/],
    [
      'all NaN',
      report([inputReport({ name: 'a', shape: [3, 4], oracle, analytic: oracle.map(() => NaN) })]),
      /A NaN or an infinity reaches/,
    ],
    ['a gradient of 0', report([inputReport({ name: 'a', shape: [3, 4], oracle: new Float64Array(12), analytic: oracle })]), /disagrees/],
    [
      'values near 10³⁸',
      report([inputReport({ name: 'a', shape: [5], oracle: oracle.slice(0, 5).map((x) => 1e38 * x), analytic: oracle.slice(0, 5) })]),
      /disagrees/,
    ],
    [
      'a forward that is wrong',
      { ...report([plain]), ok: false, verdict: '', forward: { ok: false, maxError: 0.5, detectable: 1e-6 } },
      /the forward values are wrong[^]*disagree with float64: max error 0\.5/,
    ],
    ['forty inputs', report(Array.from({ length: 40 }, (_, i) => ({ ...plain, name: `w${i}` }))), /28 more inputs/],
    ['no input', report([]), /agree/],
    [
      'long words',
      report([{ ...plain, name: 'a'.repeat(200) }], [{ input: 'a', hypothesis: 'b'.repeat(300), residual: NaN, change: 'c '.repeat(500) }]),
      /aaa/,
    ],
    ['markup in names', report([{ ...plain, name: '<image href="x"/>' }], [], ['</svg>']), /d&lt;image href=&quot;x&quot;\/&gt;/],
  ];
  for (const [what, given, said] of cases) {
    it(`draws ${what}`, async () => {
      const { svg } = drawGradcheck(given);
      expect(textOf(svg)).to.match(said);
      expect((await rasterize(svg)).length).to.be.within(1000, 300_000);
    });
  }
});
