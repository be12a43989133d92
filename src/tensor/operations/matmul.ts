// Batched matrix products, and Einstein sums that reduce to them.

import { isComplex } from '../../devices/dtype.js';
import { float64Values, fromFloat64 } from '../../devices/ndarray.js';
import { broadcastShapes, showShape, sizeOf } from '../../devices/shape.js';
import { record, type Node } from '../../graph/node.js';
import type { Operation } from '../../graph/operation.js';
import { expand, sum } from './broadcast.js';
import { conj, sumOf } from './elementwise/index.js';
import { reshape, swapAxes, transpose } from './views.js';

/** [B, M, K] × [B, K, N] → [B, M, N] */
const matmulOperation: Operation = {
  name: 'matmul',
  heavy: true,
  infer: ([a, b]) => ({ dtype: a!.dtype, shape: [a!.shape[0] as number, a!.shape[1] as number, b!.shape[2] as number] }),
  adjoint: ({ inputs: [a, b] }, g) => [batched(g, conj(swapAxes(b!, 1, 2))), batched(conj(swapAxes(a!, 1, 2)), g)],
  jvp: ({ inputs: [a, b] }, [s, t]) => sumOf([s == null ? null : batched(s, b!), t == null ? null : batched(a!, t)]),
  reference: ({ dtype, shape }, [a, b]) => {
    const [batch, m, n] = shape as readonly [number, number, number];
    const k = a!.shape[2] as number;
    const parts = isComplex(dtype) ? 2 : 1;
    const x = float64Values(a!);
    const y = float64Values(b!);
    const out = new Float64Array(parts * sizeOf(shape));
    for (let row = 0; row < batch * m; row++) {
      const inBatch = Math.floor(row / m);
      for (let inner = 0; inner < k; inner++) {
        const from = (inBatch * k + inner) * n;
        if (parts === 1) {
          const factor = x[row * k + inner] as number;
          for (let column = 0; column < n; column++) out[row * n + column]! += factor * (y[from + column] as number);
        } else {
          const re = x[2 * (row * k + inner)] as number;
          const im = x[2 * (row * k + inner) + 1] as number;
          for (let column = 0; column < n; column++) {
            const c = y[2 * (from + column)] as number;
            const d = y[2 * (from + column) + 1] as number;
            out[2 * (row * n + column)]! += re * c - im * d;
            out[2 * (row * n + column) + 1]! += re * d + im * c;
          }
        }
      }
    }
    return fromFloat64(dtype, shape, out);
  },
  lowering: { kind: 'matmul' },
};

/** Product of batches of matrices: [B, M, K] × [B, K, N]. */
export function batched(a: Node, b: Node): Node {
  return record(matmulOperation, [a, b], {});
}

/** Matrix product of the last two axes with broadcast batches; vectors as in NumPy. Operands have one dtype. */
export function matmul(a: Node, b: Node): Node {
  const describe = (): string => `matmul: ${showShape(a.shape)} and ${showShape(b.shape)}`;
  if (a.shape.length === 0 || b.shape.length === 0) throw new Error(`${describe()}: a scalar has no rows; use mul`);
  if (a.shape.length === 1) return dropAxis(matmul(reshape(a, [1, ...a.shape]), b), b.shape.length === 1 ? -1 : -2);
  if (b.shape.length === 1) return dropAxis(matmul(a, reshape(b, [...b.shape, 1])), -1);
  const [m, k] = a.shape.slice(-2) as [number, number];
  const [rows, n] = b.shape.slice(-2) as [number, number];
  if (k !== rows) throw new Error(`${describe()}: the last axis of the first (${k}) must equal the last but one of the second (${rows})`);
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (batch === null) throw new Error(`${describe()}: batch axes do not broadcast`);
  const count = sizeOf(batch);
  const product = batched(reshape(expand(a, [...batch, m, k]), [count, m, k]), reshape(expand(b, [...batch, k, n]), [count, k, n]));
  return reshape(product, [...batch, m, n]);
}

function dropAxis(x: Node, axis: number): Node {
  const shape = [...x.shape];
  shape.splice(shape.length + axis, 1);
  return reshape(x, shape);
}

/** Einstein sum of one or two operands, as np.einsum with explicit output: 'bixy,ioxy->boxy'. Operands have one dtype. */
export function einsum(equation: string, operands: readonly Node[]): Node {
  const { inputs, output } = parse(equation, operands);
  const extents = new Map<string, number>();
  inputs.forEach((labels, i) => {
    labels.forEach((label, axis) => {
      const extent = operands[i]!.shape[axis] as number;
      const known = extents.get(label) ?? extent;
      if (known !== extent) throw new Error(`einsum '${equation}': axis ${label} is ${known} in one place and ${extent} in another`);
      extents.set(label, extent);
    });
  });
  for (const label of output) if (!extents.has(label)) throw new Error(`einsum '${equation}': output axis ${label} is in no operand`);
  const extent = (labels: readonly string[]): number[] => labels.map((label) => extents.get(label) as number);

  // Labels that only one operand has, and the output has not, are summed first.
  const [first, second] = operands.map((operand, i) => {
    const others = new Set([...inputs.filter((_, at) => at !== i).flat(), ...output]);
    const alone = inputs[i]!.flatMap((label, axis) => (others.has(label) ? [] : [axis]));
    return { node: sum(operand, alone), labels: inputs[i]!.filter((label) => others.has(label)) };
  });
  if (first === undefined) throw new Error(`einsum '${equation}': no operand`);
  if (second === undefined) return arrange(first.node, first.labels, output);

  const batch = first.labels.filter((label) => second.labels.includes(label) && output.includes(label));
  const inner = first.labels.filter((label) => second.labels.includes(label) && !output.includes(label));
  const rows = first.labels.filter((label) => !second.labels.includes(label));
  const columns = second.labels.filter((label) => !first.labels.includes(label));
  const [b, m, k, n] = [batch, rows, inner, columns].map((labels) => sizeOf(extent(labels))) as [number, number, number, number];
  const left = reshape(arrange(first.node, first.labels, [...batch, ...rows, ...inner]), [b, m, k]);
  const right = reshape(arrange(second.node, second.labels, [...batch, ...inner, ...columns]), [b, k, n]);
  const product = reshape(batched(left, right), extent([...batch, ...rows, ...columns]));
  return arrange(product, [...batch, ...rows, ...columns], output);
}

function arrange(x: Node, labels: readonly string[], wanted: readonly string[]): Node {
  return transpose(
    x,
    wanted.map((label) => labels.indexOf(label)),
  );
}

function parse(equation: string, operands: readonly Node[]): { inputs: string[][]; output: string[] } {
  const match = /^([a-zA-Z,]*)->([a-zA-Z]*)$/.exec(equation.replaceAll(' ', ''));
  if (match === null) throw new Error(`einsum '${equation}': expects letters like 'ij,jk->ik', with an arrow and the output axes`);
  const inputs = (match[1] as string).split(',').map((labels) => [...labels]);
  const output = [...(match[2] as string)];
  if (inputs.length !== operands.length)
    throw new Error(`einsum '${equation}': names ${inputs.length} operands but was given ${operands.length}; give as many as it names`);
  if (operands.length > 2)
    throw new Error(`einsum '${equation}': was given ${operands.length} operands, but takes one or two; combine them in several calls`);
  for (const labels of [...inputs, output]) {
    if (new Set(labels).size !== labels.length)
      throw new Error(`einsum '${equation}': an axis is named twice in one operand; diagonals are not supported`);
  }
  inputs.forEach((labels, i) => {
    if (labels.length !== operands[i]!.shape.length) {
      throw new Error(
        `einsum '${equation}': operand ${i + 1} has ${operands[i]!.shape.length} axes ${showShape(operands[i]!.shape)}, but '${labels.join('')}' names ${labels.length}`,
      );
    }
  });
  return { inputs, output };
}
