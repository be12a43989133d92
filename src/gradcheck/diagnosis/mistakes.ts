// What may be wrong at one operation of a gradient: each mistake is a change of that operation. Made to a right gradient it gives what the
// mistake would; made to a wrong one it is the repair of the opposite mistake. The same list serves both.

import { isComplex } from '../../devices/dtype.js';
import { float64Values, fromFloat64, type NdArray } from '../../devices/ndarray.js';
import type { Node } from '../../graph/node.js';
import { convAttributesOf } from '../../nn/conv-operation.js';
import type { Override } from '../evaluator.js';
import { convMistakes } from './conv-mistakes.js';
import { convRepairs } from './conv-repairs.js';
import { halfSpectrum } from './spectrum-mistakes.js';
import { sumMistakes } from './sum-mistakes.js';
import { viewMistakes } from './view-mistakes.js';

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

/** The changes, by the nodes that they are made to. */
export function overridesOf(mistakes: readonly Mistake[]): ReadonlyMap<Node, Override> {
  return new Map(mistakes.map(({ node, compute }) => [node, compute]));
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

/** Operations whose complex operands may lack a conjugate, or have one too many. */
function multiplies({ operation: { name, lowering } }: Node): boolean {
  return name === 'mul' || lowering.kind === 'matmul';
}

/** True for a conjugate, and for a view of one. */
function isConjugate(node: Node): boolean {
  const [input] = node.inputs;
  return node.operation.name === 'conj' || (node.operation.lowering.kind === 'view' && input !== undefined && isConjugate(input));
}

/** The mistakes that a node may hold. `label` names values, `isGradient` tells what the upstream gradient reaches. */
export function mistakesAt(node: Node, label: Label, isGradient: (node: Node) => boolean): Mistake[] {
  const { operation, inputs } = node;
  const [first] = inputs;
  const found: Mistake[] = [];
  const add = (compute: Override, asMistake: Words, asRepair: Words, edit?: Mistake['edit']): void =>
    void found.push({ node, compute, asMistake, asRepair, ...(edit === undefined ? {} : { edit }) });
  const conv = convAttributesOf(node);
  if (conv !== null) {
    for (const { name, change, compute } of convMistakes(conv)) {
      const words = { name, change };
      add(compute, words, { name: name.includes('swapped') ? name : `${name} (the other way round)`, change });
    }
    return [...found, ...convRepairs(node, conv)];
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
    const swapped = { name: 'branches of the condition swapped', change: 'Let the gradient through where its own branch was taken.' };
    add((call, [condition, a, b]) => operation.reference(call, [condition!, b!, a!]), swapped, swapped);
  }
  if (operation.lowering.kind === 'fft') {
    const { attributes } = node;
    const turned = { ...attributes, sign: -Number(Reflect.get(attributes, 'sign')) };
    const words = {
      name: 'transform in the wrong direction',
      change: 'The adjoint of a forward transform is an inverse one, and the other way round.',
    };
    add((call, values) => operation.reference({ ...call, attributes: turned }, values), words, words);
  }
  found.push(...halfSpectrum(node, label));
  found.push(...transposeMistakes(node, label), ...sumMistakes(node), ...viewMistakes(node));
  return found;
}

/** A matrix product with one of its matrices transposed, where both ways fit. */
function transposeMistakes(node: Node, label: Label): Mistake[] {
  if (node.operation.lowering.kind !== 'matmul') return [];
  return node.inputs.flatMap((input, operand) => {
    if (input.shape[1] !== input.shape[2] || input.shape[1] === 1) return [];
    const of = label(input);
    const words = { name: `transpose missing on ${of}`, change: `Transpose ${of} there, or take such a transpose away.` };
    return [{ node, compute: onOperand(node, operand, transposed), asMistake: words, asRepair: words }];
  });
}

/** The last two axes swapped, without a copy. */
function transposed(x: NdArray): NdArray {
  const swap = (list: readonly number[]): number[] => [...list.slice(0, -2), list.at(-1) as number, list.at(-2) as number];
  return { ...x, shape: swap(x.shape), strides: swap(x.strides) };
}
