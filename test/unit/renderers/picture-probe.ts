// Looks at the picture of a gradient as a user does: points at it, reads what is said, and takes the colours of its pixels.
import { expect } from 'chai';
import type { Page } from 'playwright-core';

/** A place of the picture in CSS px, the element there, all that is said of it, and its colour. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly index: readonly number[];
  readonly said: string;
  readonly color: number[];
}

const root = `document.querySelector('main > div').shadowRoot`;
const canvas = `${root}.querySelector('canvas')`;

/** A picture on a page. */
export class PictureProbe {
  constructor(private readonly page: Page) {}

  /** What is said under the picture. */
  readout(): Promise<string> {
    return this.page.evaluate(`${root}.querySelector('.picture .readout').innerText`);
  }

  /** The colours of the canvas' pixels about a point, in CSS px. */
  async colorsAt(x: number, y: number, width = 1, height = width): Promise<number[][]> {
    const bytes = await this.page.evaluate<number[]>(`[...${canvas}.getContext('2d').getImageData(${x}, ${y}, ${width}, ${height}).data]`);
    return Array.from({ length: width * height }, (_, i) => bytes.slice(4 * i, 4 * i + 3));
  }

  /** Points at a place of the picture; resolves to the index that the readout names, and all that it says. */
  async pointAt(x: number, y: number): Promise<{ index: number[]; said: string }> {
    const box = await this.page.evaluate<{ x: number; y: number }>(
      `(() => { const { x, y } = ${canvas}.getBoundingClientRect(); return { x, y }; })()`,
    );
    await this.page.mouse.move(box.x + x, box.y + y);
    const said = await this.readout();
    return { index: (/\[([\d, ]*)\]/u.exec(said)?.[1] ?? '').split(', ').map(Number), said };
  }

  /** Where elements are: a place in each of them, by the index that is said there; all at once, so without a real pointer. */
  async map(step: number): Promise<Map<string, { x: number; y: number }>> {
    const found = await this.page.evaluate<(readonly [said: string, x: number, y: number])[]>(`(() => {
      const canvas = ${canvas}, { left, top, width, height } = canvas.getBoundingClientRect(), found = [];
      for (let x = ${step} / 2; x < width; x += ${step})
        for (let y = ${step} / 2; y < height; y += ${step}) {
          canvas.dispatchEvent(new PointerEvent('pointermove', { clientX: left + x, clientY: top + y }));
          found.push([${root}.querySelector('.picture .readout').textContent, x, y]);
        }
      canvas.dispatchEvent(new PointerEvent('pointerleave'));
      return found;
    })()`);
    return new Map(
      found.flatMap(([said, x, y]) => (/^\w+\[/u.test(said) ? [[/\[([\d, ]*)\]/u.exec(said)?.[1] ?? '', { x, y }] as const] : [])),
    );
  }

  /** Places in the picture well inside of elements, spread over all of it: what is said there, and the colour when the pointer is gone. */
  async places(): Promise<Place[]> {
    const box = await this.page.locator('canvas').boundingBox();
    const found: Omit<Place, 'color'>[] = [];
    for (let row = 0; row < 5; row++) {
      for (let col = 0; col < 6; col++) {
        const [x, y] = [Math.floor(((col + 0.6) / 8) * (box?.width ?? 0)), Math.floor(((row + 0.45) / 5) * (box?.height ?? 0))];
        const { index, said } = await this.pointAt(x, y);
        if (/^\S+\[/u.test(said)) found.push({ x, y, index, said });
      }
    }
    await this.page.mouse.move(0, 0);
    const blocks = await this.page.evaluate<number[][]>(
      `${JSON.stringify(found)}.map(({ x, y }) => [...${canvas}.getContext('2d').getImageData(x - 3, y - 3, 7, 7).data])`,
    );
    const inside = found.flatMap((place, i): Place[] => {
      const block = blocks[i] ?? [];
      const color = block.slice(0, 3);
      // Frames lie between elements.
      return block.every((byte, at) => byte === (at % 4 === 3 ? 255 : color[at % 4])) ? [{ ...place, color }] : [];
    });
    expect(inside.length).to.be.above(5);
    return inside;
  }
}

const bytesOf = (color: string): number[] =>
  color.startsWith('#') ? [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16)) : (color.match(/\d+/gu) ?? []).map(Number);

/** Expects a colour as bytes to be one of CSS, but for the rounding of tables. */
export function near(color: number[] | undefined, expected: string, what: string): void {
  bytesOf(expected).forEach((value, i) => expect(color?.[i], what).to.be.closeTo(value, 7));
}

/** The number of the first group that a readout says. */
export function numberIn(text: string, pattern: RegExp): number {
  const digits = { '⁰': 0, '¹': 1, '²': 2, '³': 3, '⁴': 4, '⁵': 5, '⁶': 6, '⁷': 7, '⁸': 8, '⁹': 9, '⁻': '-' };
  const [, number = ''] = pattern.exec(text) ?? [];
  return Number(
    number
      .replaceAll('−', '-')
      .replace(/[·×]10/u, 'e')
      .replace(/[⁰¹²³⁴-⁹⁻]/gu, (sign) => String(digits[sign as '⁰'])),
  );
}
