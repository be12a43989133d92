// Lets a signal be heard. What is played is loaded when people ask for it; all ends with the signal of the view.

/** Samples to be heard. */
export interface Sound {
  /** Number of the first, in samples of the signal. */
  readonly first: number;
  /** Samples of the signal that one of these stands for. */
  readonly every: number;
  readonly samples: Float64Array;
}

/** What is played, and how. */
export interface PlayerOptions {
  /** Samples of the signal a second, and how many there are. */
  readonly sampleRate: number;
  readonly samples: number;
  /** The largest sample, which is played as loud as can be. */
  readonly peak: number;
  readonly signal: AbortSignal;
  /** Sound that begins at a sample or holds it; rejects with a reason for people. */
  readonly load: (from: number) => Promise<Sound>;
  /** It plays, or not, at a time of the signal in seconds. */
  readonly onMove: (isPlaying: boolean, time: number) => void;
  /** Nothing can be played; why. */
  readonly onRefused: (reason: string) => void;
}

/** Browsers play no slower than this, in samples a second. */
const SLOWEST = 3000;
/** So that nothing clicks where it begins and ends, in seconds. */
const FADE = 0.005;
const LOUDNESS = 0.8;

/** How many times as fast as it is a signal of so many samples a second is played. */
export function speedOf(sampleRate: number): number {
  return sampleRate >= SLOWEST ? 1 : Math.ceil(SLOWEST / sampleRate);
}

/** Plays a signal. */
export class Player {
  #context: AudioContext | null = null;
  #source: AudioBufferSourceNode | null = null;
  #sound: Sound | null = null;
  /** Time of the signal where it stands or started, in seconds, and the context's time then. */
  #time = 0;
  #started = 0;
  #frame = 0;
  #isWanted = false;
  /** Counts what was begun and stopped: what was begun before the last is not wanted any more. */
  #turn = 0;

  constructor(private readonly options: PlayerOptions) {
    options.signal.addEventListener(
      'abort',
      () => {
        this.#stop();
        void this.#context?.close();
      },
      { once: true },
    );
  }

  /** The time of the signal that is heard now, in seconds. */
  get time(): number {
    if (this.#source === null || this.#context === null) return this.#time;
    const heard = Math.max(0, this.#context.currentTime - this.#started);
    return Math.min(this.#duration, this.#time + heard * speedOf(this.options.sampleRate));
  }

  get isPlaying(): boolean {
    return this.#isWanted;
  }

  /** Plays on, or pauses. */
  toggle(): void {
    if (this.#isWanted) this.pause();
    else void this.#play();
  }

  pause(): void {
    this.#time = this.time;
    this.#stop();
    this.#tell();
  }

  /** Goes to a time, and plays on there if it played. */
  seek(time: number): void {
    const isPlaying = this.#isWanted;
    this.#stop();
    this.#time = Math.min(this.#duration, Math.max(0, time));
    if (isPlaying) void this.#play();
    else this.#tell();
  }

  get #duration(): number {
    return this.options.samples / this.options.sampleRate;
  }

  async #play(): Promise<void> {
    const { sampleRate, samples, signal } = this.options;
    this.#isWanted = true;
    const turn = ++this.#turn;
    if (this.#time >= this.#duration) this.#time = 0;
    const from = Math.min(samples - 1, Math.floor(this.#time * sampleRate));
    this.#tell();
    try {
      // Begun in the press of a button: later, browsers would not let it sound.
      this.#context ??= new AudioContext();
      const context = this.#context;
      await context.resume();
      if (!holds(this.#sound, from)) {
        const sound = await this.options.load(from);
        if (turn !== this.#turn || signal.aborted) return;
        this.#sound = sound;
      }
      if (!holds(this.#sound, from)) throw new Error('the kernel gave other samples than it was asked for');
      this.#start(context, this.#sound, from);
    } catch (error) {
      if (turn !== this.#turn || signal.aborted) return;
      this.#stop();
      this.#tell();
      this.options.onRefused(error instanceof Error ? error.message : String(error));
    }
  }

  #start(context: AudioContext, { first, every, samples }: Sound, from: number): void {
    const { sampleRate, peak } = this.options;
    const rate = (sampleRate * speedOf(sampleRate)) / every;
    const buffer = context.createBuffer(1, samples.length, rate);
    const loud = peak > 0 ? LOUDNESS / peak : 0;
    buffer.copyToChannel(
      Float32Array.from(samples, (sample) => (Number.isFinite(sample) ? sample * loud : 0)),
      0,
    );
    const source = context.createBufferSource();
    const gain = context.createGain();
    source.buffer = buffer;
    source.connect(gain).connect(context.destination);
    const offset = (from - first) / every / rate;
    gain.gain.setValueAtTime(0, context.currentTime);
    gain.gain.linearRampToValueAtTime(1, context.currentTime + FADE);
    source.addEventListener('ended', () => this.#ended(source, first + samples.length * every), {
      once: true,
      signal: this.options.signal,
    });
    source.start(0, offset);
    this.#source = source;
    this.#started = context.currentTime;
    const follow = (): void => {
      this.#tell();
      this.#frame = requestAnimationFrame(follow);
    };
    this.#frame = requestAnimationFrame(follow);
  }

  /** Plays on with what comes after, or stands at the end. */
  #ended(source: AudioBufferSourceNode, next: number): void {
    if (source !== this.#source) return;
    const { samples, sampleRate } = this.options;
    this.#stop();
    this.#time = Math.min(next, samples) / sampleRate;
    // Of samples put together the last may be without one.
    if (next < samples - 64) void this.#play();
    else {
      this.#time = this.#duration;
      this.#tell();
    }
  }

  #stop(): void {
    cancelAnimationFrame(this.#frame);
    const source = this.#source;
    this.#source = null;
    this.#isWanted = false;
    this.#turn++;
    source?.stop();
    source?.disconnect();
  }

  #tell(): void {
    this.options.onMove(this.#isWanted, this.time);
  }
}

function holds(sound: Sound | null, sample: number): sound is Sound {
  return sound !== null && sample >= sound.first && sample < sound.first + sound.samples.length * sound.every;
}
