// Compiling on further devices: every kernel once, on as many devices as there are cores, and never an error of its own.

import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlanKernel } from '../../../src/devices/device.js';
import { compileAhead, compilesLate } from '../../../src/devices/node/compile-ahead.js';

const kernel = (code: string): PlanKernel => ({ label: code, code, bindings: 2, writes: 1, uniformBytes: 16 });
const kernels = ['a', 'bb', 'ccc', 'dddd', 'eeeee'].map(kernel);

/** A device that notes which kernels it dispatches; those in `broken` do not compile, and `done` says when a dispatch is over. */
function fakeDevice(dispatched: string[], broken: readonly string[] = [], done = Promise.resolve()): GPUDevice {
  let current = '';
  const pass = {
    setPipeline: (pipeline: { code: string }) => (current = pipeline.code),
    setBindGroup: () => undefined,
    dispatchWorkgroups: () => dispatched.push(current),
    end: () => undefined,
  };
  const device = {
    createShaderModule: ({ code }: { code: string }) => ({ code, getCompilationInfo: () => Promise.resolve({ messages: [] }) }),
    createComputePipelineAsync: ({ compute }: { compute: { module: { code: string } } }) => {
      const { code } = compute.module;
      return broken.includes(code) ? Promise.reject(new Error('broken')) : Promise.resolve({ code });
    },
    pushErrorScope: () => undefined,
    popErrorScope: () => Promise.resolve(null),
    createPipelineLayout: () => ({}),
    createBindGroupLayout: () => ({}),
    createBindGroup: () => ({}),
    createBuffer: () => ({ destroy: () => undefined }),
    createCommandEncoder: () => ({ beginComputePass: () => pass, finish: () => ({}) }),
    queue: { submit: () => undefined, onSubmittedWorkDone: () => done },
    destroy: () => undefined,
  };
  return device as unknown as GPUDevice;
}

describe('compiling ahead', () => {
  it('dispatches each kernel once, on as many devices as there are cores, which are opened once', async () => {
    const dispatched: string[][] = [];
    const ahead = compileAhead(() => Promise.resolve(fakeDevice((dispatched[dispatched.length] = []))), 3);
    await ahead(kernels);
    expect(dispatched.flat().sort()).to.deep.equal(['a', 'bb', 'ccc', 'dddd', 'eeeee']);
    expect(dispatched.map(({ length }) => length > 0)).to.deep.equal([true, true, true]);
    await ahead(['f', 'g'].map(kernel));
    expect(dispatched).to.have.length(3);
    expect(dispatched.flat()).to.include.members(['f', 'g']);
  });

  it('opens no device for a single kernel, nor on a single core', async () => {
    const open = (): Promise<GPUDevice> => expect.fail('a device was opened');
    await compileAhead(open, 4)(kernels.slice(0, 1));
    await compileAhead(open, 1)(kernels);
  });

  it('goes on after a kernel that does not compile, and without a device that does not open', async () => {
    const dispatched: string[] = [];
    let opened = 0;
    const open = (): Promise<GPUDevice> =>
      ++opened === 1 ? Promise.reject(new Error('no more devices')) : Promise.resolve(fakeDevice(dispatched, ['ccc']));
    await compileAhead(open, 2)(kernels);
    expect(dispatched.sort()).to.deep.equal(['a', 'bb', 'dddd', 'eeeee']);
  });

  it('ends when what is under way is done, and then compiles nothing more', async () => {
    const dispatched: string[] = [];
    let finish: () => void = () => undefined;
    const done = new Promise<void>((resolve) => (finish = resolve));
    const ahead = compileAhead(() => Promise.resolve(fakeDevice(dispatched, [], done)), 2);
    const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
    const compiled = ahead(kernels);
    await turn();
    expect(dispatched).to.deep.equal(['eeeee', 'dddd']);
    let isOver = false;
    const over = ahead.end().then(() => (isOver = true));
    await turn();
    expect(isOver, 'while two kernels are under way').to.equal(false);
    finish();
    await Promise.all([over, compiled]);
    await ahead(['f', 'g'].map(kernel));
    expect(dispatched).to.deep.equal(['eeeee', 'dddd']);
  });

  describe('is worth it', () => {
    const llvmpipe = 'mesa, llvmpipe: Mesa 25.0.7';
    let folder: string;
    before(() => (folder = mkdtempSync(join(tmpdir(), 'parseval-'))));
    after(() => {
      rmSync(folder, { recursive: true });
    });

    it('where Mesa compiles late and can remember, also in a folder that is still to be made', () => {
      expect(compilesLate(llvmpipe, { HOME: folder })).to.equal(true);
      expect(compilesLate(llvmpipe, { MESA_SHADER_CACHE_DIR: join(folder, 'a', 'b') })).to.equal(true);
    });
    it('not for other adapters', () => {
      expect(compilesLate('NVIDIA H200', { HOME: folder })).to.equal(false);
    });
    it('not where Mesa may not remember, or cannot', () => {
      expect(compilesLate(llvmpipe, { HOME: folder, MESA_SHADER_CACHE_DISABLE: 'true' })).to.equal(false);
      expect(compilesLate(llvmpipe, {})).to.equal(false);
      expect(compilesLate(llvmpipe, { XDG_CACHE_HOME: '/dev/null/nowhere' })).to.equal(false);
    });
  });
});
