import { expect } from 'chai';
import * as pv from '../../../src/index.js';
import { permutation } from '../../../src/data/permutation.js';
import { added, onEachDevice } from '../core/support.js';

/** The elements of a pass, batch by batch. */
async function passOf(batches: Iterable<{ readonly labels: pv.Tensor }>): Promise<number[][]> {
  const read: number[][] = [];
  for (const { labels } of batches) read.push((await labels.array()) as number[]);
  return read;
}

describe('permutation', () => {
  it('holds each position once, and each stands anywhere equally often', () => {
    const counts = Array.from({ length: 6 }, () => new Array<number>(6).fill(0));
    const passes = 6000;
    for (let number = 0; number < passes; number++) {
      const order = permutation(6, 9, number);
      expect([...order].sort()).to.deep.equal([0, 1, 2, 3, 4, 5]);
      order.forEach((value, at) => counts[value]![at]!++);
    }
    // Binomial with mean 1000 and deviation 29: six deviations are passed once in 10⁷.
    for (const count of counts.flat()) expect(count).to.be.within(1000 - 6 * 29, 1000 + 6 * 29);
  });
});

onEachDevice((device) => {
  describe('pv.data.batches', () => {
    const data = (count: number): { images: pv.Tensor; labels: pv.Tensor; classes: string[] } => ({
      images: pv
        .arange(count * 4)
        .astype('float32')
        .reshape([count, 1, 2, 2]),
      labels: pv.arange(count),
      classes: ['a'],
    });

    it('a pass takes each example once, images and labels together, on their device', async () => {
      const seen: number[] = [];
      for (const batch of pv.data.batches(data(10), { batchSize: 4, seed: 1 })) {
        expect(Object.keys(batch)).to.deep.equal(['images', 'labels']);
        const labels = (await batch.labels.array()) as number[];
        expect([batch.images.shape, batch.images.device]).to.deep.equal([[labels.length, 1, 2, 2], device]);
        expect(Array.from(await batch.images.data())).to.deep.equal(labels.flatMap((label) => [0, 1, 2, 3].map((i) => 4 * label + i)));
        seen.push(...labels);
      }
      expect(seen).not.to.deep.equal([...seen].sort((a, b) => a - b));
      expect(seen.sort((a, b) => a - b)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    it('each pass takes another order; the same seed takes the same ones, also from a later pass on', async () => {
      const first = pv.data.batches(data(20), { batchSize: 20, seed: 5 });
      const passes = [await passOf(first), await passOf(first), await passOf(first)];
      expect(new Set(passes.map(String)).size).to.equal(3);
      expect(first.epoch).to.equal(3);
      expect(await passOf(pv.data.batches(data(20), { batchSize: 20, seed: 5, epoch: 2 }))).to.deep.equal(passes[2]);
      expect(await passOf(pv.data.batches(data(20), { batchSize: 20, seed: 6 }))).not.to.deep.equal(passes[0]);
    });

    it('without shuffling the order is that of the data; the last batch is smaller, or left out', async () => {
      const plain = pv.data.batches(data(5), { batchSize: 2, shuffle: false });
      expect([plain.length, await passOf(plain)]).to.deep.equal([3, [[0, 1], [2, 3], [4]]]);
      const whole = pv.data.batches(data(5), { batchSize: 2, shuffle: false, dropLast: true });
      expect([whole.length, await passOf(whole)]).to.deep.equal([
        2,
        [
          [0, 1],
          [2, 3],
        ],
      ]);
    });

    it('batches of one size build no plan after the first', async () => {
      const each = pv.data.batches(data(32), { batchSize: 4, seed: 1 });
      const sums = async (): Promise<void> => {
        for (const { images } of each) await images.sum().item();
      };
      await sums();
      const { plansBuilt } = await added(sums);
      expect(plansBuilt).to.equal(0);
    });
  });
});

describe('pv.data.batches: errors say what was given, what was expected and what to do', () => {
  before(() => pv.setDevice('cpu'));
  const x = (): pv.Tensor => pv.zeros([4, 2]);
  const cases: readonly (readonly [what: string, data: () => unknown, options: object, expected: RegExp])[] = [
    ['a tensor', x, {}, /^batches: expects tensors by name, like \{images, labels\}, but was given a Tensor$/],
    ['a whole dataset', () => ({ train: { images: x() }, test: {} }), {}, /was given a Object; take its part `train` or `test`$/],
    [
      'tensors of different counts',
      () => ({ images: x(), labels: pv.zeros([3]) }),
      {},
      /labels is \[3\], but its first axis must count the examples, as that of images, \[4, 2\]/,
    ],
    ['a scalar', () => ({ images: pv.zeros([]) }), {}, /images is \[\], but its first axis must count/],
    ['no batch size', () => ({ images: x() }), { batchSize: 0 }, /^batches: batchSize is 0, but must be a positive integer$/],
    ['a shuffle that is a number', () => ({ images: x() }), { shuffle: 1 }, /^batches: shuffle is 1, but must be true or false$/],
    ['a seed that is none', () => ({ images: x() }), { seed: 0.5 }, /^batches: seed is 0\.5, but must be an integer$/],
  ];
  for (const [what, data, options, expected] of cases) {
    it(what, () => {
      expect(() => pv.data.batches(data() as object, options)).to.throw(expected);
    });
  }
});
