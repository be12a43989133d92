// How convolutions are measured, and what comes in between.

import { expect } from 'chai';
import { AsyncLocalStorage } from 'node:async_hooks';
import * as pv from '../../../src/index.js';
import { candidates } from '../../../src/nn/conv-choice.js';
import { recover } from '../../../src/tensor/recovery.js';
import { Memory, turn, turns, until, useStage } from './measuring.js';

describe('a race of convolutions', () => {
  const stage = useStage();

  it('algorithms take turns; one that takes more than 3 times as long as the fastest has one repeat', async () => {
    const [fast, slow] = [stage.stepOf(stage.other), stage.stepOf(stage.model)];
    for (const algorithm of candidates) stage.fake.times.set(stage.stepOf(algorithm), algorithm === stage.other ? 30 : 100);
    stage.measure();
    stage.runs();
    const before = stage.fake.ran.length;
    await stage.measured();
    const order = stage.fake.ran.slice(before).filter((code) => code === fast || code === slow);
    // Operands are random; both algorithms run once to be compiled.
    expect(stage.fake.ran[before]).to.match(/threefry/);
    expect(order.filter((code) => code === fast).length).to.equal(1 + 5);
    expect(order.filter((code) => code === slow).length).to.equal(1 + 1);
    expect(new Set(order.slice(0, 2))).to.deep.equal(new Set([fast, slow]));
    expect(new Set(order.slice(2, 4))).to.deep.equal(new Set([fast, slow]));
    expect(stage.explained().costs[0]).to.include({ algorithm: stage.other, measured: 30 });
  });

  it('the least of the repeats counts', async () => {
    const fast = stage.stepOf(stage.other);
    const times = [60, 31, 40];
    stage.fake.onRead = (last) => {
      // The time of the run that comes next.
      if (last === fast) stage.fake.times.set(fast, times.shift() ?? 31);
    };
    for (const algorithm of candidates) stage.fake.times.set(stage.stepOf(algorithm), algorithm === stage.other ? 500 : 35);
    stage.measure();
    stage.runs();
    await stage.measured();
    expect(stage.explained().costs[0]).to.include({ algorithm: stage.other, measured: 31 });
  });

  it('a repeat into which other work fell is made again', async () => {
    const slow = stage.stepOf(stage.model);
    let disturbed = 0;
    stage.fake.onRead = (last) => {
      if (last !== slow || disturbed === 3) return;
      disturbed++;
      pv.ones([2, 2]).add(disturbed).keep();
      // It looks as if it had taken no time.
      stage.fake.now -= 1000;
    };
    stage.measure();
    stage.runs();
    await stage.measured();
    expect(disturbed).to.equal(3);
    expect(stage.explained().costs[0]).to.include({ algorithm: stage.other, measured: 2 });
    expect(stage.explained().costs.find(({ algorithm }) => algorithm === stage.model)).to.include({ measured: 5 });
  });

  it('what comes while one algorithm is compiled does not wait for the next one', async () => {
    const steps = new Set(candidates.map((algorithm) => stage.stepOf(algorithm)));
    let isUsed = false;
    const use = (): void => void (isUsed && pv.ones([2, 2]).add(1).keep());
    stage.measure({
      pause: () => {
        use();
        return turn();
      },
    });
    const before = stage.fake.ran.length;
    const compiled = (): number => stage.fake.ran.slice(before).filter((code) => steps.has(code)).length;
    stage.fake.onRead = () => {
      if (compiled() !== 1) return;
      stage.fake.onRead = () => undefined;
      isUsed = true;
      use();
    };
    stage.runs();
    await until(() => compiled() === 1, 'the first one is compiled');
    await turns(50);
    expect(compiled()).to.equal(1);
    isUsed = false;
    await stage.measured();
  });

  it('nothing is measured while the device is used', async () => {
    stage.measure({
      pause: () => {
        if (isUsed) pv.ones([2, 2]).add(1).keep();
        return turn();
      },
    });
    let isUsed = true;
    stage.runs();
    const isOfStep = (code: string): boolean => candidates.some((algorithm) => code === stage.stepOf(algorithm));
    await turns(50);
    expect(stage.fake.ran.slice(-40).some(isOfStep)).to.equal(false);
    isUsed = false;
    await stage.measured();
  });

  it('an interrupt ends it, frees everything, and it is tried again at the next call', async () => {
    const words = new Int32Array(new SharedArrayBuffer(8));
    stage.runs();
    const buffers = stage.fake.buffers.size;
    stage.measure();
    stage.convolve().keep().dispose();
    // As when reactions to promises were dropped: what was awaited never comes.
    let isCutOff = false;
    stage.fake.onRead = () => {
      isCutOff = true;
      return new Promise(() => undefined);
    };
    await until(() => isCutOff, 'it is under way');
    expect(stage.fake.buffers.size).to.be.above(buffers);
    pv.host.watchInterrupts(words.buffer);
    Atomics.store(words, 0, 1);
    try {
      await recover();
    } finally {
      Atomics.store(words, 0, 0);
      pv.host.watchInterrupts(null);
    }
    expect(stage.fake.buffers.size).to.equal(buffers);
    stage.fake.onRead = () => undefined;
    await turns(50);
    expect(stage.isMeasured()).to.equal(false);
    stage.convolve().keep();
    await stage.measured();
  });

  it('it goes on when the cell in which it began was interrupted', async () => {
    const cells = new AsyncLocalStorage<{ isInterrupted: boolean }>();
    const cell = { isInterrupted: false };
    pv.host.watchInterrupts(new SharedArrayBuffer(8), () => cells.getStore()?.isInterrupted === true);
    try {
      stage.measure();
      cells.run(cell, () => stage.runs());
      cell.isInterrupted = true;
      await stage.measured();
    } finally {
      pv.host.watchInterrupts(null);
    }
  });

  it('a device that is lost meanwhile harms nothing; on the one opened anew it is tried again', async () => {
    const strays: unknown[] = [];
    const onStray = (error: unknown): void => void strays.push(error);
    process.on('unhandledRejection', onStray);
    try {
      const store = new Memory();
      stage.measure({ store });
      stage.fake.onRead = () => stage.fake.lose('the GPU was reset');
      stage.runs();
      await until(() => stage.fake.device.lost !== null, 'it is under way');
      await turns(20);
      expect(stage.fake.buffers.size).to.be.below(8);
      expect(store.kept.size).to.equal(0);
      await stage.open();
      stage.runs();
      await stage.measured();
      expect(strays).to.deep.equal([]);
    } finally {
      process.off('unhandledRejection', onStray);
    }
  });

  it('where an algorithm fails the model decides, and after 3 tries it is left at that', async () => {
    const failing = stage.stepOf(stage.other);
    let failed = 0;
    stage.fake.onRead = (last) => {
      if (last === failing) throw new Error(`no memory, ${++failed}`);
    };
    stage.measure();
    for (let call = 0; call < 6; call++) {
      stage.runs();
      await turns(50);
    }
    expect(failed).to.equal(3);
    const { algorithm, why } = stage.explained();
    expect(algorithm).to.equal(stage.model);
    expect(why).to.match(/; it could not be measured$/);
  });
});
