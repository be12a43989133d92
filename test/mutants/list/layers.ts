// Bugs of layers and losses: their gradients, where the values stay right.

import type { Mutant } from '../mutant.js';

const functional = { file: 'src/nn/functional.ts', device: 'cpu' } as const;

const mean = 'mean = reshape(meanNode(node, [0, 2, 3]), [1, channels, 1, 1]);';
const variance = 'variance = reshape(meanNode(e.square(e.sub(node, mean)), [0, 2, 3]), [1, channels, 1, 1]);';
const withoutGradient = (assignment: string): string => assignment.replace(/= (.*);$/, '= withoutGradients(() => $1);');

/** Bugs of src/nn/functional.ts, src/nn/pooling.ts and what they are made of. */
export const layers: readonly Mutant[] = [
  {
    ...functional,
    id: 'norm-mean',
    bug: 'batch normalization: no gradient through the mean',
    edits: [{ search: mean, replace: withoutGradient(mean) }],
    subject: 'batch normalization',
    causes: ['a part of the gradient is missing'],
    peer: 'batch normalization: mean detached',
  },
  {
    ...functional,
    id: 'norm-variance',
    bug: 'batch normalization: no gradient through the variance',
    edits: [{ search: variance, replace: withoutGradient(variance) }],
    subject: 'batch normalization',
    causes: ['a part of the gradient is missing'],
    peer: 'batch normalization: variance detached',
  },
  {
    ...functional,
    id: 'log-softmax-sum',
    bug: 'log softmax: no gradient through the sum',
    edits: [
      {
        search: 'return e.sub(centred, reshape(e.log(sum(e.exp(centred), [axis])), kept(x, axis)));',
        replace: 'return e.sub(centred, withoutGradients(() => reshape(e.log(sum(e.exp(centred), [axis])), kept(x, axis))));',
      },
    ],
    subject: 'log softmax',
    causes: ['a part of the gradient is missing'],
    peer: 'log softmax: sum detached',
  },
  {
    ...functional,
    id: 'cross-entropy-mean',
    bug: 'cross entropy: the gradient is that of the sum, not of the mean',
    edits: [
      {
        search: 'return wrap(e.mul(total, e.like(total, -1 / (x.shape[0] as number))));',
        replace:
          'const m = withoutGradients(() => e.add(e.mul(total, e.like(total, -1 / (x.shape[0] as number))), total));\n  return wrap(e.sub(m, total));',
      },
    ],
    subject: 'cross entropy',
    causes: ['factor 1/4 missing'],
    peer: 'cross entropy: mean forgotten',
  },
  {
    file: 'src/tensor/arguments.ts',
    device: 'cpu',
    id: 'mean-factor',
    bug: 'mean: the gradient is that of the sum',
    edits: [
      {
        search: 'return e.mul(total, e.like(total, 1 / termsOf(x.shape, axes)));',
        replace: 'return e.add(total, withoutGradients(() => e.sub(e.mul(total, e.like(total, 1 / termsOf(x.shape, axes))), total)));',
      },
      {
        search: "import { Node, type GraphState } from '../graph/node.js';",
        replace: "import { Node, withoutGradients, type GraphState } from '../graph/node.js';",
      },
    ],
    subject: 'mean',
    causes: ['factor 1/4 missing'],
  },
  {
    file: 'src/nn/pooling.ts',
    device: 'cpu',
    id: 'average-factor',
    bug: 'average pooling: the gradient is not divided by the number of taps',
    edits: [
      {
        search: 'return wrap(mul(total, like(total, 1 / taps)));',
        replace: 'return wrap(add(total, withoutGradients(() => sub(mul(total, like(total, 1 / taps)), total))));',
      },
      {
        search: "import type { Node } from '../graph/node.js';",
        replace: "import { withoutGradients, type Node } from '../graph/node.js';",
      },
      { search: 'import { like, mul }', replace: 'import { add, like, mul, sub }' },
    ],
    subject: 'average pooling',
    causes: ['factor 1/6 missing', 'factor 0.166667 missing'],
    peer: 'average pooling: factor missing',
  },
  {
    file: 'src/tensor/operations/views.ts',
    device: 'cpu',
    id: 'window-padding',
    bug: 'adjoint of windows: padding ignored',
    edits: [
      {
        search: 'adjoint: (node, g, from) => unshear(g, node.attributes, from[node.attributes.axis] as number)',
        replace: 'adjoint: (node, g, from) => unshear(g, { ...node.attributes, before: 0 }, from[node.attributes.axis] as number)',
      },
    ],
    subject: 'average pooling',
    causes: ['off by one along the rows'],
  },
  {
    file: 'src/tensor/operations/extrema.ts',
    device: 'cpu',
    id: 'max-position',
    bug: 'max pooling, for both modes: the gradient goes to the smallest element',
    edits: [{ search: "node.operation.name === 'max' ? x", replace: "node.operation.name === 'min' ? x" }],
    subject: 'max pooling',
    causes: ['derivative of max wrong'],
    peer: 'max pooling: wrong position',
  },
  {
    file: 'src/nn/pooling.ts',
    device: 'cpu',
    id: 'max-ties',
    bug: 'max pooling: at ties the gradient is split, and does not go to the first',
    edits: [{ search: ", [4], 'first')", replace: ', [4])' }],
    subject: 'max pooling',
    causes: [],
    equivalent:
      'The two rules differ only where two elements of a window are equal. There the maximum has a kink and no gradient, so no rule is wrong; everywhere else both give the whole gradient to the one largest element.',
  },
];
