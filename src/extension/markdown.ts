// Plain text as Markdown. VS Code's own `appendText` keeps each space by making it unbreakable, which spoils lines, and text that is copied.

/** The text, so that Markdown shows it as it is, in one line. */
export function escapeMarkdown(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]()#+\-.!|<>~&]/g, '\\$&');
}
