// A bug as a change of a source text: found once, or it is an error.

/** One replacement; the text to be found stands exactly once in its file. */
export interface Edit {
  readonly search: string;
  readonly replace: string;
}

/** The text with all edits made; throws where a text is not there, stands there more than once, or would not change. */
export function patched(file: string, text: string, edits: readonly Edit[]): string {
  return edits.reduce((source, { search, replace }) => {
    const count = source.split(search).length - 1;
    if (search === '' || count !== 1)
      throw new Error(`${file}: expects to find once, but found ${search === '' ? 0 : count} times:\n${search}\nWrite the search anew.`);
    if (search === replace) throw new Error(`${file}: the replacement changes nothing:\n${search}`);
    return source.replace(search, () => replace);
  }, text);
}
