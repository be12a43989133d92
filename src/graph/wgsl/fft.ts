// The fft kernel family: a whole transform in workgroup memory, one dispatch, radices up to 16.
// Even real transforms run as complex ones of half the length; odd ones as complex ones of which half is stored.

import fftSource from '../../../shaders/fft.wgsl';
import type { DeviceLimits } from '../../devices/device.js';
import { factorize, roots } from '../../devices/roots.js';
import { sizeOf } from '../../devices/shape.js';
import { delinearize, variable, type Index } from '../indexing.js';
import type { Node } from '../node.js';
import type { FftTransform } from '../operation.js';
import { butterflies } from './butterflies.js';
import { constants, isBrief, storeFunction, type Launch } from './families.js';
import { layoutOf } from './fft-layout.js';
import { mainOf } from './fft-main.js';
import { stagesOf } from './fft-stages.js';
import type { Kernel } from './schedule.js';
import { FunctionWriter, type KernelWriter } from './writer.js';

/** Complex points that a transform keeps in workgroup memory. */
function complexLength({ n, mode }: Pick<FftTransform, 'n' | 'mode'>): number {
  return mode !== 'c2c' && n % 2 === 0 ? n / 2 : n;
}

/** True when one dispatch does the transform: its radices are small and it fits in workgroup memory. */
export function fitsWorkgroup(transform: Pick<FftTransform, 'n' | 'mode'>, limits: DeviceLimits): boolean {
  const length = complexLength(transform);
  return 8 * length <= limits.maxWorkgroupMemory && factorize(length) !== null;
}

/** Generates the kernel of one transform along one axis. */
export function fftKernel(writer: KernelWriter, kernel: Kernel, limits: DeviceLimits): Launch {
  const core = kernel.core as Node;
  const { lowering } = core.operation;
  const [operand] = core.inputs;
  if (lowering.kind !== 'fft' || operand === undefined) throw new Error(`${core.operation.name}: not a transform`);
  const transform = lowering.transform(core.attributes);
  const { axis, n, mode, sign, offset = 0 } = transform;
  const others = core.shape.filter((_, at) => at !== axis);
  const batch = sizeOf(others);
  const layout = layoutOf(complexLength(transform), batch, axis !== core.shape.length - 1, limits);
  const { length, together, columns } = layout;
  const tableLength = length === n ? n : 2 * length;
  const table = writer.table(`roots:${tableLength}`, () => Float32Array.from(roots(tableLength)));

  const b = variable('b', 0, Math.max(batch - 1, 0));
  const along = (first: number, last: number): Index[] => {
    const index = delinearize(b, others);
    index.splice(axis, 0, variable('j', first, Math.max(last, first)));
    return index;
  };
  const needed = mode === 'c2r' ? Math.floor(n / 2) + 1 : n;
  const given = Math.min(operand.shape[axis] as number, needed - offset);
  const flop = 5 * batch * length * Math.max(1, Math.log2(length));
  const work = stagesOf({
    transform,
    layout,
    table,
    given: [offset, offset + given],
    isStored: (first, last) => isStored(kernel, along(first, last)),
    isShort: isBrief(flop, limits),
  });
  const operandText = operandFunction(writer, operand, along(0, given - 1));
  const storeText = storeFunction(writer, kernel, 'b: i32, j: i32', along(0, (core.shape[axis] as number) - 1));
  const main = mainOf(writer, batch, layout, work, limits);
  const body = [
    constants({
      SIGN: `f32(${sign})`,
      M: String(length),
      N: String(n),
      GIVEN: String(given),
    }),
    operandText,
    storeText,
    `fn twiddle(k: i32) -> vec2<f32> { let w = ${table}[k${tableLength === length ? '' : ' * 2'}]; return vec2<f32>(w.x, ${sign === -1 ? '' : '-'}w.y); }`,
    fftSource,
    butterflies(layout.radices),
    ...(mode === 'c2r' && length === n ? [mirroredFunction(given < needed ? 'operand_or_zero' : 'operand')] : []),
    `fn cell(own: i32, at: i32) -> i32 { return own_points + ${columns ? `at * ${together} + own` : 'own * M + at'}; }`,
    main.text,
  ].join('\n');
  return {
    body,
    workgroups: main.workgroups,
    flop,
  };
}

/** False when the views after a core drop all elements of `index`. */
function isStored({ core, path }: Kernel, index: readonly Index[]): boolean {
  let at = core as Node;
  let where = index;
  for (const node of path) {
    const { lowering } = node.operation;
    if (lowering.kind === 'view' && lowering.inverse !== undefined) {
      const scalar = (position: number, min: number, max: number): Index => variable(`s${position}`, min, max);
      const mapped = lowering.inverse(where, at.shape, node.shape, node.attributes, scalar);
      if (mapped.guards.some(({ value, low, high }) => value.max < low || value.min > high)) return false;
      where = mapped.index;
    }
    at = node;
  }
  return true;
}

/** operand(b, j): element j of the transformed axis. operand_or_zero(b, j) is zero where nothing is given (padding). */
function operandFunction(writer: KernelWriter, operand: Node, index: readonly Index[]): string {
  const body = new FunctionWriter(writer);
  const real = operand.dtype !== 'complex64';
  const type = real ? 'f32' : 'vec2<f32>';
  const value = body.load(operand, index);
  const converted = operand.dtype === 'float32' || !real ? value : `f32(${value})`;
  return `fn operand(b: i32, j: i32) -> ${type} {\n${body.text}\n  return ${converted};\n}
fn operand_or_zero(b: i32, j: i32) -> ${type} { return select(${type}(), operand(b, clamp(j, 0, GIVEN - 1)), j >= 0 && j < GIVEN); }`;
}

/** mirrored(b, j): point j of the whole spectrum of which half is given. The imaginary part of DC is ignored, as every FFT library does. */
function mirroredFunction(load: string): string {
  return `fn mirrored(b: i32, j: i32) -> vec2<f32> {
  let isBeyond = j > N / 2;
  let v = ${load}(b, select(j, N - j, isBeyond));
  return vec2<f32>(v.x, select(select(v.y, -v.y, isBeyond), 0.0, j == 0));
}`;
}
