// A spectrogram in a notebook: levels over time and frequency below the signal, cuts through what is pointed at, finer cells from the kernel,
// and the signal to be heard.

import * as v from 'valibot';
import { formatNumber } from '../../../src/display/number-format.js';
import { planeValues, type PlaneData } from '../../../src/protocol/plane-data.js';
import { curveFrom, plotScale } from '../../../src/protocol/plot.js';
import {
  levelsAnswer,
  spectrogramSchema,
  waveAnswer,
  type SpectrogramData,
  type SpectrogramRequest,
} from '../../../src/protocol/spectrogram.js';
import { choice } from '../../ui/choice.js';
import { heading, make, setText } from '../../ui/dom.js';
import { LinePlot, linePlotStyles } from '../../ui/line-plot.js';
import { AXIS_ROOM } from '../../ui/plane/axes.js';
import { COLOR_BAR_WIDTH } from '../../ui/plane/color-bar.js';
import { askedCells, DetailRequests } from '../../ui/plane/detail.js';
import { isFinePlane, PlaneCard, type ValuePlane } from '../../ui/plane/plane-card.js';
import { wholeOf, type Cell, type Region } from '../../ui/plane/viewport.js';
import { Readout } from '../../ui/readout.js';
import type { ViewKind, ViewPage } from '../../ui/renderer.js';
import { canvasesToPng, fileName, saveFile } from '../../ui/save.js';
import { toolbar } from '../../ui/toolbar.js';
import { refined, shownCurve, type ShownCurve } from '../plot/curves.js';
import { csvOfCurve, csvOfLevels, marksOf, peakOf, stacked } from './export.js';
import { SpectrogramGrid } from './grid.js';
import { playerBar } from './player-bar.js';
import { sliceAt } from './slices.js';
import ownStyles from './spectrogram.css';

/** Shows saved spectrograms. */
export const spectrogramView: ViewKind = {
  what: 'spectrogram',
  styles: `${linePlotStyles}\n${ownStyles}`,
  open: (json, page) => openSpectrogram(v.parse(spectrogramSchema, json), page),
};

/** What is kept of a view. */
const stateSchema = v.object({
  scale: plotScale,
  slice: v.picklist(['moment', 'frequency']),
  min: v.number(),
  max: v.number(),
  time: v.nullable(v.tuple([v.number(), v.number()])),
});
type State = v.InferOutput<typeof stateSchema>;

/** Heights in px: of the signal, the plane and the cut. */
const [WAVE, PLANE, SLICE] = [76, 260, 170] as const;
/** So far below the lowest level that is drawn the range can be moved, in dB. */
const BELOW = 40;

function openSpectrogram(saved: SpectrogramData, page: ViewPage): void {
  const { title, note, view, floorDb, sampleRate, frequency, time } = saved;
  const { ink, signal } = page;
  const [hz, s] = sampleRate === null ? ['cycles/sample', 'samples'] : ['Hz', 's'];
  const lowest = floorDb - BELOW;
  const whole: ValuePlane = planeFrom(saved.levels, wholeOf(frequency.count, time.count));
  let detail: ValuePlane | null = null;
  const rate = sampleRate ?? 1;
  const wholeWave = shownCurve(curveFrom(saved.wave));
  let wave = wholeWave;
  const kept = v.safeParse(stateSchema, page.state);
  let state: State = kept.success ? kept.output : { scale: saved.frequencyScale, slice: 'moment', min: floorDb, max: 0, time: null };
  const keep = (change: Partial<State>): void => {
    state = { ...state, ...change };
    page.saveState(state);
  };
  const right = AXIS_ROOM.right + COLOR_BAR_WIDTH;
  const readout = new Readout();
  const place = make('div');
  const sliceTitle = make('span', 'slice-title');
  let grid = new SpectrogramGrid(saved, state.scale);
  let card: PlaneCard;
  let ended = new AbortController();

  const waveform = new LinePlot({
    label: `${title}: the signal`,
    x: { label: 'time', unit: s, range: [grid.timeAt(0), grid.timeAt(grid.cols)], isBare: true },
    y: { label: '' },
    ink,
    signal,
    height: WAVE,
    right,
    onPoint: (point, isKept) => {
      if (point === null) return hint();
      const at = point.at[0] ?? null;
      readout.say(`${formatNumber(point.x, 5)} ${s}`, at === null ? '' : `signal ${formatNumber(wave.y[at] ?? NaN, 4)}`, isKept);
    },
    onPick: ({ x }) => player?.seek(x),
    onRange: (from, to) => {
      const { top, bottom } = card.view.region;
      card.view.setRegion({ top, bottom, left: grid.placeOfTime(from), right: grid.placeOfTime(to) });
    },
  });
  const slice = new LinePlot({
    label: `${title}: a cut`,
    x: { label: '' },
    y: { label: 'dB re max' },
    ink,
    signal,
    height: SLICE,
    right,
    onPoint: (point, isKept) => {
      const at = point?.at[0] ?? null;
      if (point === null || at === null) return hint();
      const unit = state.slice === 'moment' ? hz : s;
      readout.say(`${formatNumber(point.x, 4)} ${unit}`, sayLevel(Number(slice.curves[0]?.y[at] ?? NaN)), isKept);
    },
  });

  const hint = (problem = ''): void =>
    readout.hint(saved.readout.join(' · '), problem === '' ? 'point at a moment and frequency; + and − zoom' : problem);
  const sayLevel = (db: number): string => (db <= lowest ? `${formatNumber(lowest)} dB re max or less` : `${formatNumber(db)} dB re max`);
  const say = (cell: Cell | null, isKept: boolean): void => {
    if (cell === null) {
      hint();
      return cut(home());
    }
    const found = grid.levelAt([detail, whole], cell.row, cell.col);
    const at = `${formatNumber(grid.timeAt(cell.col + 0.5), 4)} ${s}, ${formatNumber(grid.binFrequency(grid.binRow(cell.row)), 4)} ${hz}`;
    const many = found !== null && found.cells > 1 ? `, the largest of ${found.cells} cells` : '';
    readout.say(at, found === null ? 'no frame here' : `${sayLevel(found.value)}${many}`, isKept);
    cut(cell);
  };
  /** Where the loudest moment is: it is cut through until something else is pointed at. */
  const home = (): Cell => ({
    row: Math.min(grid.rows - 1, Math.floor(grid.placeOfFrequency(saved.peak?.frequency ?? grid.high))),
    col: Math.floor(grid.placeOfTime(saved.peak?.time ?? time.first)),
  });
  const cut = (cell: Cell): void => {
    const { curve, x, lines } = sliceAt(state.slice, saved, grid, [detail, whole], cell, lowest);
    slice.setAxes(x, { label: 'dB re max', range: [state.min, Math.max(0, state.max) + 0.04 * (state.max - state.min)] });
    slice.setCurves([curve]);
    slice.setLines(lines);
    setText(sliceTitle, curve.name);
  };
  const pointed = (): Cell => card.view.cell ?? home();

  const show = (): void => {
    card.setValues(grid.drawn(whole), [lowest, 0]);
    if (detail !== null) card.setDetail(grid.drawn(detail));
  };
  const levels = new DetailRequests<ValuePlane>(
    (plane) => {
      detail = plane;
      card.setDetail(grid.drawn(plane));
      if (card.view.cell !== null) say(card.view.cell, false);
    },
    hint,
    signal,
  );
  const samples = new DetailRequests<ShownCurve>(
    (part) => {
      wave = refined(wholeWave, part);
      drawWave();
    },
    hint,
    signal,
  );
  /** Times, and not numbers of samples. */
  const drawWave = (): void => {
    const inTime = { ...wave, x: wave.x.map((at) => at / rate), band: wave.band && { ...wave.band, isSolid: true } };
    waveform.setCurves([inTime]);
  };
  const refine = (region: Region, height: number, width: number): void => {
    const [from, to] = [grid.timeAt(region.left), grid.timeAt(region.right)];
    waveform.setRange(from, to);
    player?.place();
    const isWhole = region.left <= 0 && region.right >= grid.cols;
    keep({ time: isWhole ? null : [from, to] });
    if (view === null) return;
    const seen = grid.cellsUnder(region);
    if ([detail, whole].some((plane) => plane !== null && isFinePlane(plane, seen, Math.min(height, 2048), Math.min(width, 2048))))
      levels.cancel();
    else {
      const asked = askedCells(seen, frequency.count, time.count);
      const request: SpectrogramRequest = { kind: 'levels', ...asked, rows: Math.min(2048, 2 * height), cols: Math.min(2048, 2 * width) };
      levels.ask(async () => planeFrom(v.parse(levelsAnswer, await page.ask(view, request)), asked));
    }
    const [first, last] = [Math.max(0, Math.floor(from * rate)), Math.min(saved.samples, Math.ceil(to * rate) + 1)];
    const count = wave.x.reduce((sum, at) => sum + Number(at >= first && at <= last), 0);
    if (count >= Math.min(width, last - first - 1)) return samples.cancel();
    const request: SpectrogramRequest = {
      kind: 'wave',
      from: Math.max(0, 2 * first - last),
      to: 2 * last - first,
      groups: Math.min(8192, 4 * width),
    };
    samples.ask(async () => shownCurve(curveFrom(v.parse(waveAnswer, await page.ask(view, request)))));
  };

  const arrange = (): void => {
    ended.abort();
    ended = new AbortController();
    grid = new SpectrogramGrid(saved, state.scale);
    card = new PlaneCard({
      label: `${title}, ${frequency.count} frequencies by ${time.count} moments`,
      rows: grid.rows,
      cols: grid.cols,
      x: grid.timeAxis,
      y: grid.frequencyAxis,
      ink,
      signal: AbortSignal.any([signal, ended.signal]),
      isStretched: true,
      maxHeight: PLANE,
      scale: { map: 'viridis', min: state.min, max: state.max },
      unit: 'dB re max',
      reduce: (level) => level,
      onPoint: (cell, isKept) => {
        say(cell, isKept);
        waveform.setCursor(cell === null ? null : grid.timeAt(cell.col + 0.5));
      },
      onPick: ({ col }) => player?.seek(Math.max(0, grid.timeAt(col + 0.5))),
      onRegion: refine,
      onScale: ({ min, max }) => {
        keep({ min, max });
        cut(pointed());
      },
    });
    place.replaceChildren(card.element);
    show();
    card.view.setMarks(marksOf(saved, grid));
    const [from, to] = state.time ?? [grid.timeAt(0), grid.timeAt(grid.cols)];
    card.view.setRegion({ top: 0, bottom: grid.rows, left: grid.placeOfTime(from), right: grid.placeOfTime(to) });
  };

  const player = playerBar(saved, peakOf(wholeWave), page, (at) => {
    const { left, right: end } = card.view.region;
    const part = (grid.placeOfTime(at) - left) / (end - left);
    return part < 0 || part > 1 ? null : AXIS_ROOM.left + part * card.view.box.width;
  });
  const frequencyHindrance =
    frequency.first < -1e-9 * frequency.step
      ? 'there are negative frequencies'
      : frequency.count < 3
        ? 'there are too few frequencies'
        : undefined;
  const scales = choice(
    'frequency axis',
    [
      { value: 'linear', label: 'frequency linear' },
      { value: 'log', label: 'log', hindrance: frequencyHindrance },
    ],
    state.scale,
    (scale) => {
      keep({ scale });
      arrange();
      cut(home());
    },
    signal,
  );
  const slices = choice(
    'cut',
    [
      { value: 'moment', label: 'over frequency' },
      { value: 'frequency', label: 'over time' },
    ],
    state.slice,
    (kind) => {
      keep({ slice: kind });
      cut(pointed());
    },
    signal,
  );
  const tools = toolbar(
    [
      { sign: '+', label: 'Zoom in', run: () => card.view.zoomBy(1.5) },
      { sign: '−', label: 'Zoom out', run: () => card.view.zoomBy(1 / 1.5) },
      { sign: '⤢', label: 'Show all', run: () => card.view.fit() },
    ],
    [
      {
        label: 'Save as PNG',
        run: () => {
          const drawn = stacked(waveform.canvas, card.view.canvas, card.bar.canvas);
          void canvasesToPng(title, note, [drawn], ink()).then((png) => saveFile(fileName(title, 'png'), png));
        },
      },
      {
        label: 'Save levels as CSV',
        run: () => saveFile(fileName(title, 'csv'), new Blob([csvOfLevels(saved, whole, hz, s)], { type: 'text/csv' })),
      },
      {
        label: 'Save the cut as CSV',
        run: () => saveFile(fileName(`${title} cut`, 'csv'), new Blob([csvOfCurve(slice)], { type: 'text/csv' })),
      },
    ],
    signal,
  );
  const stage = make('div', 'stage', waveform.element, place, ...(player === null ? [] : [player.head]));
  page.root.append(
    make(
      'div',
      'card',
      heading(title, note),
      tools,
      make('div', 'head-row', ...(player === null ? [] : [player.element]), scales),
      stage,
      readout.element,
      make('div', 'head-row cuts', slices, sliceTitle),
      slice.element,
    ),
  );
  drawWave();
  arrange();
  cut(home());
  page.onTheme(() => {
    card.draw();
    waveform.draw();
    slice.draw();
  });
  hint();
}

function planeFrom(plane: PlaneData, region: Region): ValuePlane {
  return { region, rows: plane.rows, cols: plane.cols, values: planeValues(plane) };
}
