// What is said about a spectrum: of the bin that is looked at, and its meters. No page in here.

import { formatError, formatNumber, withMinus } from '../../../src/display/number-format.js';
import { formatDecibels, referenceName, toDecibels, zeroDecibels } from '../../../src/display/spectrum-values.js';
import type { SpectrumData } from '../../../src/protocol/spectrum.js';
import type { Bin, BinValue, Resolution } from './drawing.js';
import { describeWave, formatFrequency, unitName, type FrequencyAxis } from './frequency.js';
import type { SpectrumModel } from './model.js';
import type { Settings } from './settings.js';

/** Where a bin is: its number, its frequency, its wave. */
export function sayPlace({ row, col }: Bin, saved: SpectrumData, settings: Settings): string {
  const { shape, sampleRate } = saved;
  const axis = (n: number): FrequencyAxis => ({
    n,
    unit: settings.unit,
    isShifted: true,
    sample: shape.length === 2 ? 'pixel' : 'sample',
    sampleRate,
  });
  const cols = shape.at(-1) as number;
  const text = (bin: number, n: number): string => formatFrequency(bin / n, axis(n));
  const unit = settings.unit === 'bins' ? '' : ` ${unitName(axis(cols))}`;
  if (shape.length === 1) {
    const number = settings.unit === 'bins' ? '' : ` · bin ${withMinus(String(col))}`;
    const name = settings.unit === 'bins' ? 'bin ' : '';
    return `${name}${text(col, cols)}${unit}${number} · ${describeWave(0, col / cols, 'sample', sampleRate)}`;
  }
  const rows = shape[0];
  const bins = settings.unit === 'bins' ? '' : ` · bin [${withMinus(`${row}, ${col}`)}]`;
  const wave = describeWave(row / rows, col / cols, 'pixel', null);
  const name = settings.unit === 'bins' ? 'bins ' : '';
  return `${name}${text(col, cols)} horizontal, ${text(row, rows)} vertical${unit}${bins} · ${wave}`;
}

/** What a bin holds. */
export function sayValue(value: BinValue | null, model: SpectrumModel, settings: Settings): string {
  if (value === null) return '';
  const { magnitude, phase, pool } = value;
  const zeroDb = zeroDecibels(settings.reference, model.reference);
  const level = `${formatDecibels(toDecibels(magnitude, zeroDb))} re ${referenceName(settings.reference)}`;
  const [re, im] = [magnitude * Math.cos(phase), magnitude * Math.sin(phase)];
  const complex = `${formatNumber(re)} ${im < 0 ? '−' : '+'} ${formatNumber(Math.abs(im))}i`;
  const angle = magnitude === 0 ? 'no phase' : `phase ${withMinus(((phase * 180) / Math.PI).toFixed(1))}°`;
  const block = Math.max(...pool) > 1 ? ` · largest of ${pool[0] === 1 ? pool[1] : pool.join('×')} bins` : '';
  return `${level} · |X| ${formatNumber(magnitude)} · ${complex} · ${angle}${block}`;
}

/** What resolution is seen. */
export function describeResolution({ each, bins }: Resolution): string {
  if (Math.max(...bins) <= 1) return 'Every bin is drawn';
  const about = bins.every(Number.isInteger) ? '' : 'about ';
  return `Each ${each} is the largest of ${about}${bins.map((count) => formatNumber(count)).join('×')} bins`;
}

/** A thing that was measured: whether it is as it must be, and in words. */
export interface Meter {
  readonly state: 'good' | 'bad' | 'plain';
  readonly text: string;
  /** What it means, as a tooltip. */
  readonly about: string;
}

/** Differences of two float32 sums, and of a float32 spectrum from a symmetric one, stay far below this. */
const ROUNDING = 1e-5;

/** Parseval, Hermitian symmetry, rounding, and the border. */
export function metersOf(model: SpectrumModel, { shape, norm, given }: SpectrumData): readonly Meter[] {
  const count = shape.reduce((product: number, n) => product * n, 1);
  const meters: Meter[] = [parseval(model, norm === 'backward' ? 1 / count : norm === 'forward' ? count : 1), symmetry(model, given)];
  if (model.floor > 0 && Number.isFinite(model.floor)) {
    meters.push({
      state: 'plain',
      text: `A ${model.saved.precision} transform rounds at ${formatDecibels(toDecibels(model.floor, model.reference))} re max`,
      about: 'rms rounding error of a bin: 0.30·ε·‖x‖·√log₂N. What lies below is not known.',
    });
  }
  if (model.saved.borderFinding !== '')
    meters.push({ state: 'bad', text: model.saved.borderFinding, about: 'Borders: window or periodic takes it out.' });
  return meters;
}

function parseval({ energy, signalEnergy }: SpectrumModel, factor: number): Meter {
  const about = 'Parseval: Σ|x|² of what was transformed, and Σ|X|² over its bins, scaled by the norm.';
  const own = energy * factor;
  if (signalEnergy === null) return { state: 'plain', text: `Energy ${formatNumber(own)}`, about: `${about} The signal is not at hand.` };
  const difference = own === signalEnergy ? 0 : Math.abs(own - signalEnergy) / Math.max(own, signalEnergy);
  if (Number.isNaN(difference)) return { state: 'bad', text: 'Energy is not finite', about };
  const isGood = difference <= ROUNDING;
  return isGood
    ? { state: 'good', text: `Energy of signal and spectrum agree (${formatError(difference)})`, about }
    : { state: 'bad', text: `Energy of the signal is ${formatNumber(signalEnergy)}, of the spectrum ${formatNumber(own)}`, about };
}

function symmetry({ asymmetry }: SpectrumModel, given: SpectrumData['given']): Meter {
  const about =
    'Hermitian symmetry: ‖X − X*‖ / ‖X‖ with X*[k] = conj X[−k]. 0 is a real signal, 2 an imaginary one; of a half spectrum only its own mirror columns can differ.';
  if (Number.isNaN(asymmetry)) return { state: 'bad', text: 'Symmetry is not known: there are NaN or infinite bins', about };
  const number = formatError(asymmetry);
  if (asymmetry <= ROUNDING) return { state: 'good', text: `Hermitian: a real signal (${number})`, about };
  if (given === 'half spectrum') return { state: 'bad', text: `Not Hermitian (${number}): no real signal has this half spectrum`, about };
  return { state: 'plain', text: `Not Hermitian (${number}): a complex signal`, about };
}
