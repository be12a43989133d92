// A training that is shown in a notebook of the test: its time, its outputs, and what its page is told.
import { setImmediate } from 'node:timers/promises';
import * as v from 'valibot';
import type { Clock } from '../../../src/display/live-clock.js';
import { stopTrainings } from '../../../src/display/live-training.js';
import { setViewHost } from '../../../src/display/live-views.js';
import { openLive, type LiveHandle, type LiveOptions } from '../../../src/display/show-live.js';
import * as pv from '../../../src/index.js';
import { LIVE_MIME, livePartsSchema, liveSchema, type LiveData, type LiveParts } from '../../../src/protocol/live.js';

/** Time that the test moves. */
export class TestClock implements Clock {
  time = 0;
  #timers: { readonly at: number; readonly f: () => void }[] = [];
  readonly #soon: (() => void)[] = [];

  now(): number {
    return this.time;
  }

  after(ms: number, f: () => void): () => void {
    const timer = { at: this.time + ms, f };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((other) => other !== timer));
  }

  soon(f: () => void): void {
    this.#soon.push(f);
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#timers.length;
  }

  /** Lets time pass, and others run: timers whose time has come, what is to be done soon, and what devices answer. */
  async pass(ms: number): Promise<void> {
    this.time += ms;
    const due = this.#timers.filter(({ at }) => at <= this.time);
    this.#timers = this.#timers.filter(({ at }) => at > this.time);
    for (const { f } of due) f();
    await this.breathe();
  }

  /** Lets others run at the same time. */
  async breathe(): Promise<void> {
    for (let turn = 0; turn < 4; turn++) {
      for (const f of this.#soon.splice(0)) f();
      await setImmediate();
    }
  }
}

/** What the tests of a suite have. */
export class LiveStage {
  clock = new TestClock();
  /** What the page was told. */
  pushed: LiveParts[] = [];
  /** First forms of displays, and newer ones, in the order in which they were asked for. */
  displayed: (readonly [id: string | undefined, bundle: pv.MimeBundle | Promise<pv.MimeBundle>])[] = [];
  updated: (readonly [id: string, bundle: pv.MimeBundle | Promise<pv.MimeBundle>])[] = [];
  #sink: ReturnType<typeof pv.setOutputSink> = null;

  /** A view by this clock. */
  live(options: LiveOptions = {}): LiveHandle {
    return openLive(options, this.clock);
  }

  /** The output as it stands. */
  async output(): Promise<pv.MimeBundle> {
    const [, bundle] = this.updated.at(-1) ?? this.displayed.at(-1) ?? [];
    return (await bundle) ?? {};
  }

  /** The data of the output as it stands. */
  async data(): Promise<LiveData> {
    return v.parse(liveSchema, JSON.parse(JSON.stringify((await this.output())[LIVE_MIME])));
  }

  begin(hasPage: boolean): void {
    this.clock = new TestClock();
    [this.pushed, this.displayed, this.updated] = [[], [], []];
    this.#sink = pv.setOutputSink({
      display: (bundle, id) => this.displayed.push([id, bundle]),
      update: (id, bundle) => this.updated.push([id, bundle]),
    });
    if (hasPage) setViewHost({ push: (_, data) => this.pushed.push(v.parse(livePartsSchema, JSON.parse(JSON.stringify(data)))) });
  }

  end(): void {
    // What a test left undone is no concern of the next.
    stopTrainings();
    pv.setOutputSink(this.#sink);
    setViewHost(null);
  }
}

/** Sets a stage for each test of this suite. */
export function useLiveStage({ hasPage = true } = {}): LiveStage {
  const stage = new LiveStage();
  beforeEach(() => stage.begin(hasPage));
  afterEach(() => stage.end());
  return stage;
}
