// The page: the adapter, and a card for each kernel.

import { button, dropdown, type Dropdown } from '../ui/controls.js';
import { make, setText } from '../ui/dom.js';
import { formatBytes, formatCount } from '../ui/format.js';
import type { AdapterState } from './gpu-host.js';
import type { SessionLog } from './session-log.js';
import { memoryTable, planTable, type Table } from './tables.js';
import { TimelineView } from './timeline-view.js';

/** Names of devices that can be picked. */
export type Pick = 'auto' | 'cpu' | 'node' | 'webview';

/** A kernel as the extension host tells of it. */
export interface Kernel {
  readonly session: number;
  readonly notebook: string;
  readonly device: 'cpu' | 'node' | 'webview' | null;
  readonly state: 'starting' | 'idle' | 'busy' | 'dead';
}

/** What the user asked for. */
export interface ViewEvents {
  readonly onRestartDevices: () => void;
  readonly onRestartKernel: (session: number) => void;
  readonly onPick: (session: number, device: Pick) => void;
}

const picks: readonly (readonly [Pick, string])[] = [
  ['auto', 'auto'],
  ['webview', 'webview: this panel'],
  ['node', 'node: Dawn'],
  ['cpu', 'cpu: float64 reference'],
];

/** Shows the adapter, kernels and what their sessions hold. */
export class PanelView {
  readonly element = make('main');
  readonly #events: ViewEvents;
  readonly #adapter: AdapterCard;
  readonly #cards = new Map<number, KernelCard>();
  readonly #empty = make(
    'p',
    'empty',
    'No kernel is running. Run a cell of a notebook with the Parseval kernel: its tensors, plans and timeline appear here.',
  );

  constructor(events: ViewEvents) {
    this.#events = events;
    this.#adapter = new AdapterCard(events);
    this.element.append(this.#adapter.element, this.#empty);
  }

  /** Shows the state as it is now, with the sessions of kernels and logs in this order. */
  show(adapter: AdapterState | null, kernels: readonly Kernel[], logs: ReadonlyMap<number, SessionLog>, order: readonly number[]): void {
    this.#adapter.show(adapter);
    const known = new Map(kernels.map((kernel) => [kernel.session, kernel]));
    const ids = new Set(order);
    this.#empty.hidden = ids.size > 0;
    for (const [id, card] of this.#cards) {
      if (ids.has(id)) continue;
      card.element.remove();
      this.#cards.delete(id);
    }
    let above: Element = this.#empty;
    for (const id of ids) {
      const card = this.#cards.get(id) ?? new KernelCard(id, this.#events);
      this.#cards.set(id, card);
      // What is in its place stays there: a control that is moved loses the focus.
      if (above.nextElementSibling !== card.element) above.after(card.element);
      above = card.element;
      card.show(known.get(id), logs.get(id));
    }
  }

  /** Paints pictures anew: the theme is another one. */
  repaint(): void {
    for (const card of this.#cards.values()) card.repaint();
  }
}

class AdapterCard {
  readonly element: HTMLElement;
  readonly #title = make('h1', '', 'Looking for an adapter…');
  readonly #limits = make('dl', 'limits');
  readonly #all = make('details', 'all');
  readonly #tools: HTMLElement;
  #shown: AdapterState | null = null;

  constructor({ onRestartDevices }: ViewEvents) {
    const restart = button('Restart device', 'ends the GPU device of every kernel; the next run opens a new one', onRestartDevices);
    this.#tools = make('div', 'tools', restart);
    this.#tools.hidden = true;
    this.#all.hidden = true;
    this.element = make('section', 'adapter', make('header', '', this.#title, this.#tools), this.#limits, this.#all);
  }

  show(adapter: AdapterState | null): void {
    if (adapter === this.#shown || adapter === null) return;
    this.#shown = adapter;
    const { available, description, limits, features } = adapter;
    setText(this.#title, available ? description : 'No WebGPU adapter');
    this.#tools.hidden = !available;
    this.#all.hidden = !available;
    if (!available) {
      this.#limits.replaceChildren(make('p', 'empty', `${description}. Kernels compute on node or cpu instead.`));
      return;
    }
    const limit = (name: string): number => limits[name] ?? 0;
    const pairs: readonly (readonly [string, string])[] = [
      ['Largest buffer', formatBytes(Math.min(limit('maxBufferSize'), limit('maxStorageBufferBindingSize')))],
      ['Buffers per kernel', formatCount(limit('maxStorageBuffersPerShaderStage'))],
      ['Workgroup memory', formatBytes(limit('maxComputeWorkgroupStorageSize'))],
      ['Workgroup size', formatCount(limit('maxComputeInvocationsPerWorkgroup'))],
      ['Dispatch times', features.includes('timestamp-query') ? 'measured' : 'not measured'],
    ];
    this.#limits.replaceChildren(...pairs.map(([name, value]) => make('div', '', make('dt', '', name), make('dd', 'number', value))));
    const rows = Object.entries(limits)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => make('div', '', make('dt', '', name), make('dd', 'number', formatCount(value))));
    this.#all.replaceChildren(
      make('summary', '', 'All limits and features'),
      make('dl', 'everything', ...rows),
      make('p', 'features', features.length > 0 ? `Features: ${features.join(', ')}` : 'No optional features.'),
    );
  }
}

class KernelCard {
  readonly element: HTMLElement;
  readonly #title = make('h2');
  readonly #state = make('span', 'state');
  readonly #summary = make('p', 'summary');
  readonly #tools: HTMLElement;
  readonly #device: Dropdown;
  readonly #timeline = new TimelineView();
  readonly #tables: readonly Table[] = [memoryTable(), planTable()];
  readonly #content: HTMLElement;
  #shown = -1;

  constructor(session: number, { onPick, onRestartKernel }: ViewEvents) {
    this.#device = dropdown("Device of this notebook's kernel", picks, (value) => onPick(session, value as Pick));
    const restart = button('Restart kernel', 'ends its process with all variables, and starts a new one', () => onRestartKernel(session));
    this.#tools = make('div', 'tools', this.#device.element, restart);
    this.#content = make('div', 'content', this.#timeline.element, make('div', 'lists', ...this.#tables.map(({ element }) => element)));
    this.element = make('section', 'kernel', make('header', '', this.#title, this.#state, this.#tools), this.#summary, this.#content);
  }

  show(kernel: Kernel | undefined, log: SessionLog | undefined): void {
    setText(this.#title, kernel?.notebook ?? log?.label ?? '');
    setText(this.#state, kernel?.state ?? '');
    this.#state.dataset['state'] = kernel?.state ?? '';
    this.#tools.hidden = kernel === undefined;
    if (kernel?.device) this.#device.show(kernel.device);
    const isHere = log !== undefined && log.lost === null && (log.count > 0 || log.batches.length > 0);
    setText(this.#summary, summaryOf(kernel, log));
    this.#content.hidden = !isHere;
    if (!isHere || log.version === this.#shown) return;
    this.#shown = log.version;
    this.#timeline.show(log.batches);
    for (const each of this.#tables) each.show(log);
  }

  repaint(): void {
    this.#timeline.draw();
  }
}

function summaryOf(kernel: Kernel | undefined, log: SessionLog | undefined): string {
  if (log === undefined) {
    const device = kernel?.device ?? null;
    if (device === 'webview') return 'Its device is opened when a cell runs.';
    return device === null ? 'It has no device yet.' : `Its tensors live on ${device}.`;
  }
  if (log.lost !== null)
    return `The device is gone: ${log.lost}. The next run opens a new one; tensors of the old one have to be computed again.`;
  if (log.count === 0 && log.batches.length === 0) return 'Nothing is on its device yet.';
  const { count, runs } = log.plans;
  const many = (n: number, what: string): string => `${formatCount(n)} ${what}${n === 1 ? '' : 's'}`;
  return `${formatBytes(log.bytes)} in ${many(log.count, 'tensor')}, ${many(count, 'plan')}, ${many(runs, 'run')}`;
}
