// The V-curve in a page: the error of central differences against their step, with a line that says what the pointer or the keys are at.

import { formatError } from '../../src/display/number-format.js';
import { layoutCurve, type CurvePoint, type StepCurve } from '../../src/display/step-curve.js';
import { make, makeSvg, setText } from '../ui/dom.js';

const SIZE = { width: 300, height: 176 } as const;
const PLOT = { left: 44, top: 8, width: 248, height: 130 } as const;

/** Draws a curve; null where no step was tried. Listens until the signal aborts. */
export function stepCurve(curve: StepCurve, signal: AbortSignal): HTMLElement | null {
  const layout = layoutCurve(curve, PLOT.width, PLOT.height);
  if (layout === null) return null;
  const { points, chosen, xTicks, yTicks } = layout;
  const pointer = makeSvg('circle', { class: 'pointer', r: 5, visibility: 'hidden' });
  const plot = makeSvg(
    'g',
    { transform: `translate(${PLOT.left} ${PLOT.top})` },
    ...yTicks.map(({ at }) => makeSvg('line', { class: 'grid', x1: 0, x2: PLOT.width, y1: at, y2: at })),
    makeSvg('rect', { class: 'frame', width: PLOT.width, height: PLOT.height }),
    makeSvg('line', { class: 'chosen', x1: chosen.x, x2: chosen.x, y1: chosen.y, y2: PLOT.height }),
    makeSvg('path', { class: 'curve', d: `M${points.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}` }),
    ...points.map(({ x, y, off }) => makeSvg('circle', { class: off ? 'point off' : 'point', cx: x, cy: y, r: 2.5 })),
    makeSvg('circle', { class: 'ring', cx: chosen.x, cy: chosen.y, r: 5 }),
    pointer,
    ...xTicks.map(({ at, text }) => makeSvg('text', { x: at, y: PLOT.height + 14, 'text-anchor': 'middle' }, text)),
    ...yTicks.map(({ at, text }) => makeSvg('text', { x: -6, y: at + 4, 'text-anchor': 'end' }, text)),
    makeSvg('text', { x: PLOT.width / 2, y: PLOT.height + 30, 'text-anchor': 'middle' }, 'step h'),
    ...(curve.exact ? [makeSvg('text', { x: 8, y: PLOT.height - 8 }, 'exact: no truncation')] : []),
  );
  const exact = curve.exact ? ', exact: larger steps bring no truncation' : '';
  const rest = `taken: h = ${formatError(curve.step)}, error ${formatError(curve.floor)}`;
  const svg = makeSvg(
    'svg',
    { viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, role: 'application', 'aria-roledescription': 'curve', tabindex: 0 },
    plot,
  );
  svg.setAttribute(
    'aria-label',
    `Error of differences by step, ${points.length} steps, ${rest}${exact}. Arrow keys move from step to step.`,
  );
  const readout = make('p', 'readout', rest);
  const spoken = make('p', 'for-readers');
  spoken.setAttribute('aria-live', 'polite');
  let at: number | null = null;
  /** Where the keys led while they have the focus. */
  let kept: number | null = null;

  const lookAt = (index: number | null): void => {
    at = index;
    const point: CurvePoint | undefined = index === null ? undefined : points[index];
    pointer.setAttribute('visibility', point === undefined ? 'hidden' : 'visible');
    if (point === undefined) return setText(readout, rest);
    pointer.setAttribute('cx', String(point.x));
    pointer.setAttribute('cy', String(point.y));
    setText(readout, `h = ${formatError(point.step)}, error ${formatError(point.error)}`);
  };
  const taken = points.reduce(
    (best, { x }, i) => (Math.abs(x - chosen.x) < Math.abs((points[best]?.x ?? Infinity) - chosen.x) ? i : best),
    0,
  );
  svg.addEventListener(
    'pointermove',
    ({ clientX }) => {
      const box = svg.getBoundingClientRect();
      const x = ((clientX - box.left) / box.width) * SIZE.width - PLOT.left;
      lookAt(points.reduce((best, point, i) => (Math.abs(point.x - x) < Math.abs((points[best]?.x ?? Infinity) - x) ? i : best), 0));
    },
    { signal },
  );
  svg.addEventListener('pointerleave', () => lookAt(kept), { signal });
  svg.addEventListener(
    'blur',
    () => {
      kept = null;
      lookAt(null);
    },
    { signal },
  );
  svg.addEventListener(
    'keydown',
    (event) => {
      // The arrows start from the step that was taken.
      const next = { ArrowLeft: at === null ? taken : at - 1, ArrowRight: at === null ? taken : at + 1, Home: 0, End: points.length - 1 }[
        event.key
      ];
      if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      kept = Math.min(points.length - 1, Math.max(0, next));
      lookAt(kept);
      setText(spoken, readout.textContent);
    },
    { signal },
  );
  return make('div', 'step-curve', make('h4', '', 'Error of differences by step'), svg, readout, spoken);
}
