import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { mutants } from '../../mutants/list/index.js';
import { patched } from '../../mutants/patch.js';

describe('a bug as a patch of a source', () => {
  const text = 'const a = b.conj();\nconst c = b;\n';

  it('is the text with every edit made', () => {
    const edits = [
      { search: 'b.conj()', replace: 'b' },
      { search: 'const c = b', replace: 'const c = a + a' },
    ];
    expect(patched('x.ts', text, edits)).to.equal('const a = b;\nconst c = a + a;\n');
  });

  it('takes the replacement as it is written', () => {
    expect(patched('x.ts', text, [{ search: 'b.conj()', replace: "'$&'" }])).to.equal("const a = '$&';\nconst c = b;\n");
  });

  it('is an error where its text is not there, and says which', () => {
    expect(() => patched('src/x.ts', text, [{ search: 'b.abs()', replace: 'b' }])).to.throw(
      /src\/x\.ts: expects to find once, but found 0 times:\nb\.abs\(\)/,
    );
  });

  it('is an error where its text stands more than once', () => {
    expect(() => patched('x.ts', text, [{ search: 'const', replace: 'let' }])).to.throw(/found 2 times:\nconst/);
  });

  it('is an error where it changes nothing', () => {
    expect(() => patched('x.ts', text, [{ search: 'b.conj()', replace: 'b.conj()' }])).to.throw(/changes nothing/);
  });

  it('fits the sources, for every bug there is', async () => {
    for (const { file, edits } of mutants) patched(file, await readFile(new URL(`../../../${file}`, import.meta.url), 'utf8'), edits);
  });

  it('has an id of its own, and words for its cause or a reason why it has none', () => {
    expect(new Set(mutants.map(({ id }) => id)).size).to.equal(mutants.length);
    for (const { id, causes, equivalent } of mutants) expect(causes.length === 0, id).to.equal(equivalent !== undefined);
  });
});
