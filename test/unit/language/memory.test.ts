import { expect } from 'chai';
import { NotebookUnderTest, service } from './notebook-under-test.js';

describe('what the language service keeps of a notebook', () => {
  const kept = (notebook: NotebookUnderTest): readonly string[] => service.kept(notebook.uri);
  const runsKept = (notebook: NotebookUnderTest): number => kept(notebook).filter((id) => id.startsWith('run_')).length;

  it('is one module for each name that is still declared, however often its cells run and change', async function () {
    this.timeout(60_000);
    const notebook = new NotebookUnderTest({ a: 'let x = 0; class A { n = 0 }', b: 'const previous = 0', c: 'const next = 0' });
    await notebook.run('a', 'b', 'c');
    for (let round = 1; round <= 120; round++) {
      notebook.edit({
        a: `let x = ${round}; class A { n = x }`,
        b: `const previous = next + x; const a: A = new A(); // ${round}`,
        c: 'const next = previous + a.n',
      });
      expect(await notebook.run('a', 'b', 'c')).to.deep.equal([]);
    }
    // Those that declare x and A, previous and a, and next, and an earlier A of which nothing speaks any more is gone.
    expect(runsKept(notebook)).to.equal(3);
    expect(kept(notebook)).to.have.length(4);
  });

  it('includes an old type as long as a value has it', async () => {
    const notebook = new NotebookUnderTest({
      a: 'class A { n = 1 }',
      b: 'let old = new A()',
      c: 'class A { s = 1 }',
      d: 'old.n.toFixed()',
      e: 'let old = 1',
    });
    expect(await notebook.run('a', 'b', 'c', 'd')).to.deep.equal([]);
    const withOld = runsKept(notebook);
    await notebook.run('e', 'd');
    expect(runsKept(notebook)).to.be.below(withOld);
  });

  it('is nothing of runs after a restart, and nothing at all when it is closed', async () => {
    const notebook = new NotebookUnderTest({ a: 'let x = 1' });
    await notebook.run('a');
    notebook.restart();
    expect(kept(notebook)).to.deep.equal([]);
    notebook.close();
    expect(() => kept(notebook)).to.throw('not open');
  });

  it('is the cells that are there, in the editor', async () => {
    const notebook = new NotebookUnderTest({ a: 'let x = 1' });
    for (let round = 0; round < 50; round++) {
      notebook.edit({ [`c${round}`]: `x + ${round}`, [`c${round - 1}`]: undefined, a: `let x = ${round}` });
      expect(await notebook.squiggles(`c${round}`)).to.deep.equal([]);
    }
    expect(service.editorFiles(notebook.uri)).to.deep.equal(2);
  });
});
