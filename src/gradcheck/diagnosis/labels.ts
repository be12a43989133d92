// What people call the values of a gradient: Ĝ is a spectrum of the upstream gradient, X̂ one of the input x.

import { isComplex } from '../../devices/dtype.js';
import type { Node } from '../../graph/node.js';
import type { Label } from './mistakes.js';

const hat = '\u0302';

/** Which of some named values each node is made of. */
export function sourcesOf(nodes: readonly Node[], named: ReadonlyMap<Node, string>): ReadonlyMap<Node, ReadonlySet<string>> {
  const sources = new Map<Node, Set<string>>();
  for (const [node, name] of named) sources.set(node, new Set([name]));
  for (const node of nodes) {
    if (sources.has(node)) continue;
    sources.set(node, new Set(node.inputs.flatMap((input) => [...(sources.get(input) ?? [])])));
  }
  return sources;
}

/** Names for nodes: the name of the one value that it is made of, with a hat for a spectrum. */
export function labelsOf(nodes: readonly Node[], named: ReadonlyMap<Node, string>): Label {
  const sources = sourcesOf(nodes, named);
  return (node) => {
    const own = named.get(node);
    if (own !== undefined) return own;
    const [only, ...others] = sources.get(node) ?? [];
    if (only === undefined) return constantLabel(node);
    if (others.length > 0) return 'the product';
    const [letter = '', ...rest] = only;
    return isComplex(node.dtype) ? `${letter.toUpperCase()}${hat}${rest.join('')}`.normalize('NFC') : only;
  };
}

/** Numbers by themselves; what is chosen by counting are the weights of a half spectrum's bins. */
function constantLabel(node: Node): string {
  const { name } = node.operation;
  if (name === 'scalar') return String(Number((node.scalars[0] ?? 1).toPrecision(6)));
  if (name === 'where' && isComplex(node.dtype)) return 'the Hermitian weights';
  const [input] = node.inputs;
  return input !== undefined && (name === 'expand' || name === 'reshape' || name === 'cast') ? constantLabel(input) : 'a constant';
}
