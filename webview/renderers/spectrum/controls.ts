// What can be chosen of a spectrum: what is drawn, in which units, and what is done to the signal before.

import { formatNumber } from '../../../src/display/number-format.js';
import { preparationSchema, referenceSchema, windowNames, type Preparation, type SpectrumData } from '../../../src/protocol/spectrum.js';
import * as v from 'valibot';
import { choice } from '../../ui/choice.js';
import { make } from '../../ui/dom.js';
import { select, type Select } from '../../ui/select.js';
import { quantities, type Quantity } from './model.js';
import { units, type Unit } from './frequency.js';
import type { Settings } from './settings.js';

/** What the controls are of. */
export interface ControlsOptions {
  readonly saved: SpectrumData;
  readonly settings: () => Settings;
  readonly prepared: () => Preparation;
  /** Of a signal of real values positive frequencies say all. */
  readonly isMirroredSignal: boolean;
  readonly onChange: (part: Partial<Settings>) => void;
  readonly onPrepare: (prepared: Preparation) => void;
  readonly signal: AbortSignal;
}

const quantityNames: Readonly<Record<Quantity, string>> = {
  db: 'dB',
  magnitude: 'Magnitude',
  power: 'Power',
  phase: 'Phase',
  real: 'Real',
  imaginary: 'Imaginary',
};

/** The controls under a spectrum. */
export class Controls {
  readonly element = make('div', 'controls');
  readonly #border: Select;
  readonly #window: Select;

  constructor(private readonly options: ControlsOptions) {
    const { saved, settings, prepared, onChange, onPrepare, signal } = options;
    const isPicture = saved.shape.length === 2;
    const chosen = settings();
    const quantity = choice(
      'Drawn quantity',
      quantities.map((value) => ({ value, label: quantityNames[value] })),
      chosen.quantity,
      (value) => onChange({ quantity: value }),
      signal,
    );
    const sample = isPicture ? 'pixel' : 'sample';
    const unitLabels: Readonly<Record<Unit, string>> = {
      cycles: `cycles/${sample}`,
      bins: 'bins',
      radians: `radians/${sample}`,
      hertz: 'Hz',
    };
    const known = units.filter((unit) => unit !== 'hertz' || saved.sampleRate !== null);
    const unit = select(
      'Axes',
      known.map((value) => [value, unitLabels[value]]),
      chosen.unit,
      (value) => onChange({ unit: value as Unit }),
      signal,
    );
    const orders = [
      ...(options.isMirroredSignal ? ([['positive', 'positive only']] as const) : []),
      ['middle', 'in the middle'] as const,
      ['first', 'first'] as const,
    ];
    const order = select('Zero frequency', orders, chosen.order, (value) => onChange({ order: value as Settings['order'] }), signal);
    const magnitudes = [1, saved.options.reference, chosen.reference].filter((each) => each !== 'max');
    const reference = select(
      '0 dB',
      [['max', 'largest bin'], ...[...new Set(magnitudes)].map((each) => [String(each), formatNumber(each)] as const)],
      String(chosen.reference),
      (value) => onChange({ reference: v.parse(referenceSchema, value === 'max' ? value : Number(value)) }),
      signal,
    );
    const look = isPicture
      ? select(
          'Colours',
          [
            ['viridis', 'viridis'],
            ['cividis', 'cividis'],
          ],
          chosen.map,
          (value) => onChange({ map: value as Settings['map'] }),
          signal,
        )
      : null;
    this.#border = select(
      'Borders',
      [
        ['none', 'as they are'],
        ['window', 'window'],
        ['periodic', 'periodic + smooth'],
      ],
      prepared().border,
      (value) => onPrepare({ ...prepared(), border: value as Preparation['border'] }),
      signal,
    );
    const windows = new Map<string, string>(windowNames.map((name) => [JSON.stringify(name), name]));
    const own = prepared().window;
    if (typeof own !== 'string') windows.set(JSON.stringify(own), own.join(' '));
    this.#window = select(
      'Window',
      [...windows],
      JSON.stringify(own),
      (value) => onPrepare({ border: 'window', window: v.parse(preparationSchema.entries.window, JSON.parse(value)) }),
      signal,
    );
    const row = make(
      'div',
      'settings',
      unit.element,
      order.element,
      reference.element,
      ...(look === null ? [] : [look.element]),
      this.#border.element,
      this.#window.element,
    );
    this.element.append(make('div', 'switches', quantity), row);
    this.show();
  }

  /** Shows what the signal was prepared by. */
  show(): void {
    const { border, window } = this.options.prepared();
    this.#border.show(border);
    this.#window.show(JSON.stringify(window));
    this.#window.element.hidden = border !== 'window';
  }

  /** Says why the signal cannot be prepared otherwise; empty where it can. */
  hinder(reason: string): void {
    this.#border.hinder(reason);
    this.#window.hinder(reason);
  }
}
