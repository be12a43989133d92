// What a step of each network takes in operations, bytes moved, dispatches and memory, by the device's own counters.

import { counted } from '../../src/display/number-format.js';
import * as pv from '../../src/index.js';
import { currentState } from '../../src/tensor/devices.js';
import type { Network } from './networks.js';
import { printOf, writeResults, type Cost, type Results } from './results.js';
import type { Settings } from './settings.js';
import { Stepper } from './steps.js';
import type { StudyOptions } from './study.js';
import { Stopped } from './training.js';

/** Steps after which nothing is planned or allocated any more. */
const steady = 3;

/** Counts what is not counted yet, each network on a device of its own, and writes it. */
export async function countAll({ networks, settings, results: file, say, stop }: StudyOptions, results: Results): Promise<void> {
  const missing = networks.flatMap((network) => {
    const summary = network.make(0).summary([settings.batchSize, 1, network.size, network.size]);
    const of = printOf(network, settings, summary);
    return results.costs[network.id]?.of === of ? [] : [{ network, of, summary }];
  });
  for (const id of Object.keys(results.costs)) if (!networks.some((network) => network.id === id)) delete results.costs[id];
  for (const { network, of, summary } of missing) {
    if (stop.aborted) throw new Stopped();
    await freshDevice();
    const step = await countStep(network, settings);
    results.costs[network.id] = { of, parameters: summary.parameters, flop: summary.flop / settings.batchSize, ...step };
    await writeResults(file, results);
  }
  if (missing.length > 0) say(`${counted(missing.length, 'network')} counted: operations, bytes, memory`);
}

/** The device as it is when nothing was computed on it: what others left for reuse would count as this network's. */
async function freshDevice(): Promise<void> {
  const { device } = currentState();
  // The cpu keeps nothing for reuse, and cannot be opened anew.
  if (device.name !== 'node') return pv.sync();
  device.destroy();
  await pv.setDevice('node');
}

async function countStep(network: Network, settings: Settings): Promise<Pick<Cost, 'stepFlop' | 'stepBytes' | 'dispatches' | 'memory'>> {
  const others = held();
  const stepper = new Stepper(network, settings);
  for (let i = 0; i < steady; i++) await stepper.step();
  await pv.sync();
  const before = pv.memory();
  await stepper.step();
  await pv.sync();
  const after = pv.memory();
  return {
    stepFlop: after.flop - before.flop,
    stepBytes: after.bytesMoved - before.bytesMoved,
    dispatches: after.dispatches - before.dispatches,
    memory: held() - others,
  };
}

/** Bytes of the device's memory. */
function held(): number {
  const { bytes, reservedBytes } = pv.memory();
  return bytes + reservedBytes;
}
