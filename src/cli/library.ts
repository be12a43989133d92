// What the command line needs of the library.
import type { KernelLibrary } from '../kernel/index.js';

/** A device that the library knows of. */
export interface DeviceInfo {
  readonly name: string;
  readonly available: boolean;
  /** The adapter, in words. */
  readonly description: string;
  /** Why it is not available. */
  readonly reason?: string;
}

/** The library's namespace, as far as the command line uses it. */
export interface CliLibrary extends KernelLibrary, Readonly<Record<string, unknown>> {
  devices(): Promise<readonly DeviceInfo[]>;
  setDevice(name: 'cpu' | 'node'): Promise<unknown>;
}
