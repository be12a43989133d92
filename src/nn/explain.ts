// What computing a tensor takes, in numbers: dispatches, bytes and operations of the plan that would run, and for each convolution which algorithm
// it stands for and why.

import { sizeOf, type Shape } from '../devices/shape.js';
import type { Node } from '../graph/node.js';
import { programFor } from '../graph/program.js';
import { lower } from '../graph/wgsl/lower.js';
import { checkShape, show } from '../tensor/checks.js';
import { DISPLAY, type MimeBundle } from '../tensor/displayable.js';
import { Tensor } from '../tensor/tensor.js';
import { costsOf, decide, noteOn, type Measured, type ModelledCost } from './conv-choice.js';
import { fftPeriod, minimalPeriod } from './conv-fft.js';
import { Module } from './modules.js';
import { recordForward } from './output-shape.js';
import { conv, convAttributesOf, type Algorithm, type ConvAttributes } from './conv-operation.js';

/** One dispatch of a plan. */
export interface DispatchExplanation {
  /** The operations that it computes, and the shape of its result. */
  readonly label: string;
  /** Bytes of the buffers that it reads and writes. */
  readonly bytes: number;
  /** Arithmetic operations. */
  readonly flop: number;
}

/** What one training step of a convolution takes: y, dX and dW, with what they share computed once. */
export interface AlgorithmCost extends ModelledCost {
  /** Milliseconds that it was measured to take on this device; null where nothing is known of that. */
  readonly measured: number | null;
}

/** One convolution that a tensor depends on. */
export interface ConvolutionExplanation {
  /** Shapes of image, weight and output. */
  readonly x: Shape;
  readonly w: Shape;
  readonly y: Shape;
  readonly asked: Algorithm;
  /** What runs. */
  readonly algorithm: Algorithm;
  readonly why: string;
  /** What a training step (forward, dX and dW) takes by each algorithm, the best first; empty on the cpu. */
  readonly costs: readonly AlgorithmCost[];
  /** Transform length for height and width: the least at which nothing wraps around, and the one used. */
  readonly period: { readonly least: readonly [number, number]; readonly used: readonly [number, number] };
}

/** What `pv.explain` says. */
export interface Explanation {
  readonly device: string;
  /** The dispatches that compute the tensor now; empty when it is computed, and on the cpu. */
  readonly dispatches: readonly DispatchExplanation[];
  readonly bytes: number;
  readonly flop: number;
  readonly convolutions: readonly ConvolutionExplanation[];
  /** All of it in words. */
  toString(): string;
}

/**
 * Explains what computing a tensor takes on its device: the dispatches with their bytes and operations, and for each convolution that it depends on the
 * transform's size, what each algorithm would take, and the choice. Of a layer or network the same of its forward for an input of a shape, where its
 * parameters live. Nothing is computed.
 */
export function explain(tensor: Tensor): Explanation;
export function explain(layer: Module, inputShape: readonly number[]): Explanation;
export function explain(what: Tensor | Module, inputShape?: readonly number[]): Explanation {
  if (what instanceof Module) {
    if (inputShape === undefined)
      throw new TypeError(
        `explain: what ${what.constructor.name} takes depends on its input; give that its shape, as in explain(layer, [32, 3, 28, 28])`,
      );
    return recordForward(what, checkShape('explain', inputShape), (y) => explainNode(y.node));
  }
  if (!(what instanceof Tensor))
    throw new TypeError(
      `explain: was given ${show(what)}, but expects a tensor, such as the result of a convolution, or a layer and a shape`,
    );
  return explainNode(what.node);
}

function explainNode(node: Node): Explanation {
  const { device } = node;
  const plan = device.kind === 'wgsl' && node.buffer === null ? lower(programFor([node]), device.limits) : null;
  const dispatches = plan?.steps.map(({ kernel, bytes, flop }) => ({ label: plan.kernels[kernel]?.label ?? '', bytes, flop })) ?? [];
  const explanation = {
    device: `${device.name} (${device.description})`,
    dispatches,
    bytes: dispatches.reduce((sum, { bytes }) => sum + bytes, 0),
    flop: dispatches.reduce((sum, { flop }) => sum + flop, 0),
    convolutions: convolutionsOf(node),
  };
  const text = (): string => textOf(explanation, node);
  const bundle = (): MimeBundle => ({ 'text/plain': text() });
  return Object.defineProperties(explanation, { toString: { value: text }, [DISPLAY]: { value: bundle } });
}

/** The convolutions that a node depends on, each once, the first ones first. */
function convolutionsOf(node: Node): ConvolutionExplanation[] {
  const found = new Map<string, ConvolutionExplanation>();
  const seen = new Set<Node>();
  const visit = (at: Node): void => {
    if (seen.has(at)) return;
    seen.add(at);
    at.inputs.forEach(visit);
    const attributes = convAttributesOf(at);
    if (attributes === null) return;
    const key = JSON.stringify({ ...attributes, face: 'y' });
    if (!found.has(key)) found.set(key, explainConvolution(attributes, at));
  };
  visit(node);
  return [...found.values()];
}

function explainConvolution(attributes: ConvAttributes, { state }: Node): ConvolutionExplanation {
  const { x, w, y, dilation, padding, algorithm: asked } = attributes;
  const pairOf = (period: typeof fftPeriod): [number, number] => [
    period(x[2] as number, w[2] as number, dilation[0], padding[0]),
    period(x[3] as number, w[3] as number, dilation[1], padding[1]),
  ];
  const described = { x, w, y, asked, period: { least: pairOf(minimalPeriod), used: pairOf(fftPeriod) } };
  if (state.device.kind !== 'wgsl')
    return { ...described, costs: [], algorithm: 'direct', why: 'the float64 reference adds up directly, whatever was asked for' };
  const modelled = sizeOf(x) > 0 ? costsOf(attributes, state, conv) : [];
  const { algorithm, measured } = decide(attributes, state, conv);
  const costs = modelled
    .map((cost): AlgorithmCost => ({ ...cost, measured: cost.refusal === null ? (measured?.milliseconds[cost.algorithm] ?? null) : null }))
    .sort((a, b) => (a.measured ?? Infinity) - (b.measured ?? Infinity) || a.milliseconds - b.milliseconds);
  if (asked !== 'auto') return { ...described, costs, algorithm: asked, why: 'it was asked for' };
  if (modelled.length === 0) return { ...described, costs, algorithm, why: 'there is nothing to compute' };
  if (measured !== null) return { ...described, costs, algorithm, why: whyMeasured(measured, costs, attributes) };
  const note = noteOn(attributes, state, modelled);
  return { ...described, costs, algorithm, why: `${whyModelled(modelled)}${note === null ? '' : `; ${note}`}` };
}

/** Why the model chose the first of these. */
function whyModelled([best, ...others]: readonly ModelledCost[]): string {
  const next = others.find(({ milliseconds }) => milliseconds > (best?.milliseconds ?? 0));
  const ratio = best === undefined || next === undefined || next.refusal !== null ? null : next.milliseconds / best.milliseconds;
  return ratio === null
    ? 'no other algorithm runs on this device'
    : `of a training step's plans it takes the least modelled time; ${next?.algorithm} takes ${ratio.toFixed(1)} times as long`;
}

/** Why the first of these is the choice of what was measured. */
function whyMeasured({ isRemembered, samples }: Measured, [best, next]: readonly AlgorithmCost[], { x }: ConvAttributes): string {
  const when = isRemembered ? 'remembered from an earlier run' : 'measured on this device';
  const batch = samples === x[0] ? '' : ` of ${samples} ${samples === 1 ? 'sample' : 'samples'}`;
  const others =
    next === undefined || next.measured === null || !best?.measured
      ? ''
      : `; ${next.algorithm} takes ${(next.measured / best.measured).toFixed(1)} times as long`;
  return `${when}: a training step${batch} takes ${best?.measured?.toPrecision(3)} ms${others}`;
}

/** A count with three digits and the prefix of its size: 4.19 M. */
function scaled(value: number): string {
  const power = value > 0 ? Math.min(3, Math.max(0, Math.floor(Math.log10(value) / 3))) : 0;
  return `${Number((value / 1000 ** power).toPrecision(3))}${['', ' k', ' M', ' G'][power]}`;
}

/** Rows in columns as wide as their widest cell, the first to the left, the others to the right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function textOf(
  { device, dispatches, bytes, flop, convolutions }: Omit<Explanation, 'toString'>,
  { operation, shape, dtype, buffer }: Node,
): string {
  const lines = [`${operation.name} ${dtype} [${shape.join(', ')}] on ${device}`];
  if (dispatches.length > 0) {
    lines.push(
      `${dispatches.length} ${dispatches.length === 1 ? 'dispatch' : 'dispatches'}, ${scaled(bytes)}B moved, ${scaled(flop)} operations`,
    );
    lines.push(...columns(dispatches.map((step) => [`  ${step.label}`, `${scaled(step.bytes)}B`, `${scaled(step.flop)}flop`])));
  } else if (buffer !== null) lines.push('It is computed already.');
  for (const { x, w, y, asked, algorithm, why, costs, period } of convolutions) {
    lines.push(
      `convolution [${x.join(', ')}] ⋆ [${w.join(', ')}] → [${y.join(', ')}]: ${algorithm}${asked === 'auto' ? ', chosen' : ''}: ${why}`,
    );
    lines.push(`  transforms of ${period.used.join(' × ')}; below ${period.least.join(' × ')} results would wrap around`);
    const rows = costs.map((cost) => [
      `  ${cost.algorithm}`,
      ...(cost.refusal === null
        ? [
            `${cost.dispatches} dispatches`,
            `${scaled(cost.bytes)}B`,
            `${scaled(cost.flop)}flop`,
            `${cost.milliseconds.toPrecision(3)} ms modelled`,
            ...(costs.every(({ measured }) => measured === null)
              ? []
              : [cost.measured === null ? '' : `${cost.measured.toPrecision(3)} ms measured`]),
          ]
        : [`cannot run: ${cost.refusal}`]),
    ]);
    lines.push(...columns(rows));
  }
  return lines.join('\n');
}
