// The devices of a kernel process: `cpu` is in this thread, `node` in a thread of its own, and `webview` in the panel, through the host.
import type * as library from '../../index.js';
import type { Port } from '../../protocol/port.js';

/** Names of devices. */
export type DeviceName = library.DeviceName;

/** A device that was not taken, and why. */
export interface Refused {
  readonly device: DeviceName;
  readonly reason: string;
}

/** How a device may take its time to open and to answer, in ms. */
const patience = 20_000;

/** The port to this kernel's session in the device panel: what arrives is handed in, what is sent is handed on. */
export class PanelPort {
  private listener: { readonly onMessage: (message: unknown) => void; readonly onClose: (reason: string) => void } | undefined;

  constructor(private readonly send: (message: unknown) => void) {}

  /** A new end for a new session; the one before hears nothing any more. */
  open(): Port {
    this.closed('the device panel was opened anew');
    let mine: PanelPort['listener'];
    return {
      post: (message) => this.send(message),
      listen: (onMessage, onClose) => (this.listener = mine = { onMessage, onClose }),
      close: () => {
        if (this.listener === mine) this.listener = undefined;
      },
    };
  }

  /** A message of the session. */
  deliver(message: unknown): void {
    this.listener?.onMessage(message);
  }

  /** The session is gone. */
  closed(reason: string): void {
    const { listener } = this;
    this.listener = undefined;
    listener?.onClose(reason);
  }
}

/** Opens the devices in the order given until one works, which becomes the current one. Rejects when none does. */
export async function openFirst(pv: typeof library, names: readonly DeviceName[]): Promise<Refused[]> {
  const refused: Refused[] = [];
  for (const device of names) {
    try {
      await within(patience, pv.host.tryDevice(device));
      return refused;
    } catch (error) {
      refused.push({ device, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  throw new Error(`no device works: ${refused.map(({ device, reason }) => `${device}: ${reason}`).join('; ')}`);
}

/** Opens the current device anew when it was lost. Returns whether it did; rejects when it cannot be opened. */
export async function openAgainIfLost(pv: typeof library): Promise<boolean> {
  const { name, lost } = pv.host.currentDevice();
  if (lost === null) return false;
  try {
    await within(patience, pv.host.tryDevice(name));
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const problem = new Error(
      `device ${name} was lost (${lost}) and could not be opened anew: ${reason}. Restart the kernel, or choose another device`,
    );
    // Where in the kernel that was says nothing to a reader.
    problem.stack = String(problem);
    throw problem;
  }
}

function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it did not answer within ${milliseconds / 1000} s`)), milliseconds);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
