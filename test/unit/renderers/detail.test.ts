// How views ask for finer values: one question at a time, and of those that came meanwhile the last.
import { expect } from 'chai';
import { askedCells, DetailRequests } from '../../../webview/ui/plane/detail.js';

describe('asking for detail', () => {
  const taken: string[] = [];
  let ended: AbortController;
  let requests: DetailRequests<string>;
  beforeEach(() => {
    taken.length = 0;
    ended = new AbortController();
    requests = new DetailRequests<string>(
      (answer) => void taken.push(answer),
      (reason) => void taken.push(`refused: ${reason}`),
      ended.signal,
      0,
    );
  });
  afterEach(() => ended.abort());

  /** A question that is answered by hand, and when it is asked. */
  function question(): {
    ask: () => Promise<string>;
    asked: Promise<void>;
    answer: (text: string) => void;
    refuse: (reason: string) => void;
  } {
    let [tell, answer, refuse]: [() => void, (text: string) => void, (reason: string) => void] = [
      () => undefined,
      () => undefined,
      () => undefined,
    ];
    const asked = new Promise<void>((resolve) => (tell = resolve));
    const answered = new Promise<string>((resolve, reject) => {
      answer = resolve;
      refuse = (reason) => reject(new Error(reason));
    });
    const ask = (): Promise<string> => {
      tell();
      return answered;
    };
    return { ask, asked, answer: (text) => answer(text), refuse: (reason) => refuse(reason) };
  }
  /** Timers of no length that were set before have fired. */
  const due = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('drops an answer, or a refusal, that is not wanted any more, and asks what is', async () => {
    for (const end of ['answer', 'refuse'] as const) {
      taken.length = 0;
      const [first, second] = [question(), question()];
      requests.ask(first.ask);
      await first.asked;
      requests.ask(second.ask);
      // The first is on its way still when the second is due.
      await due();
      first[end]('late');
      await second.asked;
      second.answer('wanted');
      await settled();
      expect(taken, end).to.deep.equal(['wanted']);
    }
  });

  it('says why there is none until something else is asked', async () => {
    const refused = question();
    requests.ask(refused.ask);
    await refused.asked;
    refused.refuse('no kernel');
    await settled();
    expect(taken).to.deep.equal(['refused: no kernel']);
    expect(requests.problem).to.equal('no kernel');
    requests.ask(question().ask);
    expect(requests.problem).to.equal('');
  });

  it('asks nothing once the view is gone', async () => {
    const late = question();
    requests.ask(late.ask);
    ended.abort();
    const isAsked = await Promise.race([late.asked.then(() => true), due().then(() => false)]);
    expect(isAsked).to.equal(false);
  });

  it('asks for whole cells and a margin of half on each side, as far as there are cells', () => {
    expect(askedCells({ top: 10.2, left: 0, bottom: 14.2, right: 8 }, 100, 9)).to.deep.equal({ top: 8, left: 0, bottom: 17, right: 9 });
  });
});
