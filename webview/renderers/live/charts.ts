// The curves of a training, and the radial spectra of its tensors at a step.

import { radialBins, radialRate } from '../../../src/display/live-radial.js';
import { make } from '../../ui/dom.js';
import { LinePlot, type Curve, type PlotAxis, type PlotPoint } from '../../ui/line-plot.js';
import { Legend } from '../../ui/plot/legend.js';
import type { ViewPage } from '../../ui/renderer.js';
import { smoothed, type LiveModel, type Smoothing } from './model.js';

/** How the axis of values runs. */
export type Scale = 'linear' | 'log';

/** A plot with the names of its curves above it. Names that come or go leave what is hidden as it is. */
class NamedPlot {
  readonly element = make('div', 'named-plot');
  readonly hidden = new Set<string>();
  #names: readonly string[] = [];
  #legend: { readonly legend: Legend; readonly ended: AbortController } | null = null;

  constructor(
    readonly plot: LinePlot,
    private readonly signal: AbortSignal,
    private readonly onHidden: () => void,
  ) {
    this.element.append(plot.element);
  }

  show(curves: readonly Curve[]): void {
    this.plot.setCurves(curves);
    const names = curves.map(({ name }) => name);
    if (names.length === this.#names.length && names.every((name, i) => name === this.#names[i])) return;
    this.#names = names;
    this.#legend?.ended.abort();
    this.#legend?.legend.element.remove();
    const ended = new AbortController();
    const numbers = new Set(names.flatMap((name, i) => (this.hidden.has(name) ? [i] : [])));
    const signal = AbortSignal.any([this.signal, ended.signal]);
    const legend = new Legend(this.plot, names, numbers, signal, (hidden) => {
      names.forEach((name, i) => (hidden.has(i) ? this.hidden.add(name) : this.hidden.delete(name)));
      this.onHidden();
    });
    this.#legend = { legend, ended };
    this.element.prepend(legend.element);
  }

  draw(): void {
    this.plot.draw();
    this.#legend?.legend.draw();
  }
}

/** What a chart tells. */
export interface ChartActions {
  readonly onPoint: (point: PlotPoint | null, isKept: boolean) => void;
  readonly onPick?: (point: PlotPoint) => void;
  readonly onHidden: () => void;
}

/** The curves over the steps. */
export class Curves {
  readonly #named: NamedPlot;
  scale: Scale = 'linear';
  smoothing: Smoothing = 1;

  constructor(
    private readonly model: LiveModel,
    { ink, signal }: ViewPage,
    { onPoint, onPick, onHidden }: ChartActions,
  ) {
    const plot = new LinePlot({
      label: 'Curves over steps',
      ...this.#axes(),
      ink,
      signal,
      height: 240,
      onPoint,
      ...(onPick && { onPick }),
    });
    this.#named = new NamedPlot(plot, signal, onHidden);
  }

  get element(): HTMLElement {
    return this.#named.element;
  }

  get plot(): LinePlot {
    return this.#named.plot;
  }

  /** Names of curves that are not drawn. */
  get hidden(): Set<string> {
    return this.#named.hidden;
  }

  /** Draws the curves as they are now. */
  show(): void {
    this.#named.show(this.model.curves.map(({ name, ...points }) => ({ name, ...smoothed(points, this.smoothing) })));
  }

  /** Marks the step that is looked at; null none. */
  mark(step: number | null): void {
    this.plot.setLines(step === null ? [] : [{ axis: 'x', value: step, label: String(step) }]);
  }

  setScale(scale: Scale): void {
    this.scale = scale;
    const { x, y } = this.#axes();
    this.plot.setAxes(x, y);
  }

  draw(): void {
    this.#named.draw();
  }

  #axes(): { readonly x: PlotAxis; readonly y: PlotAxis } {
    return { x: { label: 'step' }, y: { label: '', scale: this.scale } };
  }
}

/** Frequencies of rings. */
const frequencies = Float64Array.from({ length: radialBins }, (_, ring) => ring / radialRate);
/** Room above and below all spectra, in dB, and how far below the largest is seen. */
const [margin, deepest] = [3, 100] as const;
/** Styles by numbers: the first of each tensor has its colour, and is dashed. */
const first = { style: 5, name: 'at first' } as const;

/** The radial spectra at a step, and at the first. */
export class RadialSpectra {
  readonly #named: NamedPlot;
  #range: readonly [number, number] | null = null;

  constructor(
    private readonly model: LiveModel,
    { ink, signal }: ViewPage,
    { onPoint, onHidden }: ChartActions,
  ) {
    const plot = new LinePlot({ label: 'Radial spectra', ...this.#axes(), ink, signal, height: 240, onPoint });
    this.#named = new NamedPlot(plot, signal, onHidden);
  }

  get element(): HTMLElement {
    return this.#named.element;
  }

  get plot(): LinePlot {
    return this.#named.plot;
  }

  /** Draws the spectra as they were at a step. */
  show(step: number): void {
    const { pictures } = this.model;
    this.#fit();
    const curves = pictures.flatMap(({ name, history }, i): Curve[] => {
      const [now, begin] = [history.at(step), history.items[0]];
      if (now === undefined || begin === undefined) return [];
      return [
        { name, x: frequencies, y: now.radial, style: i },
        { name: `${name} ${first.name}`, x: frequencies, y: begin.radial, style: i + first.style },
      ];
    });
    this.#named.show(curves);
  }

  draw(): void {
    this.#named.draw();
  }

  /** One range for all steps, so that they can be compared. */
  #fit(): void {
    let [low, high] = [Infinity, -Infinity];
    for (const { history } of this.model.pictures)
      for (const { radial } of history.items)
        for (const level of radial) {
          if (!Number.isFinite(level)) continue;
          [low, high] = [Math.min(low, level), Math.max(high, level)];
        }
    const range = low > high ? null : ([Math.max(low, high - deepest) - margin, high + margin] as const);
    if (range?.[0] === this.#range?.[0] && range?.[1] === this.#range?.[1]) return;
    this.#range = range;
    const { x, y } = this.#axes();
    this.plot.setAxes(x, y);
  }

  #axes(): { readonly x: PlotAxis; readonly y: PlotAxis } {
    return {
      x: { label: 'distance from zero frequency', unit: 'cycles/sample', range: [0, 0.5] },
      y: { label: 'mean power', unit: 'dB re 1', ...(this.#range && { range: this.#range }) },
    };
  }
}
