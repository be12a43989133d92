// One case of each operation against PyTorch and SciPy on devices that the reference suites do not run on: behind a port, where what crosses it is what
// was meant, and with the limits and the layouts of a GPU, since adapters in software have others.

import { openDawn } from '../../../src/devices/node/adapter.js';
import type { ServeOptions } from '../../../src/devices/remote/server.js';
import { useServed } from '../../devices.js';
import { readCases, type ReferenceCase } from '../../reference/cases.js';
import { itEqualsTheReference } from '../../reference/suite.js';

const algorithms = ['direct', 'im2col', 'fft', 'fft-tiled'].map((algorithm) => ({ algorithm }));

const adapters: readonly { name: string; options: Partial<ServeOptions>; ways: readonly Readonly<Record<string, unknown>>[] }[] = [
  { name: 'on webview, behind a port', options: {}, ways: [{}] },
  {
    name: "as on a GPU with WebGPU's default limits",
    // Nobody would call it software by this description.
    options: { open: async () => ({ ...(await openDawn({ limits: 'default' })), description: 'counts as a GPU' }) },
    ways: algorithms,
  },
];

for (const { name, options, ways } of adapters) {
  describe(`reference: one case of each operation ${name}`, () => {
    useServed(options);
    for (const [suite, tolerance] of [
      ['fft', 1e-6],
      ['conv', 1e-6],
      ['layers', 1e-5],
    ] as const) {
      const cases = oneOfEach(readCases(suite));
      const runs = cases.flatMap((each) => (suite === 'conv' ? ways : [{}]).map((extra) => ({ each, extra })));
      itEqualsTheReference(runs, tolerance, ({ each, extra }) => [`${each.op}: ${each.name}`, ...Object.values(extra)].join(', '));
    }
  });
}

/** The smallest case of each operation that is no toy, else its last: kernels as for a GPU are long, and software is slow to compile them. */
function oneOfEach(cases: readonly ReferenceCase[]): ReferenceCase[] {
  const sizeOf = ({ inputs }: ReferenceCase): number => [...inputs.values()].reduce((sum, { values }) => sum + values.length, 0);
  const chosen = new Map<string, ReferenceCase>();
  for (const each of cases) {
    const best = chosen.get(each.op);
    if (best === undefined || sizeOf(best) < 400 || (sizeOf(each) >= 400 && sizeOf(each) < sizeOf(best))) chosen.set(each.op, each);
  }
  return [...chosen.values()];
}
