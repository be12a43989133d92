// Planes as views save them.
import { expect } from 'chai';
import { bytesFromText, bytesToText, floatsFromText, floatsToText } from '../../../src/protocol/numbers.js';
import { floatPlane, levelPlane, planeValues } from '../../../src/protocol/plane-data.js';

describe('planes as JSON', () => {
  const special = [NaN, Infinity, -Infinity];

  it('keep float32 numbers as they are', () => {
    const values = [0, -1.5, 2 ** -149, 3.4028234663852886e38, ...special];
    expect([...planeValues(floatPlane(values, 1, values.length))]).to.deep.equal(values);
  });

  it('keep levels to half a step, and what is no finite number as it is', () => {
    const values = Array.from({ length: 1000 }, (_, i) => -3 + i / 100);
    const kept = planeValues(levelPlane([...values, ...special], 1, 1003, -3, 7));
    const step = 10 / 252;
    values.forEach((value, i) => expect(kept[i]).to.be.closeTo(value, step / 2 + 1e-12));
    expect([...kept.subarray(1000)]).to.deep.equal(special);
  });

  it('take the nearer end for what lies outside of the levels', () => {
    expect([...planeValues(levelPlane([-9, 9], 1, 2, -1, 1))]).to.deep.equal([-1, 1]);
    expect([...planeValues(levelPlane([5, 5], 1, 2, 5, 5))]).to.deep.equal([5, 5]);
  });

  it('refuse text that does not hold as many numbers as the size says', () => {
    expect(() => planeValues({ ...floatPlane([1, 2], 1, 2), cols: 3 })).to.throw('8 bytes where 3 numbers take 12');
    expect(() => planeValues({ ...levelPlane([1, 2], 1, 2, 0, 1), cols: 3 })).to.throw('2 levels where [1, 3] needs 3');
  });

  it('travel as base64 of any length', () => {
    const bytes = Uint8Array.from({ length: 20_001 }, (_, i) => (i * 7) % 256);
    expect(bytesToText(bytes)).to.equal(Buffer.from(bytes).toString('base64'));
    expect([...bytesFromText(bytesToText(bytes))]).to.deep.equal([...bytes]);
    expect(floatsToText([1])).to.equal(Buffer.from(Float32Array.of(1).buffer).toString('base64'));
    expect([...floatsFromText(floatsToText([0.5, -2]))]).to.deep.equal([0.5, -2]);
  });
});
