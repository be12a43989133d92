// The sound of notebooks/03-reading-spectra.ipynb: notebooks/data/headphones.wav, 1.75 s, 8000 samples a second, 16 bit. On the left music, a broken chord of
// plucked strings; on the right the wailing baby of the row behind. Nothing in the build or the tests runs this:
//
//     node scripts/headphones.mjs
import { Buffer } from 'node:buffer';
import { writeFileSync } from 'node:fs';

const [rate, samples] = [8000, 14_000];
/** @param {number} turns */
const wave = (turns) => Math.sin(2 * Math.PI * turns);

/** Notes in hertz, one every 0.21 s. */
const notes = [220, 261.63, 329.63, 440, 329.63, 261.63, 220, 329.63];

/** @param {number} t seconds */
function music(t) {
  return notes.reduce((sum, f, i) => {
    const since = t - 0.21 * i;
    if (since < 0) return sum;
    const attack = Math.min(1, since / 0.01);
    const partials = [1, 0.4, 0.15].reduce(
      (tone, loudness, k) => tone + loudness * Math.exp(-(3 + 2 * k) * since) * wave((k + 1) * f * since),
      0,
    );
    return sum + 0.3 * attack * partials;
  }, 0);
}

/** Two cries that rise and fall between 1100 and 1450 Hz, with a tremble, and their overtones. The phase is the integral of the frequency. */
function wail() {
  let turns = 0;
  return Array.from({ length: samples }, (_, i) => {
    const t = i / rate;
    const cry = (t % 0.875) / 0.8;
    if (cry >= 1) return 0;
    const loudness = 0.45 * Math.sin(Math.PI * cry) ** 0.5;
    turns += (1100 + 300 * Math.sin(Math.PI * cry) + 40 * wave(7 * t)) / rate;
    return loudness * (wave(turns) + 0.5 * wave(2 * turns));
  });
}

const left = Array.from({ length: samples }, (_, i) => music(i / rate));
const right = wail();
const file = Buffer.alloc(44 + 4 * samples);
file.write('RIFF', 0);
file.writeUInt32LE(file.length - 8, 4);
file.write('WAVEfmt ', 8);
[16, 1 + 2 * 2 ** 16, rate, 4 * rate, 4 + 16 * 2 ** 16].forEach((value, i) => file.writeUInt32LE(value, 16 + 4 * i));
file.write('data', 36);
file.writeUInt32LE(4 * samples, 40);
[left, right].forEach((channel, c) => channel.forEach((value, i) => file.writeInt16LE(Math.round(32_767 * value), 44 + 4 * i + 2 * c)));
writeFileSync(new URL('../notebooks/data/headphones.wav', import.meta.url), file);
