// Nodes without operands: values given by people, single numbers, counting, random bits.

import { isComplex, type DType } from '../../devices/dtype.js';
import { fromFloat64, ndarray } from '../../devices/ndarray.js';
import { sizeOf, stridesOf, type Shape } from '../../devices/shape.js';
import { linearize, printIndex } from '../../graph/indexing.js';
import { Node, type GraphState } from '../../graph/node.js';
import type { Operation } from '../../graph/operation.js';

const nothing = { adjoint: () => [], jvp: () => null } as const;

/** A value that was written to the device. */
const input: Operation = {
  name: 'tensor',
  infer: () => {
    throw new Error('tensor: has no shape rule');
  },
  ...nothing,
  reference: () => {
    throw new Error('tensor: its value was disposed');
  },
  lowering: { kind: 'input' },
};

/** A node for values that already lie in `buffer`. */
export function stored(state: GraphState, dtype: DType, shape: Shape, buffer: number): Node {
  const node = new Node(state, input, [], {}, [], { dtype, shape });
  node.buffer = buffer;
  return node;
}

const scalarOperation: Operation = {
  name: 'scalar',
  infer: () => ({ dtype: 'float32', shape: [] }),
  ...nothing,
  reference: ({ dtype, scalars }) => {
    const values = isComplex(dtype) ? [scalars[0] ?? 0, scalars[1] ?? 0] : [scalars[0] ?? 0];
    return fromFloat64(dtype, [], Float64Array.from(values));
  },
  lowering: {
    kind: 'indexed',
    cost: 0,
    emit: ({ scalar }, { dtype }) => {
      if (isComplex(dtype)) return `vec2<f32>(${scalar(0, 'f32')}, ${scalar(1, 'f32')})`;
      if (dtype === 'bool') return `(${scalar(0, 'i32')} != 0)`;
      return scalar(0, dtype === 'int32' ? 'i32' : 'f32');
    },
  },
};

/** One number, as a run-time scalar: other values give the same plan. */
export function scalar(state: GraphState, dtype: DType, value: number, imaginary = 0): Node {
  return new Node(state, scalarOperation, [], {}, isComplex(dtype) ? [value, imaginary] : [value], { dtype, shape: [] });
}

const iotaOperation: Operation<{ readonly axis: number }> = {
  name: 'iota',
  infer: () => ({ dtype: 'int32', shape: [] }),
  ...nothing,
  reference: ({ shape, attributes: { axis } }) => {
    const stride = stridesOf(shape)[axis] as number;
    const extent = shape[axis] as number;
    const out = ndarray('int32', shape);
    for (let i = 0; i < sizeOf(shape); i++) out.data[i] = Math.floor(i / stride) % extent;
    return out;
  },
  lowering: { kind: 'indexed', cost: 0, emit: ({ index }, { attributes: { axis } }) => printIndex(index[axis]!) },
};

/** int32 positions along one axis. */
export function iota(state: GraphState, shape: Shape, axis: number): Node {
  return new Node(state, iotaOperation, [], { axis }, [], { dtype: 'int32', shape });
}

const tableData = new Map<string, () => Float64Array<ArrayBuffer>>();

/** Constant data named by a key: the same key is the same data everywhere, so plans can share it. */
const tableOperation: Operation<{ readonly key: string }> = {
  name: 'table',
  infer: () => ({ dtype: 'complex64', shape: [] }),
  ...nothing,
  reference: ({ dtype, shape, attributes: { key } }) => fromFloat64(dtype, shape, tableData.get(key)!()),
  lowering: {
    kind: 'indexed',
    cost: 0,
    emit: ({ index, table }, { attributes: { key }, shape }) =>
      table(key, () => Float32Array.from(tableData.get(key)!()), linearize(index, shape)),
  },
};

/** A complex64 constant computed in float64 by `make` (interleaved), once for each device. */
export function table(state: GraphState, key: string, shape: Shape, make: () => Float64Array<ArrayBuffer>): Node {
  tableData.set(key, make);
  return new Node(state, tableOperation, [], { key }, [], { dtype: 'complex64', shape });
}
