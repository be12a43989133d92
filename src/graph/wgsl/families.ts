// The kernel family map, and what all families share. Each turns a scheduled kernel into WGSL and a launch.

import mapSource from '../../../shaders/map.wgsl';
import type { DeviceLimits } from '../../devices/device.js';
import { sizeOf, type Shape } from '../../devices/shape.js';
import { add, constant, delinearize, scale, variable, type Index } from '../indexing.js';
import type { Kernel } from './schedule.js';
import type { KernelWriter } from './writer.js';
import { FunctionWriter, valueType } from './writer.js';

/** A kernel ready for a plan. */
export interface Launch {
  readonly body: string;
  readonly workgroups: readonly [number, number, number];
  /** Arithmetic operations and bytes, for the cost model. */
  readonly flop: number;
}

const workgroup = 64;

/** Workgroups in a grid whose rows are as wide as a device allows. */
export function grid(count: number, limits: DeviceLimits): [number, number, number] {
  const width = Math.min(count, limits.maxWorkgroups);
  return [width, Math.ceil(count / Math.max(width, 1)), 1];
}

/** Named constants of a family's text. */
export function constants(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => `const ${name} = ${value};`)
    .join('\n');
}

/** The generated function store(…): from the core's value to the kernel's result. */
export function storeFunction(writer: KernelWriter, { core, root, path }: Kernel, parameters: string, index: readonly Index[]): string {
  const body = new FunctionWriter(writer);
  body.store(core ?? root, index, 'value', path);
  return `fn store(${parameters}, value: ${valueType((core ?? root).dtype)}) {\n${body.text}\n}`;
}

/**
 * How often an invocation computes `lanes` elements of the result, and how many workgroups do: enough workgroups to fill a GPU, and no more where a
 * CPU plays it, because each costs as much as hundreds of elements.
 */
function spread(size: number, lanes: number, { isSoftware }: DeviceLimits): { repeats: number; workgroups: number } {
  const groups = Math.ceil(size / lanes / workgroup);
  const repeats = Math.max(1, Math.min(isSoftware ? 16 : 4, Math.floor(groups / (isSoftware ? 64 : 4096))));
  return { repeats, workgroups: Math.ceil(groups / repeats) };
}

/** A kernel without a core: every element of the root from its operands; also stores the operand of `materialize`. */
export function mapKernel(writer: KernelWriter, { root, core, path }: Kernel, limits: DeviceLimits): Launch {
  const source = core ?? root;
  const size = sizeOf(source.shape);
  const body = new FunctionWriter(writer);
  const operand = source.operation.lowering.kind === 'materialize' ? source.inputs[0] : undefined;
  const evaluate = (index: readonly Index[]): string => (operand === undefined ? body.compute(source, index) : body.load(operand, index));
  const lanes = size % 4 === 0 && path.length === 0 ? 4 : 1;
  const i = variable('i', 0, Math.max(size / lanes - 1, 0));
  if (lanes === 4) {
    const indices = [0, 1, 2, 3].map((lane) => neighbour(i, source.shape, lane));
    const values = indices.map(evaluate);
    if (!body.storeQuads(source, indices, values, path)) throw new Error(`${source.operation.name}: four neighbours are no quad`);
  } else {
    const index = delinearize(i, source.shape);
    body.store(source, index, evaluate(index), path);
  }
  const { repeats, workgroups } = spread(size, lanes, limits);
  const extents = `fn size() -> u32 { return ${writer.count(size / lanes, 'u32')}; }\nfn repeats() -> u32 { return ${writer.count(repeats, 'u32')}; }`;
  return {
    body: `${constants({ WORKGROUP: `${workgroup}u` })}\n${extents}\nfn element(i: i32) {\n${body.text}\n}\n${mapSource}`,
    workgroups: grid(workgroups, limits),
    flop: size * 8,
  };
}

/** Index of element 4·i + lane of a shape whose size is a multiple of four. */
export function neighbour(i: Index, shape: Shape, lane: number): Index[] {
  const last = shape.at(-1) ?? 1;
  if (last % 4 !== 0) return delinearize(add(scale(i, 4), constant(lane)), shape);
  const index = delinearize(i, [...shape.slice(0, -1), last / 4]);
  return [...index.slice(0, -1), add(scale(index.at(-1) as Index, 4), constant(lane))];
}

/**
 * True for a kernel that takes a millisecond or two however it is written, where a CPU plays the GPU. Its text is to be short then, even where that makes it
 * slower: written for speed it would take up to a second to compile.
 */
export function isBrief(flop: number, { compilesSlowly }: DeviceLimits): boolean {
  return compilesSlowly && flop < 2 ** 24;
}

/**
 * Statements that store `values`, in a loop: where a CPU plays the GPU, each store in the text takes as long to compile as many multiplications. `store` says how,
 * given which of them it is and its value.
 */
export function storesInLoop(
  writer: KernelWriter,
  type: string,
  values: readonly string[],
  store: (at: string, value: string) => string,
): string[] {
  return [
    `  var cells = array<${type}, ${values.length}>(${values.join(', ')});`,
    `  let count = ${writer.count(values.length)};`,
    `  for (var at = 0; at < count; at++) { ${store('at', 'cells[at]')} }`,
  ];
}
