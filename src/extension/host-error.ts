// Errors of the extension's own, in the shape in which a cell shows those of its code.
import type { KernelOutput } from './kernel-process.js';
import { KernelDied } from './kernel-process.js';

/** The cell was interrupted while the kernel was not running it yet. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('The cell was interrupted before it ran.');
  }
}

/** The output of a cell that could not be run, or not to its end. A kernel that ends because the user wants it to is no failure of the kernel. */
export function hostError(error: unknown, isInterrupted: boolean): KernelOutput {
  const isStopped = isInterrupted && error instanceof KernelDied;
  const ename = isStopped ? 'Interrupted' : error instanceof Error ? error.name : 'Error';
  const evalue = isStopped ? 'The kernel was stopped while the cell ran.' : messageOf(error).replace(/\.?$/, '.');
  const advice = error instanceof KernelDied && !isStopped ? ['The next cell that runs starts a new kernel.'] : [];
  return { output_type: 'error', ename, evalue, traceback: [...`${ename}: ${evalue}`.split('\n'), ...advice] };
}

/** What an error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
