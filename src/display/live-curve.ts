// A curve that grows with a training, of which every point is kept, and what of it a page can show. Pages use it, too: nothing of Node in here.

/** Points in the order of their steps. */
export interface Points {
  readonly steps: Float64Array;
  readonly values: Float64Array;
}

/** A curve that grows. */
export class Curve {
  #steps = new Float64Array(64);
  #values = new Float64Array(64);
  #count = 0;
  #isSorted = true;

  /** Points there are. */
  get count(): number {
    return this.#count;
  }

  /** Adds a point; one that comes late takes its place among the others. */
  add(step: number, value: number): void {
    const at = this.#count++;
    if (at === this.#steps.length) [this.#steps, this.#values] = [longer(this.#steps), longer(this.#values)];
    if (at > 0 && step < this.#steps[at - 1]!) this.#isSorted = false;
    this.#steps[at] = step;
    this.#values[at] = value;
  }

  /** All points. Valid until the next one is added. */
  points(): Points {
    if (!this.#isSorted) this.#sort();
    return { steps: this.#steps.subarray(0, this.#count), values: this.#values.subarray(0, this.#count) };
  }

  /** Keeps only points that show the same: about `most` of them. */
  thin(most: number): void {
    const { steps, values } = thinned(this.points(), most);
    this.#count = steps.length;
    this.#steps.set(steps);
    this.#values.set(values);
  }

  #sort(): void {
    const order = Array.from({ length: this.#count }, (_, i) => i).sort((a, b) => this.#steps[a]! - this.#steps[b]! || a - b);
    const [steps, values] = [this.#steps.slice(), this.#values.slice()];
    order.forEach((from, to) => {
      this.#steps[to] = steps[from]!;
      this.#values[to] = values[from]!;
    });
    this.#isSorted = true;
  }
}

function longer(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const result = new Float64Array(2 * values.length);
  result.set(values);
  return result;
}

/**
 * At most `most` points (12 or more) that look like all: of neighbours together the least, the largest and, where there is one, the first that is no
 * number. The first and the last point stay.
 */
export function thinned({ steps, values }: Points, most: number): Points {
  const count = steps.length;
  if (count <= most) return { steps, values };
  const blocks = Math.floor((most - 2) / 3);
  const kept = new Set([0, count - 1]);
  for (let block = 0; block < blocks; block++) {
    const end = Math.floor(((block + 1) * count) / blocks);
    let [least, largest, missing] = [-1, -1, -1];
    for (let i = Math.floor((block * count) / blocks); i < end; i++) {
      const value = values[i]!;
      if (Number.isNaN(value)) missing = missing < 0 ? i : missing;
      else {
        if (least < 0 || value < values[least]!) least = i;
        if (largest < 0 || value > values[largest]!) largest = i;
      }
    }
    for (const i of [least, largest, missing]) if (i >= 0) kept.add(i);
  }
  const order = Float64Array.from(kept).sort();
  return { steps: order.map((i) => steps[i]!), values: order.map((i) => values[i]!) };
}

/** The last value, and the least and the largest that are numbers, with their steps; null where there is no point. */
export interface CurveSummary {
  readonly last: number;
  readonly least: { readonly value: number; readonly step: number } | null;
  readonly largest: { readonly value: number; readonly step: number } | null;
}

/** What a curve comes to. */
export function summaryOf({ steps, values }: Points): CurveSummary | null {
  if (values.length === 0) return null;
  let [least, largest] = [-1, -1];
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i]!)) continue;
    if (least < 0 || values[i]! < values[least]!) least = i;
    if (largest < 0 || values[i]! > values[largest]!) largest = i;
  }
  const place = (i: number): CurveSummary['least'] => (i < 0 ? null : { value: values[i]!, step: steps[i]! });
  return { last: values[values.length - 1]!, least: place(least), largest: place(largest) };
}
