// The library exists once in a thread: a tensor of one copy would be a stranger to another.

const slot = Symbol.for('parseval.loaded');

const earlier: unknown = Reflect.get(globalThis, slot);
if (typeof earlier === 'string') {
  throw new Error(
    `parseval is loaded a second time, from ${import.meta.url}, beside ${earlier}: tensors of one copy are strangers to the other. ` +
      `Import it as 'parseval' everywhere, and install it once`,
  );
}
Object.defineProperty(globalThis, slot, { value: import.meta.url });
