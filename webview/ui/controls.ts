// The controls of our pages. The toolkit is used here and nowhere else, so that another one is a change of this file.

import { provideVSCodeDesignSystem, vsCodeButton, vsCodeDropdown, vsCodeOption } from '@vscode/webview-ui-toolkit';

provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeDropdown(), vsCodeOption());

/** A button. `hint` says what it does, when the pointer rests on it and to screen readers. */
export function button(label: string, hint: string, onPress: () => void): HTMLElement {
  const element = document.createElement('vscode-button');
  element.setAttribute('appearance', 'secondary');
  element.setAttribute('title', hint);
  element.setAttribute('aria-label', `${label}: ${hint}`);
  element.textContent = label;
  element.addEventListener('click', onPress);
  return element;
}

/** A choice of one among a few. */
export interface Dropdown {
  readonly element: HTMLElement;
  /** Shows a choice that was made elsewhere; does not call `onChoose`. */
  show(value: string): void;
}

/** A dropdown of values and their labels. */
export function dropdown(
  label: string,
  options: readonly (readonly [value: string, label: string])[],
  onChoose: (value: string) => void,
): Dropdown {
  const element = document.createElement('vscode-dropdown');
  element.setAttribute('aria-label', label);
  element.setAttribute('title', label);
  for (const [value, text] of options) {
    const option = document.createElement('vscode-option');
    option.setAttribute('value', value);
    option.textContent = text;
    element.append(option);
  }
  let shown = '';
  element.addEventListener('change', () => {
    const { value } = element as HTMLElement & { readonly value: string };
    if (value === shown) return;
    shown = value;
    onChoose(value);
  });
  return {
    element,
    show(value) {
      if (value === shown) return;
      shown = value;
      // The element takes its value once it is in the page, from the option that is marked.
      Object.assign(element, { value });
      for (const option of element.children) option.toggleAttribute('selected', option.getAttribute('value') === value);
    },
  };
}
