// The theme's colours as they are now: a canvas knows no variables.

/** Colours and type of the page, as a canvas needs them. */
export interface Ink {
  readonly foreground: string;
  readonly muted: string;
  readonly rule: string;
  readonly background: string;
  readonly focus: string;
  readonly line: string;
  readonly second: string;
  /** Colours of curves, in their order. Not red, which beside green tells nothing to many. */
  readonly series: readonly string[];
  readonly font: string;
  readonly isDark: boolean;
}

/** The colours of an element whose styles are those of view.css. */
export function inkOf(element: Element): Ink {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(name).trim() || style.color;
  return {
    foreground: style.color,
    muted: color('--vscode-descriptionForeground'),
    rule: color('--rule'),
    background: color('--vscode-editor-background'),
    focus: color('--vscode-focusBorder'),
    line: color('--vscode-charts-blue'),
    second: color('--vscode-charts-orange'),
    series: [...['blue', 'orange', 'green', 'purple'].map((name) => color(`--vscode-charts-${name}`)), style.color],
    font: `11px ${style.fontFamily}`,
    isDark: luminance(style.color) > 0.5,
  };
}

/** Calls when the theme is another one, which VS Code says by the page's attributes; until the signal aborts. */
export function onThemeChange(redraw: () => void, signal: AbortSignal): void {
  const observer = new MutationObserver(redraw);
  for (const page of [document.documentElement, document.body]) {
    observer.observe(page, { attributes: true, attributeFilter: ['class', 'style', 'data-vscode-theme-kind'] });
  }
  signal.addEventListener('abort', () => observer.disconnect(), { once: true });
}

/** Of a colour as browsers give computed ones, from 0 to 1: light text stands on a dark page. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}
