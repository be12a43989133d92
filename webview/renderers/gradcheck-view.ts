// A gradient check's report as a card: the verdict, what is wrong and what to change, the inputs as a table, and one of them in detail.

import {
  blameOf,
  elementsText,
  formatValue,
  forwardSentence,
  gradientName,
  headline,
  MARKS,
  noiseSentence,
  pictureHindrance,
  residualText,
  typeText,
  worstText,
  type ShownInput,
  type ShownReport,
} from '../../src/display/gradcheck-words.js';
import { formatIndex } from '../../src/display/gradcheck-planes.js';
import { formatCount, formatError } from '../../src/display/number-format.js';
import { subjectOf } from '../../src/protocol/gradcheck.js';
import { make } from '../ui/dom.js';
import { sortableTable, type SortableColumn } from '../ui/sortable-table.js';
import { stepCurve } from './gradcheck-curve.js';
import type { Ink } from '../ui/ink.js';
import { GradientPicture, hasPicture } from './gradcheck-picture.js';

/** Draws a report into `root`. Listens until the signal aborts; the function returned draws pictures anew, for another theme. */
export function showReport(root: HTMLElement, report: ShownReport, ink: () => Ink, signal: AbortSignal): () => void {
  const { ok, inputs, diagnosis, notes } = report;
  const verdict = make('div', 'verdict', markOf(ok), make('span', '', headline(report)));
  verdict.role = 'heading';
  verdict.ariaLevel = '3';
  const detail = make('div', 'detail');
  const buttons = new Map<ShownInput, HTMLButtonElement>();
  let shown: { readonly input: ShownInput; readonly picture: GradientPicture | null; readonly end: () => void } | null = null;

  const show = (input: ShownInput | null): void => {
    shown?.end();
    shown = null;
    detail.replaceChildren();
    for (const [of, button] of buttons) button.ariaExpanded = String(of === input);
    if (input === null) return;
    const ended = new AbortController();
    const parts = inputDetail(input, ink, AbortSignal.any([signal, ended.signal]));
    detail.append(...parts.elements);
    shown = { input, picture: parts.picture, end: () => ended.abort() };
    parts.picture?.draw();
  };
  const nameButton = (input: ShownInput): HTMLElement => {
    const button = make('button', 'disclosure', gradientName(input));
    button.addEventListener('click', () => show(shown?.input === input ? null : input), { signal });
    buttons.set(input, button);
    return button;
  };
  const table = sortableTable('Inputs', inputColumns(nameButton), inputs, signal);
  table.classList.add('inputs');
  const noise = noiseSentence(report);
  root.replaceChildren(
    ...[
      verdict,
      make('p', 'where', forwardSentence(report)),
      ...diagnosis.map(diagnosisCard),
      make('div', 'wide', table),
      ...(noise === '' ? [] : [make('p', 'noise', noise)]),
      detail,
      ...(notes.length === 0 ? [] : [make('ul', 'notes', ...notes.map((note) => make('li', '', note)))]),
    ],
  );
  show([...inputs].filter((input) => !input.ok).sort((a, b) => order(b.maxError) - order(a.maxError))[0] ?? null);
  return () => shown?.picture?.draw();
}

function order(error: number): number {
  return Number.isFinite(error) ? error : Number.MAX_VALUE;
}

/** The mark of a verdict; the words stand beside it. */
function markOf(ok: boolean): HTMLElement {
  const mark = make('span', ok ? 'mark right' : 'mark wrong', ok ? MARKS.ok : MARKS.wrong);
  mark.ariaHidden = 'true';
  return mark;
}

function inputColumns(nameOf: (input: ShownInput) => HTMLElement): SortableColumn<ShownInput>[] {
  return [
    { title: 'Input', cell: nameOf, key: ({ name }) => name, isNumber: false },
    {
      title: 'Verdict',
      cell: ({ ok }) => make('span', 'word', markOf(ok), ok ? 'agrees' : 'disagrees'),
      key: ({ ok }) => (ok ? 1 : 0),
      isNumber: false,
    },
    { title: 'Max error of rms', cell: ({ maxError }) => formatError(maxError), key: ({ maxError }) => maxError, isNumber: true },
    {
      title: 'Could detect',
      cell: ({ detectable }) => formatError(detectable),
      key: ({ detectable }) => detectable,
      isNumber: true,
      className: 'third',
    },
    { title: 'z', cell: ({ z }) => formatError(z), key: ({ z }) => z, isNumber: true, className: 'second' },
    { title: 'Elements', cell: elementsText, key: ({ checked }) => checked, isNumber: true },
    {
      title: 'Excluded',
      cell: ({ excluded }) => formatCount(excluded),
      key: ({ excluded }) => excluded,
      isNumber: true,
      className: 'first',
    },
    { title: 'Shape', cell: ({ shape }) => formatIndex(shape), key: ({ size }) => size, isNumber: true, className: 'second' },
  ];
}

/** One input: who is wrong, its picture where it has one, the V-curve and its worst elements. */
function inputDetail(input: ShownInput, ink: () => Ink, signal: AbortSignal): { elements: HTMLElement[]; picture: GradientPicture | null } {
  const picture = hasPicture(input) ? new GradientPicture(input, ink, signal) : null;
  const blame = blameOf(input);
  const heading = make('div', 'name', gradientName(input));
  heading.role = 'heading';
  heading.ariaLevel = '4';
  const facts = [
    typeText(input),
    input.excluded > 0 ? `${formatCount(input.excluded)} elements left out at a kink` : '',
    input.adjointError === null ? '' : `⟨Jv, u⟩ and ⟨v, Jᵀu⟩ differ by ${formatError(input.adjointError)}, relative`,
  ];
  // In the table where there is room for it.
  const narrow = `could detect ${formatError(input.detectable)} of rms · z ${formatError(input.z)}`;
  const curve = input.curve === null ? null : stepCurve(input.curve, signal);
  const elements = [
    heading,
    ...(blame === '' ? [] : [make('p', 'blame', `${blame[0]?.toUpperCase() ?? ''}${blame.slice(1)}.`)]),
    make('p', 'facts', facts.filter(Boolean).join(' · '), make('span', 'narrow', ` · ${narrow}`)),
    ...(input.values === null ? [make('p', 'hindrance', pictureHindrance(input))] : []),
    ...(input.worstElements.length === 0 ? [make('p', 'facts', worstText(input))] : []),
    make('div', 'drawings', ...(picture === null ? [] : [picture.element]), ...(curve === null ? [] : [curve])),
    ...(input.worstElements.length === 0 ? [] : [worstElements(input, picture, signal)]),
  ];
  return { elements, picture };
}

type Element = ShownInput['worst'];

/** The elements that disagree most with their three values, folded until they are asked for. */
function worstElements(input: ShownInput, picture: GradientPicture | null, signal: AbortSignal): HTMLElement {
  const size = (value: Element['analytic']): number => (typeof value === 'number' ? value : Math.hypot(...value));
  const error = ({ analytic, numeric, oracle }: Element): number => {
    const truth = Number.isNaN(size(oracle)) ? numeric : oracle;
    const difference =
      typeof analytic === 'number' || typeof truth === 'number'
        ? Math.abs(Number(analytic) - Number(truth))
        : Math.hypot(analytic[0] - truth[0], analytic[1] - truth[1]);
    return difference / (input.rms > 0 ? input.rms : 1);
  };
  const goTo = (element: Element): HTMLElement | string => {
    const name = formatIndex(element.index);
    if (picture === null) return name;
    const button = make('button', 'link', name);
    button.title = 'Look at this element in the picture';
    button.addEventListener('click', () => picture.lookAt(element.index), { signal });
    return button;
  };
  const value = (title: string, of: (element: Element) => Element['analytic']): SortableColumn<Element> => ({
    title,
    cell: (element) => formatValue(of(element)),
    key: (element) => {
      const number = of(element);
      return typeof number === 'number' ? number : size(number);
    },
    isNumber: true,
  });
  const table = sortableTable<Element>(
    `Worst elements of ${gradientName(input)}`,
    [
      { title: 'Element', cell: goTo, key: ({ index }) => formatIndex(index), isNumber: false },
      { title: 'Error of rms', cell: (element) => formatError(error(element)), key: error, isNumber: true },
      value('Backward', ({ analytic }) => analytic),
      value('Differences', ({ numeric }) => numeric),
      value('Forward mode', ({ oracle }) => oracle),
    ],
    input.worstElements,
    signal,
  );
  const many = input.worstElements.length === 1 ? 'Worst element' : `Worst ${input.worstElements.length} elements`;
  const details = make('details', 'worst', make('summary', '', `${many}, with three values each`), make('div', 'wide', table));
  details.open = picture === null;
  return details;
}

/** A named cause: what it is, how well it explains the error, what to change, and where. */
function diagnosisCard(diagnosis: ShownReport['diagnosis'][number]): HTMLElement {
  const { hypothesis, change, fix } = diagnosis;
  const card = make(
    'div',
    'diagnosis',
    make(
      'div',
      'line',
      make('span', 'hypothesis', `${subjectOf(diagnosis)}: ${hypothesis}`),
      make('span', 'residual', residualText(diagnosis)),
    ),
    make('p', '', change),
  );
  if (fix !== undefined) {
    const [verb, what] = 'append' in fix.edit ? ['add ', fix.edit.append] : ['take away ', fix.edit.remove];
    card.append(make('p', 'fix', `At ${fix.place}: ${verb}`, make('code', '', what), '. It was tried, and the changed version passes.'));
  }
  return card;
}
