import { expect } from 'chai';
import ts from 'typescript';
import init from '../../../src/extension/typescript-plugin/index.cjs';

const cell = '^/vscode-notebook-cell/host:80/home/me/nb.ipynb#W0sdnNjb2RlLXJlbW90ZQ==';
const text = 'const a: = 1;\nMath.m';

/** The plugin around a real language service that knows one file. */
function pluginFor(file: string, notebooks: readonly string[]): ReturnType<ReturnType<typeof init>['create']> {
  const host: ts.LanguageServiceHost = {
    getCompilationSettings: () => ({ allowNonTsExtensions: true }), // as in the server: cells have no extension
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot: (name) => (name === file ? ts.ScriptSnapshot.fromString(text) : undefined),
    getCurrentDirectory: () => '/',
    getDefaultLibFileName: () => '/lib.d.ts',
    fileExists: (name) => name === file,
    readFile: (name) => (name === file ? text : undefined),
    getScriptKind: () => ts.ScriptKind.TS,
  };
  const plugin = init();
  const quiet = plugin.create({ languageService: ts.createLanguageService(host) });
  plugin.onConfigurationChanged({ notebooks });
  return quiet;
}

describe("plugin of the built-in extension's server", () => {
  it('says nothing of the cells of our notebooks', () => {
    const service = pluginFor(cell, ['/home/me/nb.ipynb']);
    expect(service.getSyntacticDiagnostics(cell)).to.deep.equal([]);
    expect(service.getSuggestionDiagnostics(cell)).to.deep.equal([]);
    expect(service.getCompletionsAtPosition(cell, text.length, undefined)).to.equal(undefined);
    expect(service.getQuickInfoAtPosition(cell, 6)).to.equal(undefined);
    expect(service.findReferences(cell, 6)).to.equal(undefined);
    expect(service.getRenameInfo(cell, 6, {}).canRename).to.equal(false);
  });

  it('still folds and colours them', () => {
    const service = pluginFor(cell, ['/home/me/nb.ipynb']);
    expect(service.getSyntacticClassifications(cell, { start: 0, length: 5 })).not.to.be.empty;
  });

  it('leaves the cells of other notebooks, and files, as they are', () => {
    for (const [file, notebooks] of [
      [cell, []],
      [cell, ['/home/me/other.ipynb']],
      ['/home/me/nb.ipynb.ts', ['/home/me/nb.ipynb']],
    ] as const) {
      const service = pluginFor(file, notebooks);
      expect(service.getSyntacticDiagnostics(file)).to.have.length(1);
      expect(service.getQuickInfoAtPosition(file, 6)?.kind).to.equal('const');
    }
  });
});
