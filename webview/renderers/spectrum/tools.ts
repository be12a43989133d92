// The tools above a spectrum: zooming, and what is taken out of it.

import { largestLevel } from '../../../src/display/spectrum-values.js';
import type { Preparation, SpectrumData } from '../../../src/protocol/spectrum.js';
import type { ViewPage } from '../../ui/renderer.js';
import { canvasesToPng, copyText, fileName, saveFile } from '../../ui/save.js';
import { toolbar } from '../../ui/toolbar.js';
import type { Drawing, Look } from './drawing.js';
import { codeOf, csvOfBins, svgOfSpectrum } from './export.js';
import { valuesOf, type Bins } from './model.js';
import { rangeKey } from './settings.js';

/** What the tools work on. */
export interface ToolsOptions {
  readonly saved: SpectrumData;
  readonly drawing: Drawing;
  readonly page: ViewPage;
  readonly look: () => Look;
  readonly prepared: () => Preparation;
  readonly whole: () => Bins;
  readonly hasPeaks: () => boolean;
  readonly setPeaks: (hasPeaks: boolean) => void;
  readonly say: (text: string) => void;
}

/** The toolbar of a spectrum. */
export function spectrumTools(options: ToolsOptions): HTMLElement {
  const { saved, drawing, page, look, say } = options;
  const { title, note } = saved;
  const save = (extension: string, type: string, text: string): void => saveFile(fileName(title, extension), new Blob([text], { type }));
  return toolbar(
    [
      { sign: '+', label: 'Zoom in', run: () => drawing.zoomBy(1.5) },
      { sign: '−', label: 'Zoom out', run: () => drawing.zoomBy(1 / 1.5) },
      { sign: '⤢', label: 'Show all', run: () => drawing.fit() },
      { sign: '○', label: 'Mark peaks', run: () => options.setPeaks(!options.hasPeaks()) },
    ],
    [
      {
        label: 'Save as PNG',
        run: () => void canvasesToPng(title, note, drawing.canvases, page.ink()).then((png) => saveFile(fileName(title, 'png'), png)),
      },
      { label: 'Save as SVG', run: () => save('svg', 'image/svg+xml', svgOfSpectrum(saved, look(), options.whole(), pointsOf(options))) },
      { label: 'Save bins as CSV', run: () => save('csv', 'text/csv', csvOfBins(options.whole(), saved, look().zeroDb)) },
      {
        label: 'Copy as code',
        run: () =>
          void copyText(codeOf(saved, options.prepared(), look().settings.reference, floorOf(look(), saved))).then(
            () => say('copied the call; x stands for the tensor'),
            (error: unknown) => say(`cannot be copied: ${error instanceof Error ? error.message : String(error)}`),
          ),
      },
    ],
    page.signal,
  );
}

/** The lowest level that is drawn, where people chose one, in whole dB below the largest bin. */
function floorOf({ settings, model }: Look, { options }: SpectrumData): number | null {
  const moved = settings.ranges[rangeKey({ ...settings, quantity: 'db' })];
  // A floor is given below the largest bin, and at least a step below.
  return moved === undefined ? options.floorDb : Math.min(-1, Math.round(moved[0] - largestLevel(settings.reference, model.reference)));
}

/** The curve of a signal: places from 0 to 1 along the axis as it is, and values. */
function pointsOf({ saved, look, whole }: ToolsOptions): readonly (readonly [number, number])[] {
  if (saved.shape.length === 2) return [];
  const { settings, zeroDb } = look();
  const bins = whole();
  const [n] = saved.shape;
  const middle = Math.floor(n / 2);
  return [...valuesOf(bins, settings.quantity, zeroDb)]
    .map((value, i): readonly [number, number] => {
      const bin = i * bins.pool[1] + (bins.pool[1] - 1) / 2 - middle;
      if (settings.order === 'positive') return [bin / (n / 2), value];
      return [settings.order === 'middle' ? (bin + middle + 0.5) / n : (bin < 0 ? bin + n + 0.5 : bin + 0.5) / n, value];
    })
    .filter(([place]) => place >= 0)
    .sort(([a], [b]) => a - b);
}
