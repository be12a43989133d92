import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { distanceTo, glyph, hands } from '../../../src/data/digit-glyphs.js';
import { interruptSlots, watchInterrupts } from '../../../src/graph/interrupt.js';
import * as pv from '../../../src/index.js';
import { failureOf } from './files.js';

const hand = (name: string): (typeof hands)[number] => hands.find((each) => each.name === name)!;

async function bytesOf({ images }: pv.data.LabelledImages): Promise<Uint8Array> {
  return Uint8Array.from(await images.data(), (value) => Math.round(255 * value));
}

describe('pv.data.digits', () => {
  before(() => pv.setDevice('cpu'));

  it('gives images of 0 to 1 and each digit equally often', async () => {
    const { train, test, classes } = await pv.data.digits({ count: 200, testCount: 50, seed: 1 });
    expect([train.images.shape, test.images.shape, train.labels.dtype]).to.deep.equal([[200, 3, 32, 32], [50, 3, 32, 32], 'int32']);
    expect(classes).to.deep.equal(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    for (const [part, each] of [
      [train, 20],
      [test, 5],
    ] as const) {
      const labels = (await part.labels.array()) as number[];
      expect(classes.map((_, digit) => labels.filter((label) => label === digit).length)).to.deep.equal(classes.map(() => each));
    }
    expect(await train.images.min().item()).to.be.at.least(0);
    expect(await train.images.max().item()).to.be.within(0.9, 1);
  });

  it('the same seed gives the same bytes on every machine', async () => {
    // Whoever changes how digits are drawn changes these on purpose.
    const known: Readonly<Record<number, string>> = { 0: '1edbd8a41daa1ada', 0.5: '5c666d9cd0e556e6', 1: 'e83c2c41e413ba4d' };
    for (const [difficulty, hash] of Object.entries(known)) {
      const part = await pv.data.digits({ count: 70, seed: 5, split: 'train', difficulty: Number(difficulty) });
      expect(
        createHash('sha256')
          .update(await bytesOf(part))
          .digest('hex')
          .slice(0, 16),
        difficulty,
      ).to.equal(hash);
    }
  });

  it('the first pictures of a longer set are those of a shorter one; other seeds and the other part have others', async () => {
    const draw = async (count: number, seed: number, split: 'train' | 'test'): Promise<string> => {
      const options = split === 'train' ? { count } : { testCount: count };
      const part = await pv.data.digits({ ...options, seed, split, size: 16 });
      return (
        Buffer.from((await bytesOf(part)).subarray(0, 10 * 3 * 256)).toString('hex') + String(await part.labels.slice([0], [10]).array())
      );
    };
    const first = await draw(10, 2, 'train');
    expect(await draw(30, 2, 'train')).to.equal(first);
    expect(await draw(10, 3, 'train')).not.to.equal(first);
    expect(await draw(10, 2, 'test')).not.to.equal(first);
  });

  it('labels tell what is seen: templates of one set know the digits of another, the easier the better', async () => {
    // Each picture's brightness less its mean, at unit length; its sign is lost, since ink may be brighter or darker than the wall.
    const normal = async (part: pv.data.LabelledImages): Promise<{ rows: Float64Array[]; labels: number[] }> => {
      const data = await part.images.data();
      const labels = (await part.labels.array()) as number[];
      const rows = labels.map((_, i) => {
        const row = Float64Array.from(data.subarray(i * 1024, (i + 1) * 1024));
        const mean = row.reduce((sum, value) => sum + value, 0) / 1024;
        const length = Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0));
        const border = [0, 31, 992, 1023].reduce((sum, at) => sum + row[at]!, 0) / 4;
        // Corners show the wall.
        return row.map((value) => ((value - mean) / length) * (border > mean ? -1 : 1));
      });
      return { rows, labels };
    };
    const accuracy = async (difficulty: number): Promise<number> => {
      const { train, test } = await pv.data.digits({ count: 600, testCount: 200, channels: 1, seed: 4, difficulty });
      const [learned, asked] = [await normal(train), await normal(test)];
      const templates = Array.from({ length: 10 }, () => new Float64Array(1024));
      learned.rows.forEach((row, i) => row.forEach((value, at) => (templates[learned.labels[i]!]![at]! += value)));
      const likeness = (row: Float64Array, digit: number): number =>
        row.reduce((sum, value, at) => sum + value * templates[digit]![at]!, 0);
      const right = asked.rows.filter((row, i) => {
        const scores = templates.map((_, digit) => likeness(row, digit));
        return scores.indexOf(Math.max(...scores)) === asked.labels[i];
      });
      return right.length / asked.rows.length;
    };
    const [easy, middle, hard] = [await accuracy(0), await accuracy(0.5), await accuracy(1)];
    expect(easy).to.be.greaterThan(0.8);
    expect(middle).to.be.within(0.2, easy - 0.1);
    expect(hard).to.be.lessThan(middle);
  });

  it('sizes and channels are as asked for, and a larger picture shows the same', async () => {
    const wide = await pv.data.digits({ count: 2, size: [16, 40], channels: 1, split: 'train' });
    expect(wide.images.shape).to.deep.equal([2, 1, 16, 40]);
    const [small, large] = await Promise.all(
      [24, 96].map((size) => pv.data.digits({ count: 20, size, seed: 8, split: 'train', difficulty: 0 })),
    );
    // Means over 4×4 of the larger ones: but for noise, and edges by one sample, it is the smaller picture.
    const means = large!.images.reshape([20, 3, 24, 4, 24, 4]).mean({ axis: [3, 5] });
    expect(await means.sub(small!.images).abs().mean().item()).to.be.lessThan(0.03);
  });

  it('stops when people ask it to', async () => {
    const flag = new SharedArrayBuffer(8);
    watchInterrupts(flag);
    try {
      const drawn = pv.data.digits({ count: 10_000 });
      Atomics.store(new Int32Array(flag), interruptSlots.requested, 1);
      expect(await failureOf(drawn)).to.equal('interrupted');
    } finally {
      watchInterrupts(null);
    }
  });

  it('says what an option must be', async () => {
    const failure = (options: object): Promise<string> => failureOf(pv.data.digits(options));
    expect(await failure({ count: 0 })).to.equal('digits: count is 0, but must be a positive integer');
    expect(await failure({ testCount: 1.5 })).to.match(/^digits: testCount is 1\.5, but must be a positive integer/);
    expect(await failure({ size: 4 })).to.equal('digits: size: height is 4, but must be an integer of at least 8');
    expect(await failure({ size: [32] })).to.match(/^digits: size is \[32\], but must be a number or \[height, width\]/);
    expect(await failure({ channels: 2 })).to.equal('digits: channels is 2, but must be 1 or 3');
    expect(await failure({ difficulty: 1.2 })).to.equal('digits: difficulty is 1.2, but must be 0 to 1');
    expect(await failure({ seed: 'x' })).to.equal("digits: seed is 'x', but must be an integer");
    expect(await failure({ split: 'extra' })).to.equal("digits: split is 'extra', but must be one of 'train', 'test'");
  });
});

describe('glyphs', () => {
  const density = 100;

  it("distances are those to the strokes: a vertical line's sides and its flat end", () => {
    const one = glyph(hand('geometric'), 1, density);
    expect(distanceTo(one, 0.2, 0.1)).to.be.closeTo(0.2, 1e-6);
    // The line ends at 0.45; beyond it a flat end is as far as half a stroke and the rest.
    expect(distanceTo(one, 0, 0.5)).to.be.closeTo(0.07 + 0.05, 1e-6);
    expect(distanceTo(one, 0.2, 0.5)).to.be.closeTo(0.2, 1e-6);
    expect(distanceTo(one, 5, 0)).to.equal(Infinity);
  });

  it('a round end is as far as its point', () => {
    // The rounded hand's 1 ends at (34, 95) of its box.
    expect(distanceTo(glyph(hand('rounded'), 1, density), 0.04 + 0.03, 0.45 + 0.04)).to.be.closeTo(0.05, 1e-6);
  });

  it('a closed curve is everywhere as far as the ellipse that it draws', () => {
    const zero = glyph(hand('rounded'), 0, density);
    for (const [x, y, expected] of [
      [0.25, 0, 0],
      [0, 0.45, 0],
      [0, 0, 0.25],
      [0.35, 0, 0.1],
      [0, -0.5, 0.05],
    ] as const)
      expect(distanceTo(zero, x, y), `${x}, ${y}`).to.be.closeTo(expected, 2e-3);
  });

  it('a 9 is a 6 turned by half', () => {
    const [six, nine] = [glyph(hand('grotesque'), 6, density), glyph(hand('grotesque'), 9, density)];
    for (const [x, y] of [
      [0.1, 0.2],
      [-0.3, 0.4],
      [0.2, -0.45],
    ] as const)
      expect(distanceTo(nine, x, y)).to.be.closeTo(distanceTo(six, -x, -y), 1e-6);
  });

  it('contrast makes level strokes thinner, not upright ones', () => {
    const one = glyph(hand('roman'), 1, density);
    // Its foot lies at 95 of 100, its stem at 31 of 60.
    expect(distanceTo(one, -0.08, 0.5)).to.be.closeTo(1.9 * 0.05, 1e-6);
    expect(distanceTo(one, 0.11, 0)).to.be.closeTo(0.1, 1e-6);
  });

  it('every hand has all digits within its box', () => {
    for (const each of hands)
      for (let digit = 0; digit < 10; digit++) {
        const { distances, columns, rows } = glyph(each, digit, 24);
        const border = Array.from(distances).filter((_, i) => {
          const [x, y] = [i % columns, Math.floor(i / columns)];
          return x === 0 || y === 0 || x === columns - 1 || y === rows - 1;
        });
        expect(Math.min(...distances), `${each.name} ${digit}`).to.be.lessThan(0.03);
        expect(Math.min(...border), `${each.name} ${digit}`).to.be.greaterThan(0.12);
      }
  });
});
