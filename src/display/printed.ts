// What a console shows of tensors: their values, as they were when they were printed.
import { inspect, types } from 'node:util';
import { Tensor } from '../tensor/tensor.js';
import { textOf } from './tensor-display.js';

/** Larger tensors are described in a table, not listed. */
const largestTable = 10_000;

/** Stands for a tensor in what a console formats. */
class Printed {
  constructor(private readonly text: string) {}

  [inspect.custom](): string {
    return this.text;
  }
}

/**
 * The arguments of a console call with tensors, also those one level down in arrays and plain objects, replaced by what shows their values;
 * null when there are none. The values are read as they are now. In a table a tensor of one or two axes is its rows.
 */
export function printed(args: readonly unknown[], isTable = false): Promise<unknown[]> | null {
  const wanted = (value: unknown): value is Tensor => value instanceof Tensor;
  const inside = (value: unknown): boolean => isPlain(value) && values(value).some(wanted);
  if (!args.some((arg) => wanted(arg) || inside(arg))) return null;
  const show = async (tensor: Tensor): Promise<unknown> => {
    const isListed = isTable && tensor.ndim <= 2 && tensor.size <= largestTable;
    return isListed ? tensor.array() : new Printed(await textOf(tensor));
  };
  const replaced = (value: unknown): unknown => (wanted(value) ? show(value) : value);
  return Promise.all(
    args.map(async (arg) => {
      if (wanted(arg)) return show(arg);
      if (!inside(arg)) return arg;
      if (Array.isArray(arg)) return Promise.all((arg as unknown[]).map(replaced));
      const descriptors = Object.entries(Object.getOwnPropertyDescriptors(arg as object)).map(
        async ([key, descriptor]): Promise<[string, PropertyDescriptor]> =>
          wanted(descriptor.value) ? [key, { ...descriptor, value: await show(descriptor.value) }] : [key, descriptor],
      );
      return Object.defineProperties({}, Object.fromEntries(await Promise.all(descriptors)));
    }),
  );
}

/** Arrays and objects without a class of their own, whose parts can be looked at without running anybody's code. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function values(value: object): unknown[] {
  if (Array.isArray(value)) return value;
  return Object.values(Object.getOwnPropertyDescriptors(value)).map((descriptor): unknown => descriptor.value);
}
