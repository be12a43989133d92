// Plans by the structure of what they compute: a graph that was seen before is replayed, whatever its scalars are.

import type { ReferencePlan, RunOptions, WgslPlan } from '../devices/device.js';
import type { GraphState } from './node.js';
import { keyOf, type Program } from './program.js';
import { referencePlan } from './reference-plan.js';
import { lower } from './wgsl/lower.js';

/** Counts of plans, for tests and panels. */
export const planStats = { built: 0, replayed: 0 };

const maxPlans = 256;
const plans = new WeakMap<GraphState, Map<string, WgslPlan | ReferencePlan>>();

/** The plan of a program: the one built for an equal structure before, or a new one. */
export function planFor(state: GraphState, program: Program): WgslPlan | ReferencePlan {
  let cache = plans.get(state);
  if (cache === undefined) plans.set(state, (cache = new Map<string, WgslPlan | ReferencePlan>()));
  const key = keyOf(program);
  let plan = cache.get(key);
  if (plan !== undefined) {
    planStats.replayed++;
    cache.delete(key);
  } else {
    planStats.built++;
    plan = state.device.kind === 'wgsl' ? lower(program, state.device.limits) : referencePlan(program);
    const [oldest] = cache.keys();
    if (cache.size >= maxPlans && oldest !== undefined) {
      const evicted = cache.get(oldest);
      cache.delete(oldest);
      if (state.device.kind === 'wgsl' && evicted !== undefined && 'kernels' in evicted) state.device.forget(evicted);
    }
  }
  cache.set(key, plan);
  return plan;
}

/** Runs a plan on the device it was made for; `origin` says what people asked for, should it fail. */
export function runPlan(
  state: GraphState,
  plan: WgslPlan | ReferencePlan,
  inputs: readonly number[],
  scalars: readonly number[],
  outputs: readonly number[],
  replaced: readonly number[],
  isNeeded: boolean,
  origin: string | undefined,
): void {
  const { device } = state;
  const how: RunOptions = { replaced, isNeeded, origin };
  if (device.kind === 'wgsl' && 'kernels' in plan) device.run(plan, inputs, scalars, outputs, how);
  else if (device.kind === 'reference' && !('kernels' in plan)) device.run(plan, inputs, scalars, outputs, how);
  else throw new Error(`device ${device.name} was given a plan of another kind of device`);
}
