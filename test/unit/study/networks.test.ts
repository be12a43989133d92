import { expect } from 'chai';
import { networks } from '../../../bench/study/networks.js';
import * as pv from '../../../src/index.js';

describe('the networks of the study', () => {
  it('have names of their own, give ten numbers for an image, and begin differently with another seed', async () => {
    await pv.setDevice('cpu');
    expect(new Set(networks.map(({ id }) => id)).size).to.equal(networks.length);
    expect(new Set(networks.map(({ title, size }) => `${title} ${size}`)).size).to.equal(networks.length);
    for (const { id, make, size } of networks) {
      expect(make(1).summary([2, 1, size, size]).layers.at(-1)?.output, id).to.deep.equal([2, 10]);
      const initial = (seed: number): Promise<number[][]> =>
        Promise.all(
          make(seed)
            .parameters()
            .map(async (parameter) => Array.from(await parameter.data())),
        );
      const first = await initial(1);
      expect(await initial(1), id).to.deep.equal(first);
      expect(await initial(2), id).not.to.deep.equal(first);
    }
  });

  it('that are one network computed in three ways begin alike', async () => {
    await pv.setDevice('cpu');
    const states = networks
      .filter(({ id, rateOf }) => id === 'conv5-direct' || rateOf === 'conv5-direct')
      .map(({ make }) => make(3).stateDict());
    expect(states).to.have.length(3);
    for (const [name, tensor] of states[0]!)
      for (const other of states.slice(1)) expect(await other.get(name)!.data(), name).to.deep.equal(await tensor.data());
  });
});
