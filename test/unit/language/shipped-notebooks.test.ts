import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseNotebook } from '../../../src/kernel/notebook.js';
import { NotebookUnderTest } from './notebook-under-test.js';

const folder = fileURLToPath(new URL('../../../notebooks/', import.meta.url));

describe('the notebooks of the project', () => {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.ipynb'))) {
    it(`have no type errors: ${name}`, async () => {
      const { cells } = parseNotebook(readFileSync(`${folder}${name}`, 'utf8'), name);
      const codes = cells.flatMap(({ type, source }) => (type === 'code' && source.trim() !== '' ? [source] : []));
      const notebook = new NotebookUnderTest(Object.fromEntries(codes.map((code, index) => [`c${index}`, code])), dirname(`${folder}x`));
      const names = codes.map((_, index) => `c${index}`);
      expect(names).to.not.be.empty;
      expect(await notebook.run(...names)).to.deep.equal([]);
      for (const cell of names) expect(await notebook.squiggles(cell)).to.deep.equal([]);
      notebook.close();
    });
  }
});
