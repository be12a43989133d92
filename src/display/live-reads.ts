// What a running training has logged on a device and is still to be read. Loops are never made to wait: values are held as recipes or buffers, and read
// together, so many at most, when the loop lets others run.

import type { TypedArray } from '../devices/dtype.js';
import { sizeOf } from '../devices/shape.js';
import { transformNode } from '../fft/fft.js';
import { confirmWith, flush } from '../graph/flush.js';
import { withoutGradients, type Node } from '../graph/node.js';
import { floating, meanNode } from '../tensor/arguments.js';
import { Handle } from '../tensor/handles.js';
import { add, imag, real, square } from '../tensor/operations/elementwise/index.js';
import { reshape, slice } from '../tensor/operations/views.js';
import { Tensor } from '../tensor/tensor.js';
import { glanceAt, radialMean, type Glance } from './live-radial.js';

/** Scalars that wait to be read, at most. */
const mostWaiting = 256;

/** A scalar that was read. */
export interface ScalarReading {
  readonly name: string;
  readonly step: number;
  readonly value: number;
}

/** A tensor that was read. */
export interface PictureReading {
  readonly name: string;
  readonly step: number;
  readonly glance: Glance;
  readonly cells: Float64Array;
  readonly radial: Float64Array;
}

/** What was read together. */
export interface Readings {
  readonly scalars: readonly ScalarReading[];
  readonly pictures: readonly PictureReading[];
}

interface Waiting {
  readonly name: string;
  readonly step: number;
  readonly handle: Handle;
}

interface Watched {
  readonly tensor: Tensor;
  readonly step: number;
  /** Whether it was logged since it was read. */
  isNew: boolean;
}

/** What is to be read of a training. */
export class LiveReads {
  #scalars: Waiting[] = [];
  readonly #tensors = new Map<string, Watched>();
  #skipped = 0;

  /** Whether there are scalars to read. */
  get hasScalars(): boolean {
    return this.#scalars.length > 0;
  }

  /** Whether there are tensors to read. */
  get hasTensors(): boolean {
    return this.#newTensors().length > 0;
  }

  /** Scalars that were not read, because too many waited. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Names of the tensors that are looked at. */
  get watched(): ReadonlySet<string> {
    return new Set(this.#tensors.keys());
  }

  /** Holds a scalar as it is now. Of too many that wait, every second one goes. */
  addScalar(name: string, step: number, tensor: Tensor): void {
    this.#scalars.push({ name, step, handle: new Handle(tensor.node) });
    if (this.#scalars.length <= mostWaiting) return;
    const others = this.#scalars.filter((_, i) => i % 2 === 0);
    for (const each of this.#scalars) if (!others.includes(each)) each.handle.release();
    this.#skipped += this.#scalars.length - others.length;
    this.#scalars = others;
  }

  /** Looks at a tensor when it is read next; what was logged of it before is not read any more. */
  addPicture(name: string, step: number, tensor: Tensor): void {
    // In its old place among the others: whose turn it is stays.
    this.#tensors.set(name, { tensor, step, isNew: true });
  }

  /**
   * Holds tensors whose turn it is, so many at most, as they are now, and gives what reads them and the scalars: to be called once, when nobody is
   * kept waiting. Only where it `computes` it also reads scalars that nothing else has computed yet.
   */
  take(tensors: number, areScalarsWanted = true): (computes: boolean) => Promise<Readings> {
    const due = this.#newTensors().slice(0, tensors);
    const pictures = due.flatMap(([name, watched]): Waiting[] => {
      watched.isNew = false;
      const node = Tensor.liveNode(watched.tensor);
      return node === null ? [] : [{ name, step: watched.step, handle: new Handle(node) }];
    });
    // Whose turn it was comes last at the next time.
    for (const [name, watched] of due) if (this.#tensors.delete(name)) this.#tensors.set(name, watched);
    return (computes) => read(areScalarsWanted ? this.#takeScalars(computes) : [], pictures);
  }

  /** Lets go of everything. */
  clear(): void {
    for (const { handle } of this.#scalars) handle.release();
    this.#scalars = [];
    this.#tensors.clear();
  }

  /** What is not computed yet the next step computes with all else: a plan of its own would come on top of that. */
  #takeScalars(computes: boolean): readonly Waiting[] {
    const isReady = ({ handle: { node } }: Waiting): boolean => computes || node.buffer !== null;
    const taken = this.#scalars.filter(isReady);
    this.#scalars = this.#scalars.filter((each) => !isReady(each));
    return taken;
  }

  #newTensors(): [string, Watched][] {
    return [...this.#tensors].filter(([, { isNew }]) => isNew);
  }
}

/** Reads what is held, and lets go of it as soon as the device is asked. */
async function read(scalars: readonly Waiting[], pictures: readonly Waiting[]): Promise<Readings> {
  const looks: (Look & Waiting)[] = [];
  const held = [...scalars, ...pictures].map(({ handle }) => handle);
  let values: Promise<TypedArray>[];
  try {
    values = withoutGradients(() => {
      for (const each of pictures) looks.push({ ...each, ...lookAt(each.handle.node) });
      const made = looks.flatMap(({ cells, power }) => [cells, power]);
      held.push(...made.map((node) => new Handle(node)));
      const nodes = [...scalars.map(({ handle }) => handle.node), ...made];
      // All of a device by one plan.
      for (const state of new Set(nodes.map((node) => node.state))) {
        const here = nodes.filter((node) => node.state === state);
        if (here.some(({ buffer }) => buffer === null)) flush(state, here);
      }
      return nodes.map(readStored);
    });
  } finally {
    for (const handle of held) handle.release();
  }
  const found = await Promise.all(values);
  const rest = found.slice(scalars.length);
  return {
    scalars: scalars.map(({ name, step }, i) => ({ name, step, value: found[i]![0]! })),
    pictures: looks.map(({ name, step, glance }, i) => ({
      name,
      step,
      glance,
      cells: Float64Array.from(rest[2 * i]!),
      radial: radialMean(rest[2 * i + 1]!, glance.sizes),
    })),
  };
}

/** The value of a node that is computed. Unlike `readNode` it computes nothing else: a step that is being recorded is left to its end. */
function readStored(node: Node): Promise<TypedArray> {
  const values = node.device.read(node.buffer as number, node.dtype, sizeOf(node.shape));
  confirmWith(node.state, values);
  return values;
}

/** What is computed of a tensor. */
interface Look {
  readonly glance: Glance;
  /** The planes that are looked at, [planes, rows, cols]. */
  readonly cells: Node;
  /** The mean over them of |X|², X their half spectra: [P, Q/2 + 1]. */
  readonly power: Node;
}

function lookAt(x: Node): Look {
  const glance = glanceAt(x.shape);
  const { all, planes, rows, cols, sizes } = glance;
  const stacked = reshape(floating(x), [all, x.shape.at(-2)!, x.shape.at(-1)!]);
  const cells = slice(stacked, [0, 0, 0], [planes, rows, cols]);
  const spectrum = transformNode('rfft', cells, [1, 2], sizes, 'backward');
  return { glance, cells, power: meanNode(add(square(real(spectrum)), square(imag(spectrum))), [0]) };
}
