// In which order a kernel tries the devices, and why.
import { existsSync } from 'node:fs';

/** Values of the setting `parseval.device`. */
export type DeviceSetting = 'auto' | DeviceName;
/** Names of devices. */
export type DeviceName = 'cpu' | 'node' | 'webview';

/** What the order depends on. */
export interface DeviceSituation {
  readonly setting: DeviceSetting;
  /** Why the Node that runs the kernel cannot carry Dawn, or null when it can. */
  readonly nodeDeviceRefusal: string | null;
  /** VS Code's name for where the extension runs, when that is not where the window is: `ssh-remote`, `wsl`, … */
  readonly remote: string | undefined;
  /** Whether the machine on which the extension runs has a GPU of its own. */
  readonly hostHasGpu: boolean;
}

/** The devices to try, the reason for the order, and what is left out. */
export interface DeviceOrder {
  readonly devices: readonly DeviceName[];
  readonly reason: string;
  readonly leftOut: readonly { readonly device: DeviceName; readonly reason: string }[];
}

/** The order for a kernel that starts now. A device that was asked for by name is the only one: then its failure is an error, not a reason to take another. */
export function deviceOrder({ setting, nodeDeviceRefusal, remote, hostHasGpu }: DeviceSituation): DeviceOrder {
  if (setting !== 'auto') {
    if (setting === 'node' && nodeDeviceRefusal !== null) {
      throw new Error(
        `The setting parseval.device asks for 'node', but ${nodeDeviceRefusal}. Set parseval.nodePath to a Node.js of 20.19 or newer, or choose another device.`,
      );
    }
    return { devices: [setting], reason: `parseval.device is '${setting}'`, leftOut: [] };
  }
  // In WSL the window is on the same machine, and reaches its GPU better than Linux does.
  const isFar = remote !== undefined && remote !== 'wsl';
  const nodeFirst = isFar && hostHasGpu && nodeDeviceRefusal === null;
  const wanted: readonly DeviceName[] = nodeFirst ? ['node', 'webview', 'cpu'] : ['webview', 'node', 'cpu'];
  return {
    devices: nodeDeviceRefusal === null ? wanted : wanted.filter((device) => device !== 'node'),
    reason: nodeFirst ? 'the remote host has a GPU of its own, so tensors need not travel' : 'the first that works',
    leftOut: nodeDeviceRefusal === null ? [] : [{ device: 'node', reason: nodeDeviceRefusal }],
  };
}

/** Whether Linux shows a GPU; other hosts are asked through the device itself. */
export function hostHasGpu(exists: (path: string) => boolean = existsSync): boolean {
  return ['/dev/nvidia0', '/dev/dri/renderD128'].some(exists);
}
