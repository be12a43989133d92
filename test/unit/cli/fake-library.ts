// What the command line needs of the library, without devices and tensors.
import type { CliLibrary } from '../../../src/cli/library.js';
import type { GradcheckData } from '../../../src/protocol/gradcheck.js';
import { GRADCHECK_MIME } from '../../../src/protocol/gradcheck.js';
import { DISPLAY } from '../../../src/display/sink.js';
import { library } from '../kernel/cells.js';

/** A report of one input, `dw`, without its numbers. */
export function fakeReport(ok: boolean): GradcheckData {
  const forward = { ok: true, maxError: 0, detectable: 1e-6 };
  const diagnosis = { input: 'w', hypothesis: 'conjugate missing on Ĝ', residual: 1e-7, change: 'Put .conj() behind G.' };
  return {
    ok,
    verdict: ok ? 'dw agrees to 3·10⁻⁷' : 'dw disagrees by 0.4',
    device: 'cpu',
    forward,
    inputs: [],
    diagnosis: ok ? [] : [diagnosis],
    notes: [],
  };
}

/** Resolves to a report of that verdict, which cells show. */
function gradcheck(ok: boolean): Promise<object> {
  const data = fakeReport(ok);
  return Promise.resolve({ ok, [DISPLAY]: () => ({ [GRADCHECK_MIME]: data, 'text/plain': `${data.verdict}\nin full` }) });
}

/** A library whose `node` device is missing unless `hasNode`. */
export function fakeLibrary(hasNode = false): CliLibrary & { readonly chosen: string[] } {
  const chosen: string[] = [];
  const node = hasNode
    ? { name: 'node', available: true, description: 'a graphics card' }
    : { name: 'node', available: false, description: 'WebGPU', reason: 'no Vulkan driver.' };
  return {
    ...library,
    gradcheck,
    chosen,
    setDevice: (name) => Promise.resolve(chosen.push(name)),
    devices: () => Promise.resolve([{ name: 'cpu', available: true, description: 'float64 reference' }, node]),
  };
}
