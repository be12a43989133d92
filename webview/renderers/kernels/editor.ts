// Kernels as they are edited: as taps, or as a wish for the response that the nearest kernel follows; with a way back. No page in here.

import {
  distance,
  nearestTaps,
  responseOf,
  withBins,
  type BinEdit,
  type ComplexPlane,
  type Operation,
  type Taps,
} from '../../../src/display/kernels-response.js';

/** What all kernels of a view share. */
export interface KernelsShape {
  readonly rows: number;
  readonly cols: number;
  /** Bins of the responses. */
  readonly height: number;
  readonly width: number;
  readonly operation: Operation;
}

/** A kernel, and the response that was asked for where it is not simply its own. */
interface Version {
  readonly values: Float64Array;
  readonly wish: ComplexPlane | null;
}

interface Step {
  readonly at: number;
  readonly before: Version;
  readonly after: Version;
}

/** Steps that can be undone, at most. */
const MOST_STEPS = 200;

/** Kernels with the edits of a person. */
export class KernelEditor {
  readonly #given: readonly Float64Array[];
  readonly #versions: Version[];
  #at = 0;
  #response: ComplexPlane | null = null;
  /** The version before a change that is still being made. */
  #before: Version | null = null;
  #done: Step[] = [];
  #undone: Step[] = [];

  constructor(
    readonly shape: KernelsShape,
    given: readonly Float64Array[],
  ) {
    this.#given = given;
    this.#versions = given.map((values) => ({ values, wish: null }));
  }

  /** The place of the kernel that is edited. */
  get at(): number {
    return this.#at;
  }

  /** Edits another kernel. */
  select(at: number): void {
    this.commit();
    this.#at = Math.min(this.#versions.length - 1, Math.max(0, at));
    this.#response = null;
  }

  /** The kernel that is edited. */
  get taps(): Taps {
    return this.tapsOf(this.#at);
  }

  /** A kernel as it is now. */
  tapsOf(at: number): Taps {
    const { rows, cols } = this.shape;
    return { rows, cols, values: this.#versions[at]?.values ?? new Float64Array(rows * cols) };
  }

  /** Its response. */
  get response(): ComplexPlane {
    const { height, width, operation } = this.shape;
    return (this.#response ??= responseOf(this.taps, height, width, operation));
  }

  /** The response that was asked for; null where the kernel was not made after one. */
  get wish(): ComplexPlane | null {
    return this.#versions[this.#at]?.wish ?? null;
  }

  /** How far the kernel's response stays from the one that was asked for, relative to that; null where none was. */
  get residual(): number | null {
    const { wish } = this;
    return wish === null ? null : distance(wish, this.response);
  }

  /** Sets taps. Until `commit`, all changes are one step. */
  setTaps(values: Float64Array): void {
    this.#set({ values, wish: null });
  }

  /** Sets one tap. */
  setTap(row: number, col: number, value: number): void {
    const values = Float64Array.from(this.taps.values);
    values[row * this.shape.cols + col] = value;
    this.setTaps(values);
  }

  /** Asks for another response about a bin, on top of what was asked for before, and takes the kernel that comes closest. */
  askFor(row: number, col: number, reach: number, edit: BinEdit): void {
    const { rows, cols, operation } = this.shape;
    const wish = withBins(this.wish ?? this.response, row, col, reach, edit);
    this.#set({ values: nearestTaps(wish, rows, cols, operation).values, wish });
  }

  /** Ends a change. */
  commit(): void {
    const before = this.#before;
    const after = this.#versions[this.#at];
    this.#before = null;
    if (before === null || after === undefined) return;
    this.#done = [...this.#done, { at: this.#at, before, after }].slice(-MOST_STEPS);
    this.#undone = [];
  }

  /** Makes the kernel what it was at first, as a step of its own. */
  reset(): void {
    this.setTaps(this.#given[this.#at] ?? new Float64Array());
    this.commit();
  }

  /** Whether there is a step to take back, and one to take again. */
  get can(): { readonly undo: boolean; readonly redo: boolean } {
    return { undo: this.#done.length > 0, redo: this.#undone.length > 0 };
  }

  /** Takes the last step back, and shows its kernel. */
  undo(): void {
    this.commit();
    const step = this.#done.pop();
    if (step === undefined) return;
    this.#undone.push(step);
    this.#go(step.at, step.before);
  }

  /** Takes a step again that was taken back. */
  redo(): void {
    const step = this.#undone.pop();
    if (step === undefined) return;
    this.#done.push(step);
    this.#go(step.at, step.after);
  }

  /** Kernels that differ from those that were given. */
  get edits(): readonly { readonly at: number; readonly values: Float64Array }[] {
    return this.#versions.flatMap(({ values }, at) => (this.isEdited(at) ? [{ at, values }] : []));
  }

  /** Whether a kernel differs from the one that was given. */
  isEdited(at: number): boolean {
    const given = this.#given[at];
    return this.#versions[at]?.values.some((value, i) => !Object.is(value, given?.[i])) ?? false;
  }

  /** Takes edits that were saved. */
  restore(edits: readonly { readonly at: number; readonly values: Float64Array }[]): void {
    for (const { at, values } of edits) if (this.#given[at]?.length === values.length) this.#versions[at] = { values, wish: null };
    this.#response = null;
  }

  #set(version: Version): void {
    this.#before ??= this.#versions[this.#at] ?? null;
    this.#versions[this.#at] = version;
    this.#response = null;
  }

  #go(at: number, version: Version): void {
    this.#at = at;
    this.#versions[at] = version;
    this.#response = null;
  }
}
