import { expect } from 'chai';
import { inspect } from 'node:util';
import { printed } from '../../../src/display/printed.js';
import * as pv from '../../../src/index.js';

/** What a console would show of arguments with tensors, but for white space. */
async function shown(...args: unknown[]): Promise<string> {
  const values = await printed(args);
  return values === null
    ? 'as it is'
    : values
        .map((value) => inspect(value))
        .join(' ')
        .replaceAll(/\s+/g, ' ');
}

const text = 'Tensor [2] float64 on cpu float64 [2], 1 to 2 [1., 2.]';

describe('printed tensors', () => {
  before(() => pv.setDevice('cpu'));

  it('are those among the arguments, and one level down in lists and plain objects', async () => {
    const x = pv.tensor([1, 2]);
    expect(await shown('a', 1, { b: [2] })).to.equal('as it is');
    expect(await shown('a', x)).to.equal(`'a' ${text}`);
    expect(await shown([1, x])).to.equal(`[ 1, ${text} ]`);
    expect(await shown({ x, n: 1 })).to.equal(`{ x: ${text}, n: 1 }`);
    expect(await shown({ deep: { x } })).to.equal('as it is');
    expect(await shown(new Map([['x', x]]))).to.equal('as it is');
  });

  it('show the values that they had when they were printed', async () => {
    const x = pv.tensor([1, 2]);
    const before = shown(x);
    x.assign(x.mul(10));
    expect(await before).to.equal(text);
  });

  it('are found without running code of what they stand beside', async () => {
    const x = pv.tensor([1, 2]);
    let touched = 0;
    const shy = {
      x,
      get other() {
        return ++touched;
      },
    };
    expect(await shown(shy)).to.equal(`{ x: ${text}, other: [Getter] }`);
    await shown(new Proxy({ x }, { get: () => ++touched, ownKeys: () => [String(++touched)] }));
    expect(touched).to.equal(0);
  });

  it('are rows in a table', async () => {
    const x = pv.tensor([
      [1, 2],
      [3, 4],
    ]);
    const rows = [
      [
        [1, 2],
        [3, 4],
      ],
      [5],
    ];
    expect(await printed([x, pv.tensor([5])], true)).to.deep.equal(rows);
    expect(inspect((await printed([pv.zeros([2, 2, 2])], true))?.[0])).to.match(/^Tensor \[2, 2, 2\]/);
  });

  it('reject where there is no value', async () => {
    const gone = pv.tensor([1]);
    gone.dispose();
    expect(await shown(gone).catch((error: unknown) => String(error))).to.match(/was disposed/);
  });
});
