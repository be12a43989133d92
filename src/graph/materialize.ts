// The operation at which fusion ends: its result is the input itself, stored.

import type { Node } from './node.js';
import type { Operation } from './operation.js';

/** `copy` tells apart copies that must not be merged with each other. */
export const materialize: Operation<{ readonly copy?: number }> = {
  name: 'materialize',
  infer: ([x]) => ({ dtype: x!.dtype, shape: x!.shape }),
  adjoint: (_node: Node, g) => [g],
  jvp: (_node: Node, [tangent]) => tangent ?? null,
  reference: (_call, [x]) => x!,
  lowering: { kind: 'materialize' },
};
