// A network as a table: its layers with shapes, parameters, and what a forward pass takes.

import type { Shape } from '../devices/shape.js';
import { checkShape } from '../tensor/checks.js';
import { DISPLAY, type MimeBundle } from '../tensor/displayable.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Cost } from './cost.js';
import type { Module } from './modules.js';
import { recordForward } from './output-shape.js';

/** One layer of a network, each time that it is used. */
export interface LayerSummary {
  /** Its name in the network, as parameters have it before their own. */
  readonly name: string;
  /** Its class. */
  readonly layer: string;
  readonly output: Shape;
  /** Numbers that are learned, two of a complex one; 0 where they were counted before. */
  readonly parameters: number;
  /** What a forward pass takes; null of a layer that does not say. */
  readonly cost: Cost | null;
}

/** A network in numbers. */
export interface Summary {
  readonly layers: readonly LayerSummary[];
  readonly parameters: number;
  /** Of the layers that say: the sum. */
  readonly flop: number;
  readonly bytes: number;
  /** All of it as a table. */
  toString(): string;
}

/** A layer that says what it takes. */
interface Costed {
  cost(inputShape: Shape): Cost;
}

/** Summarizes a network for an input [batch, …]. Nothing is computed. */
export function summarize(network: Module, inputShape: readonly number[]): Summary {
  const shape = checkShape('summary', inputShape);
  const uses: { readonly name: string; readonly part: Module; readonly input: Shape; readonly output: Shape }[] = [];
  const leaves = [...network.namedModules()].filter(([, part]) => isLeaf(part));
  const unhook = leaves.map(([name, part]) => hook(part, (input, output) => uses.push({ name, part, input, output })));
  try {
    recordForward(network, shape, () => null);
  } finally {
    for (const undo of unhook) undo();
  }
  const counted = new Set<Tensor>();
  const layers = uses.map(({ name, part, input, output }): LayerSummary => {
    const cost = isCosted(part) ? part.cost(input) : null;
    return { name, layer: part.constructor.name, output, parameters: countNew(part, counted), cost };
  });
  // What stands beside the layers belongs to the network itself.
  const own = countNew(network, counted);
  if (own > 0) layers.push({ name: '', layer: network.constructor.name, output: [], parameters: own, cost: null });
  const sum = (of: (layer: LayerSummary) => number): number => layers.reduce((total, layer) => total + of(layer), 0);
  const summary = {
    layers,
    parameters: sum(({ parameters }) => parameters),
    flop: sum(({ cost }) => cost?.flop ?? 0),
    bytes: sum(({ cost }) => cost?.bytes ?? 0),
  };
  const text = (): string => textOf(summary, shape);
  const bundle = (): MimeBundle => ({ 'text/plain': text() });
  return Object.defineProperties(summary, { toString: { value: text }, [DISPLAY]: { value: bundle } });
}

function isCosted(part: object): part is Costed {
  return 'cost' in part && typeof part.cost === 'function';
}

/** What is one line: a layer that says what it takes, or one without parts. */
function isLeaf(part: Module): boolean {
  return isCosted(part) || part.namedModules().size === 1;
}

/** Tells of each forward of a module, until it is undone. */
function hook(part: Module, tell: (input: Shape, output: Shape) => unknown): () => void {
  const own = Object.getOwnPropertyDescriptor(part, 'forward');
  const forward = part.forward.bind(part);
  Object.defineProperty(part, 'forward', {
    configurable: true,
    value: (...inputs: Tensor[]): Tensor => {
      const y = forward(...inputs);
      tell(inputs[0]?.shape ?? [], y.shape);
      return y;
    },
  });
  return () => {
    if (own === undefined) Reflect.deleteProperty(part, 'forward');
    else Object.defineProperty(part, 'forward', own);
  };
}

function countNew(part: Module, counted: Set<Tensor>): number {
  const fresh = part.parameters().filter((parameter) => !counted.has(parameter));
  for (const parameter of fresh) counted.add(parameter);
  return fresh.reduce((total, { size, dtype }) => total + (dtype.startsWith('complex') ? 2 : 1) * size, 0);
}

function textOf({ layers, parameters, flop, bytes }: Omit<Summary, 'toString'>, inputShape: Shape): string {
  const amount = (cost: number | undefined): string => (cost === undefined ? '–' : inThousands(cost));
  const rows = [
    ['name', 'layer', 'output', 'parameters', 'flop', 'bytes'],
    ...layers.map(({ name, layer, output, parameters: count, cost }) => [
      name,
      layer,
      output.length === 0 ? '' : output.join(' × '),
      String(count),
      amount(cost?.flop),
      amount(cost?.bytes),
    ]),
    ['', 'total', '', String(parameters), inThousands(flop), inThousands(bytes)],
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column < 3 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd();
  return [`Input ${inputShape.join(' × ')}, one forward pass`, ...rows.map(line)].join('\n');
}

/** A count with three digits and its thousands: 1.23 k, M, G, T. */
function inThousands(count: number): string {
  const power = Math.min(4, Math.max(0, Math.floor(Math.log10(Math.max(1, count)) / 3)));
  return power === 0 ? String(Math.round(count)) : `${(count / 1000 ** power).toPrecision(3)} ${' kMGT'[power]}`;
}
