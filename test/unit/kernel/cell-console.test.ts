import { expect } from 'chai';
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { createCellConsole } from '../../../src/kernel/cell-console.js';

/** Stands for what must be read before it can be shown. */
class Late {}

/** What calls print: in order, with what comes late in its place. */
async function printed(use: (console: Console) => void): Promise<string> {
  const pieces: (string | Promise<string>)[] = [];
  const read = (args: readonly unknown[]): Promise<unknown[]> | null =>
    args.some((arg) => arg instanceof Late)
      ? Promise.resolve(args.map((arg) => (arg instanceof Late ? { [inspect.custom]: () => '<late>' } : arg)))
      : null;
  use(
    createCellConsole(
      (name, text) => void pieces.push(name === 'stderr' ? Promise.resolve(text).then((known) => `!${known}`) : text),
      read,
    ),
  );
  let text = '';
  for (const piece of pieces) text += await piece;
  return text;
}

/** What Node's console prints. */
function plainly(use: (console: Console) => void): string {
  let text = '';
  const stream = (mark: string): Writable =>
    new Writable({ write: (chunk, _, done) => ((text += mark + String(chunk)), done()), decodeStrings: false });
  use(new Console({ stdout: stream(''), stderr: stream('!'), colorMode: false }));
  return text;
}

describe('the console of cells', () => {
  it('prints what the console of Node prints', async () => {
    const use = (console: Console): void => {
      console.log('%s is %d, %o', 'x', 5, { a: 1 }, 'and more');
      console.info('i');
      console.debug({ nested: { list: [1, 2] } });
      console.warn('w');
      console.error(new RangeError('e').message);
      console.group('outer', 1);
      console.log('in\ntwo lines');
      console.group();
      console.table([{ a: 1 }, { a: 2 }]);
      console.dir({ d: 1 });
      console.groupEnd();
      console.groupEnd();
      console.groupEnd();
      console.count('c');
      console.count('c');
      console.assert(true, 'no');
      console.assert(false, 'yes');
      console.groupCollapsed('g');
      console.log('still in');
    };
    expect(await printed(use)).to.equal(plainly(use));
  });

  it('lists what describes itself in its own words, at any depth, unless it is asked not to', async () => {
    const described = { deep: { deeper: [{ hidden: 1, [inspect.custom]: () => 'Tensor([2], float64, cpu)' }] } };
    expect(await printed((console) => console.dir(described))).to.equal('{ deep: { deeper: [ Tensor([2], float64, cpu) ] } }\n');
    const bare = await printed((console) => console.dir(described, { customInspect: false, depth: 4 }));
    expect(bare).to.include('hidden: 1').and.not.include('Tensor');
    expect(await printed((console) => console.dir({ a: { b: { c: {} } } }, { depth: 0 }))).to.equal('{ a: [Object] }\n');
  });

  it('shows what comes late in its place, at the depth of groups where it was called', async () => {
    const late = new Late();
    const text = await printed((console) => {
      console.log('a', late, 'b');
      console.group(late);
      console.log(late);
      console.groupEnd();
      console.error(late);
      console.warn('plain');
      console.log('end');
    });
    expect(text).to.equal('a <late> b\n<late>\n  <late>\n!<late>\n!plain\nend\n');
  });
});
