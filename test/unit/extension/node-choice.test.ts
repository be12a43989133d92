import { expect } from 'chai';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chooseNode, NodeChoiceError } from '../../../src/extension/node-choice.js';

const electron = { path: '/opt/code/code', version: '20.18.3', electron: '34.5.1' };

describe('choice of Node', () => {
  let folder: string;
  /** A program `node` that answers as one of these versions would. */
  const program = (name: string, answer: string): string => {
    mkdirSync(join(folder, name), { recursive: true });
    const path = join(folder, name, 'node');
    writeFileSync(path, `#!/bin/sh\n${answer}\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const searchPath = (...names: string[]): string => names.map((name) => join(folder, name)).join(delimiter);

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'parseval-node-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('takes the program that was set, and asks it for its version', async () => {
    const choice = await chooseNode(process.execPath, '', electron);
    expect(choice).to.deep.include({ path: process.execPath, version: process.versions.node, noNodeDevice: null, env: {} });
    expect(choice.reason).to.include('parseval.nodePath');
  });

  it('refuses a setting that is relative, missing, no Node, or too old, and takes nothing in its place', async () => {
    const old = program('old', 'echo 18.20.1 undefined');
    const broken = program('broken', 'echo hello');
    for (const [path, problem] of [
      ['node', 'not an absolute path'],
      [join(folder, 'nothing'), 'ENOENT'],
      [old, 'Node 18.20.1'],
      [broken, 'hello'],
    ] as const) {
      const error = await chooseNode(path, searchPath(), electron).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(NodeChoiceError);
      expect(String(error)).to.include(problem).and.include(path).and.include('20.19');
    }
  });

  it('takes the first on the PATH that is new enough', async () => {
    program('old', 'echo 20.18.9 undefined');
    const good = program('good', 'echo 20.19.0 undefined');
    program('later', 'echo 24.1.0 undefined');
    const choice = await chooseNode('', searchPath('none', 'old', 'good', 'later'), electron);
    expect(choice).to.deep.include({ path: good, version: '20.19.0', noNodeDevice: null });
  });

  it("falls back to VS Code's own, as Node, without the node device, and says which were too old", async () => {
    const old = program('old', 'echo 16.0.0 undefined');
    const choice = await chooseNode('', searchPath('old'), electron);
    expect(choice).to.deep.include({ path: electron.path, version: electron.version, env: { ELECTRON_RUN_AS_NODE: '1' } });
    expect(choice.reason).to.include(`${old} is 16.0.0`);
    expect(choice.noNodeDevice).to.include('Electron 34.5.1');
  });

  it('knows Electron behind the name node', async () => {
    const choice = await chooseNode(program('shim', 'echo 22.1.0 35.0.0'), '', electron);
    expect(choice.env).to.deep.equal({ ELECTRON_RUN_AS_NODE: '1' });
    expect(choice.noNodeDevice).to.include('Electron 35.0.0');
  });

  it('finds no fault with the Node of a VS Code server', async () => {
    const choice = await chooseNode('', '', { path: '/srv/node', version: '20.19.1', electron: undefined });
    expect(choice).to.deep.include({ path: '/srv/node', env: {}, noNodeDevice: null });
  });
});
