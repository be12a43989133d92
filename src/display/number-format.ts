// Numbers as people read them: three significant digits, real minus signs, engineering notation with ×10ⁿ.

const SUPERSCRIPT = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'] as const;

/** An integer power of ten as text: −6 gives `10⁻⁶`. */
export function powerOfTen(exponent: number): string {
  const digits = Array.from(String(Math.abs(exponent)), (digit) => SUPERSCRIPT[Number(digit)] ?? '').join('');
  return `10${exponent < 0 ? '⁻' : ''}${digits}`;
}

/** Replaces ASCII hyphens that stand for a sign by the real minus sign. */
export function withMinus(text: string): string {
  return text.replaceAll('-', '−');
}

/**
 * A number to `digits` significant digits. Plain from 10⁻³ to 10⁴ and for integers of up to six digits, engineering notation
 * (`12.3×10⁻⁶`, exponents in steps of three) elsewhere; `∞`, `−∞` and `NaN` by name. Trailing zeros stay where the digits were rounded (16.02 is `16.0`, 16 is `16`).
 */
export function formatNumber(value: number, digits = 3): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const [mantissa = '', exponentText = '0'] = value.toExponential(digits - 1).split('e');
  const exponent = Number(exponentText);
  if ((exponent >= -3 && exponent < 4) || (Number.isInteger(value) && Math.abs(value) < 1e6)) {
    const fixed = value.toFixed(Math.max(0, digits - 1 - exponent));
    return withMinus(Number(fixed) === value ? String(Number(fixed)) : fixed);
  }
  // From the rounded mantissa rather than from the value: 10⁻³²³ has no finite reciprocal to scale by.
  const base = 3 * Math.floor(exponent / 3);
  const shift = exponent - base;
  return withMinus(`${(Number(mantissa) * 10 ** shift).toFixed(Math.max(0, digits - 1 - shift))}×${powerOfTen(base)}`);
}

/**
 * An error, whose power of ten says more than its digits: `3.1·10⁻⁷`, plain from 0.01 to 1000. Two digits unless asked; trailing zeros stay
 * where the digits were rounded.
 */
export function formatError(value: number, digits = 2): string {
  if (!Number.isFinite(value) || value === 0) return formatNumber(value);
  const [mantissa = '', exponentText = '0'] = value.toExponential(digits - 1).split('e');
  const exponent = Number(exponentText);
  const rounded = Number(`${mantissa}e${exponentText}`);
  // 10 ** −5 is not quite 1e-5.
  const isExact = Math.abs(rounded - value) <= 1e-6 * Math.abs(value);
  if (exponent >= -2 && exponent < 3) {
    return withMinus(isExact ? String(rounded) : rounded.toFixed(Math.max(0, digits - 1 - exponent)));
  }
  return withMinus(`${isExact ? String(Number(mantissa)) : mantissa}·${powerOfTen(exponent)}`);
}

/** A count with thin spaces between thousands. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, '\u2009');
}

/** `count` with its noun, singular or plural: `1 value`, `3 values`. */
export function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
