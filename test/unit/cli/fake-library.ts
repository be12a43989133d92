// What the command line needs of the library, without devices and tensors.
import type { CliLibrary } from '../../../src/cli/library.js';
import { library } from '../kernel/cells.js';

/** A library whose `node` device is missing unless `hasNode`. */
export function fakeLibrary(hasNode = false): CliLibrary & { readonly chosen: string[] } {
  const chosen: string[] = [];
  const node = hasNode
    ? { name: 'node', available: true, description: 'a graphics card' }
    : { name: 'node', available: false, description: 'WebGPU', reason: 'no Vulkan driver.' };
  return {
    ...library,
    chosen,
    setDevice: (name) => Promise.resolve(chosen.push(name)),
    devices: () => Promise.resolve([{ name: 'cpu', available: true, description: 'float64 reference' }, node]),
  };
}
