// GPU buffers by id, kept for reuse when freed. Freed buffers are handed out again by size, so that a training loop settles
// on the same few buffers and allocates nothing.

/** A GPU buffer with a number that names it in bind group keys. */
export interface Allocation {
  readonly buffer: GPUBuffer;
  readonly bytes: number;
  readonly serial: number;
}

const usage = 0x0080 /* STORAGE */ | 0x0008 /* COPY_DST */ | 0x0004; /* COPY_SRC */

/** Freed buffers beyond this many bytes are destroyed instead of kept. */
const maxIdleBytes = 512 * 2 ** 20;

/** Hands out storage buffers. */
export class BufferPool {
  readonly #gpu: GPUDevice;
  readonly #idle = new Map<number, Allocation[]>();
  #idleBytes = 0;
  #made = 0;

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
  }

  /** Bytes of freed buffers that wait for reuse. */
  get idleBytes(): number {
    return this.#idleBytes;
  }

  /** Buffers ever made. */
  get made(): number {
    return this.#made;
  }

  /** A buffer of at least `bytes`, its content undefined. */
  take(bytes: number): Allocation {
    const size = Math.max(256, Math.ceil(bytes / 256) * 256);
    const idle = this.#idle.get(size)?.pop();
    if (idle !== undefined) {
      this.#idleBytes -= size;
      return idle;
    }
    this.#made++;
    return { buffer: this.#gpu.createBuffer({ size, usage }), bytes: size, serial: this.#made };
  }

  /** Gives a buffer back. Work that was submitted before still reads it; whoever takes it next writes after that. */
  give(allocation: Allocation): void {
    this.#idleBytes += allocation.bytes;
    const list = this.#idle.get(allocation.bytes);
    if (list === undefined) this.#idle.set(allocation.bytes, [allocation]);
    else list.push(allocation);
    this.#trim();
  }

  /** Destroys buffers of the size that was idle first until few enough are kept. */
  #trim(): void {
    for (const [size, list] of this.#idle) {
      while (this.#idleBytes > maxIdleBytes) {
        const oldest = list.shift();
        if (oldest === undefined) break;
        this.#idleBytes -= size;
        oldest.buffer.destroy();
      }
      if (list.length === 0) this.#idle.delete(size);
      if (this.#idleBytes <= maxIdleBytes) return;
    }
  }
}
