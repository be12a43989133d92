import { expect } from 'chai';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ParsevalResult } from '../../bench/peers/parseval.js';
import { Parseval } from '../../bench/peers/parseval.js';
import type { TslabResult } from '../../bench/peers/tslab.js';
import { Tslab } from '../../bench/peers/tslab.js';
import type { Said } from './tslab-cells.js';
import { cells, files } from './tslab-cells.js';

/** What a cell said in fact. */
interface Heard {
  readonly text: string;
  readonly displays: NonNullable<Said['displays']>;
  readonly error: string | null;
}

/** Numbers the displays of a session that can be updated, in the order in which they were made. */
class Displays {
  private readonly ids: string[] = [];

  made(data: Readonly<Record<string, unknown>>, id: string | undefined): NonNullable<Said['displays']>[number] {
    if (id !== undefined) this.ids.push(id);
    return content(data);
  }

  updated(data: Readonly<Record<string, unknown>>, id: string): NonNullable<Said['displays']>[number] {
    return { ...content(data), updates: this.ids.indexOf(id) };
  }
}

/** Parseval puts words beside what tslab displays, and a second name for JavaScript. */
function content(data: Readonly<Record<string, unknown>>): NonNullable<Said['displays']>[number] {
  const own = Object.entries(data).filter(([mime]) => mime !== 'text/plain' && mime !== 'application/javascript');
  const [[mime, value] = ['text/plain', data['text/plain']]] = own;
  return { mime, content: String(value) };
}

function heardFromParseval({ outputs, status }: ParsevalResult, displays: Displays): Heard {
  const heard = { text: '', displays: [] as Heard['displays'][number][], error: null as string | null };
  for (const output of outputs) {
    if (output.output_type === 'stream') heard.text += output.text;
    else if (output.output_type === 'execute_result') heard.text += `${String(output.data['text/plain'])}\n`;
    else if (output.output_type === 'display_data') heard.displays.push(displays.made(output.data, output.displayId));
    else if (output.output_type === 'update') heard.displays.push(displays.updated(output.data, output.displayId));
    else heard.error = output.traceback.join('\n');
  }
  expect(heard.error !== null, 'a cell fails if and only if it shows an error').to.equal(status === 'error');
  return heard;
}

function heardFromTslab({ outputs, status }: TslabResult, displays: Displays): Heard {
  const heard = { text: '', displays: [] as Heard['displays'][number][], error: null as string | null };
  for (const output of outputs) {
    if (output.kind === 'stream' && output.name === 'stderr' && status !== 'ok') heard.error = (heard.error ?? '') + output.text;
    else if (output.kind === 'stream') heard.text += output.text;
    else if (output.kind === 'display') heard.displays.push(displays.made(output.data, output.id));
    else heard.displays.push(displays.updated(output.data, output.id ?? ''));
  }
  return heard;
}

function expectSaid(heard: Heard, { text = '', displays = [], error }: Said): void {
  expect(heard.displays).to.deep.equal(displays);
  if (error) expect(heard.error ?? 'no error').to.match(error);
  else expect(heard.error).to.equal(null);
  expect(heard.text).to.equal(text);
}

describe('cells on Parseval and on tslab', function () {
  this.timeout(120_000);
  let folder: string;
  let parseval: Parseval;
  let tslab: Tslab;
  const ofParseval = new Displays();
  const ofTslab = new Displays();

  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'parseval-compatibility-')));
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    parseval = new Parseval(folder);
    tslab = await Tslab.start(folder);
  });
  after(async () => {
    await Promise.all([parseval.stop(), tslab.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  for (const cell of cells) {
    const differs = 'because' in cell;
    it(`${differs ? 'differ in' : 'agree on'} ${cell.shows}`, async () => {
      const [ours, theirs] = await Promise.all([parseval.run(cell.code), tslab.run(cell.code)]);
      expectSaid(heardFromTslab(theirs, ofTslab), differs ? cell.tslab : cell.says);
      expectSaid(heardFromParseval(ours, ofParseval), differs ? cell.parseval : cell.says);
    });
  }

  it('differ in nothing that the guide does not tell', async () => {
    const guide = await readFile(new URL('../../docs/guide.md', import.meta.url), 'utf8');
    for (const cell of cells) if ('because' in cell) expect(guide).to.include(`| ${cell.shows} | ${cell.because} |`);
  });
});
