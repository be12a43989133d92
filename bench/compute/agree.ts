// Whether results are the same: everyone against the truth, which is computed in float64.

import type { Contestant } from './measure.js';
import type { Peers } from './peers.js';
import type { Values, Workload } from './workload.js';
import { flopOf } from './workload.js';

/** Nobody who computes the same thing in float32 is further from the truth than this, in relative L2. */
export const sameThing = 2e-3;

/** The direct sums of our reference device are the truth where there is no PyTorch, up to so many operations. */
const mostReferenceFlop = 4e9;

/** Of a training, the losses of the first steps are compared: later ones differ by what rounding has grown to. */
const comparedSteps = 6;

/** The results in float64; undefined where nobody can tell within reasonable time. */
export async function truthOf(peers: Peers, workload: Workload): Promise<readonly Values[] | undefined> {
  const reference = flopOf(workload) <= mostReferenceFlop ? await peers.get('Parseval float64') : undefined;
  const peer = (await peers.get('PyTorch float64')) ?? reference;
  if (peer === undefined) return undefined;
  const program = await peer.prepare(workload);
  for (let i = 0; i < (workload.kind === 'train' ? comparedSteps : 1); i++) await program.run();
  const results = await program.result();
  await program.dispose();
  return results;
}

/** The largest relative L2 distance among the results. Throws when there are not as many. */
export function errorOf(contestant: Contestant['label'], results: readonly Values[], truth: readonly Values[]): number {
  if (results.length !== truth.length) throw new Error(`${contestant} has ${results.length} results, but there are ${truth.length}`);
  return Math.max(...results.map((result, i) => relativeL2(result.subarray(0, truth[i]!.length), truth[i]!)));
}

/** ‖a − b‖ / ‖b‖ over the elements of a: a training may have had fewer steps. */
function relativeL2(a: Values, b: Values): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < a.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    norm += b[i]! ** 2;
  }
  return Math.sqrt(difference / norm);
}
