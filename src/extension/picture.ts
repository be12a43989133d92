// Pictures and texts among the forms of a value.
import type { KernelBundle } from './kernel-process.js';

/** A picture as a `data:` address, or undefined when the value has none. */
export function pictureOf(bundle: KernelBundle | null): string | undefined {
  for (const mime of ['image/png', 'image/jpeg', 'image/gif', 'image/webp']) {
    const value = bundle?.[mime];
    // Base64 only: the address stands in pages and in Markdown.
    if (typeof value === 'string' && /^[A-Za-z0-9+/\s]+=*\s*$/.test(value)) return `data:${mime};base64,${value.replace(/\s/g, '')}`;
  }
  const svg = bundle?.['image/svg+xml'];
  return typeof svg === 'string' ? `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}` : undefined;
}

/** The plain text of a value. */
export function textOf(bundle: KernelBundle | null): string | undefined {
  const value = bundle?.['text/plain'];
  return typeof value === 'string' ? value : undefined;
}
