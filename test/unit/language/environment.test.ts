import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { environment } from '../../../src/kernel/language/environment.js';
import { NotebookUnderTest, service } from './notebook-under-test.js';

describe('the types that every cell sees', () => {
  it('are files that exist, or files joined of such', () => {
    const { roots, fewRoots } = environment();
    const joined = environment().joinedFiles();
    for (const root of [...roots, ...fewRoots]) expect(joined.some(({ path }) => path === root) || existsSync(root), root).to.equal(true);
    const parts = joined.flatMap((file) => file.parts);
    expect(parts.length).to.be.above(100);
    for (const { path } of parts) expect(existsSync(path), path).to.equal(true);
  });

  it('keep the text of each joined file, so that places lead back to it', () => {
    for (const { path, text, parts } of environment().joinedFiles()) {
      for (const part of parts) {
        const original = readFileSync(part.path, 'utf8');
        // References to other files are blank: these are there already.
        const expected = original.replace(/^\/\/\/\s*<reference\s+(?:lib|path)=.*$/gm, (line) => ' '.repeat(line.length));
        expect(text.slice(part.start, part.end) === expected, part.path).to.equal(true);
        const at = original.lastIndexOf('interface') > 0 ? original.lastIndexOf('interface') : 0;
        expect(environment().realPlace(path, part.start + at)).to.deep.equal({ path: part.path, offset: at });
      }
    }
    expect(environment().realPlace('/elsewhere.ts', 5)).to.deep.equal({ path: '/elsewhere.ts', offset: 5 });
  });

  it('declare the same globals as TypeScript with these libraries and packages', async () => {
    const { node, webgpu } = environment();
    const nodeTypes = node.replace('parseval-node.d.ts', 'index.d.ts');
    const program = ts.createProgram([nodeTypes, webgpu], {
      lib: ['lib.esnext.d.ts'],
      types: [],
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
    });
    const file = program.getSourceFile(nodeTypes);
    const checker = program.getTypeChecker();
    const globals = file ? checker.getSymbolsInScope(file, ts.SymbolFlags.Value).map(({ name }) => name) : [];
    expect(globals.length).to.be.above(200);
    const notebook = new NotebookUnderTest({ a: ' ' });
    const { items } = await service.handlers.requests.completions({ notebook: notebook.uri, cell: 'a', offset: 1 });
    const offered = new Set(items.map(({ name }) => name));
    const identifiers = globals.filter((name) => /^[\w$]+$/.test(name) && name !== 'arguments');
    expect(identifiers.filter((name) => !offered.has(name))).to.deep.equal([]);
  });
});
