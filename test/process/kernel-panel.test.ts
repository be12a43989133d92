// A kernel process whose tensors live in a device that its host serves, as the device panel does.
import { expect } from 'chai';
import { openDawn } from '../../src/devices/node/adapter.js';
import type { DeviceServer, ServeOptions } from '../../src/devices/remote/server.js';
import { serveDevice } from '../../src/devices/remote/server.js';
import type { KernelOptions } from '../../src/extension/kernel-process.js';
import type { Port } from '../../src/protocol/port.js';
import { openFaulty } from '../unit/devices/support.js';
import type { TestKernel } from './kernels.js';
import { library, withKernel } from './kernels.js';

describe('kernel process: the device in the panel', () => {
  /** What stands for the panel: sessions of this process. */
  class Panel {
    server: DeviceServer | undefined;
    opened = 0;
    private toServer: (message: unknown) => void = () => undefined;

    constructor(private readonly open: ServeOptions['open']) {}

    options(kernel: () => TestKernel): Partial<KernelOptions> {
      return {
        openDevice: () => {
          this.opened++;
          const port: Port = {
            post: (message) => kernel().process.deliverDevice(message),
            listen: (onMessage) => (this.toServer = onMessage),
            close: () => undefined,
          };
          this.server = serveDevice(port, { name: 'webview', open: this.open });
          return Promise.resolve();
        },
        postDevice: (message) => this.toServer(message),
      };
    }
  }

  async function withPanel(
    use: (kernel: TestKernel, panel: Panel) => Promise<void>,
    open: ServeOptions['open'] = () => openDawn(),
  ): Promise<void> {
    const panel = new Panel(open);
    try {
      await withKernel(
        ['webview'],
        (kernel) => use(kernel, panel),
        (kernel) => panel.options(kernel),
      );
    } finally {
      panel.server?.close();
    }
  }

  it('computes there, and is opened anew when it was lost; tensors of the lost one say so', async () => {
    await withPanel(async (kernel, panel) => {
      expect((await kernel.run(`${library} (await x.matmul(x).data()).join()`)).text).to.equal("'7,10,15,22'");
      panel.server?.destroy('the GPU was reset');
      const lost = await kernel.run('await x.data()');
      expect(lost.status).to.equal('error');
      expect(lost.text).to.match(/^Error: device webview is lost \(the GPU was reset\); restart it and compute its tensors again/);
      expect(lost.text.match(/^ {4}at .*/gm)).to.deep.equal(['    at cell 2:1:9']);
      expect((await kernel.run('(await pv.tensor([1, 2]).sum().item())')).text).to.equal('3');
      expect((await kernel.run('x.add(pv.ones([2, 2]))')).text).to.match(/add: device webview is lost \(the GPU was reset\)/);
      expect(panel.opened).to.equal(2);
    });
  });

  it('tensors of a panel that was closed say so, and the next cell opens it anew', async () => {
    await withPanel(async (kernel, panel) => {
      await kernel.run(library);
      kernel.process.deviceClosed('the device panel was closed');
      expect((await kernel.run('await x.data()')).text).to.match(/device webview is lost \(the device panel was closed\)/);
      expect(panel.opened).to.equal(2);
    });
  });

  it('is told of an interrupt: what it computes is given up, and computed again when it is asked for', async () => {
    await withPanel(async (kernel) => {
      await kernel.run(
        `${library} const n = 512; const { dispatches } = pv.memory(); const one = pv.eye(n); let y = one; for (let i = 0; i < 80; i++) y = y.matmul(one);`,
      );
      expect((await kernel.interrupted("console.log('running'); await y.data(); await new Promise(() => {})")).status).to.equal(
        'interrupted',
      );
      const { text } = await kernel.run('pv.memory().dispatches - dispatches');
      expect(Number(text), 'the rest was never submitted').to.be.below(60);
      expect((await kernel.run('(await x.matmul(x).data()).join()')).text).to.equal("'7,10,15,22'");
      expect((await kernel.run('[await y.sum().item(), await y.max().item()]')).text).to.equal('[ 512, 1 ]');
    });
  });

  it('a failure of the GPU names the operation and the line that recorded it, also when another cell reads', async () => {
    const faulty = await openFaulty();
    await withPanel(
      async (kernel) => {
        await kernel.run("import * as pv from 'parseval'; const big = pv.ones([512, 512]).keep();");
        await kernel.run('const unrelated = 1;\n\nconst product = big\n  .matmul(big);');
        faulty.failAllocations(8);
        const { text, status } = await kernel.run('await product.data()');
        expect(status).to.equal('error');
        expect(text).to.match(/out of device memory.*matmul \[512, 512\] at cell 2:4:4/);
      },
      () => Promise.resolve({ gpu: faulty.gpu, description: 'faulty' }),
    );
  });
});
