// The gradient check: a function is traced once on the device. Its gradient there is held against forward mode and central differences of a
// replay of the same graph in float64, and its values against that replay, so that a wrong forward with a matching backward does not pass.

import type { Device } from '../devices/device.js';
import { show } from '../tensor/checks.js';
import type { Tensor } from '../tensor/tensor.js';
import { checkOnDevice } from './device-check.js';
import { checkOnHost } from './host-check.js';
import { workOf } from './model.js';
import { settingsOf, type GradcheckOptions } from './options.js';
import { pacer } from './pace.js';
import { capture, type Captured } from './replay.js';
import { Report } from './report-class.js';
import type { GradcheckReport } from './report.js';
import { namedInputs, trace, type CheckedFunction } from './trace.js';

export type { CheckedFunction } from './trace.js';

/**
 * Checks the gradient of f at the given inputs on their device. Resolves to a report; rejects when f cannot be checked (it is
 * asynchronous, reads data, or returns no tensor).
 */
export async function gradcheck(
  f: CheckedFunction,
  inputs: readonly Tensor[] | Readonly<Record<string, Tensor>>,
  options: GradcheckOptions = {},
): Promise<GradcheckReport> {
  if (typeof f !== 'function') throw new TypeError(`gradcheck: expects a function of tensors, but was given ${show(f)}`);
  const settings = settingsOf(options);
  const traced = trace(f, namedInputs(inputs, settings.names), settings);
  const { y, analytic } = traced;
  const roots = [y.node, ...analytic.flatMap((gradient) => gradient?.node ?? [])];
  const leaves = traced.inputs.map((input) => input.node);
  const forward = capture([y.node], leaves);
  const onDevice = settings.differences === 'device' || (settings.differences === 'auto' && isLarge(y.node.device.kind, forward));
  const pace = pacer();
  const found = await (onDevice
    ? checkOnDevice(traced, forward, settings, pace)
    : checkOnHost(traced, capture(roots, leaves), settings, pace));
  return new Report({ ...found, device: traced.y.device });
}

/** Operations of one forward from which differences run on the device: a check takes about a hundred forwards. */
const largeForward = 4e7;

function isLarge(kind: Device['kind'], forward: Captured): boolean {
  return kind === 'wgsl' && workOf(forward.filter(({ isConstant }) => !isConstant).map(({ node }) => node)) > largeForward;
}
