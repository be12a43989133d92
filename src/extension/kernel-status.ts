// What is known of a notebook's kernel, and how the status bar and reports say it. Plain data: nothing of the editor.
import type { KernelMemory, Variable } from '../protocol/kernel.js';
import type { DeviceOrder } from './device-order.js';
import type { KernelStart } from './kernel-process.js';
import type { NodeChoice } from './node-choice.js';

/** `none`: not started yet; `dead`: ended by itself, and the next run starts a new one. */
export type KernelState = 'none' | 'starting' | 'idle' | 'busy' | 'dead';

/** What is known of a kernel. Replaced as a whole when something changes. */
export interface KernelStatus {
  readonly state: KernelState;
  /** Process id of a kernel that runs. */
  readonly pid?: number;
  readonly node?: NodeChoice;
  readonly order?: DeviceOrder;
  readonly memory?: KernelMemory;
  /** Devices that were tried before the one that works. */
  readonly refused?: KernelStart['refused'];
  /** Why the last kernel ended, or did not start. */
  readonly problem?: string;
  readonly variables: readonly Variable[];
}

/** A kernel that was never started. */
export const noKernel: KernelStatus = { state: 'none', variables: [] };

/** Bytes for people: three digits, binary units. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  // 1023.5 would round to 1024 of the smaller unit.
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1024;
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit]}`;
}

/** The text of the status bar item, with VS Code's icons. */
export function statusText({ state, memory }: KernelStatus): string {
  switch (state) {
    case 'none':
      return '$(circle-outline) Parseval';
    case 'starting':
      return '$(loading~spin) Parseval: starting';
    case 'dead':
      return '$(error) Parseval: kernel ended';
    case 'idle':
    case 'busy': {
      const icon = state === 'busy' ? '$(loading~spin)' : '$(circle-filled)';
      return memory ? `${icon} Parseval: ${memory.device} · ${formatBytes(memory.bytes)}` : `${icon} Parseval`;
    }
  }
}

/** A heading and its lines, each a name and what it is. */
export interface StatusFacts {
  readonly heading: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
}

const stateWords: Readonly<Record<KernelState, string>> = {
  none: 'not started: the first cell that runs starts it',
  starting: 'starting',
  idle: 'idle',
  busy: 'running a cell',
  dead: 'ended; the next run starts a new one',
};

/** Everything the tooltip says. */
export function statusFacts(notebook: string, status: KernelStatus): StatusFacts {
  const { state, memory, node, order, refused = [], problem, pid } = status;
  const facts: [string, string][] = [['Kernel', stateWords[state] + (pid === undefined ? '' : `, process ${pid}`)]];
  if (problem !== undefined) facts.push(['Why', problem]);
  if (memory) {
    facts.push(['Device', `${memory.device} (${memory.description})`]);
    const reserve = memory.reservedBytes > 0 ? `, and ${formatBytes(memory.reservedBytes)} kept for reuse` : '';
    facts.push(['Memory', `${formatBytes(memory.bytes)} in ${memory.buffers} ${memory.buffers === 1 ? 'buffer' : 'buffers'}${reserve}`]);
  }
  if (order) facts.push(['Choice', `${order.devices.join(', ')}: ${order.reason}`]);
  for (const { device, reason } of [...(order?.leftOut ?? []), ...refused]) facts.push([`Not ${device}`, reason]);
  if (node) facts.push(['Node', `${node.version}: ${node.reason} (${node.path})`]);
  return { heading: notebook, facts };
}
