// What a gradient check's report says in a few words, in pictures and in pages: nothing of Node in here.
import type { Diagnosis, GradcheckReport, Guilty, InputReport, Value } from '../gradcheck/report.js';
import { formatCount, formatError, formatNumber } from './number-format.js';
import { formatIndex, type Gradients } from './gradcheck-planes.js';

/** An input's result as it is drawn, in the library or from a saved output; without `values` where they were too many to be kept. */
export interface ShownInput extends Omit<InputReport, 'values' | 'dtype' | 'guilty'> {
  readonly dtype: string;
  readonly guilty: string;
  readonly values: Gradients | null;
}
/** A report as it is drawn. */
export type ShownReport = Omit<GradcheckReport, 'toString' | 'inputs'> & { readonly inputs: readonly ShownInput[] };

/** The marks that stand before a verdict. */
export const MARKS = { ok: '✓', wrong: '✗' } as const;

/** The verdict in one line, without its mark. */
export function headline({ ok, verdict, forward, inputs }: ShownReport): string {
  if (verdict !== '') return verdict;
  if (ok) return 'gradient check passed';
  const wrong = inputs.filter((input) => !input.ok).map(({ name }) => `d${name}`);
  if (!forward.ok) wrong.unshift('the forward values');
  return `gradient check failed: ${wrong.join(' and ')} ${wrong.length === 1 && forward.ok ? 'is' : 'are'} wrong`;
}

/** Where it ran, and the comparison of forward values that comes before all else. */
export function forwardSentence({ device, forward }: ShownReport): string {
  const error = `max error ${formatError(forward.maxError)} of rms`;
  return forward.ok
    ? `on ${device} · forward values agree with float64: ${error}`
    : `on ${device} · forward values disagree with float64: ${error}, allowed ${formatError(forward.detectable)}`;
}

/** How passing errors compare to what would fail; empty where an input failed. */
export function noiseSentence({ ok, inputs }: ShownReport): string {
  if (!ok || inputs.length === 0) return '';
  const share = Math.max(...inputs.map(({ maxError, detectable }) => (maxError === 0 ? 0 : maxError / detectable)));
  if (share === 0) return 'No error at all: the gradients agree in every bit.';
  const percent = share < 0.01 ? 'less than 1%' : `${String(Math.round(100 * share))}%`;
  return `What is left of the error is rounding noise: at most ${percent} of what this check detects.`;
}

const blames: Readonly<Record<Guilty, string>> = {
  none: '',
  backward: 'differences and forward mode agree: the backward is wrong',
  'forward rule': 'the backward agrees with the differences: a forward-mode rule is wrong',
  differences:
    'the backward agrees with forward mode: the differences are off (a kink is near, or both rules of an operation share a mistake)',
  device: 'the same backward is right in float64: a kernel of the device is wrong',
  unclear: 'no two of the three values agree',
};

/** Who is wrong, as a sentence; empty where nobody is. */
export function blameOf({ guilty }: ShownInput): string {
  // A saved output may name somebody whom a later version found.
  return new Map<string, string>(Object.entries(blames)).get(guilty) ?? `${guilty} is wrong`;
}

/** `72`, or `512 of 4096` where not all were checked. */
export function elementsText({ checked, size }: ShownInput): string {
  return checked === size ? formatCount(size) : `${formatCount(checked)} of ${formatCount(size)}`;
}

/** A gradient's value to six digits, a complex one as re + im i. */
export function formatValue(value: Value, digits = 6): string {
  if (typeof value === 'number') return formatNumber(value, digits);
  const [re, im] = value;
  const sign = im < 0 || Object.is(im, -0) ? '−' : '+';
  return `${formatNumber(re, digits)} ${sign} ${formatNumber(Math.abs(im), digits)}i`;
}

/** An input as it is called where its gradient is meant: `dw`. */
export function gradientName({ name }: ShownInput): string {
  return `d${name}`;
}

/** Type and shape: `float32 [3, 2, 4, 3]`. */
export function typeText({ dtype, shape }: ShownInput): string {
  return `${dtype} ${formatIndex(shape)}`;
}

/** How well a named cause explains the error. */
export function residualText({ residual }: Diagnosis): string {
  return Number.isNaN(residual) ? '' : `reproduces the error to ${formatError(residual)} of rms`;
}

/** The worst element with its three values. */
export function worstText({ worst }: ShownInput): string {
  const { index, analytic, numeric, oracle } = worst;
  const where = index.length === 0 ? '' : `Worst at ${formatIndex(index)}: `;
  return `${where}backward ${formatValue(analytic)}, differences ${formatValue(numeric)}, forward mode ${formatValue(oracle)}`;
}

/** Why there is no picture of the error; empty where there is one. */
export function pictureHindrance(input: ShownInput): string {
  if (input.values === null)
    return `${formatCount(input.size)} elements are too many to be kept here: the saved picture (image/png) draws the worst.`;
  if (input.values.oracle !== null || input.values.numeric !== null) return '';
  return `The error is known at ${elementsText(input)} elements, so the picture is of the gradient itself.`;
}
