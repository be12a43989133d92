// Joining tensors along an axis, picking elements by position, and the padding modes that are made of both.

import { float64Values, fromFloat64, ndarray } from '../../devices/ndarray.js';
import { partsOf } from '../../devices/dtype.js';
import { sizeOf, type Shape } from '../../devices/shape.js';
import { add as addIndex, constant } from '../../graph/indexing.js';
import { record, type Node } from '../../graph/node.js';
import type { Operation } from '../../graph/operation.js';
import { expand, sum } from './broadcast.js';
import { eq, like, where } from './elementwise/index.js';
import { iota } from './sources.js';
import { flip, pad, reshape, sliceAxis } from './views.js';

interface ConcatAttributes {
  readonly axis: number;
}

const concatOperation: Operation<ConcatAttributes> = {
  name: 'concat',
  infer: (inputs, { axis }) => ({
    dtype: inputs[0]!.dtype,
    shape: inputs[0]!.shape.map((extent, at) =>
      at === axis ? inputs.reduce((whole, { shape }) => whole + (shape[axis] as number), 0) : extent,
    ),
  }),
  adjoint: ({ inputs, attributes: { axis } }, g) => {
    let begin = 0;
    return inputs.map(({ shape }) => {
      const end = begin + (shape[axis] as number);
      const part = sliceAxis(g, axis, begin, end);
      begin = end;
      return part;
    });
  },
  jvp: ({ inputs, attributes: { axis } }, tangents) => {
    if (tangents.every((t) => t === null)) return null;
    return concat(
      inputs.map((input, i) => tangents[i] ?? expand(like(input, 0), input.shape)),
      axis,
    );
  },
  reference: ({ dtype, shape, attributes: { axis } }, inputs) => {
    const out = ndarray(dtype, shape);
    const inner = sizeOf(shape.slice(axis + 1)) * partsOf(dtype);
    const row = (shape[axis] as number) * inner;
    let at = 0;
    for (const x of inputs) {
      const values = float64Values(x);
      const width = (x.shape[axis] as number) * inner;
      for (let i = 0; i * width < values.length; i++) out.data.set(values.subarray(i * width, (i + 1) * width), i * row + at);
      at += width;
    }
    return out;
  },
  lowering: {
    kind: 'indexed',
    cost: 1,
    emit: ({ index, load, choose }, { attributes: { axis }, dtype }, inputs) => {
      let begin = 0;
      const cases = inputs.map(({ shape }, input) => {
        const from = begin;
        begin += shape[axis] as number;
        const local = addIndex(index[axis]!, constant(-from));
        const bounded = { ...local, min: 0, max: Math.max((shape[axis] as number) - 1, 0) };
        return {
          guards: [{ value: index[axis]!, low: from, high: begin - 1 }],
          value: () =>
            load(
              input,
              index.map((part, at) => (at === axis ? bounded : part)),
            ),
        };
      });
      return choose(cases, dtype === 'complex64' ? 'vec2<f32>()' : dtype === 'bool' ? 'false' : dtype === 'int32' ? '0' : '0.0');
    },
  },
};

/** Joins along an axis; other extents and the dtype are equal. More than four go in a tree, so that kernels bind few buffers. */
export function concat(parts: readonly Node[], axis: number): Node {
  const [first, ...rest] = parts;
  if (first === undefined) throw new Error('concat: was given no tensor; expects at least one');
  if (rest.length === 0) return first;
  if (parts.length <= 4) return record(concatOperation, [first, ...rest], { axis });
  const group = Math.ceil(parts.length / 4);
  const groups: Node[] = [];
  for (let begin = 0; begin < parts.length; begin += group) groups.push(concat(parts.slice(begin, begin + group), axis));
  return concat(groups, axis);
}

interface TakeAttributes {
  readonly axis: number;
}

const takeOperation: Operation<TakeAttributes> = {
  name: 'take',
  infer: ([x, indices], { axis }) => ({ dtype: x!.dtype, shape: takeShape(x!.shape, indices!.shape, axis) }),
  adjoint: ({ inputs: [x, indices], attributes: { axis } }, g) => {
    // Gathered the other way round, so that no two elements write to one place: dx_i = Σ_j [index_j = i]·g_j.
    const count = sizeOf(indices!.shape);
    const outer = x!.shape.slice(0, axis);
    const inner = x!.shape.slice(axis + 1);
    const extent = x!.shape[axis] as number;
    const full = [...outer, extent, count, ...inner];
    const spreadIndex = reshape(indices!, [...outer.map(() => 1), 1, count, ...inner.map(() => 1)]);
    const hit = eq(expand(spreadIndex, full), iota(x!.state, full, axis));
    const terms = where(hit, expand(reshape(g, [...outer, 1, count, ...inner]), full), like(g, 0));
    return [sum(terms, [axis + 1]), null];
  },
  jvp: ({ inputs: [, indices], attributes: { axis } }, [t]) => (t == null ? null : take(t, indices!, axis)),
  reference: ({ dtype, shape, attributes: { axis } }, [x, indices]) => {
    const parts = partsOf(dtype);
    const inner = sizeOf(x!.shape.slice(axis + 1)) * parts;
    const extent = x!.shape[axis] as number;
    const values = float64Values(x!);
    const picks = float64Values(indices!);
    const out = new Float64Array(sizeOf(shape) * parts);
    const outer = sizeOf(x!.shape.slice(0, axis));
    for (let o = 0; o < outer; o++) {
      picks.forEach((pick, j) => {
        const at = Math.min(Math.max(pick < 0 ? pick + extent : pick, 0), extent - 1);
        out.set(values.subarray((o * extent + at) * inner, (o * extent + at + 1) * inner), (o * picks.length + j) * inner);
      });
    }
    return fromFloat64(dtype, shape, out);
  },
  lowering: {
    kind: 'indexed',
    cost: 2,
    emit: ({ index, load, variable }, { attributes: { axis } }, [x, indices]) => {
      const rank = indices!.shape.length;
      const last = (x!.shape[axis] as number) - 1;
      // Positions are values, not shapes: negative ones count from the end; out of range they are clamped, on every device alike.
      const pick = load(1, index.slice(axis, axis + rank));
      return load(0, [
        ...index.slice(0, axis),
        variable(`clamp(select(${pick}, ${pick} + ${last + 1}, ${pick} < 0), 0, ${last})`, 0, last),
        ...index.slice(axis + rank),
      ]);
    },
  },
};

function takeShape(shape: Shape, indices: Shape, axis: number): number[] {
  return [...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)];
}

/** The elements at int32 positions along an axis; the axes of `indices` stand in its place. Negative positions count from the end; all are clamped to the axis. */
export function take(x: Node, indices: Node, axis: number): Node {
  return record(takeOperation, [x, indices], { axis });
}

/** How pad continues a tensor beyond its edge. */
export type PadMode = 'constant' | 'reflect' | 'replicate' | 'circular';

/** Pads every axis by [before, after]; reflect leaves the edge out, as in NumPy and torch. */
export function padWith(x: Node, widths: readonly (readonly [number, number])[], mode: PadMode, value = 0): Node {
  if (mode === 'constant') return pad(x, widths, value);
  return widths.reduce((padded, [before, after], axis) => padAxis(padded, axis, before, after, mode), x);
}

function padAxis(x: Node, axis: number, before: number, after: number, mode: Exclude<PadMode, 'constant'>): Node {
  if (before === 0 && after === 0) return x;
  const extent = x.shape[axis] as number;
  const most = mode === 'reflect' ? extent - 1 : mode === 'circular' ? extent : Infinity;
  if (Math.max(before, after) > most || extent === 0) {
    throw new Error(
      `pad: mode '${mode}' can add at most ${most} elements to axis ${axis} of [${x.shape.join(', ')}], not ${Math.max(before, after)}; use mode 'constant'`,
    );
  }
  const part = (begin: number, end: number): Node => sliceAxis(x, axis, begin, end);
  const repeated = (at: number, count: number): Node =>
    expand(
      part(at, at + 1),
      x.shape.map((old, i) => (i === axis ? count : old)),
    );
  const left = {
    reflect: () => flip(part(1, before + 1), [axis]),
    circular: () => part(extent - before, extent),
    replicate: () => repeated(0, before),
  };
  const right = {
    reflect: () => flip(part(extent - 1 - after, extent - 1), [axis]),
    circular: () => part(0, after),
    replicate: () => repeated(extent - 1, after),
  };
  return concat([...(before > 0 ? [left[mode]()] : []), x, ...(after > 0 ? [right[mode]()] : [])], axis);
}
