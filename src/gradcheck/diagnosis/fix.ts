// A repair of a recorded gradient as an edit of the code that recorded it: at which call, and which of its tensors.

import type { Node } from '../../graph/node.js';
import type { Replay } from '../replay.js';
import type { Fix } from '../report.js';
import type { Mistake } from './mistakes.js';

/** The edit, or undefined where it is not known what code recorded the operation. */
export function fixOf(node: Node, edit: NonNullable<Mistake['edit']>, replay: Replay): Fix | undefined {
  const origin = replay.originOf(node);
  const place = origin?.place?.toString();
  if (origin === undefined || place === undefined) return undefined;
  if ('remove' in edit) return { place, operand: -1, edit: { remove: edit.remove } };
  if (edit.operand === 'self') return { place, operand: -1, edit: { append: edit.append } };
  const isOwn = (at: Node): boolean => replay.originOf(at) === origin;
  let value = node.inputs[edit.operand];
  while (value !== undefined && isOwn(value)) value = value.inputs[0];
  const operand = value === undefined ? -1 : operandsOf(node, isOwn).indexOf(value);
  return operand < 0 ? undefined : { place, operand, edit: { append: edit.append } };
}

/** The values that one call was given, in the order in which it reads them; `isOwn` tells what the call recorded itself. */
function operandsOf(node: Node, isOwn: (node: Node) => boolean): Node[] {
  const found = new Set<Node>();
  const seen = new Set<Node>();
  const visit = (at: Node): void => {
    for (const input of at.inputs) {
      if (!isOwn(input)) found.add(input);
      else if (!seen.has(input)) {
        seen.add(input);
        visit(input);
      }
    }
  };
  visit(node);
  return [...found];
}
