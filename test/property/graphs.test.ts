// Random graphs: the fused kernels, one kernel for each operation, and the float64 reference compute the same.
//
// Error model: each value carries a bound on |float32 − exact|, propagated with the graph as a running error analysis. With M a bound on the
// magnitudes and u = 2⁻²⁴: inputs are exact; an operation adds its own rounding (κ·u·M, κ from its length and WGSL's accuracy) to
// its operands' bounds times its slopes. Operations that jump (comparisons, casts to integers) only take values whose bound is zero.

import { expect } from 'chai';
import fc from 'fast-check';
import { isComplex, type DType } from '../../src/devices/dtype.js';
import { sizeOf, type Shape } from '../../src/devices/shape.js';
import { flush } from '../../src/graph/flush.js';
import { graphOf, type GraphState, type Node } from '../../src/graph/node.js';
import { scheduling } from '../../src/graph/wgsl/schedule.js';
import { fft1 } from '../../src/fft/transform.js';
import * as pv from '../../src/index.js';
import { stateOf, upload } from '../../src/tensor/devices.js';
import { expand, sum } from '../../src/tensor/operations/broadcast.js';
import * as e from '../../src/tensor/operations/elementwise/index.js';
import { argmaxNode, max, min } from '../../src/tensor/operations/extrema.js';
import { concat, padWith, take } from '../../src/tensor/operations/join.js';
import { batched } from '../../src/tensor/operations/matmul.js';
import { iota } from '../../src/tensor/operations/sources.js';
import { flip, reshape, roll, slice, transpose } from '../../src/tensor/operations/views.js';
import { readNode } from '../../src/tensor/tensor.js';
import { numbers, useDevice } from '../devices.js';

/** A node with bounds on its magnitudes and on its float32 error. */
interface Value {
  readonly node: Node;
  readonly size: number;
  readonly error: number;
}

/** One step of a program: which operation, on which earlier values (counted back, wrapping around), with which parameter. */
interface Step {
  readonly what: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly parameter: number;
}

const u = 2 ** -24;
const isReal = ({ node }: Value): boolean => node.dtype === 'float32' || node.dtype === 'float64';
const isComplexValue = ({ node }: Value): boolean => isComplex(node.dtype);
const isExact = (value: Value): boolean => isReal(value) && value.error === 0;
const fits = ({ node: { shape } }: Value, { node: { shape: other } }: Value): boolean =>
  shape.every((extent, axis) => extent === other[axis] || extent === 1 || other[axis] === 1);
const sameShape = ({ node: { shape } }: Value, { node: { shape: other } }: Value): boolean =>
  shape.every((extent, axis) => extent === other[axis]);

/** The values that a program has made so far, each [rows, columns]. */
class Pool {
  readonly values: Value[] = [];

  /** `seed` decides the inputs, and where slices begin: neither is part of a plan. */
  constructor(
    readonly state: GraphState,
    readonly seed: number,
  ) {
    const double = state.device.kind === 'reference';
    const input = (dtype: DType, shape: Shape): void => {
      const count = sizeOf(shape) * (dtype.startsWith('complex') ? 2 : 1);
      const values = numbers(seed + this.values.length, count).map(Math.fround);
      const node = upload(state, dtype, shape, double ? values : Float32Array.from(values));
      this.values.push({ node, size: dtype.startsWith('complex') ? Math.SQRT2 : 1, error: 0 });
    };
    for (const shape of [
      [4, 6],
      [6, 4],
      [1, 6],
      [4, 6],
    ])
      input(double ? 'float64' : 'float32', shape);
    for (const shape of [
      [4, 6],
      [4, 4],
    ])
      input(double ? 'complex128' : 'complex64', shape);
  }

  /** The value that lies `back` behind the newest among those that fit; the inputs are of every kind. */
  find(back: number, fit: (value: Value) => boolean): Value {
    const candidates = this.values.filter(fit);
    return candidates[candidates.length - 1 - (back % candidates.length)] as Value;
  }
}

/** A rule for a new value: node and bounds. */
type Operate = (pool: Pool, step: Step) => Value;

/** f of a real (or complex) value, its slope at most `slope`, rounding κ units of the result's size. */
const unary =
  (
    f: (node: Node) => Node,
    size: (x: number) => number,
    slope: (x: number) => number,
    kappa: (x: number) => number,
    fit = isReal,
  ): Operate =>
  (pool, { a }) => {
    const x = pool.find(a, fit);
    const result = size(x.size);
    return { node: f(x.node), size: result, error: slope(x.size) * x.error + kappa(x.size) * u * result };
  };
const one = (): number => 1;
const itself = (x: number): number => x;
const none = (): number => 0;
/** What only moves elements. */
const moved =
  (f: (node: Node, pool: Pool, step: Step) => Node): Operate =>
  (pool, step) => {
    const x = pool.find(step.a, (value) => isReal(value) || isComplexValue(value));
    return { ...x, node: f(x.node, pool, step) };
  };
const scaled = (node: Node, factor: number): Node => e.mul(node, e.like(node, factor));
const rows = (node: Node): number => node.shape[0] as number;
const columns = (node: Node): number => node.shape[1] as number;
/** A reduction along an axis, spread over the axis again. */
const reduced = (x: Node, axis: number, f: (x: Node, axes: readonly number[]) => Node): Node =>
  expand(
    reshape(
      f(x, [axis]),
      x.shape.map((extent, at) => (at === axis ? 1 : extent)),
    ),
    x.shape,
  );

/** All operations that programs are made of; each keeps magnitudes near 1, so that the bounds stay small. */
const operations: Readonly<Record<string, Operate>> = {
  sin: unary(e.sin, one, one, () => 8),
  cos: unary(e.cos, one, one, () => 8),
  tanh: unary(e.tanh, one, one, () => 8),
  sigmoid: unary(
    e.sigmoid,
    one,
    () => 0.25,
    () => 8,
  ),
  erf: unary(
    e.erfNode,
    one,
    () => 1.13,
    () => 8,
  ),
  // WGSL allows exp 3 + 2|x| units in the last place.
  'e^−|x|': unary(
    (x) => e.exp(e.neg(e.abs(x))),
    one,
    one,
    (x) => 6 + 4 * x,
  ),
  'log(2 + x²)': unary(
    (x) => e.log(e.add(e.square(x), e.like(x, 2))),
    (x) => Math.log(2 + x * x),
    one,
    () => 8,
  ),
  '√(1 + x²)/2': unary(
    (x) => scaled(e.sqrt(e.add(e.square(x), e.like(x, 1))), 0.5),
    (x) => Math.sqrt(1 + x * x) / 2,
    () => 0.5,
    () => 8,
  ),
  relu: unary(e.relu, itself, one, none),
  abs: unary(e.abs, itself, one, none),
  neg: unary(e.neg, itself, one, none),
  sign: unary(e.sign, one, none, none, isExact),
  'add, halved': (pool, { a, b }) => {
    const x = pool.find(a, (value) => isReal(value) || isComplexValue(value));
    const y = pool.find(
      b,
      (value) => isComplexValue(value) === isComplexValue(x) && (isReal(value) || isComplexValue(value)) && fits(x, value),
    );
    const size = (x.size + y.size) / 2;
    return { node: scaled(e.add(x.node, y.node), 0.5), size, error: (x.error + y.error) / 2 + 2 * u * size };
  },
  sub: (pool, { a, b }) => {
    const x = pool.find(a, isReal);
    const y = pool.find(b, (value) => isReal(value) && fits(x, value));
    const size = (x.size + y.size) / 2;
    return { node: scaled(e.sub(x.node, y.node), 0.5), size, error: (x.error + y.error) / 2 + 2 * u * size };
  },
  mul: (pool, { a, b }) => {
    const x = pool.find(a, (value) => isReal(value) || isComplexValue(value));
    const y = pool.find(
      b,
      (value) => isComplexValue(value) === isComplexValue(x) && (isReal(value) || isComplexValue(value)) && fits(x, value),
    );
    const size = x.size * y.size;
    return { node: e.mul(x.node, y.node), size, error: x.error * y.size + y.error * x.size + x.error * y.error + 4 * u * size };
  },
  'x/(2 + y²)': (pool, { a, b }) => {
    const x = pool.find(a, isReal);
    const y = pool.find(b, (value) => isReal(value) && fits(x, value));
    const below = 2 * y.size * y.error + 4 * u * (2 + y.size ** 2);
    return {
      node: e.div(x.node, e.add(e.square(y.node), e.like(y.node, 2))),
      size: x.size / 2,
      error: x.error / 2 + (x.size * below) / 4 + 5 * u * x.size,
    };
  },
  maximum: (pool, { a, b }) => {
    const x = pool.find(a, isReal);
    const y = pool.find(b, (value) => isReal(value) && fits(x, value));
    return { node: e.maximum(x.node, y.node), size: Math.max(x.size, y.size), error: Math.max(x.error, y.error) };
  },
  minimum: (pool, { a, b }) => {
    const x = pool.find(a, isReal);
    const y = pool.find(b, (value) => isReal(value) && fits(x, value));
    return { node: e.minimum(x.node, y.node), size: Math.max(x.size, y.size), error: Math.max(x.error, y.error) };
  },
  where: (pool, { a, b, c }) => {
    const decider = pool.find(c, isExact);
    const x = pool.find(a, (value) => (isReal(value) || isComplexValue(value)) && fits(decider, value));
    const y = pool.find(b, (value) => value.node.dtype === x.node.dtype && sameShape(x, value));
    return {
      node: e.where(e.gt(decider.node, e.like(decider.node, 0.125)), x.node, y.node),
      size: Math.max(x.size, y.size),
      error: Math.max(x.error, y.error),
    };
  },
  'cast to integers': (pool, { a }) => {
    const x = pool.find(a, isExact);
    return { ...x, node: scaled(e.cast(e.cast(scaled(x.node, 8), 'int32'), x.node.dtype), 0.125) };
  },
  'cast from a comparison': (pool, { a, b }) => {
    const x = pool.find(a, isExact);
    const y = pool.find(b, (value) => isExact(value) && fits(x, value));
    return { node: e.cast(e.le(x.node, y.node), x.node.dtype), size: 1, error: 0 };
  },
  transpose: moved((x) => transpose(x, [1, 0])),
  reshape: moved((x) => reshape(x, [columns(x), rows(x)])),
  flip: moved((x, _, { parameter }) => flip(x, [parameter % 2])),
  roll: moved((x, _, { parameter }) => roll(x, [parameter % 3, parameter % 5])),
  'slice and pad': moved((x, pool, { parameter }) => {
    const mode = (['constant', 'reflect', 'replicate', 'circular'] as const)[parameter % 4]!;
    if (columns(x) < 4) return x;
    // The begin is a run-time scalar: with another seed the plan is the same.
    return padWith(
      slice(x, [0, pool.seed % 3], [rows(x), columns(x) - 2]),
      [
        [0, 0],
        [1, 1],
      ],
      mode,
      0.25,
    );
  }),
  'concat of rows': moved((x) =>
    concat(
      Array.from({ length: rows(x) }, (_, i) => slice(x, [rows(x) - 1 - i, 0], [1, columns(x)])),
      0,
    ),
  ),
  concat: (pool, { a, b }) => {
    const x = pool.find(a, (value) => isReal(value) || isComplexValue(value));
    const y = pool.find(b, (value) => value.node.dtype === x.node.dtype && sameShape(x, value));
    const cut = Math.floor(columns(x.node) / 2);
    const parts = [slice(x.node, [0, 0], [rows(x.node), cut]), slice(y.node, [0, cut], [rows(x.node), columns(x.node) - cut])];
    return { node: concat(cut === 0 ? parts.slice(1) : parts, 1), size: Math.max(x.size, y.size), error: Math.max(x.error, y.error) };
  },
  take: moved((x) => take(x, e.mul(iota(x.state, [rows(x)], 0), e.like(iota(x.state, [1], 0), 2)), 0)),
  'mean along an axis': (pool, { a, parameter }) => {
    const x = pool.find(a, (value) => isReal(value) || isComplexValue(value));
    const axis = parameter % 2;
    const terms = x.node.shape[axis] as number;
    return {
      node: reduced(x.node, axis, (node, axes) => scaled(sum(node, axes), 1 / terms)),
      size: x.size,
      error: x.error + (terms + 2) * u * x.size,
    };
  },
  'max along an axis': (pool, { a, parameter }) => {
    const x = pool.find(a, isReal);
    return { ...x, node: reduced(x.node, parameter % 2, max) };
  },
  'min along an axis': (pool, { a, parameter }) => {
    const x = pool.find(a, isReal);
    return { ...x, node: reduced(x.node, parameter % 2, min) };
  },
  argmax: (pool, { a, parameter }) => {
    const x = pool.find(a, isExact);
    return { node: scaled(e.cast(reduced(x.node, parameter % 2, argmaxNode), x.node.dtype), 0.125), size: 1, error: 0 };
  },
  matmul: (pool, { a, b }) => {
    const x = pool.find(a, (value) => isReal(value) || isComplexValue(value));
    const y = pool.find(b, (value) => value.node.dtype === x.node.dtype && sameShape(x, value));
    const [m, k] = [rows(x.node), columns(x.node)];
    const product = batched(reshape(x.node, [1, m, k]), transpose(reshape(y.node, [1, m, k]), [0, 2, 1]));
    const size = x.size * y.size;
    return {
      node: scaled(reshape(product, [m, m]), 1 / k),
      size,
      error: x.error * y.size + y.error * x.size + x.error * y.error + (2 * k + 4) * u * size,
    };
  },
  complex: (pool, { a, b }) => {
    const x = pool.find(a, isReal);
    const y = pool.find(b, (value) => isReal(value) && sameShape(x, value));
    return { node: e.complex(x.node, y.node), size: Math.hypot(x.size, y.size), error: x.error + y.error };
  },
  conj: unary(e.conj, itself, one, none, isComplexValue),
  real: unary(e.real, itself, one, none, isComplexValue),
  imag: unary(e.imag, itself, one, none, isComplexValue),
  'complex abs': unary(
    e.abs,
    itself,
    () => Math.SQRT2,
    () => 6,
    isComplexValue,
  ),
  'complex square, halved': unary(
    (z) => scaled(e.square(z), 0.5),
    (z) => (z * z) / 2,
    (z) => 2 * z,
    () => 6,
    isComplexValue,
  ),
  // A transform over n is a mean of n terms; its stages round about log₂n times.
  'fft over n': (pool, { a, parameter }) => {
    const x = pool.find(a, isComplexValue);
    const axis = parameter % 2;
    const n = x.node.shape[axis] as number;
    const sign = parameter % 3 === 0 ? 1 : -1;
    return {
      node: scaled(fft1(x.node, { axis, n, mode: 'c2c', sign }), 1 / n),
      size: x.size,
      error: Math.SQRT2 * x.error + 8 * (Math.log2(n) + 1) * u * x.size,
    };
  },
  'rfft over n': (pool, { a }) => {
    const x = pool.find(a, isReal);
    const n = columns(x.node);
    return {
      node: scaled(fft1(x.node, { axis: 1, n, mode: 'r2c', sign: -1 }), 1 / n),
      size: x.size,
      error: Math.SQRT2 * x.error + 8 * (Math.log2(n) + 1) * u * x.size,
    };
  },
  'irfft over n': (pool, { a }) => {
    const x = pool.find(a, isComplexValue);
    const n = Math.max(2 * (columns(x.node) - 1), 1);
    return {
      node: scaled(fft1(x.node, { axis: 1, n, mode: 'c2r', sign: 1 }), 1 / n),
      size: x.size,
      error: Math.SQRT2 * x.error + 8 * (Math.log2(n) + 1) * u * x.size,
    };
  },
};
const names = Object.keys(operations);
const nameOf = ({ what }: Step): string => names[what % names.length] as string;

// Most steps take the newest value: chains are what fusion is about.
const steps = fc.record({
  what: fc.nat(names.length - 1),
  a: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat(5)),
  b: fc.nat(7),
  c: fc.nat(3),
  parameter: fc.nat(59),
});
const shortest = 5;
const programs = fc.array(steps, { minLength: shortest, maxLength: 16 });

/** A kernel's core (on complex inputs), a view and an operation that the kernel stores through: every pair of them. */
const chains: readonly Step[][] = ['matmul', 'fft over n', 'rfft over n'].flatMap((core) =>
  ['transpose', 'reshape', 'flip', 'roll', 'slice and pad', 'concat of rows'].map((view) =>
    [core, view, 'conj'].map((name) => ({ what: names.indexOf(name), a: 0, b: 0, c: 0, parameter: 1 })),
  ),
);

/** Records a program; its outputs are its last value and, unless it is a chain, two that others also read. */
function build(program: readonly Step[], state: GraphState, seed: number): Value[] {
  const pool = new Pool(state, seed);
  for (const step of program) pool.values.push((operations[nameOf(step)] as Operate)(pool, step));
  const [last, ...before] = [...pool.values].reverse();
  if (program.length < shortest) return [last!];
  return [last!, before[1]!, before[program[0]!.parameter % program.length]!].filter(
    ({ node }, i, all) => all.findIndex((other) => other.node === node) === i,
  );
}

/** Computes all outputs by one plan. The plan is made before this returns, the values come later. */
function compute(outputs: readonly Value[]): Promise<ArrayLike<number>[]> {
  flush(
    outputs[0]!.node.state,
    outputs.map(({ node }) => node),
  );
  return Promise.all(outputs.map(({ node }) => readNode(node)));
}

async function expectWithin(
  program: readonly Step[],
  how: string,
  outputs: readonly Value[],
  got: readonly ArrayLike<number>[],
  seed: number,
): Promise<void> {
  const wanted = await compute(build(program, stateOf('cpu'), seed));
  outputs.forEach(({ node, error }, i) => {
    const exact = wanted[i]!;
    expect(got[i]!.length).to.equal(exact.length);
    for (let at = 0; at < exact.length; at++) {
      const difference = Math.abs(got[i]![at]! - exact[at]!);
      if (!(difference <= error)) {
        expect.fail(
          `${how}: output ${i} (${node.operation.name} [${node.shape.join(', ')}]) element ${at} is ${got[i]![at]} instead of ${exact[at]}, off by ${difference} where ${error} is allowed, in: ${program.map(nameOf).join(', ')}`,
        );
      }
    }
  });
}

describe('property: random graphs', function () {
  this.timeout(300_000);
  useDevice('node');
  // A fixed seed: each graph compiles kernels, and a software adapter keeps those of an earlier run.
  const drawn = [...fc.sample(programs, { seed: 11, numRuns: 50 }), ...chains];
  /** Another graph on the same GPU: plans made without fusion must not meet those made with it. */
  let apart: GraphState;
  const dispatches = { fused: 0, unfused: 0 };

  before(() => {
    apart = graphOf(stateOf('node').device);
  });
  after(() => {
    scheduling.fuse = true;
  });

  it('the programs use every operation', () => {
    const used = new Set(drawn.flatMap((program) => program.map(nameOf)));
    expect(names.filter((name) => !used.has(name))).to.deep.equal([]);
  });

  async function counted(kind: keyof typeof dispatches, outputs: readonly Value[]): Promise<ArrayLike<number>[]> {
    const { device } = stateOf('node');
    const before = device.stats().dispatches;
    const values = await compute(outputs);
    dispatches[kind] += device.stats().dispatches - before;
    return values;
  }

  drawn.forEach((program, i) => {
    const title = `graph ${i} of ${program.length} operations (${program.slice(-3).map(nameOf).join(', ')})`;
    const seed = 1000 * i;

    it(`${title}: fused, it equals float64 within its rounding`, async () => {
      const outputs = build(program, stateOf('node'), seed);
      await expectWithin(program, 'fused', outputs, await counted('fused', outputs), seed);
    });

    it(`${title}: with a kernel for each operation, it equals float64 within its rounding`, async () => {
      const outputs = build(program, apart, seed);
      scheduling.fuse = false;
      const values = counted('unfused', outputs);
      scheduling.fuse = true;
      await expectWithin(program, 'unfused', outputs, await values, seed);
    });

    it(`${title}: its plan, run again on other inputs with slices elsewhere, builds nothing and is right`, async () => {
      const outputs = build(program, stateOf('node'), seed + 100);
      const before = pv.memory();
      const values = await compute(outputs);
      expect(pv.memory().plansBuilt).to.equal(before.plansBuilt);
      expect(pv.memory().pipelines).to.equal(before.pipelines);
      await expectWithin(program, 'replayed', outputs, values, seed + 100);
    });
  });

  it('fusion saves more than a third of the dispatches', () => {
    expect(dispatches.unfused).to.be.greaterThan(0);
    expect(dispatches.fused).to.be.lessThan((2 / 3) * dispatches.unfused);
  });
});
