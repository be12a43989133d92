// How a spectrum is to look by what was chosen: its scale, what 0 dB is, and between which levels phases appear. No page in here.

import { toDecibels, zeroDecibels } from '../../../src/display/spectrum-values.js';
import type { Look } from './drawing.js';
import { openingScale, type SpectrumModel } from './model.js';
import { rangeKey, type Settings } from './settings.js';

/** The looks of spectra, each worked out once for what is chosen: drawings ask often. */
export class Looks {
  readonly #known = new WeakMap<SpectrumModel, { readonly look: Look; readonly isDark: boolean }>();

  /** A line, unlike colours, has room for what stands out. */
  constructor(private readonly isLine: boolean) {}

  /** How a spectrum is to look. */
  of(model: SpectrumModel, settings: Settings, isDark: boolean): Look {
    const known = this.#known.get(model);
    if (known?.look.settings === settings && known.isDark === isDark) return known.look;
    const look = this.#make(model, settings, isDark);
    this.#known.set(model, { look, isDark });
    return look;
  }

  #make(model: SpectrumModel, settings: Settings, isDark: boolean): Look {
    const zeroDb = zeroDecibels(settings.reference, model.reference);
    const offset = toDecibels(model.reference > 0 ? model.reference : 1, zeroDb);
    const opening = openingScale(model, settings.quantity, settings.reference, settings.map, isDark);
    const ends = this.isLine ? [settings.quantity === 'db' ? opening.min : opening.low, opening.high] : [opening.min, opening.max];
    const [min, max] = settings.ranges[rangeKey(settings)] ?? (ends as [number, number]);
    const fade = settings.ranges[rangeKey({ ...settings, quantity: 'db' })] ?? [
      model.saved.range[0] + offset,
      model.saved.range[1] + offset,
    ];
    return { settings, scale: { ...opening, min, max }, zeroDb, fade, model };
  }
}
