// The resources of a cell's `using` and `await using` declarations, released in reverse at the end of the cell (ECMAScript explicit
// resource management; Node 20 has the symbols and not the syntax).

/** Collects resources and releases them. */
export class Resources {
  private readonly releases: (() => unknown)[] = [];

  /** Registers a resource; null and undefined are none. Throws TypeError for a value that cannot be released. */
  add<T>(resource: T, isAsync: boolean): T {
    if (resource === null || resource === undefined) return resource;
    const release = (isAsync ? methodOf(resource, Symbol.asyncDispose) : undefined) ?? methodOf(resource, Symbol.dispose);
    if (!release) {
      const wanted = isAsync ? '[Symbol.asyncDispose]() or [Symbol.dispose]()' : '[Symbol.dispose]()';
      throw new TypeError(`'${isAsync ? 'await using' : 'using'}' needs a value with a method ${wanted}`);
    }
    this.releases.push(() => release());
    return resource;
  }

  /** Releases everything, the last one first, each as `step` awaits it, and returns the errors in the order in which they came. */
  async release(step: (release: () => unknown) => Promise<unknown>): Promise<unknown[]> {
    const errors: unknown[] = [];
    for (let release = this.releases.pop(); release; release = this.releases.pop()) {
      try {
        await step(release);
      } catch (error) {
        errors.push(error);
      }
    }
    return errors;
  }
}

function methodOf(value: unknown, name: symbol): (() => unknown) | undefined {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return undefined;
  const method: unknown = Reflect.get(value, name);
  return typeof method === 'function' ? (): unknown => Reflect.apply(method, value, []) as unknown : undefined;
}
