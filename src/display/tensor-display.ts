// What a tensor looks like as the result of a cell: type, shape, device and its values, cut where long.

import { DISPLAY, type MimeBundle } from '../tensor/displayable.js';
import { Tensor } from '../tensor/tensor.js';
import { summarize } from './table-text.js';

/** Elements above which a tensor is described rather than read: nobody reads a million numbers in a cell. */
const maxRead = 1 << 22;

/** Type, shape, device and values of a tensor, read as they are now. */
export async function textOf(tensor: Tensor): Promise<string> {
  const title = `Tensor [${tensor.shape.join(', ')}] ${tensor.dtype} on ${tensor.device}`;
  const large = tensor.size > maxRead;
  const values = large ? 'too large to list; slice it, or use pv.show' : summarize(await tensor.data(), tensor.shape, tensor.dtype);
  return `${title}\n${values}`;
}

declare module '../tensor/tensor.js' {
  interface Tensor {
    /** Shows type, shape, device and values. */
    [DISPLAY](): Promise<MimeBundle>;
  }
}

Tensor.prototype[DISPLAY] = async function display(this: Tensor): Promise<MimeBundle> {
  return { 'text/plain': await textOf(this) };
};
