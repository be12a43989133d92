// Writes WGSL for fused operands and stores: expressions follow the graph from a kernel's loads back to buffers, and from
// its core forward to the store. Each distinct element is computed once per function.

import preludeSource from '../../../shaders/prelude.wgsl';
import randomSource from '../../../shaders/random.wgsl';
import { isComplex, type DType } from '../../devices/dtype.js';
import {
  constant,
  linearize,
  neverHold,
  openGuards,
  printGuards,
  printIndex,
  quadOf,
  variable,
  type Guard,
  type Index,
} from '../indexing.js';
import { Node } from '../node.js';
import type { Emitter } from '../operation.js';

/** WGSL type of a value in an expression. */
export function valueType(dtype: DType): string {
  if (isComplex(dtype)) return 'vec2<f32>';
  return dtype === 'int32' ? 'i32' : dtype === 'bool' ? 'bool' : 'f32';
}

/** WGSL type of an element in a buffer; bool takes a u32. */
export function storageType(dtype: DType): string {
  return dtype === 'bool' ? 'u32' : valueType(dtype);
}

/** WGSL type of the 16 bytes of a buffer that are loaded or stored at once. */
function quadType(dtype: DType): string {
  return `vec4<${isComplex(dtype) ? 'f32' : storageType(dtype)}>`;
}

/** A scalar that a kernel reads: run-time (by position) or fixed. */
export interface KernelScalar {
  readonly type: 'f32' | 'i32' | 'u32';
  /** Position among the program's scalars, or −1. */
  readonly scalar: number;
  readonly value: number;
}

/** Constant data that a kernel family binds besides its operands. */
export interface Table {
  readonly key: string;
  make(): Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
}

/**
 * Collects what one kernel binds: buffers, tables, scalars. A buffer is an array of quads (16 bytes) when all places from which it is loaded are
 * known to be a multiple of a quad and a constant: neighbours are then one load. Text that was written before a place was found where that is not so
 * must be written again, with the buffer among those to be taken by single elements; see `mixed`.
 */
export class KernelWriter {
  readonly buffers: (Node | Table)[] = [];
  readonly scalars: KernelScalar[] = [];
  /** The result is stored four at a time. */
  storesQuads = false;
  /** Bytes of the buffer `points`, which the kernel has to itself; 0 when it has none. */
  ownBytes = 0;
  readonly #quads = new Set<Node>();
  readonly #elements = new Set<Node>();
  readonly #scalarIndex = new Map<string, number>();

  constructor(
    readonly stored: ReadonlySet<Node>,
    readonly scalarBase: ReadonlyMap<Node, number>,
    readonly root: Node,
    /** Buffers to be taken by single elements. */
    readonly singles: ReadonlySet<Node> = new Set(),
  ) {}

  /** Name of the binding that holds `source`, declared on first use. */
  buffer(source: Node | Table): string {
    const index = this.buffers.indexOf(source);
    return `b${index < 0 ? this.buffers.push(source) - 1 : index}`;
  }

  /** Says that a buffer is loaded at `position`; the quad there and the words of the element in it, or null where it is no quad of which this is known. */
  quad(node: Node, position: Index): { readonly quad: Index; readonly words: string } | null {
    const width = isComplex(node.dtype) ? 2 : 1;
    const found = this.singles.has(node) ? null : quadOf(position, width);
    if (found !== null) this.#quads.add(node);
    else this.#elements.add(node);
    return found && { quad: found.quad, words: 'xyzw'.slice(found.word, found.word + width) };
  }

  /** Name of the binding that holds constant data. */
  table(key: string, make: Table['make']): string {
    const known = this.buffers.find((source) => !(source instanceof Node) && source.key === key);
    return this.buffer(known ?? { key, make });
  }

  /** Buffers that were loaded as quads, but also by single elements: the text is to be written again, with these among `singles`. */
  get mixed(): readonly Node[] {
    return [...this.#quads].filter((node) => this.#elements.has(node));
  }

  /** WGSL expression of a scalar. */
  scalar(entry: KernelScalar): string {
    const key = `${entry.type}:${entry.scalar}:${Object.is(entry.value, -0) ? '-0' : entry.value}`;
    let index = this.#scalarIndex.get(key);
    if (index === undefined) {
      index = this.scalars.push(entry) - 1;
      this.#scalarIndex.set(key, index);
    }
    const word = `scalars[${index >> 2}].${'xyzw'[index & 3] ?? ''}`;
    return entry.type === 'u32' ? word : `bitcast<${entry.type}>(${word})`;
  }

  /** WGSL expression of a number that is the same at every run; infinities and NaN cannot be written as literals. */
  number(value: number, type: 'f32' | 'i32' = 'f32'): string {
    if (Number.isInteger(value) && Math.abs(value) < 1e6) return type === 'i32' ? String(value) : `${value}.0`;
    return this.scalar({ type, scalar: -1, value });
  }

  /**
   * WGSL expression of a count that compilers are not to know: kernels that differ in it alone have the same text and are compiled once, and drivers do not write short
   * loops out, which takes long to compile.
   */
  count(value: number, type: 'i32' | 'u32' = 'i32'): string {
    return this.scalar({ type, scalar: -1, value });
  }

  /** A scalar of `node`, fixed or run-time. */
  nodeScalar(node: Node, index: number, type: KernelScalar['type']): string {
    const base = this.scalarBase.get(node);
    return this.scalar({
      type,
      scalar: base === undefined ? -1 : base + index,
      value: base === undefined ? (node.scalars[index] ?? 0) : 0,
    });
  }

  /** The module: declarations, the functions that expressions call, then the family's text. */
  module(body: string): string {
    const count = this.buffers.length;
    const inputs = this.buffers.map((source, index) => {
      const type = !(source instanceof Node) ? 'vec2<f32>' : this.#quads.has(source) ? quadType(source.dtype) : storageType(source.dtype);
      return `@group(0) @binding(${index}) var<storage, read> b${index}: array<${type}>;`;
    });
    const type = this.storesQuads ? quadType(this.root.dtype) : storageType(this.root.dtype);
    const own = this.ownBytes > 0 ? [`@group(0) @binding(${count}) var<storage, read_write> points: array<vec2<f32>>;`] : [];
    const output = `@group(0) @binding(${count + own.length}) var<storage, read_write> result: array<${type}>;`;
    const words = Math.ceil(this.scalars.length / 4);
    const uniform = words > 0 ? [`@group(0) @binding(${count + own.length + 1}) var<uniform> scalars: array<vec4<u32>, ${words}>;`] : [];
    const library = body.includes('threefry(') ? [preludeSource, randomSource] : [preludeSource];
    return [...inputs, ...own, output, ...uniform, ...library, body].join('\n');
  }
}

/** The body of one WGSL function. */
export class FunctionWriter {
  readonly #lines: string[] = [];
  readonly #scopes: Map<string, string>[] = [new Map<string, string>()];
  #names = 0;
  #loads = 0;
  #indent = '  ';

  constructor(readonly kernel: KernelWriter) {}

  /** The statements so far. */
  get text(): string {
    return this.#lines.join('\n');
  }

  /** Loads from buffers so far; a quad is one. */
  get loads(): number {
    return this.#loads;
  }

  /** Adds a statement. */
  line(text: string): void {
    this.#lines.push(this.#indent + text);
  }

  /** Declares a constant. */
  declare(type: string, expression: string): string {
    const name = `v${this.#names++}`;
    this.line(`let ${name}: ${type} = ${expression};`);
    return name;
  }

  /** Expression of element `index` of `node`, read from its buffer or computed from its operands. */
  load(node: Node, index: readonly Index[]): string {
    const key = `${node.id}@${index.map((part) => part.key).join(',')}`;
    for (const scope of this.#scopes) {
      const known = scope.get(key);
      if (known !== undefined) return known;
    }
    const fromBuffer = node.buffer !== null || this.kernel.stored.has(node);
    const text = fromBuffer ? this.#read(node, linearize(index, node.shape)) : this.compute(node, index);
    this.#scopes.at(-1)?.set(key, text);
    return text;
  }

  #read(node: Node, position: Index): string {
    const name = this.kernel.buffer(node);
    const found = this.kernel.quad(node, position);
    if (found === null) this.#loads++;
    const element = found === null ? `${name}[${printIndex(position)}]` : `${this.#quad(node, name, found.quad)}.${found.words}`;
    return this.declare(valueType(node.dtype), node.dtype === 'bool' ? `${element} != 0u` : element);
  }

  /** The quad at `position`, loaded once. */
  #quad(node: Node, name: string, position: Index): string {
    const key = `${name}[${position.key}]`;
    for (const scope of this.#scopes) {
      const known = scope.get(key);
      if (known !== undefined) return known;
    }
    this.#loads++;
    const text = this.declare(quadType(node.dtype), `${name}[${printIndex(position)}]`);
    this.#scopes.at(-1)?.set(key, text);
    return text;
  }

  /** Expression of element `index` of `node`, computed from its operands. */
  compute(node: Node, index: readonly Index[]): string {
    const { lowering } = node.operation;
    const type = valueType(node.dtype);
    if (lowering.kind === 'elementwise') {
      const operands = node.inputs.map((input) => this.load(input, index));
      return this.declare(type, this.#expression(node, operands));
    }
    const [source] = node.inputs;
    if (lowering.kind === 'view' && source !== undefined) {
      const mapped = lowering.map(index, source.shape, node.shape, node.attributes, this.#scalarIndex(node));
      const fill = this.kernel.number(lowering.fill?.(node.attributes) ?? 0, node.dtype === 'int32' ? 'i32' : 'f32');
      const fallback = isComplex(node.dtype) ? `vec2<f32>(${fill}, 0.0)` : node.dtype === 'bool' ? `(${fill} != 0.0)` : fill;
      const open = openGuards(mapped.guards);
      // A place outside of a buffer is safe to read in WGSL, and compilers are quicker with a value than with a branch.
      if (open.length > 0 && this.#isLoad(source)) {
        return this.declare(type, `select(${fallback}, ${this.load(source, mapped.index)}, ${printGuards(open)})`);
      }
      return this.#choose(type, [{ guards: mapped.guards, value: () => this.load(source, mapped.index) }], fallback);
    }
    if (lowering.kind === 'indexed') {
      const { attributes, dtype, shape, scalars } = node;
      return this.declare(type, lowering.emit(this.#emitter(node, index), { attributes, dtype, shape, scalars }, node.inputs));
    }
    throw new Error(`${node.operation.name}: cannot be fused into a kernel`);
  }

  /** True when an element of a node is a load and nothing else. */
  #isLoad(node: Node): boolean {
    if (node.buffer !== null || this.kernel.stored.has(node)) return true;
    const [source] = node.inputs;
    return node.operation.lowering.kind === 'view' && source !== undefined && this.#isLoad(source);
  }

  #emitter(node: Node, index: readonly Index[]): Emitter {
    return {
      index,
      load: (input, at) => this.load(node.inputs[input] as Node, at),
      scalar: (at, type) => this.kernel.nodeScalar(node, at, type),
      table: (key, make, position) => `${this.kernel.table(key, make)}[${printIndex(position)}]`,
      declare: (type, expression) => this.declare(type, expression),
      variable: (expression, min, max) => variable(this.declare('i32', expression), min, max),
      choose: (cases, fallback) => this.#choose(valueType(node.dtype), cases, fallback),
    };
  }

  #scalarIndex(node: Node): (index: number, min: number, max: number) => Index {
    return (index, min, max) => (min === max ? constant(min) : variable(this.kernel.nodeScalar(node, index, 'i32'), min, max));
  }

  #expression(node: Node, operands: readonly string[]): string {
    const { lowering } = node.operation;
    if (lowering.kind !== 'elementwise') throw new Error(`${node.operation.name}: not elementwise`);
    const types = node.inputs.map((input) => input.dtype);
    return lowering.wgsl(operands, types, node.dtype, node.attributes);
  }

  #choose(type: string, cases: readonly { readonly guards: readonly Guard[]; readonly value: () => string }[], fallback: string): string {
    const [only] = cases;
    if (only !== undefined && cases.length === 1 && openGuards(only.guards).length === 0) return only.value();
    const name = `v${this.#names++}`;
    this.line(`var ${name}: ${type} = ${fallback};`);
    for (const { guards, value } of cases) {
      // A load that is never reached may have a constant place outside of its buffer, which WGSL refuses.
      if (neverHold(guards)) continue;
      this.line(`if (${printGuards(guards)}) {`);
      const indent = this.#indent;
      this.#indent += '  ';
      this.#scopes.push(new Map());
      this.line(`${name} = ${value()};`);
      this.#scopes.pop();
      this.#indent = indent;
      this.line('}');
    }
    return name;
  }

  /** Stores the core's `value` at `index` through the operations of `path`; the last of them is the kernel's root. */
  store(core: Node, index: readonly Index[], value: string, path: readonly Node[]): void {
    const { position, text } = this.#follow(core, index, value, path, (open) => this.line(`if (!(${printGuards(open)})) { return; }`));
    this.line(`result[${printIndex(position)}] = ${text};`);
  }

  /**
   * Stores neighbouring values at once; false, and nothing is stored, when it is not known that they make up whole quads of the result
   * (four real values, or two complex ones, each).
   */
  storeQuads(core: Node, indices: readonly (readonly Index[])[], values: readonly string[], path: readonly Node[]): boolean {
    const { root } = this.kernel;
    const width = isComplex(root.dtype) ? 2 : 1;
    const each = 4 / width;
    const stores = indices.map((index, lane) => this.#follow(core, index, values[lane] as string, path));
    const places = stores.map(({ position }) => quadOf(position, width));
    const isWhole = places.every((place, lane) => {
      const first = places[lane - (lane % each)];
      return place !== null && first != null && place.word === (lane % each) * width && place.quad.key === first.quad.key;
    });
    if (!isWhole || values.length % each !== 0 || stores.some(({ guards }) => guards.length > 0)) return false;
    for (let lane = 0; lane < stores.length; lane += each) {
      const parts = stores.slice(lane, lane + each).map(({ text }) => text);
      this.line(`result[${printIndex(places[lane]!.quad)}] = ${quadType(root.dtype)}(${parts.join(', ')});`);
    }
    this.kernel.storesQuads = true;
    return true;
  }

  /** Where a core's value goes through `path`, what is stored there, and the guards that nobody took care of. */
  #follow(
    core: Node,
    index: readonly Index[],
    value: string,
    path: readonly Node[],
    guard?: (open: readonly Guard[]) => void,
  ): { position: Index; text: string; guards: readonly Guard[] } {
    let at = core;
    let where = index;
    let text = value;
    const guards: Guard[] = [];
    for (const node of path) {
      const { lowering } = node.operation;
      if (lowering.kind === 'view' && lowering.inverse !== undefined) {
        const mapped = lowering.inverse(where, at.shape, node.shape, node.attributes, this.#scalarIndex(node));
        const open = openGuards(mapped.guards);
        if (guard === undefined) guards.push(...open);
        else if (open.length > 0) guard(open);
        where = mapped.index;
      } else {
        const from = at;
        const operands = node.inputs.map((input) => (input === from ? text : this.load(input, where)));
        text = this.declare(valueType(node.dtype), this.#expression(node, operands));
      }
      at = node;
    }
    return { position: linearize(where, at.shape), text: at.dtype === 'bool' ? `select(0u, 1u, ${text})` : text, guards };
  }
}
