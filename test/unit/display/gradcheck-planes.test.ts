import { expect } from 'chai';
import { planesOf, planesOfWorst, reducePlane, type Reduction } from '../../../src/display/gradcheck-planes.js';
import { noise } from './gradcheck-reports.js';

describe('planes of a gradient', () => {
  it('of the worst elements stand in their order, each once', () => {
    const at = (...index: number[]): { index: number[] } => ({ index });
    const worstElements = [at(2, 1, 0, 0), at(0, 1, 2, 1), at(2, 1, 2, 2), at(1, 0, 0, 1)];
    expect(planesOfWorst({ worst: at(2, 1, 0, 0), worstElements }, planesOf([3, 2, 3, 3]))).to.deep.equal([5, 1, 2]);
    expect(planesOfWorst({ worst: at(0, 1), worstElements: [] }, planesOf([3, 2]))).to.deep.equal([0]);
  });

  describe('that are reduced', () => {
    const axis = (size: number, count: number, pool = size / count): Reduction => ({ size, pool, count });

    it('stay as they are where no cells are joined', () => {
      const values = noise(12, 1);
      expect(reducePlane(values, axis(3, 3), axis(4, 4), Math.abs)).to.deep.equal(values);
    });

    it('keep of each block the error furthest from 0, with its sign', () => {
      const values = [1, -3, 2, 0, -1, 0.5, 2, 2, 0, -5];
      expect([...reducePlane(values, axis(2, 1), axis(5, 3, 2), Math.abs)]).to.deep.equal([-3, 2, -5]);
    });

    it('keep of each block the highest level, of which −∞ is the lowest', () => {
      const values = [-60, -3, -Infinity, -20, -40, -Infinity, -Infinity, -Infinity];
      expect([...reducePlane(values, axis(1, 1), axis(8, 4), Number)]).to.deep.equal([-3, -20, -40, -Infinity]);
    });

    it('lose no value where cells become fewer by a fraction', () => {
      for (const [size, count] of [
        [512, 362],
        [513, 512],
        [7, 5],
        [49, 7],
      ] as const) {
        for (let at = 0; at < size; at++) {
          const values = new Float64Array(size);
          values[at] = -1;
          const kept = [...reducePlane(values, axis(1, 1), axis(size, count), Math.abs)].flatMap((value, i) => (value === 0 ? [] : [i]));
          // A value across a boundary is kept at both sides.
          const [first, last] = [Math.floor((at * count) / size), Math.ceil(((at + 1) * count) / size) - 1];
          expect(kept, `${at} of ${size}`).to.deep.equal(Array.from({ length: last - first + 1 }, (_, i) => first + i));
        }
      }
    });

    it('show a NaN, whatever stands beside it', () => {
      expect([...reducePlane([NaN, 9, 9, NaN, 1, 2], axis(1, 1), axis(6, 3), Math.abs)]).to.deep.equal([NaN, NaN, 2]);
    });
  });
});
