// A gradient check's report in words: the verdict first.

import type { GradcheckReport, Guilty, InputReport, Value } from './report.js';

/** 3.1e-7 as people write it: 3.1·10⁻⁷; zero as 0. */
export function scientific(value: number, digits = 2): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const [mantissa = '', exponent = '0'] = value.toExponential(digits - 1).split('e');
  const power = [...String(Number(exponent))].map((c) => (c === '-' ? '⁻' : ('⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(c)] ?? ''))).join('');
  return Number(exponent) === 0 ? mantissa : `${mantissa}·10${power}`;
}

function number(value: Value): string {
  const one = (part: number): string => (Number.isNaN(part) ? '—' : part.toPrecision(6).replace('-', '−'));
  return typeof value === 'number' ? one(value) : `${one(value[0])} ${value[1] < 0 ? '−' : '+'} ${one(Math.abs(value[1]))}i`;
}

const blame: Record<Exclude<Guilty, 'none'>, string> = {
  device: 'the same backward is right in float64, so a kernel of the device, or the way it was chosen, is wrong',
  backward: 'differences and forward mode agree with each other, so the backward is wrong',
  'forward rule': 'the backward agrees with the differences, so the forward-mode rule of an operation is wrong',
  differences:
    'the backward agrees with forward mode, so the differences are off: a kink or a jump lies near the point, or both rules of an operation share a mistake',
  unclear: 'no two of the three values agree',
};

const uncheckable = ({ name, size }: InputReport): string =>
  `d${name} cannot be checked: all of its ${size} elements lie at a kink; give inputs away from it`;

/** One line that a person can quote. */
export function verdictLine(input: InputReport): string {
  const count = input.checked === input.size ? `${input.checked} elements` : `${input.checked} of ${input.size} elements`;
  const without = input.excluded === 0 ? '' : `, ${input.excluded} at a kink left out`;
  const where = `worst at [${input.worst.index.join(', ')}]${without}`;
  const error = scientific(input.maxError);
  if (input.checked === 0)
    return `✗ d${input.name} cannot be checked: all of its ${input.size} elements lie at a kink; give inputs away from it`;
  return input.ok
    ? `✓ d${input.name} agrees: max error ${error} of rms, could detect ${scientific(input.detectable)}, ${count}, ${where}`
    : `✗ d${input.name} disagrees: max error ${error} of rms, allowed ${scientific(input.detectable)}, ${count}, ${where}`;
}

/** 0.31 and 250 as they are, others with their power of ten; infinity as ∞. */
function plain(value: number): string {
  if (value === Infinity) return '∞';
  return Math.abs(value) >= 1e-3 && Math.abs(value) < 1e4 ? String(Number(value.toPrecision(3))) : scientific(value);
}

/** What the errors of an input are to be held against. */
function measuresOf({ rms, sigma, z, curve }: InputReport): string {
  const size = `rms ${plain(rms)}, rounding σ ${scientific(sigma)} of it, z ${plain(z)}`;
  if (curve === null) return size;
  const floor = `differences to ${scientific(curve.floor)} at step ${plain(curve.step)}`;
  return `${size}; ${floor}${curve.exact ? ' (no truncation: exact)' : ''}`;
}

/** One line for the whole check, without a mark. */
export function verdictOf({ ok, forward, inputs, diagnosis }: Pick<GradcheckReport, 'ok' | 'forward' | 'inputs' | 'diagnosis'>): string {
  const worst = [...inputs].sort((a, b) => b.maxError / b.detectable - a.maxError / a.detectable)[0];
  const names = (some: readonly InputReport[]): string => some.map(({ name }) => `d${name}`).join(', ');
  if (ok) return `${names(inputs)} ${inputs.length === 1 ? 'agrees' : 'agree'}: max error ${scientific(worst?.maxError ?? 0)} of rms`;
  const [cause] = diagnosis;
  const because = cause === undefined ? '' : `: ${cause.hypothesis}`;
  const wrong = inputs.filter((input) => !input.ok);
  if (wrong.length === 0) return `the forward values are wrong, by ${scientific(forward.maxError)} of rms${because}`;
  const [unseen] = wrong.filter(({ checked }) => checked === 0);
  if (unseen !== undefined && forward.ok) return uncheckable(unseen);
  const size = scientific(Math.max(...wrong.map(({ maxError }) => maxError)));
  const also = forward.ok ? '' : ' and the forward values are wrong';
  return `${names(wrong)} ${wrong.length === 1 ? 'disagrees' : 'disagree'}${also}: max error ${size} of rms${because}`;
}

/** The report in words. */
export function reportText({ ok, forward, inputs, device, diagnosis, notes }: Omit<GradcheckReport, 'toString' | 'verdict'>): string {
  const wrong = inputs.filter((input) => !input.ok).map((input) => `d${input.name}`);
  const causes = [
    ...(forward.ok ? [] : ['the forward values are wrong']),
    ...(wrong.length === 0 ? [] : [`${wrong.join(' and ')} ${wrong.length === 1 ? 'is' : 'are'} wrong`]),
  ];
  const lines = [ok ? `✓ gradient check passed on ${device}` : `✗ gradient check failed on ${device}: ${causes.join(', and ')}`];
  for (const { input, hypothesis, residual, change } of diagnosis) {
    const whose = input === 'forward' ? 'the forward values' : `d${input}`;
    // A cause that was found by looking at operations by themselves reproduces nothing.
    const proof = Number.isNaN(residual) ? '' : ` (reproduces the error to ${scientific(residual)})`;
    lines.push(`  ${whose}: ${hypothesis}${proof}. ${change}`);
  }
  lines.push(
    `${forward.ok ? '✓' : '✗'} forward values ${forward.ok ? 'agree' : 'disagree'} with float64: max error ${scientific(forward.maxError)} of rms`,
  );
  for (const input of inputs) {
    lines.push(verdictLine(input));
    lines.push(`    ${measuresOf(input)}`);
    if (input.ok || input.guilty === 'none' || input.checked === 0) continue;
    const { analytic, numeric, oracle } = input.worst;
    lines.push(
      `    backward ${number(analytic)}   differences ${number(numeric)}   forward mode ${number(oracle)}`,
      `    ${blame[input.guilty]}`,
    );
  }
  const identities = inputs.flatMap(({ name, adjointError }) => (adjointError === null ? [] : [`d${name} ${scientific(adjointError)}`]));
  if (identities.length > 0) lines.push(`  ⟨J v, u⟩ = ⟨v, Jᵀu⟩ in float64, relative: ${identities.join(', ')}`);
  for (const note of notes) lines.push(`  ${note}`);
  return lines.join('\n');
}
