import { expect } from 'chai';
import { roundTicks, unitWithExponent } from '../../../src/display/axes.js';
import { formatNumber } from '../../../src/display/number-format.js';
import { element, escapeXml, fitText, label, textWidth, wrapText } from '../../../src/display/svg.js';

describe('formatNumber', () => {
  const cases: readonly (readonly [value: number, text: string])[] = [
    [0, '0'],
    [16, '16'],
    [16.02, '16.0'],
    [0.0625, '0.0625'],
    [-12.345, '−12.3'],
    [1234.5, '1235'],
    [44100, '44100'],
    [89931.4, '89.9×10³'],
    [0.00012345, '123×10⁻⁶'],
    [9.999e9, '10.0×10⁹'],
    [1e-323, '9.88×10⁻³²⁴'],
    [-1.7e308, '−170×10³⁰⁶'],
    [NaN, 'NaN'],
    [-Infinity, '−∞'],
  ];
  for (const [value, text] of cases) it(`${String(value)} is ${text}`, () => expect(formatNumber(value)).to.equal(text));
});

describe('roundTicks', () => {
  const texts = (min: number, max: number, count: number): string[] => roundTicks(min, max, count).ticks.map(({ text }) => text);

  it('are round, inside the range, with as many decimals as their step needs and real minus signs', () => {
    expect(texts(-80, 0, 4)).to.deep.equal(['−80', '−60', '−40', '−20', '0']);
    expect(texts(0.0625, 0.25, 4)).to.deep.equal(['0.10', '0.15', '0.20', '0.25']);
    expect(texts(0, 1, 5)).to.deep.equal(['0', '0.2', '0.4', '0.6', '0.8', '1.0']);
  });

  it('take the power of ten out of very small and very large labels', () => {
    const small = roundTicks(0, 1.3e-35, 3);
    expect(small.exponent).to.equal(-36);
    expect(small.ticks.map(({ text }) => text)).to.deep.equal(['0', '5', '10']);
    expect(unitWithExponent('V', small.exponent)).to.equal('×10⁻³⁶ V');
    expect(roundTicks(-3e38, 3e38, 3)).to.deep.include({ exponent: 36 });
  });

  it('a range of one value has that one tick', () => {
    expect(texts(0.5, 0.5, 5)).to.deep.equal(['0.5']);
    expect(texts(0, 0, 5)).to.deep.equal(['0']);
  });
});

describe('svg', () => {
  it('text cannot become markup, in content and in attributes', () => {
    expect(element('text', { title: '"><script>' }, '<b>&"').markup).to.equal(
      '<text title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&amp;&quot;</text>',
    );
    expect(escapeXml('a\0b\uD800c\u{1F600}')).to.equal('a\uFFFDb\uFFFDc\u{1F600}');
  });

  it('a number that is not finite is refused, with the element that it was for', () => {
    expect(() => label(NaN, 0, 'x')).to.throw('svg: text x must be a finite number, but is NaN');
  });

  it('fitted text is not wider than its room and ends with an ellipsis', () => {
    const long = 'the spectrum of a rather long name of a picture.png';
    expect(fitText('short', 100)).to.equal('short');
    expect(fitText(long, 100)).to.match(/^the spectrum.*…$/u);
    expect(textWidth(fitText(long, 100))).to.be.at.most(100);
    wrapText(long, 100).forEach((row) => expect(textWidth(row)).to.be.at.most(100));
    expect(wrapText(long, 100).join(' ')).to.equal(long);
  });
});
