// The order in which the cells of one notebook run: one after another, and not past one that failed.

/** What to do with an item whose turn came, and with one whose turn will not come. */
export interface QueueHandlers<Item> {
  /** Resolves with whether what waits may go on. Must not reject. */
  readonly run: (item: Item) => Promise<boolean>;
  readonly drop: (item: Item) => void;
}

/** Runs items one after another. */
export class RunQueue<Item> {
  private readonly waiting: { readonly item: Item; readonly done: () => void }[] = [];
  private current: Item | undefined;

  constructor(private readonly handlers: QueueHandlers<Item>) {}

  /** The item that runs now. */
  get running(): Item | undefined {
    return this.current;
  }

  /** The item that runs and those that wait. */
  get items(): readonly Item[] {
    const waiting = this.waiting.map(({ item }) => item);
    return this.current === undefined ? waiting : [this.current, ...waiting];
  }

  /** Puts items at the end; resolves when all of them ran or were dropped. */
  async add(items: readonly Item[]): Promise<void> {
    const all = items.map((item) => new Promise<void>((done) => this.waiting.push({ item, done })));
    void this.advance();
    await Promise.all(all);
  }

  /** Drops all that waits; what runs is left alone. */
  clear(): void {
    this.drop(this.items);
  }

  /** Drops those of these items that wait; what runs is left alone. */
  drop(items: readonly Item[]): void {
    for (const each of this.waiting.splice(0)) {
      if (!items.includes(each.item)) {
        this.waiting.push(each);
        continue;
      }
      this.handlers.drop(each.item);
      each.done();
    }
  }

  private async advance(): Promise<void> {
    if (this.current !== undefined) return;
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      this.current = next.item;
      const mayGoOn = await this.handlers.run(next.item);
      this.current = undefined;
      if (!mayGoOn) this.clear();
      next.done();
    }
  }
}
