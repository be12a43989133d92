import { expect } from 'chai';
import type { CellRun } from '../../../src/extension/check-freshness.js';
import type { NamedCell } from '../../../src/extension/check-runs.js';
import { CheckRuns } from '../../../src/extension/check-runs.js';

const cell = (name: string, code: string, hasRun = true): NamedCell => ({ name, code, hasRun });
const ran = (order: number, code: string): CellRun => ({ code, order, success: true, holder: '7' });
const read = (code: string): CellRun => ({ code, order: 0, success: true, holder: undefined });

describe('runs of a notebook', () => {
  it('that is opened are those of its file, of all cells as they are', () => {
    const runs = new CheckRuns();
    const cells = [cell('a', 'layer', false), cell('b', 'check')];
    runs.begin(cells, cells);
    expect(runs.runOf('a')).to.deep.equal(read('layer'));
    expect(runs.runOf('b')).to.deep.equal(read('check'));
    expect(runs.cellsByNumber('b')).to.deep.equal(new Map());
  });

  it('are none of a cell that is added, unless it shows one', () => {
    const runs = new CheckRuns();
    const first = cell('a', 'layer');
    runs.begin([first], [first]);
    const added = [cell('b', 'typed', false), cell('c', 'pasted')];
    runs.begin(added, [first, ...added]);
    expect(runs.runOf('b')).to.equal(undefined);
    expect(runs.runOf('c')).to.deep.equal(read('pasted'));
  });

  describe('that goes on as another one', () => {
    const code = ['layer', 'aside', 'check'];
    const old = code.map((text, index) => cell(`old ${index}`, text));
    let before: CheckRuns;

    beforeEach(() => {
      before = new CheckRuns();
      before.begin(old, old);
      before.note('old 0', ran(1, 'layer as it ran'), new Map());
      const numbers = new Map([
        [1, 'old 0'],
        [3, 'old 2'],
      ]);
      before.note('old 2', ran(2, 'check'), numbers);
    });

    it('go over to the cells with the same texts, with what numbers name', () => {
      const cells = code.map((text, index) => cell(`new ${index}`, text));
      const after = new CheckRuns(before.pastOf(old));
      after.begin(cells, cells);
      // As it ran, and not as it stands there: what depends on it stays stale.
      expect(after.runOf('new 0')).to.deep.equal(ran(1, 'layer as it ran'));
      expect(after.runOf('new 1')).to.deep.equal(read('aside'));
      expect(after.runOf('new 2')).to.deep.equal(ran(2, 'check'));
      const names = new Map([
        [1, 'new 0'],
        [3, 'new 2'],
      ]);
      expect(after.cellsByNumber('new 2')).to.deep.equal(names);
      const again = new CheckRuns(after.pastOf(cells));
      const third = code.map((text, index) => cell(`third ${index}`, text));
      again.begin(third, third);
      expect(again.runOf('third 0')).to.deep.equal(ran(1, 'layer as it ran'));
      expect([...again.cellsByNumber('third 2').values()]).to.deep.equal(['third 0', 'third 2']);
    });

    it('go over also where it opens as its file is, and is only then as it was', () => {
      const after = new CheckRuns(before.pastOf(old));
      const disk = [cell('new 0', 'layer as it ran'), cell('new 1', 'aside'), cell('new 2', 'check')];
      after.begin(disk, disk);
      const unsaved = cell('new 3', 'layer');
      after.begin([unsaved], [unsaved, ...disk.slice(1)]);
      expect(after.runOf('new 3')).to.deep.equal(ran(1, 'layer as it ran'));
      expect(after.runOf('new 2')).to.deep.equal(ran(2, 'check'));
      expect(after.cellsByNumber('new 2').get(1)).to.equal('new 3');
    });

    it('do not come in the place of later ones', () => {
      const cells = code.map((text, index) => cell(`new ${index}`, text));
      const after = new CheckRuns(before.pastOf(old));
      after.begin(cells, cells);
      after.note('new 0', ran(3, 'layer'), new Map([[1, 'old 0']]));
      const added = cell('new 3', '', false);
      after.begin([added], [...cells, added]);
      expect(after.runOf('new 0')).to.deep.equal(ran(3, 'layer'));
      // The kernel still knows a cell that did not run since by its old name.
      expect(after.cellsByNumber('new 0').get(1)).to.equal('new 0');
    });

    it('are none of a cell that never ran', () => {
      const typed = cell('old 3', 'typed', false);
      before.begin([typed], [...old, typed]);
      const cells = [...code, 'typed'].map((text, index) => cell(`new ${index}`, text, index < 3));
      const after = new CheckRuns(before.pastOf([...old, typed]));
      after.begin(cells, cells);
      expect(after.runOf('new 3')).to.equal(undefined);
    });
  });
});
