// Work that is asked for again while it is done: it is done to its end, and then once more. Nothing of the editor.

/** Does a kind of work for things: for each at one time once. */
export class Rounds<Thing extends object> {
  private readonly running = new Set<Thing>();
  private readonly again = new Set<Thing>();

  constructor(private readonly work: (thing: Thing) => Promise<void>) {}

  /** Does the work now, or once more after what is done now. */
  ask(thing: Thing): void {
    if (this.running.has(thing)) this.again.add(thing);
    else void this.run(thing);
  }

  private async run(thing: Thing): Promise<void> {
    this.running.add(thing);
    try {
      do {
        this.again.delete(thing);
        await this.work(thing);
      } while (this.again.has(thing));
    } finally {
      this.running.delete(thing);
    }
  }
}
