// What a process that ended said of the reason, found in the last text of its log.

/** How Node, V8 and the C++ library say why they abort: each line by itself, in their own words; a native stack may follow. */
const reasons = [
  // V8: the line after the place, which is empty in release builds.
  /^#\s*Fatal error in (?<place>.*)\n#\s*(?<why>\S.*)$/gm,
  // Node 20 and newer, with the place in the line before; Windows.
  /(?:^ *# +.* at (?<place>\S+:\d+)\n)?^[ #]*(?<why>Assertion failed: .*)$/gm,
  // Older versions of Node, and the C library.
  /^.*?(?<place>[^\s:]+:\d+):.*(?<why>Assertion [`'].*' failed)\.?$/gm,
  /^(?<why>FATAL ERROR: .*)$/gm,
  /^(?<why>terminate called after throwing an instance of .*(?:\n +what\(\): .*)?)$/gm,
];

/** Why a process aborted, in one line, as its log `text` says last; undefined when it does not say. */
export function abortReason(text: string): string | undefined {
  const found = reasons.flatMap((reason) => [...text.replaceAll('\r\n', '\n').matchAll(reason)]);
  const { groups } = found.sort((a, b) => a.index - b.index).at(-1) ?? {};
  if (!groups?.['why']) return undefined;
  const why = groups['why'].replaceAll(/\s+/g, ' ').trim();
  const place = groups['place']?.trim();
  return place && !place.startsWith(',') ? `${why} (${place})` : why;
}

/** The last lines of a log. */
export function lastLines(text: string, count: number): string {
  return text.trim().split('\n').slice(-count).join('\n');
}
