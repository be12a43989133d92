// Bugs of adjoints of operations, and of kernels whose adjoint is right.

import type { Mutant } from '../mutant.js';

const definition = { file: 'src/tensor/operations/elementwise/definition.ts', device: 'cpu' } as const;
const arithmetic = { file: 'src/tensor/operations/elementwise/arithmetic.ts', device: 'cpu' } as const;
const functions = { file: 'src/tensor/operations/elementwise/functions.ts', device: 'cpu' } as const;
const matmul = { file: 'src/tensor/operations/matmul.ts', device: 'cpu' } as const;
const broadcast = { file: 'src/tensor/operations/broadcast.ts', device: 'cpu' } as const;
const views = { file: 'src/tensor/operations/views.ts', device: 'cpu' } as const;

/** Bugs of src/tensor/operations. */
export const operations: readonly Mutant[] = [
  {
    ...definition,
    id: 'mul-conjugate',
    bug: 'adjoint of a complex product: conjugate missing',
    edits: [{ search: 'mul(g, conj(d))', replace: 'mul(g, d)' }],
    subject: 'complex product',
    causes: ['conjugate missing on'],
    peer: 'complex product: conjugate missing',
  },
  {
    ...functions,
    id: 'abs-conjugate',
    bug: 'adjoint of the magnitude: conjugate too many',
    edits: [{ search: '[mul(sign(a!), cast(g, a!.dtype))]', replace: '[mul(conj(sign(a!)), cast(g, a!.dtype))]' }],
    subject: 'magnitude',
    causes: ['conjugate', 'sign of the imaginary part'],
    peer: 'magnitude: conjugate too many',
  },
  {
    ...functions,
    id: 'angle-sign',
    bug: 'adjoint of the angle: −i in place of i',
    edits: [{ search: 'mul(a!, complex(like(g, 0), like(g, 1)))', replace: 'mul(a!, complex(like(g, 0), like(g, -1)))' }],
    subject: 'angle',
    causes: ['sign wrong', 'conjugate missing on a constant'],
  },
  {
    ...arithmetic,
    id: 'imag-sign',
    bug: 'adjoint of imag: −g in the imaginary part',
    edits: [{ search: '[complex(like(g, 0), g)]', replace: '[complex(like(g, 0), neg(g))]' }],
    subject: 'imaginary part',
    causes: ['sign wrong', 'conjugate missing on Ĝ'],
  },
  {
    ...functions,
    id: 'sigmoid-slope',
    bug: 'derivative of sigmoid, for both modes: y² in place of y − y²',
    edits: [{ search: '[mul(y, sub(like(y, 1), y))]', replace: '[mul(y, y)]' }],
    subject: 'sigmoid',
    causes: ['derivative of sigmoid wrong'],
    peer: 'sigmoid: wrong derivative',
  },
  {
    ...functions,
    id: 'tanh-slope',
    bug: 'derivative of tanh, for both modes: 1 − y in place of 1 − y²',
    edits: [{ search: '[sub(like(y, 1), square(y))]', replace: '[sub(like(y, 1), y)]' }],
    subject: 'tanh',
    causes: ['derivative of tanh wrong'],
  },
  {
    ...functions,
    id: 'relu-mask',
    bug: 'adjoint of relu: the gradient passes everywhere',
    edits: [{ search: '[where(gt(y, like(y, 0)), g, like(g, 0))]', replace: '[g]' }],
    subject: 'relu',
    causes: ['mask of the kink missing', 'adjoint of relu wrong'],
    peer: 'relu: mask missing',
  },
  {
    ...arithmetic,
    id: 'where-swapped',
    bug: 'adjoint of where: both gradients go the other way',
    edits: [
      {
        search: '[null, where(condition!, g, like(g, 0)), where(condition!, like(g, 0), g)]',
        replace: '[null, where(condition!, like(g, 0), g), where(condition!, g, like(g, 0))]',
      },
    ],
    subject: 'where',
    causes: ['branches of the condition swapped'],
  },
  {
    ...functions,
    id: 'softplus-kernel',
    device: 'node',
    bug: 'forward only: the kernel of softplus forgets max(x, 0)',
    edits: [{ search: "text('max($a, 0.0) + log1p_accurate(exp(-abs($a)))')", replace: "text('log1p_accurate(exp(-abs($a)))')" }],
    subject: 'softplus',
    causes: ['softplus is wrong'],
  },
  {
    ...functions,
    id: 'erf-kernel',
    device: 'node',
    bug: 'forward only: the kernel of erf, and so of gelu, is 0.1% too large',
    edits: [{ search: "text('erf_accurate($a)')", replace: "text('1.001 * erf_accurate($a)')" }],
    subject: 'erf',
    causes: ['erf is wrong', '1.001 times too large'],
  },
  {
    ...matmul,
    id: 'matmul-transpose',
    bug: 'adjoint of matmul: B is not transposed',
    edits: [{ search: 'batched(g, conj(swapAxes(b!, 1, 2)))', replace: 'batched(g, conj(b!))' }],
    subject: 'matmul',
    causes: ['transpose missing on b'],
    peer: 'matmul: transpose missing',
  },
  {
    ...matmul,
    id: 'matmul-conjugate',
    bug: 'adjoint of a complex matmul: conjugate of A missing',
    edits: [{ search: 'batched(conj(swapAxes(a!, 1, 2)), g)', replace: 'batched(swapAxes(a!, 1, 2), g)' }],
    subject: 'complex matmul',
    causes: ['conjugate missing on'],
  },
  {
    ...broadcast,
    id: 'expand-sum',
    bug: 'adjoint of broadcasting: only the first copy counts',
    edits: [
      { search: 'return [reshape(sum(g, axes), from)];', replace: 'return [slice(g, from.map(() => 0), from)];' },
      { search: 'import { pad, reshape, transpose }', replace: 'import { pad, reshape, slice, transpose }' },
    ],
    subject: 'broadcast',
    causes: ['sum missing: only one of'],
    peer: 'broadcast: sum missing',
  },
  {
    ...broadcast,
    id: 'expand-mean',
    bug: 'adjoint of broadcasting: the mean of all copies in place of their sum',
    edits: [
      {
        search: 'return [reshape(sum(g, axes), from)];',
        replace: 'return [reshape(mul(sum(g, axes), like(g, sizeOf(from) / sizeOf(node.shape))), from)];',
      },
      {
        search: "import { pad, reshape, transpose } from './views.js';",
        replace: "import { pad, reshape, transpose } from './views.js';\nimport { like, mul } from './elementwise/index.js';",
      },
    ],
    subject: 'broadcast',
    causes: ['factor 1/15 too many', 'factor 0.0666667 too many'],
  },
  {
    ...views,
    id: 'slice-begin',
    bug: 'adjoint of slice: put back one too early',
    edits: [
      {
        search: '[begin[axis] as number, extent - (begin[axis] as number) - (g.shape[axis] as number)]',
        replace: '[begin[axis] as number - 1, extent - (begin[axis] as number) - (g.shape[axis] as number) + 1]',
      },
    ],
    subject: 'slice',
    causes: ['off by one'],
    peer: 'slice: put back off by one',
  },
  {
    ...views,
    id: 'pad-begin',
    bug: 'adjoint of pad: cropped from the beginning',
    edits: [{ search: 'slice(g, node.scalars, from)', replace: 'slice(g, node.scalars.map(() => 0), from)' }],
    subject: 'pad',
    causes: ['crop', 'off by one'],
  },
  {
    ...views,
    id: 'roll-direction',
    bug: 'adjoint of roll: moved on in place of back',
    edits: [{ search: 'node.attributes.shifts.map((shift) => -shift)', replace: 'node.attributes.shifts.map((shift) => shift)' }],
    subject: 'roll',
    causes: ['roll in the wrong direction'],
    peer: 'roll: wrong direction',
  },
  {
    ...views,
    id: 'flip-missing',
    bug: 'adjoint of flip: not turned back',
    edits: [{ search: 'adjoint: (node, g) => flip(g, node.attributes.axes)', replace: 'adjoint: (_node, g) => g' }],
    subject: 'flip',
    causes: ['flip'],
  },
  {
    ...broadcast,
    id: 'sum-doubled',
    bug: 'adjoint of sum: doubled',
    edits: [
      {
        search: '    return [\n      expand(\n        reshape(\n          g,',
        replace: '    return [\n      expand(\n        reshape(\n          add(g, g),',
      },
      {
        search: "import { pad, reshape, transpose } from './views.js';",
        replace: "import { pad, reshape, transpose } from './views.js';\nimport { add } from './elementwise/index.js';",
      },
    ],
    subject: 'sum',
    causes: ['doubled', 'a part of the gradient counts that should not'],
    peer: 'sum: doubled',
  },
];
