// Which cell of a notebook a name means: the nearest above that declares it, else the nearest below.
import type { CellSource, DeclaredName } from './cell-source.js';

/** A cell of a notebook. */
export interface Cell {
  /** Its number in the notebook's life: stable while it moves and changes. */
  readonly number: number;
  readonly source: CellSource;
}

/** The two things that a name can mean. */
export type Meaning = 'value' | 'type';

/** The names that the cells of a notebook declare. */
export class Nearest {
  private readonly declaring = new Map<string, number[]>();
  private readonly places: ReadonlyMap<number, number>;

  constructor(readonly cells: readonly Cell[]) {
    this.places = new Map(cells.map(({ number }, index) => [number, index]));
    for (const [index, { source }] of cells.entries()) {
      for (const name of source.names.keys()) {
        const list = this.declaring.get(name);
        if (list) list.push(index);
        else this.declaring.set(name, [index]);
      }
    }
  }

  /** All names that a cell declares. */
  names(): IterableIterator<string> {
    return this.declaring.keys();
  }

  /** Where another cell than the one with this number finds a name. */
  find(name: string, meaning: Meaning, number: number): { readonly declared: DeclaredName; readonly cell: Cell } | undefined {
    const indices = this.declaring.get(name);
    if (!indices) return undefined;
    const here = this.places.get(number) ?? this.cells.length;
    const at = (index: number): { declared: DeclaredName; cell: Cell } | undefined => {
      const cell = this.cells[index];
      const declared = cell?.source.names.get(name);
      return cell && declared && (meaning === 'value' ? declared.isValue : declared.isType) ? { declared, cell } : undefined;
    };
    for (const index of indices.toReversed()) {
      const found = index < here ? at(index) : undefined;
      if (found) return found;
    }
    // A global keeps its meaning until the cell below runs.
    if (meaning === 'value' && name in globalThis) return undefined;
    for (const index of indices) {
      const found = index > here ? at(index) : undefined;
      if (found) return found;
    }
    return undefined;
  }
}
