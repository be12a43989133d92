// What can be chosen in the view of a spectrum, and what of it is found again when the notebook is opened again.

import * as v from 'valibot';
import type { DbReference } from '../../../src/display/spectrum-values.js';
import { referenceSchema } from '../../../src/protocol/spectrum.js';
import { quantities } from './model.js';
import { units } from './frequency.js';

/** Where zero frequency is drawn. */
export const orders = ['middle', 'first', 'positive'] as const;

const range = v.tuple([v.number(), v.number()]);

/** What can be chosen, but for what must be asked of the kernel. */
export const settingsSchema = v.object({
  quantity: v.picklist(quantities),
  unit: v.picklist(units),
  /** Zero frequency in the middle (fftshift), or first, or of a signal whose negative frequencies mirror the others, those alone. */
  order: v.picklist(orders),
  map: v.picklist(['viridis', 'cividis']),
  reference: referenceSchema,
  hasPeaks: v.boolean(),
  /** Ends of the colours or of the axis by quantity and reference, where they were moved. */
  ranges: v.record(v.string(), range),
  /** Which of the saved spectra of a batch is looked at. */
  place: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
/** What can be chosen. */
export type Settings = v.InferOutput<typeof settingsSchema>;

/** What is chosen when nobody has yet. */
export function openingSettings(sampleRate: number | null, reference: DbReference, isMirroredSignal: boolean): Settings {
  return {
    quantity: 'db',
    unit: sampleRate === null ? 'cycles' : 'hertz',
    order: isMirroredSignal ? 'positive' : 'middle',
    map: 'viridis',
    reference,
    hasPeaks: true,
    ranges: {},
    place: 0,
  };
}

/** Under what the range of the colours or of the axis is kept. */
export function rangeKey({ quantity, reference }: Settings): string {
  return quantity === 'db' ? `db ${reference}` : quantity;
}
