// What a mutant is: a bug in the sources, a check that runs the code, and the words that should name it.

import type { Edit } from './patch.js';
import type { SubjectName } from './subjects/index.js';

/** A bug. */
export interface Mutant {
  readonly id: string;
  /** The file that it is in, from the repository's root. */
  readonly file: string;
  /** What is wrong, in a few words. */
  readonly bug: string;
  readonly edits: readonly Edit[];
  /** The check that runs the code, and where it runs. */
  readonly subject: SubjectName;
  readonly device: 'cpu' | 'node';
  /** Words for the cause: every diagnosis must hold one of them. None for equivalent ones. */
  readonly causes: readonly string[];
  /** Why no result changes, where none does. */
  readonly equivalent?: string;
  /** The same bug among those that are shown to PyTorch, where it is one. */
  readonly peer?: string;
}
