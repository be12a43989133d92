// What a kernel holds for views: who may ask, what is pushed, and when it is let go.
import { expect } from 'chai';
import { askView, beginCellViews, closeView, openView, setViewHost } from '../../../src/display/live-views.js';

describe('live views', () => {
  const pushed: (readonly [string, unknown])[] = [];
  const goneReason = 'run the cell again';

  beforeEach(() => setViewHost({ push: (view, data) => void pushed.push([view, data]) }));
  afterEach(() => {
    setViewHost(null);
    pushed.length = 0;
  });

  /** Why a view does not answer; empty where it does. */
  const refusal = (name: string): Promise<string> =>
    askView(name, null).then(
      () => '',
      (error: unknown) => (error as Error).message,
    );

  it('are none where nobody can ask', () => {
    setViewHost(null);
    expect(openView(() => Promise.resolve(1))).to.equal(null);
  });

  it('answer under their own names, and push while they are held', async () => {
    const [a, b] = [1, 2].map((factor) => openView((request) => Promise.resolve(factor * Number(request))));
    expect(await askView(a?.name ?? '', 21)).to.equal(21);
    expect(await askView(b?.name ?? '', 21)).to.equal(42);
    a?.push({ step: 1 });
    closeView(a?.name ?? '');
    a?.push({ step: 2 });
    expect(pushed).to.deep.equal([[a?.name, { step: 1 }]]);
    expect(await refusal(a?.name ?? '')).to.contain(goneReason);
    expect(await refusal(b?.name ?? '')).to.equal('');
  });

  it('that are needed come back when they are asked for, with nothing pushed meanwhile, and are let go when they are not needed', async () => {
    let isNeeded = true;
    const view = openView(
      () => Promise.resolve(1),
      () => isNeeded,
    );
    const name = view?.name ?? '';
    closeView(name);
    view?.push('while it is gone');
    expect(await refusal(name)).to.equal('');
    view?.push('when it is back');
    closeView(name);
    isNeeded = false;
    view?.push('the end');
    expect(pushed).to.deep.equal([[name, 'when it is back']]);
    expect(await refusal(name)).to.contain(goneReason);
  });

  it('are let go when their cell runs again, and no others', async () => {
    const answer = (): Promise<number> => Promise.resolve(1);
    beginCellViews(3);
    const first = openView(answer)?.name ?? '';
    beginCellViews(4);
    const other = openView(answer)?.name ?? '';
    beginCellViews(3);
    expect(await refusal(first)).to.contain(goneReason);
    expect(await refusal(other)).to.equal('');
  });

  it('are held 32 at most: the oldest go first', async () => {
    const names = Array.from({ length: 40 }, () => openView(() => Promise.resolve(1))?.name ?? '');
    const refused = await Promise.all(names.map(async (name) => (await refusal(name)) !== ''));
    expect(refused).to.deep.equal(names.map((_, i) => i < 8));
  });
});
