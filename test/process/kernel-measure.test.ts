// A kernel process measures convolutions while nobody uses its device, and tells the next one.
import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KernelOptions } from '../../src/extension/kernel-process.js';
import { withKernel } from './kernels.js';

const setup = `
  import * as pv from 'parseval';
  const x = pv.randn([4, 8, 16, 16], { seed: 1 });
  const w = pv.randn([8, 8, 5, 5], { seed: 2 });
  const conv = () => pv.nn.functional.conv2d(x, w, null, { padding: 'same' });
  const why = () => pv.explain(conv()).convolutions[0]!.why;
  const once = async (what: RegExp) => {
    while (!what.test(why())) await new Promise((resolve) => setTimeout(resolve, 10));
    return why();
  };
  await conv().data();
`;

describe('kernel process: measuring convolutions', () => {
  let options: Partial<KernelOptions>;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parseval-cache-'));
    options = { env: { ...process.env, CI: '', PARSEVAL_CACHE: folder } };
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is done in the background, and remembered by the next kernel', async () => {
    await withKernel(
      ['node'],
      async (kernel) => {
        expect((await kernel.run(setup)).status).to.equal('ok');
        expect((await kernel.run('await once(/^measured/)')).text).to.match(/measured on this device: a training step takes [\d.]+ ms/);
        expect(kernel.log).to.not.match(/measure|Refused|Error/);
      },
      options,
    );
    await withKernel(
      ['node'],
      async (kernel) => {
        expect((await kernel.run(`${setup} why()`)).text).to.match(/remembered from an earlier run: a training step takes [\d.]+ ms/);
        expect((await kernel.run('pv.seed(1); why()')).text).to.match(/after pv\.seed nothing that was measured decides/);
      },
      options,
    );
  });

  it('an interrupt in the middle of it harms nothing, and it is done after the next call', async () => {
    await withKernel(
      ['node'],
      async (kernel) => {
        await kernel.run(setup);
        const { status } = await kernel.interrupted("await once(/being measured/); console.log('running'); for (;;);", 0);
        expect(status).to.equal('interrupted');
        expect((await kernel.run('await conv().data(); await once(/^measured/)')).text).to.match(/measured on this device/);
        expect(kernel.log).to.not.match(/measure|Refused|Error/);
      },
      options,
    );
  });
});
