import { expect } from 'chai';
import { summarize } from '../../../src/display/table-text.js';

describe('summarize', () => {
  it('aligns columns and says dtype, shape and extent', () => {
    expect(summarize([1.5, -2.25, 3, 100], [2, 2], 'float32')).to.equal(
      'float32 [2, 2], -2.25 to 100\n[[  1.50,  -2.25],\n [  3.00, 100.00]]',
    );
  });

  it('cuts long axes in the middle', () => {
    const values = Array.from({ length: 10000 }, (_, i) => i);
    expect(summarize(values, [100, 100], 'int32')).to.equal(
      [
        'int32 [100, 100], 0 to 9999',
        '[[   0,    1,    2, …,   97,   98,   99],',
        ' [ 100,  101,  102, …,  197,  198,  199],',
        ' [ 200,  201,  202, …,  297,  298,  299],',
        ' …,',
        ' [9700, 9701, 9702, …, 9797, 9798, 9799],',
        ' [9800, 9801, 9802, …, 9897, 9898, 9899],',
        ' [9900, 9901, 9902, …, 9997, 9998, 9999]]',
      ].join('\n'),
    );
  });

  it('separates planes by a blank line', () => {
    expect(summarize([1, 2, 3, 4], [2, 1, 2], 'int32')).to.equal('int32 [2, 1, 2], 1 to 4\n[[[1, 2]],\n\n [[3, 4]]]');
  });

  it('writes complex numbers as pairs', () => {
    expect(summarize([1, 2, 0.5, -0.25], [2], 'complex64')).to.equal('complex64 [2]\n[1.00+2.00j, 0.50-0.25j]');
  });

  it('writes scalars, booleans, empties and values that are not finite', () => {
    expect(summarize([2.5], [], 'float64')).to.equal('float64 [] 2.5');
    expect(summarize([1, 0], [2], 'bool')).to.equal('bool [2]\n[ true, false]');
    expect(summarize([], [0, 5], 'float32')).to.equal('float32 [0, 5] empty');
    expect(summarize([1, NaN, -Infinity], [3], 'float32')).to.equal('float32 [3], 1 to 1, 2 not finite\n[  1.,  nan, -inf]');
  });

  it('uses exponents where the values span more than fixed decimals show', () => {
    expect(summarize([1e-38, 1e38], [2], 'float32')).to.equal('float32 [2], 1e-38 to 1e+38\n[1.000e-38, 1.000e+38]');
  });

  it('refuses values that do not fit the shape', () => {
    expect(() => summarize([1, 2, 3], [2], 'complex64')).to.throw('complex64 [2] needs 4 numbers, but 3 were given');
  });
});
