// Waiting for Dawn without taking a core from it. The webgpu package asks Dawn whether a promise is done at each turn of the event loop, as fast as it
// turns. Where the adapter is a program, that is half of a machine with two cores.

/** The longest nap, ms, and naps as a share of the time waited so far: what is done soon is seen soon. */
const longest = 1;
const share = 0.05;

const cell = new Int32Array(new SharedArrayBuffer(4));

/** Naps at each turn of the event loop while somebody waits. */
class Patience {
  #waiting = 0;
  #since = 0;
  #isTurning = false;

  /** The promise itself; the event loop turns slowly until it is settled. */
  await<T>(promise: Promise<T>): Promise<T> {
    this.#waiting++;
    this.#since = performance.now();
    if (!this.#isTurning) setImmediate(this.#turn).unref();
    this.#isTurning = true;
    const settled = (): void => void this.#waiting--;
    promise.then(settled, settled);
    return promise;
  }

  readonly #turn = (): void => {
    this.#isTurning = this.#waiting > 0;
    if (!this.#isTurning) return;
    Atomics.wait(cell, 0, 0, Math.min(longest, share * (performance.now() - this.#since)));
    setImmediate(this.#turn).unref();
  };
}

/** Makes all that is awaited of a device be awaited patiently; returns the device. */
export function patient(gpu: GPUDevice): GPUDevice {
  const patience = new Patience();
  const wrap = <K extends string>(object: Record<K, (...values: never[]) => Promise<unknown>>, name: K): void => {
    const method = object[name].bind(object) as (...values: unknown[]) => Promise<unknown>;
    replace(object, name, (...values: unknown[]) => patience.await(method(...values)));
  };
  wrap(gpu.queue, 'onSubmittedWorkDone');
  wrap(gpu, 'popErrorScope');
  wrap(gpu, 'createComputePipelineAsync');
  const createBuffer = gpu.createBuffer.bind(gpu);
  replace(gpu, 'createBuffer', (descriptor: GPUBufferDescriptor): GPUBuffer => {
    const buffer = createBuffer(descriptor);
    if ((descriptor.usage & 0x0001) /* MAP_READ */ !== 0) wrap(buffer, 'mapAsync');
    return buffer;
  });
  return gpu;
}

/** Gives an object a method of its own in place of its class'. */
function replace(object: object, name: string, method: unknown): void {
  Object.defineProperty(object, name, { value: method, configurable: true, writable: true });
}
