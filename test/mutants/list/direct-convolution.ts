// Bugs of convolutions by their definition, of their matrix products, and of the rules that make gradients of convolutions.

import type { Mutant } from '../mutant.js';

const direct = { file: 'src/nn/conv-direct.ts', device: 'node' } as const;
const scattered = { file: 'src/nn/correlate.ts', device: 'node' } as const;
const rules = { file: 'src/nn/conv-operation.ts', device: 'cpu' } as const;

const adjointY = "return [conv('x', g, b!, at), conv('w', a!, g, at)];\n    if";

/** Bugs of src/nn/conv-direct.ts, src/nn/correlate.ts and src/nn/conv-operation.ts. */
export const directConvolution: readonly Mutant[] = [
  {
    ...scattered,
    id: 'direct-x-flip',
    bug: 'dX: the kernel is not turned round',
    edits: [{ search: 'wide.taps, wide.count]), [3, 5]);', replace: 'wide.taps, wide.count]), []);' }],
    subject: 'conv direct',
    causes: ['flip missing'],
    peer: 'conv dX: flip missing',
  },
  {
    ...scattered,
    id: 'direct-x-phase',
    bug: 'dX strided: every phase begins at its first position',
    edits: [{ search: 'skip: before - stride * first', replace: 'skip: 0' }],
    subject: 'conv direct strided',
    causes: ['crop of dX off by one along rows'],
  },
  {
    ...scattered,
    id: 'direct-x-weave',
    bug: 'dX strided: phases put one after the other, not woven',
    edits: [{ search: 'transpose(apart, [0, 1, 2, 5, 3, 6, 4])', replace: 'transpose(apart, [0, 1, 2, 3, 5, 4, 6])' }],
    subject: 'conv direct strided',
    causes: ['phases'],
  },
  {
    ...direct,
    id: 'direct-padding',
    bug: 'y and dW: the image lies one row too far down in its padding',
    edits: [
      {
        search: 'framed(byGroups(x, groups), [padding[0][0], padding[1][0]]',
        replace: 'framed(byGroups(x, groups), [padding[0][0] + 1, padding[1][0]]',
      },
    ],
    subject: 'conv direct',
    causes: ['off by one along rows', 'off by one along the rows'],
    peer: 'conv dW: padding off by one',
  },
  {
    ...direct,
    id: 'direct-w-stride',
    bug: 'dW: parts of rows follow one another without the stride',
    edits: [{ search: 'dilation: few * stride[0], before: 0', replace: 'dilation: few, before: 0' }],
    subject: 'conv direct steps',
    causes: ['stride ignored'],
  },
  {
    ...direct,
    id: 'direct-w-parts',
    bug: 'dW: the first of the parts that run side by side is not summed',
    edits: [
      {
        search: 'const total = sum(reshape(result, [groups, parts, each, perGroup, tapRows, taps])',
        replace:
          'const total = sum(slice(reshape(result, [groups, parts, each, perGroup, tapRows, taps]), [0, 1, 0, 0, 0, 0], [groups, parts - 1, each, perGroup, tapRows, taps])',
      },
    ],
    subject: 'conv direct',
    causes: ['sum over samples and rows incomplete: the first row of the first sample is missing'],
    peer: 'conv dW: a row is not summed',
  },
  {
    ...direct,
    id: 'im2col-dilation',
    bug: 'y, dX and dW by im2col: dilations of rows and columns swapped',
    edits: [{ search: 'dilation: dilation[axis],', replace: 'dilation: dilation[1 - axis],' }],
    subject: 'conv im2col',
    causes: ['dilations of rows and columns swapped'],
  },
  {
    ...direct,
    id: 'im2col-w-batch',
    bug: 'dW by im2col: the last sample is not summed',
    edits: [
      {
        search: "parts.push(sum(einsum('sgkp,sgrp->sgkr', [some(b), some(columns)]), [0]));",
        replace:
          "parts.push(sum(slice(einsum('sgkp,sgrp->sgkr', [some(b), some(columns)]), [0, 0, 0, 0], [samples - 1, groups, filters / groups, each * kh * kw]), [0]));",
      },
    ],
    subject: 'conv im2col',
    causes: ['sum over the batch'],
  },
  {
    ...rules,
    id: 'adjoint-stride',
    bug: 'dX of a strided convolution: asked for at stride 1',
    edits: [{ search: adjointY, replace: adjointY.replace("conv('x', g, b!, at)", "conv('x', g, b!, { ...at, stride: [1, 1] })") }],
    subject: 'conv strided',
    causes: ['stride [1, 1] in place of [2, 1]'],
  },
  {
    ...rules,
    id: 'adjoint-padding',
    bug: 'dW: asked for without the padding',
    edits: [
      { search: adjointY, replace: adjointY.replace("conv('w', a!, g, at)", "conv('w', a!, g, { ...at, padding: [[0, 0], [0, 0]] })") },
    ],
    subject: 'conv strided',
    causes: ['padding [0, 0] in place of [1, 2]'],
  },
  {
    ...rules,
    id: 'adjoint-operands',
    bug: 'dW: operands swapped',
    edits: [{ search: adjointY, replace: adjointY.replace("conv('w', a!, g, at)", "conv('w', g, a!, at)") }],
    subject: 'conv square',
    causes: ['operands swapped'],
  },
];
