import { expect } from 'chai';
import type { CellOutput } from '../../../src/kernel/index.js';
import { library, run, runAll, textOf, withSession } from './cells.js';

/** Keeps mocha from taking the errors that a cell leaves behind for its own. */
async function withoutMocha<T>(use: () => Promise<T>): Promise<T> {
  const events = ['unhandledRejection', 'uncaughtException'] as const;
  const kept = events.map((event) => [event, process.listeners(event as 'uncaughtException')] as const);
  for (const event of events) process.removeAllListeners(event);
  try {
    return await use();
  } finally {
    for (const [event, listeners] of kept) for (const listener of listeners) process.on(event, listener);
  }
}

const display = `import { emit, DISPLAY } from 'parseval'; const later = (ms: number, text: string) => emit(new Promise((r) => setTimeout(() => r({ 'text/plain': text }), ms)))`;

describe('session', () => {
  it('collects streams, displays and the result in the order in which they were made', async () => {
    const results = await runAll([
      display,
      "console.log('a'); later(20, 'slow'); console.error('b'); later(1, 'fast'); console.log('c'); 'result'",
    ]);
    expect(results[1]?.outputs).to.deep.equal([
      { output_type: 'stream', name: 'stdout', text: 'a\n' },
      { output_type: 'display_data', data: { 'text/plain': 'slow' }, metadata: {} },
      { output_type: 'stream', name: 'stderr', text: 'b\n' },
      { output_type: 'display_data', data: { 'text/plain': 'fast' }, metadata: {} },
      { output_type: 'stream', name: 'stdout', text: 'c\n' },
      { output_type: 'execute_result', execution_count: 2, data: { 'text/plain': "'result'" }, metadata: {} },
    ]);
  });

  it('streams outputs while the cell runs, and joins the pieces of a stream in its result', async () => {
    await withSession(async (session) => {
      const seen: [text: string, after: number][] = [];
      const started = performance.now();
      const onOutput = (output: CellOutput): void => void seen.push([output.output_type, performance.now() - started]);
      const { outputs } = await session.run("console.log('a'); await new Promise((r) => setTimeout(r, 60)); console.log('b')", {
        cell: 1,
        onOutput,
      });
      expect(seen.map(([type]) => type)).to.deep.equal(['stream', 'stream']);
      expect((seen[1]?.[1] ?? 0) - (seen[0]?.[1] ?? 0)).to.be.above(40);
      expect(outputs).to.deep.equal([{ output_type: 'stream', name: 'stdout', text: 'a\nb\n' }]);
    });
  });

  it('captures all methods of console, and leaves the console of other code alone', async () => {
    const text = await run(
      "const c = globalThis.console\nconsole.group('g'); console.info('in'); console.groupEnd(); console.table([{ a: 1 }]); console.assert(false, 'no'); c === console",
    );
    expect(text)
      .to.include('g\n  in\n')
      .and.include('│ 0       │ 1 │')
      .and.include('Assertion failed: no')
      .and.match(/false$/);
  });

  it('captures what timers write while a cell runs, also those of earlier cells', async () => {
    const text = await run(
      "setTimeout(() => console.log('from 1'), 15); 0",
      "await new Promise((r) => setTimeout(r, 60)); console.log('end')",
    );
    expect(text).to.equal('from 1\nend');
  });

  it('shows a value by its own display', async () => {
    const results = await runAll([display, "({ [DISPLAY]: async () => ({ 'text/plain': 'rich', 'image/png': 'AAAA' }) })"]);
    expect(results[1]?.outputs).to.deep.equal([
      {
        output_type: 'execute_result',
        execution_count: 2,
        data: { 'text/plain': 'rich', 'image/png': 'AAAA' },
        metadata: {},
      },
    ]);
  });

  it('makes a failing display the error of its cell, after what else the cell put out', async () => {
    const results = await runAll([
      display,
      "emit(Promise.reject(new RangeError('no pixels'))); console.log('a'); 1",
      "({ [DISPLAY]() { throw new Error('shy') } })",
    ]);
    expect(results.map(({ status }) => status)).to.deep.equal(['ok', 'error', 'error']);
    expect(textOf(results[1])).to.match(/^a\n[^]*1\n[^]*RangeError: no pixels/);
    expect(textOf(results[2])).to.include('Error: shy');
  });

  it('makes a failure of the device at the end of a cell its error', async () => {
    const { settle } = library.host;
    library.host.settle = () => Promise.reject(new Error('device lost'));
    try {
      expect(await run('1')).to.match(/^Error: device lost\n {4}at .*session\.test\.ts:\d+:\d+\)$/);
    } finally {
      library.host.settle = settle;
    }
  });

  it('makes a promise that was rejected and left alone the error of the cell', async () => {
    await withoutMocha(async () => {
      const results = await runAll(["Promise.reject(new Error('alone'))\nconsole.log('a')\nundefined", '2']);
      expect(results.map(({ status }) => status)).to.deep.equal(['error', 'ok']);
      expect(textOf(results[0])).to.match(/^a\n\nError: alone[^]*at cell 1:1:16$/);
    });
  });

  it('makes an error of a timer the error of the running cell', async () => {
    await withoutMocha(async () => {
      const text = await run(
        "setTimeout(() => { throw new Error('tick') }, 1)\nawait new Promise((r) => setTimeout(r, 40)); console.log('end')",
      );
      expect(text).to.match(/^end\n\nError: tick[^]*at Timeout\._onTimeout \(cell 1:1:26\)/);
    });
  });

  it('shows errors of releasing resources', async () => {
    expect(await run("using a = { [Symbol.dispose]() { throw new Error('stuck') } }\n1")).to.match(/^1\nError: stuck/);
    expect(await run('using a = 5')).to.include("'using' needs a value with a method [Symbol.dispose]()");
  });

  it('runs cells one after another, though they are asked for at once', async () => {
    await withSession(async (session) => {
      const cells = ['await new Promise((r) => setTimeout(r, 20)); var order = [1]', 'order.push(2)', 'order'];
      const results = await Promise.all(cells.map((code, index) => session.run(code, { cell: index + 1 })));
      expect(textOf(results[2])).to.equal('[ 1, 2 ]');
      expect(results.map(({ executionCount }) => executionCount)).to.deep.equal([1, 2, 3]);
    });
  });

  it('keeps the variables of two sessions apart', async () => {
    await run('var only = 1');
    expect(await run('typeof only')).to.equal("'undefined'");
  });

  it('restores the sink that was there before', async () => {
    await run('1');
    const before = library.setOutputSink(null);
    expect(before).to.equal(null);
  });

  it('keeps arrays and errors of cells those of the process', async () => {
    expect(await run('[Array, Error, Float32Array].every((type) => type === Reflect.get(globalThis, type.name))')).to.equal('true');
  });
});
