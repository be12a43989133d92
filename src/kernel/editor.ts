// Edits a text in place of printing it anew, and carries its source map along.
import type { Segment, Segments } from './source-map.js';
import { findSource, LineTable } from './source-map.js';

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly isCallee: boolean;
}

/** What `Editor.apply` returns: the new text and where each of its places came from. */
export interface Edited {
  readonly text: string;
  readonly segments: Segments;
}

/**
 * Collects edits of a text. Edits may touch but not overlap; of several at one offset the one asked for first comes first, so that who
 * walks a tree asks for an opening before it visits what is inside, and for the closing after.
 */
export class Editor {
  private readonly edits: Edit[] = [];

  constructor(private readonly source: string) {}

  /** `isCallee` makes the bracket after the text stand for its start, too: V8 reports calls there, and readers look for the name. */
  replace(start: number, end: number, text: string, isCallee = false): void {
    this.edits.push({ start, end, text, isCallee });
  }

  insert(at: number, text: string): void {
    this.replace(at, at, text);
  }

  /**
   * The edited text; `lead` comes before it, each piece of it standing for the place in the source at its offset. `original` is the
   * source map of the text before the edits, and the segments returned lead to the same source.
   */
  apply(lead: readonly { readonly text: string; readonly at: number }[], original: Segments): Edited {
    const pieces: Piece[] = lead.map(({ text, at }) => ({ text, at, kept: false }));
    let at = 0;
    // The sort is stable: edits at one offset keep the order in which they were asked for.
    for (const edit of this.edits.sort((a, b) => a.start - b.start)) {
      pieces.push({ text: this.source.slice(at, edit.start), at, kept: true });
      pieces.push({ text: edit.text, at: edit.start, kept: false });
      at = edit.end;
      if (!edit.isCallee) continue;
      pieces.push({ text: this.source.slice(at, at + 1), at: edit.start, kept: false });
      at++;
    }
    pieces.push({ text: this.source.slice(at), at, kept: true });
    return { text: pieces.map((piece) => piece.text).join(''), segments: this.mapped(pieces, original) };
  }

  private mapped(pieces: readonly Piece[], original: Segments): Segments {
    const before = new LineTable(this.source);
    const after = new LineTable(pieces.map((piece) => piece.text).join(''));
    const lines: Segment[][] = [];
    const add = (offset: number, source: Segment['source'] | undefined): void => {
      if (!source) return;
      const { line, column } = after.place(offset);
      while (lines.length <= line) lines.push([]);
      lines[line]?.push({ column, source });
    };
    const entries = original.flatMap((segments, line) =>
      segments.map(({ column, source }) => ({ offset: before.offset({ line, column }), source })),
    );
    let start = 0;
    let next = 0;
    for (const { text, at, kept } of pieces) {
      if (text) add(start, findSource(original, before.place(at)));
      if (kept) {
        while ((entries[next]?.offset ?? Infinity) <= at) next++;
        for (let entry = entries[next]; entry && entry.offset < at + text.length; entry = entries[++next]) {
          add(start + entry.offset - at, entry.source);
        }
      }
      start += text.length;
    }
    return lines;
  }
}

interface Piece {
  readonly text: string;
  /** Where in the source the text stood, or what it stands for. */
  readonly at: number;
  /** Whether the text is the source's own. */
  readonly kept: boolean;
}
