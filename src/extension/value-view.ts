// The view "Value" below the Variables view: the variable that is selected there, drawn anew after each cell.
import { randomBytes } from 'node:crypto';
import type * as vscode from 'vscode';
import type { Variable } from '../protocol/kernel.js';
import { messageOf } from './host-error.js';
import type { NotebookKernel } from './notebook-kernel.js';
import { pictureOf, textOf } from './picture.js';
import { tensorPictures } from './tensor-pictures.js';
import type { ShownValue } from './value-page.js';
import { emptyPage, valuePage } from './value-page.js';

/** The view's id. */
export const valueViewId = 'parseval.value';

/** Shows one variable at a time. */
export class ValueView implements vscode.WebviewViewProvider {
  private view: vscode.WebviewView | undefined;
  private html = emptyPage(nonce());
  /** Counts what was asked for: an answer that comes late is not shown over a newer one. */
  private asked = 0;

  resolveWebviewView(view: vscode.WebviewView): void {
    this.view = view;
    view.webview.options = { enableScripts: false, localResourceRoots: [] };
    view.webview.html = this.html;
    view.onDidDispose(() => (this.view = undefined));
  }

  /** Shows nothing. */
  clear(): void {
    this.asked++;
    this.draw(emptyPage(nonce()));
  }

  /** Shows a variable of a kernel as it is now. */
  async show(kernel: NotebookKernel, variable: Variable): Promise<void> {
    const asked = ++this.asked;
    const draw = (value: Partial<ShownValue>): void => {
      if (asked === this.asked) this.draw(valuePage({ variable, pictures: [], text: undefined, note: undefined, ...value }, nonce()));
    };
    if (kernel.status.state === 'busy') draw({ text: variable.summary, note: 'A cell is running; the value is read when it is done.' });
    try {
      const value = await kernel.inspect(variable.name, 'value');
      const pictures = variable.shape ? [...(await tensorPictures(kernel, variable.name))] : [];
      const own = pictureOf(value);
      if (pictures.length === 0 && own !== undefined) pictures.push({ caption: variable.name, address: own });
      draw({ pictures, text: textOf(value) ?? variable.summary });
    } catch (error) {
      draw({ text: variable.summary, note: `The value could not be read: ${messageOf(error)}` });
    }
  }

  private draw(html: string): void {
    this.html = html;
    if (this.view) this.view.webview.html = html;
  }
}

function nonce(): string {
  return randomBytes(16).toString('base64');
}
