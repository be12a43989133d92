// The page of the view "Value": one variable, its pictures and its text. No scripts; nothing of the editor.
import type { Variable } from '../protocol/kernel.js';
import { describeVariable } from './variable-text.js';

/** What the page shows. */
export interface ShownValue {
  readonly variable: Variable;
  /** `data:` addresses. */
  readonly pictures: readonly { readonly caption: string; readonly address: string }[];
  readonly text: string | undefined;
  /** Shown instead of what is not known, in muted type. */
  readonly note: string | undefined;
}

/** The page without a variable. */
export function emptyPage(nonce: string): string {
  return page(
    nonce,
    '<p class="note">Choose a variable to see its value here: for a tensor its picture, its spectrum and its numbers.</p>',
  );
}

/** The page of a variable. */
export function valuePage({ variable, pictures, text, note }: ShownValue, nonce: string): string {
  const figures = pictures.map(
    ({ caption, address }) =>
      `<figure><img src="${escape(address)}" alt="${escape(caption)}"><figcaption>${escape(caption)}</figcaption></figure>`,
  );
  return page(
    nonce,
    [
      `<h1>${escape(variable.name)} <span class="note">${escape(describeVariable(variable))}</span></h1>`,
      note === undefined ? '' : `<p class="note">${escape(note)}</p>`,
      figures.length > 0 ? `<div class="figures">${figures.join('')}</div>` : '',
      text === undefined ? '' : `<pre>${escape(text)}</pre>`,
    ].join('\n'),
  );
}

function page(nonce: string, body: string): string {
  const policy = `default-src 'none'; img-src data:; style-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Value</title>
<style nonce="${nonce}">
  body { color: var(--vscode-foreground); font: var(--vscode-font-size) var(--vscode-font-family); padding: 4px 12px 12px; }
  h1 { font-size: inherit; font-weight: 600; margin: 4px 0 8px; overflow-wrap: anywhere; }
  .note { color: var(--vscode-descriptionForeground); font-weight: normal; }
  .figures { display: flex; flex-wrap: wrap; gap: 12px; margin-bottom: 8px; }
  figure { margin: 0; max-width: 100%; }
  img { display: block; max-width: 100%; }
  figcaption { color: var(--vscode-descriptionForeground); font-size: 11px; margin-top: 4px; }
  pre { font: var(--vscode-editor-font-size) var(--vscode-editor-font-family); font-variant-numeric: tabular-nums; margin: 0; overflow-x: auto; }
</style>
</head>
<body>
${body}
</body>
</html>`;
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;').replace(/'/g, '&#39;');
}
