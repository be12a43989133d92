import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const fileOf = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const text = readFileSync(fileOf('package.json'), 'utf8');

interface Manifest {
  readonly icon: string;
  readonly engines: { readonly vscode: string };
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly category: string }[];
    readonly configuration: {
      readonly properties: Readonly<Record<string, { readonly scope: string; readonly markdownDescription: string }>>;
    };
    readonly views: { readonly parseval: readonly { readonly id: string }[] };
  };
}
const manifest = JSON.parse(text) as Manifest;
const commands = manifest.contributes.commands.map(({ command }) => command);

describe('manifest', () => {
  it('names only files that are there', () => {
    const files = [...text.matchAll(/"(media\/[^"]+)"/g)].map(([, path = '']) => path);
    expect(files).to.include(manifest.icon);
    expect(files.filter((path) => !existsSync(fileOf(path)))).to.deep.equal([]);
  });

  it('leads nowhere but to its own commands and those of the editor', () => {
    const mentioned = [...text.matchAll(/(?:command:|"command": "|onCommand:)(parseval\.\w+)/g)].map(([, command]) => command);
    expect(mentioned.filter((command) => !commands.includes(command ?? ''))).to.deep.equal([]);
    expect(manifest.contributes.commands.every(({ category }) => category === 'Parseval')).to.be.true;
  });

  it('contributes exactly the commands that are registered', () => {
    const source = readFileSync(fileOf('src/extension/commands.ts'), 'utf8');
    const table = /const commands[^{]*\{\n([\s\S]*?)\n {2}\};/.exec(source)?.[1] ?? '';
    const registered = [...table.matchAll(/^ {4}(?:async )?(\w+)(?:\(|:)/gm)].map(([, name]) => `parseval.${name}`);
    expect([...commands].sort()).to.deep.equal(registered.sort());
  });

  it('keeps the path of a program out of the hands of a workspace', () => {
    expect(manifest.contributes.configuration.properties['parseval.nodePath']?.scope).to.equal('machine');
  });

  it('describes every setting', () => {
    for (const [name, { markdownDescription }] of Object.entries(manifest.contributes.configuration.properties)) {
      expect(markdownDescription, name).to.match(/^[A-Z].*\.$/s);
    }
  });

  it('is typed by the oldest editor that it runs in', () => {
    expect(manifest.engines.vscode).to.equal(`^${manifest.devDependencies['@types/vscode']}`);
  });
});
