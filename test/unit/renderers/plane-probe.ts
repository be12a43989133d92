// Looks at a plane of cells on a page as a user does: points at cells, reads what is said, and takes the colours of pixels.
import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';

/** A plane on a page; `at` says which, of several. */
export class PlaneProbe {
  readonly plane: Locator;

  constructor(
    readonly page: Page,
    private readonly at = 0,
  ) {
    this.plane = page.locator('.plane').nth(at);
  }

  /** The canvas of the cells. */
  get canvas(): Locator {
    return this.plane.locator('canvas.cells');
  }

  /** Where cells are drawn: the rectangle in the frame, in CSS px of the canvas, found by its colours' frame. */
  async box(): Promise<{ x: number; y: number; width: number; height: number }> {
    const size = (await this.canvas.boundingBox()) ?? { width: 0, height: 0 };
    // The room of the axes, as a ruler on the screen has it.
    return { x: 56, y: 6, width: size.width - 66, height: size.height - 40 };
  }

  /** Points at the middle of a cell of a plane of `rows` by `cols` that is seen whole. */
  async pointAt(row: number, col: number, rows: number, cols: number): Promise<string> {
    const { x, y } = await this.middle(row, col, rows, cols);
    const at = (await this.canvas.boundingBox()) ?? { x: 0, y: 0 };
    await this.page.mouse.move(at.x + x, at.y + y);
    return this.readout();
  }

  /** What is said below. */
  async readout(): Promise<string> {
    return (await this.page.locator('.readout').first().innerText()).replace(/\s+/gu, ' ');
  }

  /** The colour in the middle of a cell, as bytes, as it is seen: on the page's own colour, which is white in the light theme. */
  async colorOnPage(row: number, col: number, rows: number, cols: number): Promise<number[]> {
    const [red = 0, green = 0, blue = 0, opacity = 0] = await this.#pixel(row, col, rows, cols);
    return [red, green, blue].map((byte) => Math.round(255 + (opacity / 255) * (byte - 255)));
  }

  /** The colour in the middle of a cell, as bytes. */
  async color(row: number, col: number, rows: number, cols: number): Promise<number[]> {
    return (await this.#pixel(row, col, rows, cols)).slice(0, 3);
  }

  async #pixel(row: number, col: number, rows: number, cols: number): Promise<number[]> {
    const { x, y } = await this.middle(row, col, rows, cols);
    const found = await this.page.evaluate<number[]>(
      `(() => {
        const canvas = document.querySelector('main > div').shadowRoot.querySelectorAll('.plane')[${this.at}].querySelector('canvas.cells');
        return [...canvas.getContext('2d').getImageData(${Math.floor(x)}, ${Math.floor(y)}, 1, 1).data];
      })()`,
    );
    expect(found).to.have.lengthOf(4);
    return found;
  }

  async middle(row: number, col: number, rows: number, cols: number): Promise<{ x: number; y: number }> {
    const box = await this.box();
    return { x: box.x + ((col + 0.5) / cols) * box.width, y: box.y + ((row + 0.5) / rows) * box.height };
  }
}
