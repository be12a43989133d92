// What a hover says of a variable that lives in the kernel: kind, place and pictures of a tensor, one line of anything else.
import * as vscode from 'vscode';
import { escapeMarkdown } from './markdown.js';
import type { NotebookKernel } from './notebook-kernel.js';
import { tensorPictures } from './tensor-pictures.js';
import { describeVariable } from './variable-text.js';

/** A hover does not wait longer for pictures, in ms: the first ones need kernels that a driver may compile for seconds. */
const patience = 15_000;
/** Beyond this many characters the editor cuts Markdown off, in the middle of a picture. */
const longestMarkdown = 100_000;

/** Pixels. */
const pictureHeight = 144;

/** What a variable is, or undefined when the kernel has none of this name. */
export function liveFacts(kernel: NotebookKernel, name: string): vscode.MarkdownString | undefined {
  const variable = kernel.status.variables.find((each) => each.name === name);
  return variable && new vscode.MarkdownString().appendMarkdown(escapeMarkdown(describeVariable(variable)));
}

/** Pictures of a tensor, or undefined where there are none to be had now. */
export async function livePictures(kernel: NotebookKernel, name: string): Promise<vscode.MarkdownString | undefined> {
  const variable = kernel.status.variables.find((each) => each.name === name);
  if (!variable?.shape || kernel.status.state !== 'idle') return undefined;
  const pictures = await withDeadline(tensorPictures(kernel, name), patience);
  const images = (pictures ?? []).map(({ caption, address }) => `![${caption}](${address}|height=${pictureHeight})`).join(' ');
  return images !== '' && images.length < longestMarkdown ? new vscode.MarkdownString().appendMarkdown(images) : undefined;
}

/** The value, or undefined when it does not come in time or not at all. */
async function withDeadline<T>(value: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), milliseconds)));
  try {
    return await Promise.race([value.catch(() => undefined), deadline]);
  } finally {
    clearTimeout(timer);
  }
}
