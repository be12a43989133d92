// What the view of a spectrum asks of the kernel.

import * as v from 'valibot';
import {
  contentSchema,
  partAnswer,
  type Preparation,
  type SpectrumContent,
  type SpectrumData,
  type SpectrumRequest,
} from '../../../src/protocol/spectrum.js';
import type { Region } from '../../ui/plane/viewport.js';
import type { ViewPage } from '../../ui/renderer.js';
import { decodeBins, type Bins } from './model.js';

/** Why nothing can be asked where the kernel never knew the view. */
const NO_KERNEL = 'this needs a kernel: run the cell again';

/** The kernel that knows a spectrum, or none. */
export class SpectrumKernel {
  constructor(
    private readonly saved: Pick<SpectrumData, 'view' | 'content'>,
    private readonly page: ViewPage,
  ) {}

  /** Spectra of the batch from a place on, prepared as is said. */
  async content(prepared: Preparation, from: number): Promise<SpectrumContent> {
    return v.parse(contentSchema, await this.#ask({ kind: 'content', prepared, from }));
  }

  /** Bins of a part of the spectrum at a place of the batch, in at most so many blocks. */
  async part(prepared: Preparation, plane: number, region: Region, rows: number, cols: number, reference: number): Promise<Bins> {
    const size = { rows: Math.min(4096, rows), cols: Math.min(4096, cols) };
    const { bins, pool } = v.parse(partAnswer, await this.#ask({ kind: 'part', prepared, plane, ...region, ...size }));
    return decodeBins(bins, reference, pool, { row: region.top, col: region.left });
  }

  /** Why the kernel cannot be asked; empty where it can. */
  async hindrance(): Promise<string> {
    try {
      const one = { top: 0, left: 0, bottom: 1, right: 1 };
      await this.part(this.saved.content.prepared, this.saved.content.from, one, 1, 1, 1);
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #ask(request: SpectrumRequest): Promise<unknown> {
    const { view } = this.saved;
    if (view === null) throw new Error(NO_KERNEL);
    return this.page.ask(view, request);
  }
}
