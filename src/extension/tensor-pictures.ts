// The small pictures of a live tensor: its values and its spectrum, drawn once until the next cell may have changed them.
import type { Variable } from '../protocol/kernel.js';
import type { NotebookKernel } from './notebook-kernel.js';
import { pictureOf } from './picture.js';

/** A picture as a `data:` address. */
export interface Picture {
  readonly caption: string;
  readonly address: string;
}

/** By the list of variables, which is another one after each cell. */
const drawn = new WeakMap<readonly Variable[], Map<string, Promise<Picture[]>>>();

/** The pictures of a tensor; those that its shape does not allow are left out. */
export function tensorPictures(kernel: NotebookKernel, name: string): Promise<Picture[]> {
  const { variables } = kernel.status;
  const known = drawn.get(variables) ?? new Map<string, Promise<Picture[]>>();
  drawn.set(variables, known);
  const before = known.get(name);
  if (before) return before;
  const pictures = draw(kernel, name);
  known.set(name, pictures);
  // What failed once, as in a busy kernel that was restarted, may be asked for again.
  pictures.catch(() => known.delete(name));
  return pictures;
}

async function draw(kernel: NotebookKernel, name: string): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for (const [as, caption] of [
    ['thumbnail', 'values'],
    ['spectrum', 'spectrum'],
  ] as const) {
    const address = pictureOf(await kernel.inspect(name, as));
    if (address !== undefined) pictures.push({ caption, address });
  }
  return pictures;
}
