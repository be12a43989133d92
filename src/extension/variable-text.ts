// How the Variables view words a variable. Plain data: nothing of the editor.
import type { Variable } from '../protocol/kernel.js';
import { formatBytes } from './kernel-status.js';

/** `float32 [2, 3] · webview · 24 B` of a tensor, else type and value. */
export function describeVariable({ type, summary, shape, dtype, device, bytes }: Variable): string {
  if (!shape) return summary === '' || summary === type ? type : `${type} · ${summary}`;
  const kind = [dtype ?? type, formatShape(shape)].join(' ');
  return [kind, device, bytes === undefined ? undefined : formatBytes(bytes)].filter((part) => part !== undefined).join(' · ');
}

/** `[2, 3]`. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** Tensors first, then values, then functions and classes; each in the order given, which is that of their declaration. */
export function sortVariables(variables: readonly Variable[]): Variable[] {
  const rank = ({ shape, type }: Variable): number => (shape ? 0 : /^(function|class)\b/.test(type) ? 2 : 1);
  return [...variables].sort((a, b) => rank(a) - rank(b));
}
