// A GPUDevice of an adapter, as the executor wants it, and the adapter in words.

/** How much of an adapter is asked for. */
export interface AdapterOptions {
  /** The adapter's larger limits (default), or WebGPU's defaults. */
  readonly limits?: 'adapter' | 'default';
  /** Asks for what measures the time of dispatches, where the adapter has it. */
  readonly timestamps?: boolean;
}

/** An adapter in one line. */
export function describeAdapter({ info }: GPUAdapter): string {
  return info.description || [info.vendor, info.architecture, info.device].filter(Boolean).join(' ') || 'an adapter without a name';
}

/** True for an adapter, by its description, that is a program on the CPU: Mesa's, Google's, or Windows' own. */
export function isSoftware(description: string): boolean {
  return /llvmpipe|lavapipe|swiftshader|warp|basic render/i.test(description);
}

/** True for Mesa's software adapter. It takes 5 to 10 ms to compile each load or store of a kernel's text, SwiftShader a tenth of that. */
export function isLavapipe(description: string): boolean {
  return /llvmpipe|lavapipe/i.test(description);
}

/** Opens a device of an adapter, which can be done once. */
export function requestDevice(adapter: GPUAdapter, { limits = 'adapter', timestamps = false }: AdapterOptions = {}): Promise<GPUDevice> {
  const { maxStorageBufferBindingSize, maxBufferSize, maxComputeWorkgroupStorageSize } = adapter.limits;
  return adapter.requestDevice({
    requiredLimits: limits === 'adapter' ? { maxStorageBufferBindingSize, maxBufferSize, maxComputeWorkgroupStorageSize } : {},
    requiredFeatures: timestamps && adapter.features.has('timestamp-query') ? ['timestamp-query'] : [],
  });
}
