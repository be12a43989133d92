import { expect } from 'chai';
import { errorText } from '../../../src/extension/error-text.js';

const addressOf = (cell: number): string | undefined => (cell === 9 ? undefined : `vscode-notebook-cell:/nb.ipynb#W${cell}`);

const linkCells = (traceback: readonly string[], of: typeof addressOf): string => errorText({ ename: 'Nobody', traceback }, of);

describe('name of an error', () => {
  it('is red at the head of its text, and nowhere else', () => {
    const text = errorText({ ename: 'TypeError', traceback: ['TypeError: a TypeError', 'TypeError'] }, addressOf);
    expect(text).to.equal('\u001b[31mTypeError\u001b[39m: a TypeError\nTypeError');
  });
});

describe('places in stacks', () => {
  it('become links to the line of the cell, which the address counts from 0', () => {
    expect(linkCells(['Error: no', '    at f (cell 2:5:12)', '    at cell 3:1:1'], addressOf)).to.equal(
      [
        'Error: no',
        "    at f (<a href='vscode-notebook-cell:/nb.ipynb#W2?line=4'>cell 2:5:12</a>)",
        "    at <a href='vscode-notebook-cell:/nb.ipynb#W3?line=0'>cell 3:1:1</a>",
      ].join('\n'),
    );
  });

  it('of a cell that is gone, and what only looks like a place, stay text', () => {
    const lines = ['    at cell 9:1:1', 'excel 1:2:3', 'cell 1:2', '    at ./cell 1.ts:2'];
    expect(linkCells(lines, addressOf)).to.equal(lines.join('\n'));
  });

  it('do not let an address leave its attribute', () => {
    expect(linkCells(['cell 1:1:1'], () => "x'><b>&")).to.equal("<a href='x&#39;&gt;&lt;b&gt;&amp;?line=0'>cell 1:1:1</a>");
  });

  it('stay text in a line that the editor would show with its tags', () => {
    const line = `${'x'.repeat(1990)} cell 1:1:1`;
    expect(linkCells([line], addressOf)).to.equal(line);
  });
});
