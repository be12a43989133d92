// Draws `application/vnd.parseval.gradcheck.v1+json` in a notebook: a gradient check's report to look into.

import { adopt, make } from '../ui/dom.js';
import type { OutputItem, Renderer } from '../ui/renderer.js';
import { decodeReport } from './gradcheck-decode.js';
import type { Ink } from './gradcheck-paint.js';
import styles from './gradcheck.css';
import { showProblem, showReport } from './gradcheck-view.js';

/** Called once by VS Code. */
export function activate(): Renderer {
  const views = new Map<string, View>();
  return {
    renderOutputItem(item, element) {
      views.get(item.id)?.dispose();
      const view = new View(element);
      views.set(item.id, view);
      view.show(item);
    },
    disposeOutputItem(id) {
      for (const [known, view] of views) {
        if (id !== undefined && id !== known) continue;
        view.dispose();
        views.delete(known);
      }
    },
  };
}

/** One report in one output. */
class View {
  readonly #element = make('div');
  readonly #root = make('div', 'report');
  readonly #ended = new AbortController();

  constructor(parent: HTMLElement) {
    // In a tree of its own: outputs of all renderers share one page.
    const shadow = this.#element.attachShadow({ mode: 'open' });
    adopt(shadow, styles);
    shadow.append(this.#root);
    parent.replaceChildren(this.#element);
  }

  show(item: OutputItem): void {
    const { signal } = this.#ended;
    try {
      const redraw = showReport(this.#root, decodeReport(item.json()), () => this.#ink(), signal);
      // VS Code says that the theme is another one by the page's attributes.
      const observer = new MutationObserver(redraw);
      for (const page of [document.documentElement, document.body]) {
        observer.observe(page, { attributes: true, attributeFilter: ['class', 'style', 'data-vscode-theme-kind'] });
      }
      signal.addEventListener('abort', () => observer.disconnect(), { once: true });
    } catch (error) {
      showProblem(this.#root, error instanceof Error ? error.message : String(error));
    }
  }

  dispose(): void {
    this.#ended.abort();
    this.#element.remove();
  }

  /** The theme's colours as they are now; a canvas knows no variables. */
  #ink(): Ink {
    const style = getComputedStyle(this.#root);
    const color = (name: string): string => style.getPropertyValue(name).trim() || style.color;
    return {
      foreground: style.color,
      muted: color('--vscode-descriptionForeground'),
      rule: color('--rule'),
      background: color('--vscode-editor-background'),
      line: color('--vscode-charts-blue'),
      second: color('--vscode-charts-orange'),
      font: `11px ${style.fontFamily}`,
      isDark: luminance(style.color) > 0.5,
    };
  }
}

/** Of a colour as browsers give computed ones, from 0 to 1: light text stands on a dark page. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}
