import { expect } from 'chai';
import { Moves, placeOf, reopenTime, replaceTime } from '../../../src/extension/moves.js';

interface Book {
  readonly address: string;
  texts: readonly string[];
}

/** An editor with the notebooks that a test opens, and a clock that it sets. */
class FakeEditor {
  readonly open: Book[] = [];
  readonly tabs = new Set<string>();
  readonly log: string[] = [];
  private now = 0;
  private readonly timers = new Map<() => void, number>();
  readonly moves = new Moves<Book>(
    {
      open: () => this.open,
      addressOf: ({ address }) => address,
      textsOf: ({ texts }) => texts,
      isWritable: ({ address }) => !address.startsWith('git:'),
      hasTab: (address) => this.tabs.has(address),
      after: (ms, call) => {
        this.timers.set(call, this.now + ms);
        return () => void this.timers.delete(call);
      },
    },
    {
      left: ({ address }) => this.log.push(`${address} left`),
      moved: (from, to) => this.log.push(`${from.address} is ${to.address}`),
      ended: ({ address }) => this.log.push(`${address} ended`),
    },
  );

  get pending(): number {
    return this.timers.size;
  }

  /** Opens a notebook as the editor does: empty first. */
  opens(address: string, texts: readonly string[]): Book {
    const book: Book = { address, texts: [] };
    this.open.push(book);
    this.moves.appeared(book);
    book.texts = texts;
    this.moves.appeared(book);
    return book;
  }

  shows(address: string, texts: readonly string[]): Book {
    const book = this.opens(address, texts);
    this.looksAt(book);
    return book;
  }

  looksAt(book: Book): void {
    this.tabs.add(book.address);
    this.moves.tabsChanged();
    this.moves.shown(book);
  }

  closesTab({ address }: Book): void {
    this.tabs.delete(address);
    this.moves.tabsChanged();
  }

  closes(book: Book): void {
    this.tabs.delete(book.address);
    this.open.splice(this.open.indexOf(book), 1);
    this.moves.closed(book);
  }

  passes(ms: number): void {
    this.now += ms;
    for (const [call, at] of [...this.timers]) {
      if (at > this.now) continue;
      this.timers.delete(call);
      call();
    }
  }
}

const texts = ['let kept = 41;', 'kept + 1'];

describe('what becomes of a closed notebook', () => {
  let editor: FakeEditor;

  beforeEach(() => {
    editor = new FakeEditor();
  });

  it('is over when nothing says otherwise', () => {
    const book = editor.shows('file:///a', texts);
    editor.shows('file:///b', ['other cells']);
    editor.closes(book);
    expect(editor.log).to.deep.equal(['file:///a ended']);
  });

  it('is the one that opened with its cells, unseen, when it was saved under a name', () => {
    const untitled = editor.shows('untitled:1', texts);
    editor.shows('file:///other', ['other cells']);
    const saved = editor.opens('file:///a', texts);
    // What is formatted as it is saved is the same notebook.
    saved.texts = ['let kept = 41;\n', 'kept + 1'];
    editor.closes(untitled);
    editor.looksAt(saved);
    expect(editor.log).to.deep.equal(['untitled:1 left', 'untitled:1 is file:///a']);
  });

  it('is that one when it is shown just before the old one closes', () => {
    const untitled = editor.shows('untitled:1', texts);
    editor.shows('file:///a', texts);
    editor.passes(replaceTime - 1);
    editor.closes(untitled);
    expect(editor.log).to.deep.equal(['untitled:1 left', 'untitled:1 is file:///a']);
  });

  it('is that one when the old one is only without a tab, and is no second time', () => {
    const book = editor.shows('file:///tour', texts);
    const saved = editor.opens('file:///a', texts);
    editor.closesTab(book);
    expect(editor.log, 'not before it has a tab').to.deep.equal([]);
    editor.looksAt(saved);
    expect(editor.log).to.deep.equal(['file:///tour left', 'file:///tour is file:///a']);
    editor.closes(book);
    editor.closes(saved);
    expect(editor.log.slice(2)).to.deep.equal(['file:///tour ended', 'file:///a ended']);
  });

  it('is over when only a copy is open that was looked at', () => {
    const book = editor.shows('file:///a', texts);
    const copy = editor.shows('file:///copy', texts);
    editor.passes(replaceTime);
    editor.closes(book);
    editor.closes(copy);
    expect(editor.log).to.deep.equal(['file:///a ended', 'file:///copy ended']);
  });

  it('is over when its tab is closed beside a copy that was looked at', () => {
    const book = editor.shows('file:///a', texts);
    editor.shows('file:///copy', texts);
    editor.passes(replaceTime);
    editor.closesTab(book);
    editor.closes(book);
    expect(editor.log).to.deep.equal(['file:///a ended']);
  });

  it('is over when the same cells are open as an old version', () => {
    const book = editor.shows('file:///a', texts);
    editor.opens('git:/a', texts);
    editor.closes(book);
    expect(editor.log).to.deep.equal(['file:///a ended']);
  });

  it('compares cells with the ends of lines as a file has them', () => {
    const untitled = editor.shows('untitled:1', ['a\r\nb']);
    editor.opens('file:///a', ['a\nb']);
    editor.closes(untitled);
    expect(editor.log.at(-1)).to.equal('untitled:1 is file:///a');
  });

  it('keeps apart two with the same cells that are saved one after the other', () => {
    const one = editor.shows('untitled:1', texts);
    const two = editor.shows('untitled:2', texts);
    editor.passes(replaceTime);
    editor.opens('file:///a', texts);
    editor.closes(one);
    editor.opens('file:///b', texts);
    editor.closes(two);
    expect(editor.log.filter((line) => line.includes(' is '))).to.deep.equal(['untitled:1 is file:///a', 'untitled:2 is file:///b']);
  });

  it('is the one that opens under its new address when it was renamed, with whatever cells', () => {
    const book = editor.shows('file:///a.ipynb', texts);
    editor.moves.renaming('file:///a.ipynb', 'file:///b.ipynb');
    editor.closes(book);
    expect(editor.log).to.deep.equal(['file:///a.ipynb left']);
    editor.shows('file:///b.ipynb', ['as on disk']);
    expect(editor.log.slice(1)).to.deep.equal(['file:///a.ipynb is file:///b.ipynb']);
    editor.passes(reopenTime);
    expect(editor.log).to.have.length(2);
    expect(editor.pending).to.equal(0);
  });

  it('is the one in the renamed folder, also when that is open before it closes', () => {
    const book = editor.shows('file:///dir/a.ipynb', texts);
    const other = editor.shows('file:///directory/a.ipynb', texts);
    editor.moves.renaming('file:///dir', 'file:///moved');
    editor.shows('file:///moved/a.ipynb', []);
    editor.closes(book);
    editor.passes(replaceTime);
    editor.closes(other);
    expect(editor.log).to.deep.equal([
      'file:///dir/a.ipynb left',
      'file:///dir/a.ipynb is file:///moved/a.ipynb',
      'file:///directory/a.ipynb ended',
    ]);
  });

  it('is the one under its new address when it was renamed and stays open', () => {
    const one = editor.shows('file:///dir/a', texts);
    const two = editor.shows('file:///dir/b', ['other cells']);
    editor.moves.renaming('file:///dir', 'file:///moved');
    editor.shows('file:///moved/a', []);
    expect(editor.log, 'the rename may fail').to.deep.equal([]);
    editor.moves.renamed('file:///dir');
    editor.shows('file:///moved/b', []);
    expect(editor.log.filter((line) => line.includes(' is '))).to.deep.equal([
      'file:///dir/a is file:///moved/a',
      'file:///dir/b is file:///moved/b',
    ]);
    for (const each of [one, two]) editor.closes(each);
    expect(editor.log.slice(4)).to.deep.equal(['file:///dir/a ended', 'file:///dir/b ended']);
  });

  it('comes back to where it was when the rename fails', () => {
    const book = editor.shows('file:///a', texts);
    editor.moves.renaming('file:///a', 'file:///b');
    editor.closes(book);
    editor.shows('file:///a', texts);
    expect(editor.log).to.deep.equal(['file:///a left', 'file:///a is file:///a']);
  });

  it('stays away as long as its tab waits to be looked at', () => {
    const book = editor.shows('file:///a', texts);
    editor.moves.renaming('file:///a', 'file:///b');
    editor.closes(book);
    editor.tabs.add('file:///b');
    editor.passes(reopenTime);
    editor.moves.tabsChanged();
    expect(editor.log).to.deep.equal(['file:///a left']);
    editor.tabs.clear();
    editor.moves.tabsChanged();
    expect(editor.log).to.deep.equal(['file:///a left', 'file:///a ended']);
  });

  it('is over when it was renamed and is nowhere after a while, but not before', () => {
    const book = editor.shows('file:///a', texts);
    editor.moves.renaming('file:///a', 'file:///b');
    editor.closes(book);
    editor.moves.tabsChanged();
    editor.passes(reopenTime - 1);
    expect(editor.log).to.deep.equal(['file:///a left']);
    editor.passes(1);
    expect(editor.log).to.deep.equal(['file:///a left', 'file:///a ended']);
  });

  it('is told of no more, and waited for by no timer, after the end', () => {
    const book = editor.shows('file:///a', texts);
    editor.moves.renaming('file:///a', 'file:///b');
    editor.closes(book);
    editor.moves.dispose();
    expect(editor.pending).to.equal(0);
    editor.opens('file:///b', texts);
    expect(editor.log).to.deep.equal(['file:///a left']);
  });
});

describe('the place of a cell', () => {
  it('is its place of before if its text is there, else the nearest with its text, else nowhere', () => {
    expect(placeOf('b', 1, ['a', 'b', 'b'])).to.equal(1);
    expect(placeOf('b', 0, ['a', 'c', 'b', 'b'])).to.equal(2);
    expect(placeOf('b', 3, ['b', 'c', 'b', 'c'])).to.equal(2);
    expect(placeOf('x\r\ny', 0, ['x\ny'])).to.equal(0);
    expect(placeOf('b', 0, ['a'])).to.equal(undefined);
  });
});
