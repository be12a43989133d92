import { expect } from 'chai';
import type { DeviceSituation } from '../../../src/extension/device-order.js';
import { deviceOrder, hostHasGpu } from '../../../src/extension/device-order.js';

const local: DeviceSituation = { setting: 'auto', nodeDeviceRefusal: null, remote: undefined, hostHasGpu: true };

describe('order of devices', () => {
  it('is webview, node, cpu where the window and the kernel are on one machine', () => {
    expect(deviceOrder(local).devices).to.deep.equal(['webview', 'node', 'cpu']);
    expect(deviceOrder({ ...local, remote: 'wsl' }).devices).to.deep.equal(['webview', 'node', 'cpu']);
  });

  it('begins with node on a remote host with a GPU, and says why', () => {
    const { devices, reason } = deviceOrder({ ...local, remote: 'ssh-remote' });
    expect(devices).to.deep.equal(['node', 'webview', 'cpu']);
    expect(reason).to.include('remote host has a GPU');
  });

  it('begins with the webview on a remote host without one', () => {
    expect(deviceOrder({ ...local, remote: 'ssh-remote', hostHasGpu: false }).devices[0]).to.equal('webview');
  });

  it('leaves node out, with the reason, under a Node that cannot carry Dawn', () => {
    const { devices, leftOut } = deviceOrder({ ...local, nodeDeviceRefusal: 'it is Electron' });
    expect(devices).to.deep.equal(['webview', 'cpu']);
    expect(leftOut).to.deep.equal([{ device: 'node', reason: 'it is Electron' }]);
  });

  it('is the one device that was asked for: no other takes its place', () => {
    expect(deviceOrder({ ...local, setting: 'cpu' }).devices).to.deep.equal(['cpu']);
    expect(deviceOrder({ ...local, setting: 'webview', remote: 'ssh-remote' }).devices).to.deep.equal(['webview']);
  });

  it('is an error that says what to do when node was asked for and cannot be', () => {
    expect(() => deviceOrder({ ...local, setting: 'node', nodeDeviceRefusal: 'the kernel runs under Electron' })).to.throw(
      /the kernel runs under Electron.*parseval\.nodePath/,
    );
  });
});

describe('a GPU of the host', () => {
  it('shows as a device file', () => {
    expect(hostHasGpu((path) => path === '/dev/dri/renderD128')).to.be.true;
    expect(hostHasGpu(() => false)).to.be.false;
  });
});
