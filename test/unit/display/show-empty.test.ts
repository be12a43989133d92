// Tensors that hold nothing: each view says so, and what would be there, and stops no cell.
import { expect } from 'chai';
import * as pv from '../../../src/index.js';
import { pngOf, shown } from './shown.js';

describe('views of nothing', () => {
  const cases: readonly (readonly [name: string, call: () => Promise<unknown>, result: unknown])[] = [
    ['image', () => pv.show.image(pv.zeros([3, 0])), undefined],
    ['spectrum', () => pv.show.spectrum(pv.zeros([0])), { peak: null }],
    ['spectrogram', () => pv.show.spectrogram(pv.zeros([0])), { peak: null, steady: null }],
    ['plot', () => pv.show.plot({ loss: pv.zeros([0]) }), undefined],
    ['matrix', () => pv.show.matrix(pv.zeros([0, 4])), { names: [], filled: 0, below: 0, above: 0 }],
    [
      'compare',
      () => pv.show.compare(pv.zeros([2, 0]), pv.zeros([2, 0])),
      { equal: true, maxError: 0, at: [], rms: 0, relative: 0, differing: 0 },
    ],
  ];
  for (const [name, call, result] of cases)
    it(`show.${name} says what would be there`, async () => {
      const { result: found, bundles, text } = await shown(call);
      expect(found).to.deep.equal(result);
      expect(bundles).to.have.lengthOf(1);
      expect(text).to.match(/Nothing to show: \[[\d, ]+\] holds no values\. .* would be here\.$/u);
      expect(pngOf(bundles[0]).length).to.be.above(1000);
    });
});
