// Elements in a line of code, and styles that a strict content security policy allows.

/** Makes an element with a class, a text or children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = '',
  ...content: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  element.append(...content);
  return element;
}

/** Makes an element of a drawing, with attributes, texts and children. */
export function makeSvg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>>,
  ...content: readonly (Node | string)[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...content);
  return element;
}

/** Sets an element's text, if it is another one: text that stays is not drawn again, nor a selection in it lost. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Adds a style sheet to the page, or to a part of it. */
export function adopt(root: DocumentOrShadowRoot, css: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}

/** The line above a view: what it is, and muted what it is of. */
export function heading(title: string, note: string): HTMLElement {
  const name = make('span', 'title', title);
  name.role = 'heading';
  name.ariaLevel = '3';
  return make('div', 'heading', name, make('span', 'note', note));
}
