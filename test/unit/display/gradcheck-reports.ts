// Reports of gradient checks for the tests of what is drawn: true gradients by the sums that define them, and wrong ones by known mistakes.
import type {
  CheckedElement,
  Diagnosis,
  ElementValues,
  GradcheckReport,
  InputReport,
  StepCurve,
  Value,
} from '../../../src/gradcheck/report.js';

/** Numbers in (−1, 1), the same for the same seed. */
export function noise(count: number, seed: number): Float64Array<ArrayBuffer> {
  let state = seed * 7919 + 12345;
  return Float64Array.from({ length: count }, () => (state = (state * 48271) % 2147483647) / 1073741823.5 - 1);
}

/** What a test makes an input's report of; numbers are interleaved for complex types. */
export interface GivenInput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype?: InputReport['dtype'];
  readonly analytic: Float64Array<ArrayBuffer>;
  readonly oracle: Float64Array<ArrayBuffer>;
  readonly detectable?: number;
  readonly curve?: StepCurve | null;
  /** Elements of which the oracle is known; all when not given. */
  readonly checked?: number;
  readonly excluded?: number;
}

/** An input's report as the check would make it of these gradients. */
export function inputReport(given: GivenInput): InputReport {
  const { name, shape, analytic, oracle, dtype = 'float32', detectable = 2e-6 } = given;
  const size = shape.reduce((product, extent) => product * extent, 1);
  const each = analytic.length / size;
  const checked = given.checked ?? size;
  const rms = Math.sqrt(oracle.reduce((sum, value) => sum + value * value, 0) / oracle.length) || 1;
  const numeric = oracle.map((value, i) => value + 1e-10 * rms * Math.sin(i));
  const errors = Array.from({ length: size }, (_, element) => {
    const parts = Array.from({ length: each }, (_, part) => {
      const error = Math.abs((analytic[element * each + part] ?? NaN) - (oracle[element * each + part] ?? NaN)) / rms;
      return Number.isNaN(error) ? Infinity : error;
    });
    return Math.max(...parts);
  });
  const ranked = Array.from(errors.keys()).sort((a, b) => (errors[a] === errors[b] ? a - b : (errors[b] ?? 0) - (errors[a] ?? 0)));
  const valueOf = (values: Float64Array, at: number): Value =>
    each === 1 ? (values[at] ?? NaN) : [values[2 * at] ?? NaN, values[2 * at + 1] ?? NaN];
  const elementOf = (at: number): CheckedElement => {
    const index: number[] = [];
    let rest = at;
    for (const extent of [...shape].reverse()) {
      index.unshift(rest % extent);
      rest = Math.floor(rest / extent);
    }
    return { index, analytic: valueOf(analytic, at), numeric: valueOf(numeric, at), oracle: valueOf(oracle, at) };
  };
  const maxError = errors[ranked[0] ?? 0] ?? 0;
  const isKnown = checked === size;
  const values: ElementValues = { analytic, numeric: isKnown ? numeric : null, oracle: isKnown ? oracle : null };
  const sigma = detectable / 5;
  return {
    name,
    shape,
    dtype,
    ok: maxError <= detectable,
    maxError,
    rms,
    sigma,
    z: maxError / sigma,
    detectable,
    checked,
    size,
    excluded: given.excluded ?? 0,
    worst: elementOf(ranked[0] ?? 0),
    worstElements: ranked.slice(0, 10).map(elementOf),
    guilty: maxError <= detectable ? 'none' : 'backward',
    adjointError: 3e-17,
    curve: given.curve === undefined ? curve(false) : given.curve,
    values,
  };
}

/** A V-curve by the model noise/h + truncation·h². */
export function curve(exact: boolean): StepCurve {
  const steps = Array.from({ length: 13 }, (_, i) => 10 ** (i / 2 - 5));
  const errors = steps.map((h, i) => (4e-14 / h) * (1 + 0.5 * Math.sin(5 * i)) + (exact ? 0 : 0.2 * h * h));
  const best = exact ? errors.length - 1 : errors.indexOf(Math.min(...errors));
  return { steps, errors, step: steps[best] ?? 1, floor: errors[best] ?? 0, exact };
}

/** A report of these inputs. */
export function report(
  inputs: readonly InputReport[],
  diagnosis: readonly Diagnosis[] = [],
  notes: readonly string[] = [],
): GradcheckReport {
  const wrong = inputs.filter(({ ok }) => !ok);
  const ok = wrong.length === 0;
  const verdict = ok
    ? `${inputs.map(({ name }) => `d${name}`).join(' and ')} ${inputs.length === 1 ? 'agrees' : 'agree'}: max error 1.2·10⁻⁷ of rms, could detect 2·10⁻⁶`
    : `${wrong.map(({ name }) => `d${name}`).join(' and ')} ${wrong.length === 1 ? 'is' : 'are'} wrong: the backward disagrees with differences and forward mode`;
  return {
    ok,
    verdict,
    device: 'node',
    forward: { ok: true, maxError: 1.1e-7, detectable: 1.6e-6 },
    inputs,
    diagnosis,
    notes,
    toString: () => `${ok ? '✓' : '✗'} ${verdict}`,
  };
}

/** What float32 leaves of values: rounded, with a little noise of other roundings before. */
export function rounded(values: Float64Array<ArrayBuffer>, seed = 1): Float64Array<ArrayBuffer> {
  const rms = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  const extra = noise(values.length, seed);
  return values.map((value, i) => Math.fround(value + 1.2e-7 * rms * (extra[i] ?? 0)));
}

const [batch, outs, ins, height, width, kh, kw] = [2, 3, 2, 9, 10, 4, 3];
const [oh, ow] = [height - kh + 1, width - kw + 1];

/** dL/dw and dL/dx of the valid correlation y[s,k] = Σ_c x[s,c] ⋆ w[k,c] for a random upstream gradient g, as sums. */
function convolution(): { dx: Float64Array<ArrayBuffer>; dw: Float64Array<ArrayBuffer>; unconjugated: Float64Array<ArrayBuffer> } {
  const x = noise(batch * ins * height * width, 1);
  const w = noise(outs * ins * kh * kw, 2);
  const g = noise(batch * outs * oh * ow, 3);
  const [dx, dw, unconjugated] = [new Float64Array(x.length), new Float64Array(w.length), new Float64Array(w.length)];
  for (let s = 0; s < batch; s++)
    for (let k = 0; k < outs; k++)
      for (let c = 0; c < ins; c++)
        for (let a = 0; a < oh; a++)
          for (let b = 0; b < ow; b++)
            for (let i = 0; i < kh; i++)
              for (let j = 0; j < kw; j++) {
                const up = g[((s * outs + k) * oh + a) * ow + b] ?? 0;
                const at = (row: number, col: number): number => ((s * ins + c) * height + row) * width + col;
                const wAt = ((k * ins + c) * kh + i) * kw + j;
                dw[wAt] = (dw[wAt] ?? 0) + up * (x[at(a + i, b + j)] ?? 0);
                // Without the conjugate the spectra's product is a circular convolution.
                unconjugated[wAt] = (unconjugated[wAt] ?? 0) + up * (x[at((i - a + height) % height, (j - b + width) % width)] ?? 0);
                dx[at(a + i, b + j)] = (dx[at(a + i, b + j)] ?? 0) + up * (w[wAt] ?? 0);
              }
  return { dx, dw, unconjugated };
}

/** A convolution's report: right, or with the conjugate of Ĝ forgotten in dw. */
export function convReport(isRight: boolean): GradcheckReport {
  const { dx, dw, unconjugated } = convolution();
  const inputs = [
    inputReport({ name: 'x', shape: [batch, ins, height, width], analytic: rounded(dx), oracle: dx, curve: curve(true) }),
    inputReport({ name: 'w', shape: [outs, ins, kh, kw], analytic: rounded(isRight ? dw : unconjugated), oracle: dw, curve: curve(true) }),
  ];
  if (isRight) return report(inputs);
  const diagnosis: Diagnosis = {
    input: 'w',
    hypothesis: 'conjugate missing on Ĝ',
    residual: 1.1e-7,
    change: 'Write G.conj() in the product of spectra: a correlation needs the conjugate of one of its two transforms.',
    fix: { place: 'cell 3:9:15', operand: 0, edit: { append: '.conj()' } },
  };
  return report(
    inputs,
    [diagnosis],
    ['Differences ran in float64 on the CPU. x was drawn anew: it was constant, under which a conjugate cannot be seen.'],
  );
}

/** A signal whose gradient is wrong by a wave of period 8. */
export function lineReport(size = 48): GradcheckReport {
  const oracle = noise(size, 5);
  const analytic = oracle.map((value, i) => Math.fround(value + 0.3 * Math.cos((2 * Math.PI * i) / 8)));
  return report([inputReport({ name: 'x', shape: [size], analytic, oracle })]);
}

/** One number, right. */
export function scalarReport(isRight = true): GradcheckReport {
  const oracle = Float64Array.of(-2.718281828);
  return report([inputReport({ name: 'scale', shape: [], analytic: oracle.map((v) => Math.fround(isRight ? v : -v)), oracle })]);
}

/** A complex plane whose imaginary parts have the wrong sign. */
export function complexReport(): GradcheckReport {
  const oracle = noise(2 * 6 * 8, 6);
  const analytic = oracle.map((value, i) => Math.fround(i % 2 === 0 ? value : -value));
  return report([inputReport({ name: 'spectrum', shape: [6, 8], dtype: 'complex64', analytic, oracle })]);
}

/** A gradient with NaN and infinities in it. */
export function nanReport(): GradcheckReport {
  const oracle = noise(4 * 5 * 5, 7);
  const analytic = rounded(oracle);
  analytic.set([NaN, NaN, NaN], 31);
  analytic[62] = Infinity;
  analytic[63] = -Infinity;
  analytic[7] = (oracle[7] ?? 0) + 0.4;
  return report([inputReport({ name: 'w', shape: [2, 2, 5, 5], analytic, oracle })], [], ['The first NaN is of log, at cell 4:12.']);
}

/** 64 × 64 kernels of 3 × 3, of which those of one output channel are wrong; `checked` fewer elements than all on request. */
export function largeReport(checked?: number): GradcheckReport {
  const shape = [64, 64, 3, 3];
  const oracle = noise(64 * 64 * 9, 8);
  const analytic = rounded(oracle);
  for (let i = 0; i < 64 * 9; i++) analytic[17 * 64 * 9 + i] = (oracle[17 * 64 * 9 + i] ?? 0) * (1 + (0.2 * ((i * 7) % 64)) / 64);
  return report([inputReport({ name: 'w', shape, analytic, oracle, ...(checked === undefined ? {} : { checked }) })]);
}
