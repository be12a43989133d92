// A kernel process's place in the device panel: one session at a time, opened when the kernel asks for it, and gone with the process.
import type { DevicePanel, DeviceSession } from './device-panel.js';
import type { KernelProcess } from './kernel-process.js';

/** What is needed of the panel. */
export type SessionPanel = Pick<DevicePanel, 'reserveSession' | 'openSession'>;

/** The session of one kernel process. */
export class KernelDevice {
  private session: DeviceSession | undefined;
  private number: number;
  private isClosed = false;
  private losses = 0;

  /** `isAsked`: this device was asked for by name, so the panel is tried even when it had no adapter before. */
  constructor(
    private readonly panel: SessionPanel,
    private readonly isAsked: boolean,
  ) {
    this.number = panel.reserveSession();
  }

  /** The number by which the panel knows the kernel. */
  get id(): number {
    return this.number;
  }

  /** Another number after what was held there is gone. */
  get generation(): number {
    return this.losses;
  }

  /** Opens the panel if need be and a session in it, anew if there was one. Rejects with the reason when there is none to be had. */
  async open(kernel: Pick<KernelProcess, 'deliverDevice' | 'deviceClosed'>): Promise<void> {
    this.session?.close();
    this.session = undefined;
    this.losses++;
    // Another number, so that late answers to the old session are not taken for answers to the new one.
    const number = this.panel.reserveSession();
    this.number = number;
    const client = {
      deliver: (message: unknown): void => kernel.deliverDevice(message),
      closed: (reason: string): void => {
        if (this.number === number) {
          this.session = undefined;
          this.losses++;
        }
        kernel.deviceClosed(reason);
      },
    };
    const session = await this.panel.openSession(number, client, this.isAsked);
    // The panel may have taken its time.
    if (this.isClosed || this.number !== number) session.close();
    else this.session = session;
  }

  /** Hands the page a message of the kernel. */
  post(message: unknown): void {
    this.session?.post(message);
  }

  /** Stops what the GPU does, also while the kernel is in a loop. */
  interrupt(): void {
    this.session?.interrupt();
  }

  /** Ends an interrupt that the kernel knows nothing of, because its cell had just ended. */
  resume(): void {
    this.session?.resume();
  }

  /** Frees everything that the session holds. */
  close(): void {
    this.isClosed = true;
    this.session?.close();
    this.session = undefined;
  }
}
