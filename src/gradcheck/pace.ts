// Keeps a long check company: lets other work through, and says how far it has come.

/** To be called between pieces of work. */
export type Pace = () => Promise<void>;

/** Gives way to other work about every 20 ms. */
export function pacer(): Pace {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < 20) return;
    await new Promise((resolve) => setImmediate(resolve));
    last = performance.now();
  };
}
