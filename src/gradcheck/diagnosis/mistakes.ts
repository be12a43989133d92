// What may be wrong at one operation of a gradient: each mistake is a change of that operation. Made to a right gradient it gives what the
// mistake would; made to a wrong one it is the repair of the opposite mistake. The same list serves both.

import { hostArray, isComplex, partsOf } from '../../devices/dtype.js';
import { dense, float64Values, fromFloat64, ndarray, type NdArray } from '../../devices/ndarray.js';
import type { Node } from '../../graph/node.js';
import { convAttributesOf } from '../../nn/conv-operation.js';
import type { Override } from '../evaluator.js';
import { convMistakes } from './conv-mistakes.js';

/** One change of one operation. */
export interface Mistake {
  readonly node: Node;
  readonly compute: Override;
  /** What is wrong in a gradient to which this was done, and what to do. */
  readonly asMistake: Words;
  /** What was wrong in a gradient that this made right, and what to do. */
  readonly asRepair: Words;
  /** How the repair is written, where it is an edit of code: at the operand with this number, or at the operation itself. */
  readonly edit?: { readonly operand: number | 'self'; readonly append: string } | { readonly operand: 'self'; readonly remove: string };
}

/** A mistake in words. */
export interface Words {
  readonly name: string;
  readonly change: string;
}

/** What people call the value of a node: "Ĝ", "X̂", "the product". */
export type Label = (node: Node) => string;

/** Runs the operation with something done to one of its operands. */
function onOperand(node: Node, operand: number, f: (x: NdArray) => NdArray): Override {
  return (call, inputs) =>
    node.operation.reference(
      call,
      inputs.map((input, i) => (i === operand ? f(input) : input)),
    );
}

function conjugate(x: NdArray): NdArray {
  const out = float64Values(x).slice();
  for (let i = 1; i < out.length; i += 2) out[i] = -out[i]!;
  return fromFloat64(x.dtype, x.shape, out);
}

/** x moved by some elements along an axis: zeros come in, what leaves is lost. */
function shifted(x: NdArray, axis: number, by: number): NdArray {
  const given = dense(x);
  const parts = partsOf(x.dtype);
  const out = hostArray(
    x.dtype,
    x.shape.reduce((product, extent) => product * extent, 1),
  );
  const inner = x.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1) * parts;
  const extent = x.shape[axis] as number;
  for (let i = 0; i < out.length; i++) {
    const at = Math.floor(i / inner) % extent;
    if (at + by >= 0 && at + by < extent) out[i] = given.data[i + by * inner] as number;
  }
  return ndarray(x.dtype, x.shape, out);
}

/** Operations whose complex operands may lack a conjugate, or have one too many. */
function multiplies({ operation: { name, lowering } }: Node): boolean {
  return name === 'mul' || lowering.kind === 'matmul';
}

/** True for a conjugate, and for a view of one. */
function isConjugate(node: Node): boolean {
  const [input] = node.inputs;
  return node.operation.name === 'conj' || (node.operation.lowering.kind === 'view' && input !== undefined && isConjugate(input));
}

const axisName = (axis: number, rank: number): string =>
  axis === rank - 1 ? 'the columns' : axis === rank - 2 ? 'the rows' : `axis ${axis}`;

/** The mistakes that a node may hold. `label` names values, `isGradient` tells what the upstream gradient reaches. */
export function mistakesAt(node: Node, label: Label, isGradient: (node: Node) => boolean): Mistake[] {
  const { operation, inputs, shape } = node;
  const [first] = inputs;
  const found: Mistake[] = [];
  const add = (compute: Override, asMistake: Words, asRepair: Words, edit?: Mistake['edit']): void =>
    void found.push({ node, compute, asMistake, asRepair, ...(edit === undefined ? {} : { edit }) });
  const conv = convAttributesOf(node);
  if (conv !== null) {
    for (const { name, change, compute } of convMistakes(conv)) {
      const words = { name, change };
      add(compute, words, { name: `${name} (the other way round)`, change });
    }
    return found;
  }
  if (operation.name === 'conj' && first !== undefined) {
    const of = label(first);
    add(
      (_call, [x]) => x!,
      { name: `conjugate missing on ${of}`, change: `Put .conj() behind ${of} there.` },
      { name: `conjugate too many on ${of}`, change: `Take the .conj() of ${of} away.` },
      { operand: 'self', remove: 'conj' },
    );
  }
  if (multiplies(node)) {
    inputs.forEach((input, operand) => {
      const of = label(input);
      if (!isComplex(input.dtype) || isConjugate(input)) return;
      add(
        onOperand(node, operand, conjugate),
        { name: `conjugate too many on ${of}`, change: `Take the .conj() of ${of} away.` },
        { name: `conjugate missing on ${of}`, change: `Put .conj() behind ${of} there.` },
        { operand, append: '.conj()' },
      );
    });
  }
  if (operation.name === 'mul') {
    inputs.forEach((input, operand) => {
      const other = inputs[1 - operand];
      if (isGradient(input) || other === undefined || !isGradient(other)) return;
      const of = label(input);
      add(
        (_call, values) => values[1 - operand]!,
        { name: `factor ${of} missing`, change: `Multiply by ${of}.` },
        { name: `factor ${of} too many`, change: `Do not multiply by ${of} there.` },
      );
    });
  }
  if (operation.name === 'add') {
    inputs.forEach((input, operand) => {
      const words = {
        name: `a part of the gradient is missing: the way through ${inputs[operand]!.operation.name}`,
        change: 'Add the gradients of all ways.',
      };
      if (isGradient(input))
        add((_call, values) => values[1 - operand]!, words, {
          name: `a part of the gradient counts that should not`,
          change: words.change,
        });
    });
  }
  if (operation.name === 'where' && inputs.length === 3 && !isGradient(inputs[0]!)) {
    for (const operand of [1, 2]) {
      if (!isGradient(inputs[operand]!)) continue;
      add(
        (_call, values) => values[operand]!,
        { name: 'mask of the kink missing', change: 'Let the gradient through only where the operation does.' },
        { name: 'mask that is not needed', change: 'Let the gradient through everywhere.' },
      );
    }
  }
  if (operation.lowering.kind === 'fft') {
    add(
      (call, values) => {
        const { attributes } = node;
        const turned = { ...attributes, sign: -Number(Reflect.get(attributes, 'sign')) };
        return node.operation.reference({ ...call, attributes: turned }, values);
      },
      {
        name: 'transform in the wrong direction',
        change: 'The adjoint of a forward transform is an inverse one, and the other way round.',
      },
      {
        name: 'transform in the wrong direction',
        change: 'The adjoint of a forward transform is an inverse one, and the other way round.',
      },
    );
    found.push(...halfSpectrum(node, label));
  }
  if (operation.lowering.kind === 'matmul' && (first?.shape[2] ?? 1) > 1) found.push(...partialSums(node));
  if (operation.name === 'slice' || operation.name === 'pad') {
    const rank = shape.length;
    for (let axis = Math.max(0, rank - 2); axis < rank; axis++) {
      const from = first?.shape[axis] ?? 1;
      if (from === shape[axis]) continue;
      for (const by of [1, -1]) {
        const what = operation.name === 'slice' ? 'crop' : 'padding';
        const words = {
          name: `${what} off by one along ${axisName(axis, rank)}`,
          change: `Begin ${by > 0 ? 'one later' : 'one earlier'} along ${axisName(axis, rank)}.`,
        };
        const compute: Override =
          operation.name === 'slice'
            ? (call, [x]) => node.operation.reference(call, [shifted(x!, axis, by)])
            : (call, values) => shifted(node.operation.reference(call, values), axis, by);
        const opposite = { name: words.name, change: `Begin ${by > 0 ? 'one later' : 'one earlier'} along ${axisName(axis, rank)}.` };
        add(
          compute,
          { name: words.name, change: `Begin ${by > 0 ? 'one earlier' : 'one later'} along ${axisName(axis, rank)}.` },
          opposite,
        );
      }
    }
  }
  if (operation.name === 'flip') {
    const words = { name: 'flip missing', change: 'Reverse the order along the last two axes.' };
    add((_call, [x]) => x!, words, { name: 'flip too many', change: 'Take the flip away.' }, { operand: 'self', remove: 'flip' });
  }
  return found;
}

/** Weights of a half spectrum's bins: of those that are their own mirror image, and of all others. */
function halfSpectrum(node: Node, label: Label): Mistake[] {
  const { lowering } = node.operation;
  if (lowering.kind !== 'fft') return [];
  const { mode, n, axis } = lowering.transform(node.attributes);
  if (mode === 'c2c') return [];
  const weigh =
    (factor: (k: number) => number) =>
    (x: NdArray): NdArray => {
      const out = float64Values(x).slice();
      const inner = 2 * x.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
      for (let i = 0; i < out.length; i++) out[i]! *= factor(Math.floor(i / inner) % (x.shape[axis] as number));
      return fromFloat64(x.dtype, x.shape, out);
    };
  const own = (k: number): boolean => k === 0 || 2 * k === n;
  const of = label(node);
  const kinds: [string, (k: number) => number][] = [
    ['of all bins but DC and Nyquist', (k) => (own(k) ? 1 : 2)],
    ['of all bins but DC and Nyquist', (k) => (own(k) ? 1 : 0.5)],
    ['of DC and Nyquist', (k) => (own(k) ? 2 : 1)],
    ['of DC and Nyquist', (k) => (own(k) ? 0.5 : 1)],
    ['of DC', (k) => (k === 0 ? 2 : 1)],
    ['of DC', (k) => (k === 0 ? 0.5 : 1)],
  ];
  if (n % 2 === 0) for (const by of [2, 0.5]) kinds.push(['of Nyquist', (k) => (2 * k === n ? by : 1)]);
  return kinds.map(([which, factor]) => {
    const words = {
      name: `Hermitian weight ${which} wrong in ${of}`,
      change: 'In a half spectrum every bin stands for two, but DC and Nyquist, which are their own mirror images.',
    };
    const compute: Override =
      mode === 'c2r'
        ? (call, [x]) => node.operation.reference(call, [weigh(factor)(x!)])
        : (call, values) => weigh(factor)(node.operation.reference(call, values));
    return { node, compute, asMistake: words, asRepair: words };
  });
}

/** A product that sums only some of its terms. */
function partialSums(node: Node): Mistake[] {
  const count = node.inputs[0]?.shape[2] as number;
  const keep =
    (wanted: (k: number) => boolean): Override =>
    (call, [a, b]) => {
      const out = float64Values(a!).slice();
      const parts = partsOf(a!.dtype);
      for (let i = 0; i < out.length; i++) if (!wanted(Math.floor(i / parts) % count)) out[i] = 0;
      return node.operation.reference(call, [fromFloat64(a!.dtype, a!.shape, out), b!]);
    };
  const change = 'Sum over all of them.';
  const kinds: readonly [string, (k: number) => boolean][] = [
    ['sum missing: only the first term counts', (k) => k === 0],
    ['sum incomplete: the last term is missing', (k) => k < count - 1],
    ['sum incomplete: the first term is missing', (k) => k > 0],
    ['sum missing: only the last term counts', (k) => k === count - 1],
  ];
  return kinds.map(([name, wanted]) => ({ node, compute: keep(wanted), asMistake: { name, change }, asRepair: { name, change } }));
}
