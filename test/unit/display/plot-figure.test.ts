// Plots: every point where its value belongs, computed here from the axes' labels, and what has no place said.
import { expect } from 'chai';
import { drawPlot, type PlotDrawing } from '../../../src/display/plot-figure.js';
import * as pv from '../../../src/index.js';
import { numbers } from '../../devices.js';
import { shown } from './shown.js';

const plain: Omit<PlotDrawing, 'series'> = { title: 'Plot', note: '', xLabel: 'x', yLabel: 'y', xScale: 'linear', yScale: 'linear' };
const list = (...values: readonly number[]): Float64Array => Float64Array.from(values);

/** The points of the curves' lines, in px of the plot, one list for each run of each curve. */
function linesOf(svg: string): [number, number][][] {
  const paths = [...svg.matchAll(/<path d="(M[^"]*)" fill="none"/g)].map(([, d = '']) => d);
  return paths.flatMap((d) =>
    d
      .split('M')
      .slice(1)
      .map((run) => run.split('L').map((at) => at.split(' ').map(Number) as [number, number])),
  );
}

/** The frame of the plot. */
const [width, height] = [480, 220];

describe('drawPlot', () => {
  it('puts each point where its value belongs, with room above and below', () => {
    const [x, y] = [list(0, 1, 4, 10), list(-1, 3, 2, 0)];
    const [line = []] = linesOf(drawPlot({ ...plain, series: [{ name: 'a', x, y }] }).svg);
    // 4% of the extent of y lie above and below it.
    const [low, high] = [-1 - 0.16, 3 + 0.16];
    line.forEach(([px, py], i) => {
      expect(px).to.be.closeTo((width * x[i]!) / 10, 0.006);
      expect(py).to.be.closeTo((height * (high - y[i]!)) / (high - low), 0.006);
    });
    expect(line).to.have.length(4);
  });

  it('puts equal ratios at equal distances on logarithmic axes, and says what they cannot show', () => {
    const [x, y] = [list(0, 1, 10, 100, 1000), list(5, 1e-6, 1e-4, 1e-2, 1)];
    const { svg, text } = drawPlot({ ...plain, series: [{ name: 'a', x, y }], xScale: 'log', yScale: 'log' });
    const [line = []] = linesOf(svg);
    expect(line.map(([px]) => px)).to.deep.equal([0, 160, 320, 480]);
    const steps = line.slice(1).map(([, py], i) => py - line[i]![1]);
    for (const step of steps) expect(step).to.be.closeTo(steps[0]!, 0.011);
    expect(text).to.include('1 point at or below 0, which a logarithmic axis does not show');
    expect(svg).to.match(/>10⁻⁶</);
  });

  it('breaks a curve where there is no number, and marks what stands alone', () => {
    const y = list(1, 2, NaN, 4, Infinity, 6, 7);
    const { svg, text } = drawPlot({ ...plain, series: [{ name: 'a', x: list(0, 1, 2, 3, 4, 5, 6), y }] });
    expect(linesOf(svg).map((run) => run.length)).to.deep.equal([2, 1, 2]);
    expect(svg.match(/<circle/g)).to.have.length(5);
    expect(text).to.include('2 points without a finite number: gaps');
  });

  it('draws a long curve as the mean and the extent of each column, so that no peak is lost', () => {
    const y = numbers(1, 96_000);
    y[50_000] = 30;
    const x = Float64Array.from(y.keys());
    const { svg } = drawPlot({ ...plain, series: [{ name: 'a', x, y }] });
    const [line = []] = linesOf(svg);
    expect(line).to.have.length(960);
    const [low, high] = [y.reduce((least, value) => Math.min(least, value)), 30];
    const at = (value: number): number => (height * (high + 0.04 * (high - low) - value)) / (1.08 * (high - low));
    const column = y.subarray(4800, 4900);
    const mean = column.reduce((sum, value) => sum + value, 0) / 100;
    expect(line[48]![1]).to.be.closeTo(at(mean), 0.05);
    const band = /<path d="(M[^"]*Z)" fill="#0072b2" fill-opacity/.exec(svg)?.[1] ?? '';
    const tops = band.match(/[\d.]+ [\d.]+/g)?.map((point) => Number(point.split(' ')[1])) ?? [];
    expect(Math.min(...tops)).to.be.closeTo(at(30), 0.05);
    expect(Math.max(...tops)).to.be.closeTo(at(low), 0.05);
  });

  it('names each of several curves in its own colour and dash', () => {
    const series = Array.from({ length: 9 }, (_, i) => ({ name: `curve ${i}`, x: list(0, 1), y: list(i, i + 1) }));
    const { svg } = drawPlot({ ...plain, series });
    const styles = [...svg.matchAll(/<line [^>]*stroke="(#[0-9a-f]{6})" stroke-width="2"(?: stroke-dasharray="([^"]*)")?/g)];
    expect(new Set(styles.map(([, colour, dash]) => `${colour} ${dash}`)).size).to.equal(9);
    for (let i = 0; i < 9; i++) expect(svg).to.include(`>curve ${i}<`);
  });
});

describe('show.plot', () => {
  before(() => pv.setDevice('cpu'));

  const plot = pv.show.plot as (...args: readonly unknown[]) => Promise<void>;
  const textOf = async (...args: readonly unknown[]): Promise<string> => (await shown(() => plot(...args))).text;

  it('takes a curve, several as rows, and several by name, over places of their own', async () => {
    expect(await textOf(pv.tensor([1, 4, 2]))).to.equal('Plot (3 points · cpu)\ny: 1 to 4, last 2');
    expect(
      await textOf(
        pv.tensor([
          [1, 2],
          [5, 5],
        ]),
      ),
    )
      .to.include('y 0: 1 to 2, last 2')
      .and.to.include('y 1: 5 throughout');
    const x = pv.tensor([10, 20, 30]);
    expect(await textOf({ loss: pv.tensor([3, 2, NaN]) }, { x, title: 'Loss' }))
      .to.include('Loss (3 points')
      .and.to.include('loss: 2 to 3, last 2');
  });

  const wrong: readonly (readonly [args: readonly unknown[], message: RegExp])[] = [
    [[[1, 2]], /expects a tensor, or an object \{name: tensor\}, but was given \[1, 2\]/],
    [[{}], /was given no curve/],
    [[{ a: 3 }], /expects a tensor, but was given 3/],
    [[pv.zeros([2, 2, 2])], /expects \[n\] for a curve or \[curves, n\] for several/],
    [[pv.complex(pv.zeros([3]), 1)], /a curve is real; use abs\(\)/],
    [[pv.zeros([40, 3])], /40 curves cannot be told apart; give at most 21/],
    [[pv.zeros([3]), { x: pv.zeros([4]) }], /x has shape \[4\], but y has 3 values; give x as \[3\]/],
    [[pv.zeros([3]), { yScale: 'dB' }], /yScale is 'dB', but must be one of 'linear', 'log'/],
    [[pv.zeros([3]), 'log'], /expects options like/],
  ];
  for (const [args, message] of wrong)
    it(`refuses what it cannot draw: ${message.source}`, async () => {
      const error = await textOf(...args).catch((problem: unknown) => String(problem));
      expect(error).to.match(message);
    });
});
