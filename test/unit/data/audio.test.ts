import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as pv from '../../../src/index.js';

/** A WAV file of 16-bit samples, 8 kHz, by the format's definition. */
function wav(channels: number, samples: readonly number[]): Buffer {
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write('RIFF....WAVEfmt ', 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(channels, 22);
  bytes.writeUInt32LE(8000, 24);
  bytes.writeUInt32LE(8000 * 2 * channels, 28);
  bytes.writeUInt16LE(2 * channels, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((sample, i) => bytes.writeInt16LE(sample, 44 + 2 * i));
  return bytes;
}

async function failureOf(promise: Promise<unknown>): Promise<string> {
  const reason: unknown = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  expect(reason).to.be.instanceOf(Error);
  return (reason as Error).message;
}

describe('pv.audio', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parseval-audio-'));
    await writeFile(join(folder, 'mono.wav'), wav(1, [-32768, 16384, 0, 8192]));
    await writeFile(join(folder, 'stereo.wav'), wav(2, [-32768, 16384, 0, 8192]));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it('one channel is [samples], several are [channels, samples], with the sample rate beside them', async () => {
    const mono = await pv.audio(join(folder, 'mono.wav'), { device: 'cpu' });
    expect([mono.shape, mono.dtype, mono.sampleRate]).to.deep.equal([[4], 'float64', 8000]);
    expect(await mono.array()).to.deep.equal([-1, 0.5, 0, 0.25]);
    const stereo = await pv.audio(join(folder, 'stereo.wav'), { device: 'cpu', dtype: 'float32' });
    expect([stereo.dtype, stereo.sampleRate]).to.deep.equal(['float32', 8000]);
    expect(await stereo.array()).to.deep.equal([
      [-1, 0],
      [0.5, 0.25],
    ]);
  });

  it('is a tensor like any other', async () => {
    const sound = await pv.audio(join(folder, 'mono.wav'), { device: 'cpu' });
    expect(sound).to.be.instanceOf(pv.Tensor);
    expect(await sound.mul(2).sum().item()).to.equal(-0.5);
  });

  it('a file that cannot be read is named, with the folder that paths start from', async () => {
    const message = await failureOf(pv.audio('no-such.wav'));
    expect(message).to.match(/^audio: 'no-such\.wav' cannot be read \(ENOENT/);
    expect(message).to.include(`paths are relative to ${process.cwd()}`);
    expect(await failureOf(pv.audio(''))).to.equal("audio: the path is '', but must be the name of a WAV file");
    expect(await failureOf(pv.audio(7 as never))).to.equal('audio: the path is 7, but must be the name of a WAV file');
  });
});
