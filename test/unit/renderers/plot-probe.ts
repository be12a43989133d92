// Looks at a line plot on a page as a user does: points at places, reads what is said, and takes the colours of pixels. Where values lie is
// computed from what the test knows of the axes, not asked of the plot.
import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';

/** An axis as a test knows it: values at its ends. */
export interface KnownAxis {
  readonly from: number;
  readonly to: number;
  readonly isLog?: boolean;
}

/** Room beside the curves in px, as a ruler on the screen has it. */
const [LEFT, TOP, RIGHT, BOTTOM] = [56, 6, 10, 34] as const;

/** The ends of an axis that fits values: a margin of 4% on both sides. */
export function fitted(values: readonly number[], isLog = false): KnownAxis {
  const places = values.map((value) => (isLog ? Math.log(value) : value));
  const [low, high] = [Math.min(...places), Math.max(...places)];
  const back = (place: number): number => (isLog ? Math.exp(place) : place);
  return { from: back(low - 0.04 * (high - low)), to: back(high + 0.04 * (high - low)), isLog };
}

function partOf(value: number, { from, to, isLog = false }: KnownAxis): number {
  return isLog ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
}

/** A plot on a page; `at` says which, of several. */
export class PlotProbe {
  readonly plot: Locator;

  constructor(
    readonly page: Page,
    private readonly x: KnownAxis,
    private readonly y: KnownAxis,
    private readonly at = 0,
    private readonly room = { right: RIGHT as number, bottom: BOTTOM as number },
  ) {
    this.plot = page.locator('.line-plot').nth(at);
  }

  /** Where a value lies, in CSS px from the corner of the plot. */
  async place(x: number, y: number): Promise<{ x: number; y: number }> {
    const size = (await this.plot.boundingBox()) ?? expect.fail('the plot is not on the page');
    const [width, height] = [size.width - LEFT - this.room.right, size.height - TOP - this.room.bottom];
    return { x: LEFT + partOf(x, this.x) * width, y: TOP + (1 - partOf(y, this.y)) * height };
  }

  /** Points at a value of x; resolves to what is said. */
  async pointAt(x: number): Promise<string> {
    const size = (await this.plot.boundingBox()) ?? { x: 0, y: 0, height: 0 };
    const { x: left } = await this.place(x, this.y.from);
    await this.page.mouse.move(size.x + left, size.y + 0.4 * size.height);
    return this.readout();
  }

  /** Drags from one value of x to another. */
  async drag(from: number, to: number): Promise<void> {
    const size = (await this.plot.boundingBox()) ?? { x: 0, y: 0, height: 0 };
    const [a, b] = [await this.place(from, this.y.from), await this.place(to, this.y.from)];
    await this.page.mouse.move(size.x + a.x, size.y + 0.4 * size.height);
    await this.page.mouse.down();
    await this.page.mouse.move(size.x + b.x, size.y + 0.4 * size.height, { steps: 4 });
    await this.page.mouse.up();
  }

  /** What is said below. */
  async readout(): Promise<string> {
    return (await this.page.locator('.readout').first().innerText()).replace(/\s+/gu, ' ');
  }

  /** Whether a pixel within so many px of where a point lies has this colour. */
  async hasColor(x: number, y: number, color: string, within = 1): Promise<boolean> {
    const place = await this.place(x, y);
    return this.#has(color, place.x - within, place.y - within, 2 * within + 1, 2 * within + 1);
  }

  /** Whether a pixel above or below a place on the x axis has this colour. */
  async hasColorAt(x: number, color: string): Promise<boolean> {
    const [{ x: left, y: bottom }, { y: top }] = [await this.place(x, this.y.from), await this.place(x, this.y.to)];
    return this.#has(color, left, top, 1, bottom - top);
  }

  async #has(color: string, left: number, top: number, width: number, height: number): Promise<boolean> {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16));
    const bytes = await this.page.evaluate<number[]>(
      `(() => {
        const plot = document.querySelector('main > div').shadowRoot.querySelectorAll('.line-plot')[${this.at}];
        const context = plot.querySelector('canvas').getContext('2d');
        return [...context.getImageData(${Math.floor(left)}, ${Math.floor(top)}, ${width}, ${Math.floor(height)}).data];
      })()`,
    );
    for (let i = 0; i < bytes.length; i += 4) {
      const [r = 0, g = 0, b = 0, alpha = 0] = bytes.slice(i, i + 4);
      // A line of 1.5 px covers three quarters of a pixel at least.
      if (alpha > 150 && Math.abs(r - red) + Math.abs(g - green) + Math.abs(b - blue) < 60) return true;
    }
    return false;
  }
}
