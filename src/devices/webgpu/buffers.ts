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

/** New buffers from this size on are looked at before they are used; smaller ones come out of memory that the driver holds already. */
const checkedBytes = 2 ** 20;

/** The device has no memory left for a buffer. */
export class OutOfMemory extends Error {
  override readonly name = 'OutOfMemory';

  constructor(readonly bytes: number) {
    super(`out of device memory: a buffer of ${bytes} bytes could not be made; free tensors with dispose() or work on smaller batches`);
  }
}

/** Bytes of the buffer that holds `bytes`. */
export function allocatedBytes(bytes: number): number {
  return Math.max(256, Math.ceil(bytes / 256) * 256);
}

/** Hands out storage buffers. */
export class BufferPool {
  readonly #gpu: GPUDevice;
  readonly #idle = new Map<number, Allocation[]>();
  readonly #unchecked: { readonly allocation: Allocation; readonly error: Promise<GPUError | null> }[] = [];
  readonly #broken = new WeakSet<Allocation>();
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

  /** A buffer of at least `bytes`, its content undefined. Throws when it is larger than the device's buffers can be. */
  take(bytes: number): Allocation {
    const size = allocatedBytes(bytes);
    const idle = this.#idle.get(size)?.pop();
    if (idle !== undefined) {
      this.#idleBytes -= size;
      return idle;
    }
    const { maxBufferSize } = this.#gpu.limits;
    if (size > maxBufferSize)
      throw new Error(`a buffer of ${size} bytes is larger than the device's buffers can be, ${maxBufferSize} bytes`);
    const isChecked = size >= checkedBytes;
    if (isChecked) this.#gpu.pushErrorScope('out-of-memory');
    try {
      const allocation = { buffer: this.#gpu.createBuffer({ size, usage }), bytes: size, serial: ++this.#made };
      if (isChecked) this.#unchecked.push({ allocation, error: this.#gpu.popErrorScope() });
      return allocation;
    } catch (error) {
      if (isChecked) void this.#gpu.popErrorScope();
      throw error;
    }
  }

  /** When new buffers are not looked at yet: a promise that resolves when it is known which of them are there; see `isBroken`. */
  check(): Promise<void> | null {
    const fresh = this.#unchecked.splice(0);
    if (fresh.length === 0) return null;
    return Promise.all(fresh.map(({ error }) => error)).then((errors) => {
      fresh.forEach(({ allocation }, i) => {
        if (errors[i] !== null) this.#broken.add(allocation);
      });
    });
  }

  /** True for a buffer that there was no memory for: it must not be used. */
  isBroken(allocation: Allocation): boolean {
    return this.#broken.has(allocation);
  }

  /** Gives a buffer back. Work that was submitted before still reads it; whoever takes it next writes after that. */
  give(allocation: Allocation): void {
    if (this.#broken.has(allocation)) {
      allocation.buffer.destroy();
      return;
    }
    this.#idleBytes += allocation.bytes;
    const list = this.#idle.get(allocation.bytes);
    if (list === undefined) this.#idle.set(allocation.bytes, [allocation]);
    else list.push(allocation);
    this.#trim(maxIdleBytes);
  }

  /** Destroys all buffers that wait for reuse. */
  clear(): void {
    this.#trim(0);
  }

  /** Destroys buffers of the size that was idle first until few enough are kept. */
  #trim(limit: number): void {
    for (const [size, list] of this.#idle) {
      while (this.#idleBytes > limit) {
        const oldest = list.shift();
        if (oldest === undefined) break;
        this.#idleBytes -= size;
        oldest.buffer.destroy();
      }
      if (list.length === 0) this.#idle.delete(size);
      if (this.#idleBytes <= limit) return;
    }
  }
}
