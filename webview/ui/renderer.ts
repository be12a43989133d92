// What VS Code and a notebook renderer want of each other.

/** What VS Code gives a renderer to draw. */
export interface OutputItem {
  readonly id: string;
  json(): unknown;
}

/** What VS Code wants of a renderer. */
export interface Renderer {
  renderOutputItem(item: OutputItem, element: HTMLElement): void;
  disposeOutputItem(id?: string): void;
}
