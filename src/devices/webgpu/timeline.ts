// What the GPU does when, for those who watch: each submission, and the time of each of its dispatches where the device measures it.
// When nobody watches nothing is measured.

/** One submission that is done. Times are in milliseconds. */
export interface ObservedBatch {
  readonly plan: number;
  /** When it was encoded, on the clock of `performance.now()`. */
  readonly begin: number;
  /** Time to encode and submit it. */
  readonly cpu: number;
  /** When the device was seen to be done, on the same clock. */
  readonly end: number;
  /** Label of each dispatch. */
  readonly dispatches: readonly string[];
  /** Begin and end of each dispatch on the GPU, since the first one's begin; null where the device does not measure them. */
  readonly times: Float64Array | null;
}

/** Told of each submission once it is done. */
export type BatchObserver = (batch: ObservedBatch) => void;

/** One submission that is being measured. */
export interface Measurement {
  /** What the pass of dispatch `index` has to write; undefined where nothing is measured, and passes need not be apart. */
  writes(index: number): GPUComputePassTimestampWrites | undefined;
  readonly isTimed: boolean;
  /** Adds the commands that fetch the times. */
  resolve(encoder: GPUCommandEncoder): void;
  /** To be called after the submission. */
  submitted(): void;
}

interface QuerySet {
  readonly queries: GPUQuerySet;
  readonly resolved: GPUBuffer;
  readonly staging: GPUBuffer;
}

/** A query set holds at most 4096 queries, two for each dispatch. */
const mostDispatches = 2048;
/** Submissions beyond these that are under way at once are seen without the times of their dispatches. */
const mostSets = 8;
const timestampBytes = 8;

/** Measures submissions while somebody watches. */
export class Timeline {
  readonly #gpu: GPUDevice;
  readonly #canTime: boolean;
  readonly #idle: QuerySet[] = [];
  #made = 0;
  #observer: BatchObserver | null = null;

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
    this.#canTime = gpu.features.has('timestamp-query');
  }

  /** Watches from now on, or no longer. */
  watch(observer: BatchObserver | null): void {
    this.#observer = observer;
  }

  /** Starts to measure a submission; null when nobody watches. */
  measure(plan: number, dispatches: readonly string[]): Measurement | null {
    if (this.#observer === null) return null;
    const begin = performance.now();
    const count = dispatches.length;
    const set = this.#canTime && count <= mostDispatches ? this.#take() : undefined;
    return {
      isTimed: set !== undefined,
      writes: (index) => set && { querySet: set.queries, beginningOfPassWriteIndex: 2 * index, endOfPassWriteIndex: 2 * index + 1 },
      resolve: (encoder) => {
        if (set === undefined) return;
        encoder.resolveQuerySet(set.queries, 0, 2 * count, set.resolved, 0);
        encoder.copyBufferToBuffer(set.resolved, 0, set.staging, 0, 2 * count * timestampBytes);
      },
      submitted: () => {
        const cpu = performance.now() - begin;
        const tell = (times: Float64Array | null): void =>
          this.#observer?.({ plan, begin, cpu, end: performance.now(), dispatches, times });
        if (set === undefined) void this.#gpu.queue.onSubmittedWorkDone().then(() => tell(null), ignore);
        else void this.#times(set, count).then(tell, ignore);
      },
    };
  }

  async #times(set: QuerySet, count: number): Promise<Float64Array> {
    const bytes = 2 * count * timestampBytes;
    await set.staging.mapAsync(1 /* READ */, 0, bytes);
    const stamps = new BigUint64Array(set.staging.getMappedRange(0, bytes));
    const first = stamps[0] ?? 0n;
    const times = Float64Array.from(stamps, (stamp) => Number(stamp - first) / 1e6);
    set.staging.unmap();
    this.#idle.push(set);
    return times;
  }

  #take(): QuerySet | undefined {
    const idle = this.#idle.pop();
    if (idle !== undefined || this.#made >= mostSets) return idle;
    this.#made++;
    const bytes = 2 * mostDispatches * timestampBytes;
    return {
      queries: this.#gpu.createQuerySet({ type: 'timestamp', count: 2 * mostDispatches }),
      resolved: this.#gpu.createBuffer({ size: bytes, usage: 0x0200 /* QUERY_RESOLVE */ | 0x0004 /* COPY_SRC */ }),
      staging: this.#gpu.createBuffer({ size: bytes, usage: 0x0001 /* MAP_READ */ | 0x0008 /* COPY_DST */ }),
    };
  }
}

/** A device that is lost meanwhile says so elsewhere. */
function ignore(): void {}
