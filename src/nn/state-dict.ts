// Values for tensors by their names, as they come from files.

import { show } from '../tensor/checks.js';
import type { Tensor } from '../tensor/tensor.js';

/** Names as PyTorch writes them, as they are here: `norm.running_mean` is `norm.runningMean`. */
function known(name: string): string {
  return name.replace(/_([a-z])/gu, (_, letter: string) => letter.toUpperCase());
}

/** PyTorch counts batches beside its running means; nothing here depends on it. */
const unused = /(^|\.)num_batches_tracked$/u;

/**
 * Gives tensors the values that stand under their names, all or none: their devices and dtypes stay. Throws, naming `what`, where names are
 * missing or too many or shapes differ.
 */
export function assignAll(what: string, to: ReadonlyMap<string, Tensor>, from: ReadonlyMap<string, Tensor>): void {
  const given = new Map(
    [...from].filter(([name]) => to.has(name) || !unused.test(name)).map(([name, value]) => [to.has(name) ? name : known(name), value]),
  );
  const problems = [
    ...[...to].filter(([name]) => !given.has(name)).map(([name, { shape }]) => `${show(name)} [${shape.join(', ')}] is missing`),
    ...[...given].filter(([name]) => !to.has(name)).map(([name, { shape }]) => `${show(name)} [${shape.join(', ')}] has no place`),
    ...[...to].flatMap(([name, { shape }]) => {
      const value = given.get(name);
      return value === undefined || value.shape.join() === shape.join()
        ? []
        : [`${show(name)} is [${value.shape.join(', ')}], but must be [${shape.join(', ')}]`];
    }),
  ];
  if (problems.length > 0) {
    const more = problems.length > 6 ? `, and ${problems.length - 6} more` : '';
    throw new Error(
      `${what}: ${problems.slice(0, 6).join('; ')}${more}; nothing was changed. Build the network as it was when it was saved`,
    );
  }
  for (const [name, tensor] of to) tensor.assign((given.get(name) as Tensor).detach().to(tensor.device, { dtype: tensor.dtype }));
}
