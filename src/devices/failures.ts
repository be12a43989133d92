// What every device says when a value cannot be had.

/** The message of errors about tensors of a lost device. */
export function lostMessage(name: string, reason: string): string {
  return `device ${name} is lost (${reason}); restart it and compute its tensors again`;
}

/** The message of errors about values whose computation an interrupt stopped. */
export const interruptedMessage = 'interrupted: the computation was stopped between two of its parts; run it again for its values';

/** People interrupted what was running. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor(message = 'interrupted') {
    super(message);
  }
}
