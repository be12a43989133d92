// What the device panel shows, without a page: the log of a session, the layout of its timeline, and numbers in words.

import { expect } from 'chai';
import type { WgslPlan } from '../../../src/devices/device.js';
import { toWire } from '../../../src/devices/remote/wire-plan.js';
import type { DeviceCommand } from '../../../src/protocol/device.js';
import { RunOrder } from '../../../webview/device/run-order.js';
import { SessionLog, type LoggedBatch } from '../../../webview/device/session-log.js';
import { barAt, heaviest, layOut, operationOf, roundTime } from '../../../webview/device/timeline-layout.js';
import { progressText, type Progress } from '../../../webview/renderers/progress-text.js';
import { formatBytes, formatCount, formatDuration, formatRate, formatTime } from '../../../webview/ui/format.js';

const plan: WgslPlan = {
  id: 7,
  kernels: ['matmul [8, 8]', 'sum []'].map((label) => ({ label, code: '', bindings: 2, writes: 1, uniformBytes: 0 })),
  steps: [
    [0, 'output', 1],
    [1, 'output', 0],
  ].map(([kernel, space, index]) => ({
    kernel: kernel as number,
    workgroups: [1, 1, 1],
    bindings: [
      { space: 'input', index: 0 },
      { space: space as 'output', index: index as number },
    ],
    uniformOffset: -1,
    bytes: 16,
    flop: 1,
  })),
  scratch: [],
  outputs: [16, 300],
  tables: [],
  uniforms: [],
  uniformBytes: 0,
};

function logOf(...commands: DeviceCommand[]): SessionLog {
  const log = new SessionLog();
  for (const command of commands) log.command(command);
  return log;
}

const write = (id: number, count: number): DeviceCommand => ({
  type: 'write',
  id,
  dtype: 'float32',
  shape: [count],
  data: new Float32Array(count),
});
const run = (outputs: number[], label?: string): DeviceCommand => ({
  type: 'run',
  plan: 7,
  inputs: [1],
  scalars: new Float64Array(0),
  outputs,
  replaced: outputs.map(() => -1),
  ...(label !== undefined && { label }),
});

describe('the device panel: the order of kernels', () => {
  /** Kernels by their sessions, with those that are busy, and how often cells of each had the device compute. */
  function ordered(order: RunOrder, sessions: readonly number[], busy: readonly number[], runs: Record<number, number> = {}): number[] {
    const kernels = sessions.map((session) => ({ session, state: busy.includes(session) ? 'busy' : 'idle' }));
    return [...order.update(kernels, new Map(Object.entries(runs).map(([id, cellRuns]) => [Number(id), { cellRuns }])))];
  }

  it('puts the kernel whose run started before those that ran earlier, and nothing moves when it ends', () => {
    const order = new RunOrder();
    expect(ordered(order, [1, 2, 3], [])).to.deep.equal([1, 2, 3]);
    expect(ordered(order, [1, 2, 3], [3])).to.deep.equal([3, 1, 2]);
    expect(ordered(order, [1, 2, 3], [])).to.deep.equal([3, 1, 2]);
    expect(ordered(order, [1, 2, 3], [2])).to.deep.equal([2, 3, 1]);
    expect(ordered(order, [1, 2, 3], [])).to.deep.equal([2, 3, 1]);
  });

  it('keeps kernels that are busy above those that only ran later, from the next start on', () => {
    const order = new RunOrder();
    expect(ordered(order, [1, 2, 3], [1])).to.deep.equal([1, 2, 3]);
    expect(ordered(order, [1, 2, 3], [1, 2])).to.deep.equal([2, 1, 3]);
    expect(ordered(order, [1, 2, 3], [1])).to.deep.equal([2, 1, 3]);
    expect(ordered(order, [1, 2, 3], [1, 3])).to.deep.equal([3, 1, 2]);
    expect(ordered(order, [1, 2, 3], [1, 3])).to.deep.equal([3, 1, 2]);
  });

  it('hears of runs that are over before they are told from the device, but not of more in the same run', () => {
    const order = new RunOrder();
    expect(ordered(order, [1, 2], [], { 1: 5, 2: 0 })).to.deep.equal([1, 2]);
    expect(ordered(order, [1, 2], [], { 1: 5, 2: 1 })).to.deep.equal([2, 1]);
    expect(ordered(order, [1, 2], [1], { 1: 5, 2: 1 })).to.deep.equal([1, 2]);
    expect(ordered(order, [1, 2], [1, 2], { 1: 6, 2: 1 })).to.deep.equal([2, 1]);
    expect(ordered(order, [1, 2], [1, 2], { 1: 7, 2: 1 })).to.deep.equal([2, 1]);
    expect(ordered(order, [1, 2], [2], { 1: 8, 2: 1 })).to.deep.equal([2, 1]);
    expect(ordered(order, [1, 2], [2], { 1: 8, 2: 1 })).to.deep.equal([2, 1]);
  });

  it('adds kernels that come at the end and forgets those that go', () => {
    const order = new RunOrder();
    expect(ordered(order, [1], [1], { 4: 0 })).to.deep.equal([1, 4]);
    expect(ordered(order, [1, 2], [1], { 4: 0 })).to.deep.equal([1, 4, 2]);
    expect(ordered(order, [2], [])).to.deep.equal([2]);
    expect(ordered(order, [1, 2], [])).to.deep.equal([2, 1]);
  });
});

describe('the device panel: the log of a session', () => {
  it('counts what lines of cells had computed, and not what was asked for otherwise', () => {
    const log = logOf({ type: 'plan', plan: toWire(plan) }, run([2, 3]), run([4, 5], 'cell 1:2:3'), run([6, 7]), run([8, 9], 'cell 2:1:1'));
    expect(log.cellRuns).to.equal(2);
  });

  it('counts the bytes of what is alive as the pool rounds them', () => {
    const log = logOf(write(1, 100), { type: 'plan', plan: toWire(plan) }, run([2, 3]));
    expect([log.bytes, log.count]).to.deep.equal([512 + 256 + 512, 3]);
    log.command({ type: 'free', ids: [1, 2, 99] });
    expect([log.bytes, log.count]).to.deep.equal([512, 1]);
    log.command({ type: 'free', ids: [3] });
    expect([log.bytes, log.count]).to.deep.equal([0, 0]);
  });

  it('lists the largest tensors with the kernel that makes each, and with names once they are known', () => {
    const log = logOf(write(1, 1000), { type: 'plan', plan: toWire(plan) }, run([2, 3]));
    expect(log.largest(2).map(({ id, source }) => [id, source])).to.deep.equal([
      [1, null],
      [3, 'matmul [8, 8]'],
    ]);
    log.command({ type: 'name', id: 3, name: 'product', dtype: 'float32', shape: [8, 8] });
    log.command({ type: 'name', id: 44, name: 'gone' });
    expect(log.largest(9)[1]).to.deep.include({ name: 'product', dtype: 'float32', shape: [8, 8] });
    expect(log.largest(9)).to.have.length(3);
  });

  it('counts runs of plans and notes the time of the last one, on the GPU where it is measured', () => {
    const log = logOf({ type: 'plan', plan: toWire(plan) }, run([2, 3], 'cell 2:1'), run([4, 5], 'cell 3:1'));
    const batch = { plan: 7, begin: 10, cpu: 1, end: 30, dispatches: ['matmul [8, 8]', 'sum []'] };
    log.batch({ ...batch, times: null });
    expect(log.busiest(1)).to.deep.include.members([{ ...log.busiest(1)[0]!, label: 'sum []', runs: 2, dispatches: 2, lastTime: 20 }]);
    log.batch({ ...batch, times: Float64Array.of(0, 3, 3, 5) });
    expect(log.busiest(1)[0]?.lastTime).to.equal(5);
    expect(log.batches.at(-1)).to.include({ label: 'sum []', origin: 'cell 3:1' });
    log.command({ type: 'forget', plan: 7 });
    expect(log.plans).to.deep.equal({ count: 0, runs: 0 });
  });

  it('remembers the last 64 submissions, and nothing once the device is gone', () => {
    const log = logOf({ type: 'plan', plan: toWire(plan) }, run([2, 3]));
    for (let i = 0; i < 100; i++) log.batch({ plan: 7, begin: i, cpu: 0, end: i + 1, dispatches: [], times: null });
    expect(log.batches.map(({ begin }) => begin)).to.deep.equal(Array.from({ length: 64 }, (_, i) => i + 36));
    log.gone('the GPU was lost');
    expect([log.lost, log.bytes, log.count, log.plans.count]).to.deep.equal(['the GPU was lost', 0, 0, 0]);
  });

  it('survives plans that make no sense, as the device does', () => {
    const log = logOf({ type: 'plan', plan: { ...toWire(plan), outputs: [] } }, run([2, 3]));
    expect([log.count, log.plans.count]).to.deep.equal([0, 0]);
  });
});

function batchOf(begin: number, end: number, times: readonly number[] | null = null, dispatches = ['a [1]', 'b [1]']): LoggedBatch {
  return { plan: 1, begin, cpu: 0.1, end, dispatches, times: times && Float64Array.from(times), label: 'b [1]', origin: null };
}

describe('the device panel: the layout of the timeline', () => {
  it('fills the width with the time of work; submissions keep their proportions', () => {
    const { batches, pauses, scale, busy } = layOut([batchOf(100, 110), batchOf(110, 140)], 400);
    expect(batches.map(({ left, width }) => [left, width])).to.deep.equal([
      [0, 100],
      [100, 300],
    ]);
    expect([pauses, scale, busy]).to.deep.equal([[], 10, 40]);
  });

  it('cuts long pauses out, and says how long they were', () => {
    const { batches, pauses } = layOut([batchOf(0, 10), batchOf(5000, 5010)], 218);
    expect(pauses).to.deep.equal([{ left: 100, width: 18, time: 4990 }]);
    expect(batches.map(({ left, width }) => [left, width])).to.deep.equal([
      [0, 100],
      [118, 100],
    ]);
  });

  it('counts time once where submissions overlap', () => {
    const { busy, scale } = layOut([batchOf(0, 10), batchOf(2, 20), batchOf(4, 6)], 200);
    expect([busy, scale]).to.deep.equal([20, 10]);
  });

  it('lets the last dispatch end when its submission was done; nothing begins before it was submitted', () => {
    const { dispatches } = layOut([batchOf(0, 100, [0, 20, 20, 40])], 100);
    expect(dispatches.map(({ left, width, time }) => [left, width, time])).to.deep.equal([
      [60, 20, 20],
      [80, 20, 20],
    ]);
    const longer = layOut([batchOf(0, 100, [0, 20, 20, 400])], 100);
    expect(longer.dispatches.map(({ left }) => left)).to.deep.equal([0, 20]);
    expect(longer.dispatches.every(({ left, width }) => left + width <= 100)).to.equal(true);
  });

  it('stays on the page for any submissions', () => {
    for (const batches of [
      [],
      [batchOf(5, 5)],
      [batchOf(0, 1e-9), batchOf(1e9, 1e9 + 1e-9)],
      Array.from({ length: 64 }, (_, i) => batchOf(i * 1000, i * 1000 + 1)),
    ]) {
      const { batches: bars, scale } = layOut(batches, 480);
      expect(bars.length).to.equal(batches.length);
      expect(Number.isFinite(scale)).to.equal(true);
      for (const { left, width } of bars) expect(left >= 0 && width >= 1 && left <= 480).to.equal(true);
    }
  });

  it('finds the bar under the pointer, the narrow one before the wide one, and none far away', () => {
    const bars = layOut([batchOf(0, 10, [0, 9, 9, 10]), batchOf(12, 20)], 200).batches;
    expect(barAt(bars, 50)?.batch).to.equal(0);
    expect(barAt(bars, 150)?.batch).to.equal(1);
    expect(barAt([{ ...bars[0]!, left: 20, width: 2, batch: 5 }, ...bars], 21)?.batch).to.equal(5);
    expect(barAt(bars, 400)).to.equal(undefined);
  });

  it('adds up the time of operations whatever their shapes are', () => {
    const batches = [batchOf(0, 1, [0, 2, 2, 3], ['a [1]', 'b [1]']), batchOf(1, 2, [0, 2, 2, 3], ['a [2, 2]', 'c [1]'])];
    expect(heaviest(batches, 2)).to.deep.equal([
      { label: 'a', time: 4 },
      { label: 'b', time: 1 },
    ]);
    expect(operationOf('fft+slice [64, 1, 28, 28]')).to.equal('fft+slice');
  });

  it('has a scale of 1, 2 or 5 times a power of ten that fits', () => {
    for (const scale of [1e-4, 0.013, 0.5, 1, 7.7, 123, 1e5]) {
      const time = roundTime(scale, 100);
      expect(time * scale).to.be.within(40 * (1 - 1e-12), 100 * (1 + 1e-12));
      expect(['1', '2', '5']).to.include(time.toExponential(6)[0]);
    }
  });
});

describe('numbers in words', () => {
  it('bytes, times and counts have three significant digits and a unit', () => {
    expect([0, 17, 1024, 2304, 43_300_000, 2 ** 31].map(formatBytes)).to.deep.equal([
      '0 B',
      '17 B',
      '1 KiB',
      '2.25 KiB',
      '41.3 MiB',
      '2 GiB',
    ]);
    expect([0, 0.012, 0.42, 3.14159, 42.04, 999, 1500, 120_000].map(formatTime)).to.deep.equal([
      '0 µs',
      '12 µs',
      '0.420 ms',
      '3.14 ms',
      '42.0 ms',
      '999 ms',
      '1.50 s',
      '2 min',
    ]);
    expect([7, 1234, 1234567].map(formatCount)).to.deep.equal(['7', '1\u2009234', '1\u2009234\u2009567']);
    expect([128.4, 0.5, 0.002, 12_345.6].map(formatRate)).to.deep.equal(['128/s', '2 s each', '8.33 min each', '12\u2009346/s']);
    expect([0, 4.52, 12.3, 60, 200, 3600, 7500].map(formatDuration)).to.deep.equal([
      '0.0 s',
      '4.5 s',
      '12 s',
      '1 min',
      '3 min 20 s',
      '1 h',
      '2 h 5 min',
    ]);
  });
});

describe('the words of a progress bar', () => {
  const running: Progress = { label: 'Training', done: 420, total: 1000, rate: 128.4, remaining: 4.52, elapsed: 3.27, state: 'running' };

  it('say how far it is, how fast, and how long it takes', () => {
    expect(progressText(running)).to.deep.equal({
      label: 'Training',
      part: 0.42,
      percent: '42 %',
      details: '420 of 1\u2009000, 128/s, 4.5 s left',
    });
    expect(progressText({ ...running, done: 999.9 }).percent, 'not before all is done').to.equal('99 %');
  });

  it('without a total say how much is done, and no percentage', () => {
    expect(progressText({ ...running, total: null, remaining: null })).to.deep.include({
      part: null,
      percent: '',
      details: '420, 128/s, for 3.3 s',
    });
  });

  it('at the end say how long it took, also for nothing at all, and where it was stopped', () => {
    expect(progressText({ ...running, done: 1000, state: 'done' })).to.deep.include({
      part: 1,
      percent: '100 %',
      details: '1\u2009000 in 3.3 s, 128/s',
    });
    expect(progressText({ ...running, done: 0, total: 0, rate: null, state: 'done' })).to.deep.include({ part: 1, details: '0 in 3.3 s' });
    expect(progressText({ ...running, state: 'stopped' }).details).to.equal('stopped at 420 of 1\u2009000 after 3.3 s');
  });
});
