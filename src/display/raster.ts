// SVG to PNG, by resvg compiled to WebAssembly: the same pixels on every machine, with no browser and no system fonts.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { encodePng } from './png.js';

/** Device pixels per CSS pixel in static copies. */
export const STATIC_SCALE = 2;

// DejaVu follows for the mathematical signs (∗ ∇ ⊙ ℱ) that Source Sans lacks.
const FONT_FILES = [
  '@expo-google-fonts/source-sans-3/400Regular/SourceSans3_400Regular.ttf',
  '@expo-google-fonts/source-sans-3/600SemiBold/SourceSans3_600SemiBold.ttf',
  'dejavu-fonts-ttf/ttf/DejaVuSans.ttf',
];

type Renderer = (svg: string, scale: number) => Uint8Array;
let renderer: Promise<Renderer> | undefined;
let isLoaded = false;

/**
 * Draws an SVG document on white and returns it as PNG bytes, `scale` device pixels for each CSS pixel.
 * The first call loads the renderer and the fonts (a few tens of ms); importing this file loads neither.
 * Rejects if the document is not well-formed, or if the renderer or a font is missing from the installation.
 */
export async function rasterize(svg: string, scale = STATIC_SCALE): Promise<Uint8Array> {
  renderer ??= loadRenderer();
  try {
    return (await renderer)(svg, scale);
  } catch (error) {
    throw new Error(`the drawing could not be turned into a PNG: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** Begins to load the renderer, for who will draw when something else is there, too. What goes wrong `rasterize` tells. */
export function prepareRenderer(): void {
  renderer ??= loadRenderer();
  renderer.catch(() => undefined);
}

/** Starts anew to load the renderer if that was under way: an interrupt may have dropped what would have gone on with it. For hosts. */
export function forgetRenderer(): void {
  if (!isLoaded) renderer = undefined;
}

async function loadRenderer(): Promise<Renderer> {
  const require = createRequire(import.meta.url);
  const { resolve } = require;
  // Not `import()`: Node would wait for good for one that an interrupt cut off.
  const { initWasm, Resvg } = require('@resvg/resvg-wasm') as typeof import('@resvg/resvg-wasm');
  const [wasm, ...fontBuffers] = await Promise.all(
    ['@resvg/resvg-wasm/index_bg.wasm', ...FONT_FILES].map((name) => readFile(resolve(name))),
  );
  if (wasm === undefined) throw new Error('the renderer @resvg/resvg-wasm is not installed');
  await initWasm(wasm).catch((error: unknown) => {
    // It was, and an interrupt dropped the news of it.
    if (!String(error).includes('Already initialized')) throw error;
  });
  isLoaded = true;
  return (svg, scale) => {
    const drawing = new Resvg(svg, {
      background: '#ffffff',
      fitTo: { mode: 'zoom', value: scale },
      font: {
        fontBuffers,
        loadSystemFonts: false,
        defaultFontFamily: 'Source Sans 3',
        sansSerifFamily: 'Source Sans 3',
      },
    });
    // Memory of WebAssembly is not collected: free it by hand.
    try {
      const image = drawing.render();
      try {
        return encodePng({ width: image.width, height: image.height, data: image.pixels }, { scale, mergeRareColors: true });
      } finally {
        image.free();
      }
    } finally {
      drawing.free();
    }
  };
}
