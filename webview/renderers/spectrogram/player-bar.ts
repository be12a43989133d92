// The player under a spectrogram: a button, where it stands, and a line that moves over the drawing.

import { formatNumber } from '../../../src/display/number-format.js';
import { numbersOf } from '../../../src/protocol/number-list.js';
import { bytesFromText } from '../../../src/protocol/numbers.js';
import { expand, soundAnswer, type SpectrogramData, type SpectrogramRequest } from '../../../src/protocol/spectrogram.js';
import * as v from 'valibot';
import { make, makeSvg, setText } from '../../ui/dom.js';
import type { ViewPage } from '../../ui/renderer.js';
import { Player, speedOf, type Sound } from './player.js';

/** The player of a spectrogram. */
export interface PlayerBar {
  readonly element: HTMLElement;
  /** The line over the drawing. */
  readonly head: HTMLElement;
  seek(time: number): void;
  /** The drawing shows other times: the line is elsewhere. */
  place(): void;
}

/** Outlines of the signs on the button: fonts have them as pictures in colours, or not at all. */
const [PLAY, PAUSE] = ['M4 2.5v11l9-5.5z', 'M4 3h3v10H4zM9 3h3v10H9z'] as const;
/** Redraws of the line a second where people want little motion. */
const CALM = 2;

/** A player; `placeOf` says where a time is, in px from the left, or null where it is not seen. Null where nothing is to be heard. */
export function playerBar(
  saved: SpectrogramData,
  peak: number,
  page: ViewPage,
  placeOf: (time: number) => number | null,
): PlayerBar | null {
  const { sampleRate, samples, sound, view } = saved;
  if (!saved.player || sampleRate === null) return null;
  const { signal } = page;
  const duration = samples / sampleRate;
  const sign = makeSvg('path', { fill: 'currentColor' });
  const button = make('button', 'play', makeSvg('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' }, sign));
  button.type = 'button';
  const clock = make('span', 'number');
  const note = make('span', 'note');
  const head = make('div', 'play-head');
  head.ariaHidden = 'true';
  head.hidden = true;
  const speed = speedOf(sampleRate);
  const isCalm = globalThis.matchMedia('(prefers-reduced-motion: reduce)').matches;
  let shown = -Infinity;
  const place = (): void => {
    const left = player.time === 0 && !player.isPlaying ? null : placeOf(player.time);
    head.hidden = left === null;
    if (left !== null) head.style.transform = `translateX(${left}px)`;
  };
  const seconds = (time: number): string => time.toFixed(duration < 10 ? 2 : 1);
  const move = (isPlaying: boolean, time: number): void => {
    sign.setAttribute('d', isPlaying ? PAUSE : PLAY);
    button.ariaLabel = button.title = isPlaying ? 'Pause' : 'Play';
    setText(clock, `${seconds(time)} / ${seconds(duration)} s`);
    if (isCalm && isPlaying && Math.abs(time - shown) < speed / CALM) return;
    shown = time;
    place();
  };
  const load = async (from: number): Promise<Sound> => {
    if (view === null) return savedSound();
    try {
      const request: SpectrogramRequest = { kind: 'sound', from };
      const { first, samples: given } = v.parse(soundAnswer, await page.ask(view, request));
      say('');
      return { first, every: 1, samples: numbersOf(given) };
    } catch (error) {
      if (sound === null) throw error;
      return savedSound();
    }
  };
  const savedSound = (): Sound => {
    if (sound === null) throw new Error(reason);
    const bytes = bytesFromText(sound.data);
    say(`the copy saved in the notebook: 8 bits${sound.every > 1 ? `, ${formatNumber(sampleRate / sound.every)} Hz` : ''}`);
    return { first: sound.first, every: sound.every, samples: Float64Array.from(bytes, (byte) => sound.peak * expand(byte)) };
  };
  const reason = 'The signal is too long to be saved in the notebook: run the cell to hear it.';
  const say = (text: string): void => setText(note, [text, speed > 1 ? `${speed} times as fast as it is` : ''].filter(Boolean).join(' · '));
  const refuse = (why: string): void => {
    button.disabled = true;
    setText(note, why);
    note.role = 'alert';
  };
  const player = new Player({ sampleRate, samples, peak, signal, load, onMove: move, onRefused: refuse });
  button.addEventListener('click', () => player.toggle(), { signal });
  move(false, 0);
  say('');
  if (sound === null && view === null) refuse(reason);
  return { element: make('div', 'player', button, clock, note), head, seek: (time) => player.seek(time), place };
}
