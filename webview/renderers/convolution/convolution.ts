// A convolution over the spectra in a notebook: six steps to go through, zeros to append, and pixels to trace.

import * as v from 'valibot';
import {
  convolutionSteps,
  fullConvolution,
  periodOf,
  turned,
  validPart,
  wrapAround,
  zerosNeeded,
  type RealPlane,
} from '../../../src/display/convolution-values.js';
import { middleOf } from '../../../src/display/kernels-response.js';
import { convolutionSchema, type ConvolutionData } from '../../../src/protocol/convolution.js';
import { floatsFromText } from '../../../src/protocol/numbers.js';
import { planeValues } from '../../../src/protocol/plane-data.js';
import { count } from '../../../src/protocol/schemas.js';
import { choice } from '../../ui/choice.js';
import { heading, make, setText } from '../../ui/dom.js';
import { Readout } from '../../ui/readout.js';
import type { ViewKind, ViewPage } from '../../ui/renderer.js';
import { canvasesToPng, csvOf, fileName, saveFile } from '../../ui/save.js';
import { toolbar } from '../../ui/toolbar.js';
import styles from './convolution.css';
import { FullSize } from './full-size.js';
import { Panels } from './panels.js';
import { stepNames, stepTexts } from './steps.js';

/** Shows saved convolutions. */
export const convolutionView: ViewKind = {
  what: 'convolution',
  styles,
  open: (json, page) => openConvolution(v.parse(convolutionSchema, json), page),
};

const keptParts = ['whole', 'same', 'valid'] as const;
type KeptPart = (typeof keptParts)[number];

/** What is kept of a view: the step, the zeros, and the part that is framed. */
const stateSchema = v.object({ step: v.pipe(count, v.maxValue(5)), zeros: count, part: v.picklist(keptParts) });

function openConvolution(saved: ConvolutionData, page: ViewPage): void {
  const { signal, ink } = page;
  const image: RealPlane = { rows: saved.image.rows, cols: saved.image.cols, values: planeValues(saved.image) };
  const taps = Float64Array.from(floatsFromText(saved.kernel.taps, saved.kernel.rows * saved.kernel.cols));
  const given: RealPlane = { rows: saved.kernel.rows, cols: saved.kernel.cols, values: taps };
  const kernel = saved.operation === 'correlation' ? turned(given) : given;
  const [imageSize, kernelSize] = [
    [image.rows, image.cols],
    [kernel.rows, kernel.cols],
  ] as const;
  const full = fullConvolution(image, kernel);
  const needed = [zerosNeeded(image.rows, kernel.rows), zerosNeeded(image.cols, kernel.cols)] as const;
  const isReduced = image.rows < saved.rows || image.cols < saved.cols;
  // Rows and columns may have been given their own; the slider sets both.
  const most = Math.max(...needed, ...saved.zeros) + 2;
  const state = v.safeParse(stateSchema, page.state);
  let { step, zeros, part } = state.success ? state.output : { step: 5, zeros: -1, part: 'whole' as KeptPart };
  const zerosNow = (): readonly [number, number] => (zeros < 0 ? saved.zeros : [zeros, zeros]);

  const readout = new Readout();
  const hint = (): void => readout.hint('point at a pixel or a bin', 'keys 1 to 6 lead from step to step');
  const panels = new Panels(
    kernelSize,
    page,
    (place, values, isKept) => (place === '' ? hint() : readout.say(place, values, isKept)),
    (at) => goTo(at),
  );
  const fullSize = isReduced ? new FullSize(saved, page) : null;
  const [formula, text] = [make('code', 'formula'), make('p', 'step-text')];
  text.setAttribute('aria-live', 'polite');
  const keep = (): void => page.saveState({ step, zeros: Math.max(0, zeros), part });

  const computed = (): { readonly steps: ReturnType<typeof convolutionSteps>; readonly wrap: ReturnType<typeof wrapAround> } => {
    const [rows, cols] = periodOf(imageSize, kernelSize, zerosNow());
    return { steps: convolutionSteps(image, kernel, rows, cols), wrap: wrapAround(image, kernel, full, rows, cols) };
  };
  let now = computed();
  const explain = (): void => {
    const { rows, cols } = now.steps.image;
    const said = stepTexts({ image: imageSize, kernel: kernelSize, period: [rows, cols] }, saved.operation, now.wrap)[step];
    setText(formula, said?.formula ?? '');
    setText(text, said?.text ?? '');
    panels.select(step);
  };
  const keptPart = (): { readonly top: number; readonly left: number; readonly rows: number; readonly cols: number } | null => {
    const same = { top: middleOf(kernel.rows), left: middleOf(kernel.cols), rows: image.rows, cols: image.cols };
    return { whole: null, same, valid: validPart(image, kernel) }[part];
  };
  const draw = (): void => {
    panels.show({ ...now, kernel, kept: keptPart(), image: imageSize });
    explain();
  };
  const stepper = choice(
    'Step',
    stepNames.map((name, at) => ({ value: String(at), label: `${at + 1} ${name}` })),
    String(step),
    (chosen) => goTo(Number(chosen)),
    signal,
  );
  const goTo = (at: number): void => {
    step = at;
    for (const input of stepper.querySelectorAll('input')) input.checked = input.value === String(at);
    explain();
    keep();
  };
  const slider = make('input');
  const output = make('span', 'number');
  const sayZeros = (): void => {
    const [rows, cols] = zerosNow();
    const need = needed[0] === needed[1] ? String(needed[0]) : `${needed[0]} and ${needed[1]}`;
    const words = `${rows === cols ? rows : `${rows} and ${cols}`} (${need} needed)`;
    setText(output, words);
    slider.setAttribute('aria-valuetext', words);
  };
  slider.type = 'range';
  [slider.min, slider.max, slider.step] = ['0', String(most), '1'];
  slider.value = String(Math.max(...zerosNow()));
  slider.addEventListener(
    'input',
    () => {
      zeros = slider.valueAsNumber;
      now = computed();
      sayZeros();
      draw();
      fullSize?.ask([zeros, zeros]);
    },
    { signal },
  );
  slider.addEventListener('change', keep, { signal });
  const parts = choice(
    'Framed part of the result',
    [
      { value: 'whole', label: 'whole' },
      { value: 'same', label: 'same' },
      { value: 'valid', label: 'valid' },
    ] as const,
    part,
    (chosen) => {
      part = chosen;
      panels.frame(keptPart());
      keep();
    },
    signal,
  );
  const csv = (): string => {
    const { rows, cols, values } = now.steps.result;
    const lines = function* (): Generator<number[]> {
      for (let i = 0; i < rows * cols; i++) yield [Math.floor(i / cols), i % cols, values[i] ?? NaN, now.wrap.mask[i] ?? 0];
    };
    return csvOf(['row', 'column', 'result', 'wrapped around'], lines());
  };
  const tools = toolbar(
    [],
    [
      {
        label: 'Save as PNG',
        run: () =>
          void canvasesToPng(saved.title, text.textContent, panels.canvases, ink()).then((png) =>
            saveFile(fileName(saved.title, 'png'), png),
          ),
      },
      {
        label: 'Save result as CSV',
        run: () => saveFile(fileName(`${saved.title} result`, 'csv'), new Blob([csv()], { type: 'text/csv' })),
      },
    ],
    signal,
  );
  const reduced = isReduced
    ? [make('p', 'facts', `Here the image is reduced to ${image.rows}×${image.cols} pixels; the kernel is as it was.`)]
    : [];
  const field = make('label', 'slider', make('span', '', 'zeros appended'), slider, output);
  const controls = make('div', 'controls', stepper, field, make('div', 'frames', make('span', '', 'frame'), parts));
  page.root.append(
    make(
      'div',
      'card',
      heading(saved.title, saved.note),
      tools,
      ...reduced,
      controls,
      make('div', 'explained', formula, text),
      panels.element,
      readout.element,
      ...(fullSize === null ? [] : [fullSize.element]),
    ),
  );
  page.root.addEventListener(
    'keydown',
    (event) => {
      const at = '123456'.indexOf(event.key);
      if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      goTo(at);
    },
    { signal },
  );
  page.onTheme(() => {
    panels.draw();
    fullSize?.draw();
  });
  sayZeros();
  draw();
  hint();
  fullSize?.ask(zerosNow());
}
