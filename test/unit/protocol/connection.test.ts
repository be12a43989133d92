// Requests, replies and events: what an end does with messages that fit its contract, and with all others.
import { expect } from 'chai';
import * as v from 'valibot';
import { Connection, ConnectionClosed, RemoteError } from '../../../src/protocol/connection.js';
import type { Handlers } from '../../../src/protocol/connection.js';
import type { Contract } from '../../../src/protocol/contract.js';
import { portPair, settled } from './ports.js';

const shop = {
  requests: {
    price: { params: v.strictObject({ item: v.string() }), result: v.strictObject({ price: v.number() }) },
    stock: { params: v.strictObject({}), result: v.nullable(v.array(v.string())) },
  },
  events: { order: v.strictObject({ item: v.string(), count: v.number() }) },
} as const satisfies Contract;
const nobody = { requests: {}, events: {} } as const satisfies Contract;

interface Opened {
  readonly client: Connection<typeof nobody, typeof shop>;
  readonly server: Connection<typeof shop, typeof nobody>;
  /** Makes the client's end say something, as if it were another program. */
  readonly say: (message: unknown) => void;
  readonly answers: readonly unknown[];
  readonly problems: string[];
  readonly clientProblems: string[];
  readonly closed: string[];
}

function open(handlers: Partial<Handlers<typeof shop>['requests']> = {}, onOrder: (item: string) => void = () => undefined): Opened {
  const [left, right] = portPair();
  const problems: string[] = [];
  const clientProblems: string[] = [];
  const closed: string[] = [];
  const server = new Connection(right, {
    here: shop,
    there: nobody,
    handlers: {
      requests: { price: ({ item }) => ({ price: item.length }), stock: () => ['pear'], ...handlers },
      events: { order: ({ item }) => onOrder(item) },
    },
    onProblem: (problem) => problems.push(problem),
    onClose: (reason) => closed.push(reason),
  });
  const client = new Connection(left, {
    here: nobody,
    there: shop,
    handlers: { requests: {}, events: {} },
    onProblem: (problem) => clientProblems.push(problem),
  });
  return { client, server, say: (message) => left.post(message), answers: right.posted, problems, clientProblems, closed };
}

/** The error with which a promise rejects. */
async function failure(promise: Promise<unknown>): Promise<Error> {
  const outcome: unknown = await promise.then(
    () => 'it resolved',
    (error: unknown) => error,
  );
  if (outcome instanceof Error) return outcome;
  throw new Error(`expected an error, but ${String(outcome)}`);
}

describe('a connection', () => {
  it('answers each request with its own result, in whatever order they come', async () => {
    const release: (() => void)[] = [];
    const { client } = open({
      price: ({ item }) => new Promise((resolve) => release.push(() => resolve({ price: item.length }))),
    });
    const asked = ['fig', 'pear', 'orange'].map((item) => client.request('price', { item }));
    await settled();
    release.reverse().forEach((go) => go());
    expect(await Promise.all(asked)).to.deep.equal([{ price: 3 }, { price: 4 }, { price: 6 }]);
    expect(client.waiting).to.equal(0);
  });

  it('delivers events in the order in which they were sent', async () => {
    const items: string[] = [];
    const { client } = open({}, (item) => items.push(item));
    for (const item of ['fig', 'pear', 'orange']) client.send('order', { item, count: 1 });
    await settled();
    expect(items).to.deep.equal(['fig', 'pear', 'orange']);
  });

  it("rejects with the handler's error, its name kept, when a handler throws or rejects", async () => {
    const { client, problems } = open({
      price: () => {
        throw new RangeError('sold out');
      },
      stock: () => Promise.reject(new Error('closed on Sundays')),
    });
    const thrown = await failure(client.request('price', { item: 'fig' }));
    expect(thrown).to.be.instanceOf(RemoteError).and.include({ message: 'sold out', remoteName: 'RangeError' });
    expect(await failure(client.request('stock', {}))).to.include({ message: 'closed on Sundays', remoteName: 'Error' });
    // An error of a handler is an answer, not a broken message.
    expect(problems).to.deep.equal([]);
  });

  it('rejects when a handler throws something that is no error', async () => {
    const { client } = open({
      price: () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error
        throw 'no';
      },
    });
    expect((await failure(client.request('price', { item: 'fig' }))).message).to.equal('no');
  });

  it('answers null as null', async () => {
    const { client } = open({ stock: () => null });
    expect(await client.request('stock', {})).to.equal(null);
  });

  it('refuses a request that it does not know, and names of Object.prototype are unknown, too', async () => {
    const { say, answers, problems } = open();
    const names = ['sell', 'constructor', '__proto__', 'toString', ''];
    names.forEach((name, id) => say({ kind: 'request', id, name, params: {} }));
    await settled();
    expect(problems).to.deep.equal(names.map((name) => `unknown request '${name}'`));
    expect(answers).to.deep.equal(
      names.map((name, id) => ({ kind: 'failure', id, error: { name: 'Error', message: `unknown request '${name}'` } })),
    );
  });

  it('refuses an event that it does not know, and one whose payload does not fit', async () => {
    const items: string[] = [];
    const { say, answers, problems } = open({}, (item) => items.push(item));
    say({ kind: 'event', name: 'valueOf', payload: {} });
    say({ kind: 'event', name: 'order', payload: { item: 'fig', count: 'one' } });
    say({ kind: 'event', name: 'order', payload: { item: 'fig', count: 1, price: 0 } });
    say({ kind: 'event', name: 'order', payload: null });
    await settled();
    expect(problems).to.have.length(4);
    expect(problems[0]).to.equal("unknown event 'valueOf'");
    expect(problems[1]).to.match(/^event 'order': count: .*number/);
    expect(problems[2]).to.match(/^event 'order': price: /);
    expect(answers).to.deep.equal([]);
    expect(items).to.deep.equal([]);
  });

  it('answers a request whose parameters do not fit with what is wrong, and does not call the handler', async () => {
    let calls = 0;
    const { say, answers, problems } = open({ price: () => ({ price: calls++ }) });
    say({ kind: 'request', id: 7, name: 'price', params: { item: 3 } });
    await settled();
    expect(calls).to.equal(0);
    expect(problems).to.have.length(1);
    expect(answers).to.have.length(1);
    expect(answers[0])
      .to.have.nested.property('error.message')
      .that.matches(/^request 'price': item: .*string/);
  });

  it('reports a handler of an event that throws, and goes on', async () => {
    const items: string[] = [];
    const { client, problems } = open({}, (item) => {
      if (item === 'fig') throw new Error('no figs');
      items.push(item);
    });
    client.send('order', { item: 'fig', count: 1 });
    client.send('order', { item: 'pear', count: 1 });
    await settled();
    expect(problems).to.deep.equal(["event 'order' failed: no figs"]);
    expect(items).to.deep.equal(['pear']);
  });

  it('rejects a request whose answer does not fit, and keeps nothing waiting', async () => {
    const [left, right] = portPair();
    right.listen(
      (message) => {
        const { id } = v.parse(v.object({ id: v.number() }), message);
        right.post({ kind: 'reply', id, result: { price: 'a lot' } });
      },
      () => undefined,
    );
    const problems: string[] = [];
    const client = new Connection(left, {
      here: nobody,
      there: shop,
      handlers: { requests: {}, events: {} },
      onProblem: (problem) => problems.push(problem),
    });
    const error = await failure(client.request('price', { item: 'fig' }));
    expect(error).to.be.instanceOf(RemoteError).and.include({ remoteName: 'ProtocolError' });
    expect(error.message).to.match(/price: .*number/);
    expect(problems).to.have.length(1);
    expect(client.waiting).to.equal(0);
  });

  it('rejects a request whose answer is broken but still says which request it answers', async () => {
    for (const broken of [
      { kind: 'reply', id: 0 },
      { kind: 'failure', id: 0, error: 'no' },
      { kind: 'reply', id: 0, result: {}, more: 1 },
    ]) {
      const [left, right] = portPair();
      right.listen(
        () => right.post(broken),
        () => undefined,
      );
      const client = new Connection(left, { here: nobody, there: shop, handlers: { requests: {}, events: {} } });
      const error = await failure(client.request('price', { item: 'fig' }));
      expect(error, JSON.stringify(broken)).to.include({ remoteName: 'ProtocolError' });
      expect(client.waiting).to.equal(0);
    }
  });

  it('answers a request that is broken but still says its number', async () => {
    const { say, answers } = open();
    say({ kind: 'request', id: 3, name: 5 });
    await settled();
    expect(answers).to.have.length(1);
    expect(answers[0]).to.include({ kind: 'failure', id: 3 });
  });

  it('refuses an answer that nobody waits for, and a second one', async () => {
    const { client, server, say, answers, clientProblems, problems } = open();
    await client.request('stock', {});
    say({ kind: 'reply', id: 0, result: null });
    say({ kind: 'failure', id: 12, error: { name: 'Error', message: 'no' } });
    await settled();
    expect(problems).to.deep.equal([
      'an answer to request 0, which is not waiting for one',
      'an answer to request 12, which is not waiting for one',
    ]);
    expect(answers).to.have.length(1);
    expect(clientProblems).to.deep.equal([]);
    expect(server.waiting).to.equal(0);
  });

  it('refuses everything that is no message, and still works', async () => {
    const { client, say, problems, answers } = open();
    const rubbish = [undefined, null, 0, 'price', [], {}, { kind: 'call' }, new Float32Array(4), { kind: 'event', name: 'order' }];
    const badIds = [-1, 1.5, NaN, '0', null, 2 ** 60].map((id) => ({ kind: 'request', id, name: 'stock', params: {} }));
    for (const message of [...rubbish, ...badIds]) say(message);
    await settled();
    expect(problems).to.have.length(rubbish.length + badIds.length);
    expect(answers).to.deep.equal([]);
    expect(await client.request('price', { item: 'fig' })).to.deep.equal({ price: 3 });
  });

  it('says of a long wrong value only its beginning', async () => {
    const { say, problems } = open();
    say({ kind: 'request', id: 0, name: 'x'.repeat(1e6), params: {} });
    say({ kind: 'event', name: 'order', payload: { item: 'fig', count: 'x'.repeat(1e6) } });
    await settled();
    expect(problems).to.have.length(2);
    for (const problem of problems) expect(problem.length).to.be.below(400);
  });

  it('rejects what cannot be sent, and keeps nothing waiting', async () => {
    const { client } = open();
    const item: unknown = () => 'a function cannot be copied';
    const error = await failure(client.request('price', { item: item as string }));
    expect(error.message).to.match(/could not be cloned/);
    expect(client.waiting).to.equal(0);
  });
});

describe('a closed connection', () => {
  it('rejects what waits, with the reason', async () => {
    const { client, server } = open({ price: () => new Promise(() => undefined) });
    const asked = [failure(client.request('price', { item: 'fig' })), failure(client.request('price', { item: 'pear' }))];
    await settled();
    expect(client.waiting).to.equal(2);
    server.close();
    for (const error of await Promise.all(asked)) {
      expect(error).to.be.instanceOf(ConnectionClosed).and.include({ message: 'the other end closed the connection' });
    }
    expect(client.waiting).to.equal(0);
  });

  it('tells of its end once, rejects requests and drops events', async () => {
    const { client, server, closed, problems } = open();
    client.close();
    await settled();
    server.close();
    expect(closed).to.deep.equal(['the other end closed the connection']);
    expect(await failure(client.request('stock', {}))).to.be.instanceOf(ConnectionClosed);
    client.send('order', { item: 'fig', count: 1 });
    await settled();
    expect(problems).to.deep.equal([]);
  });

  it('drops the answer of a handler that ends later', async () => {
    let finish: (value: { price: number }) => void = () => undefined;
    const { client, answers } = open({ price: () => new Promise((resolve) => (finish = resolve)) });
    const asked = failure(client.request('price', { item: 'fig' }));
    await settled();
    client.close('enough');
    expect(await asked).to.include({ message: 'enough' });
    await settled();
    finish({ price: 1 });
    await settled();
    expect(answers).to.deep.equal([]);
  });
});
