// WebGPU as in a page, for peers that look for `navigator.gpu`: Dawn's.

/** Dawn's instance: one that is collected takes its devices with it. */
let dawn: GPU | undefined;

/** Puts Dawn where pages have WebGPU: `navigator.gpu` and the global constants. */
export async function provideNavigatorGpu(): Promise<void> {
  dawn = await openDawn();
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: dawn, userAgent: 'Node' }, configurable: true });
}

/** Dawn, and WebGPU's global constants. */
export async function openDawn(): Promise<GPU> {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  dawn = create([]);
  return dawn;
}
