// What was measured of convolutions, kept in a file for the processes that come after: milliseconds of a training step by algorithm, by adapter and
// version of the library, by shape class. It is an optimization alone: a file that is missing, or holds anything odd, is none.

import * as v from 'valibot';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { candidates, type Candidate } from './conv-choice.js';

/** A measurement as it is kept. */
export interface Kept {
  readonly milliseconds: Readonly<Partial<Record<Candidate, number>>>;
  /** Of a batch of how many samples. */
  readonly samples: number;
}

/** Keeps measurements. */
export interface ConvolutionStore {
  /** What an earlier process, or this one, measured. */
  find(adapter: string, shapeClass: string): Kept | null;
  put(adapter: string, shapeClass: string, kept: Kept): void;
}

/** How a store is opened. */
export interface StoreOptions {
  readonly file?: string;
  /** What other kernels there may be: measurements of another version are not used. */
  readonly library?: string;
  /** Told why the file cannot be read or written. */
  readonly log?: (problem: string) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** What is kept at most: the newest. */
const most = { adapters: 8, classes: 2000 };

const schema = v.strictObject({
  version: v.literal(1),
  adapters: v.array(
    v.strictObject({
      adapter: v.string(),
      library: v.string(),
      classes: v.array(
        v.strictObject({
          class: v.string(),
          /** When it was measured, in milliseconds since 1970. */
          at: v.pipe(v.number(), v.finite()),
          samples: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
          milliseconds: v.record(v.picklist(candidates), v.pipe(v.number(), v.finite(), v.minValue(0))),
        }),
      ),
    }),
  ),
});

type Content = v.InferOutput<typeof schema>;
type Adapter = Content['adapters'][number];
type Class = Adapter['classes'][number];

/** The file of this user: convolutions.json in PARSEVAL_CACHE, else in `parseval` in the system's folder for caches. */
export function storeFile(): string {
  const { PARSEVAL_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  const base = process.platform === 'win32' ? LOCALAPPDATA : XDG_CACHE_HOME;
  const home = process.platform === 'darwin' ? join(homedir(), 'Library/Caches') : join(homedir(), '.cache');
  return join(PARSEVAL_CACHE || join(base || home, 'parseval'), 'convolutions.json');
}

/** Version and algorithms of this library. */
function thisLibrary(): string {
  // From dist/, and from the sources.
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { name?: unknown; version?: unknown };
      if (name === 'parseval') return `${String(version)} (${candidates.join(', ')})`;
    } catch {
      // It is at the other place.
    }
  }
  return `unknown (${candidates.join(', ')})`;
}

/** Opens the store in a file, which is read when something is first looked for. */
export function openStore(options: StoreOptions = {}): ConvolutionStore {
  return new FileStore(options);
}

class FileStore implements ConvolutionStore {
  readonly #file: string;
  readonly #library: string;
  readonly #log: (problem: string) => void;
  readonly #now: () => number;
  /** As of the first look, with what this process has measured since. */
  #known: Map<string, Kept> | null = null;
  /** What this process has measured. */
  #own: Adapter[] = [];

  constructor({ file = storeFile(), library = thisLibrary(), log = () => undefined, now = Date.now }: StoreOptions) {
    this.#file = file;
    this.#library = library;
    this.#log = log;
    this.#now = now;
  }

  find(adapter: string, shapeClass: string): Kept | null {
    return this.#all().get(keyOf(adapter, shapeClass)) ?? null;
  }

  put(adapter: string, shapeClass: string, { milliseconds, samples }: Kept): void {
    this.#all().set(keyOf(adapter, shapeClass), { milliseconds, samples });
    const measured: Class = { class: shapeClass, at: this.#now(), samples, milliseconds: { ...milliseconds } };
    this.#own = merged([...this.#own, { adapter, library: this.#library, classes: [measured] }]);
    // Read once more: another process may have written meanwhile.
    this.#write({ version: 1, adapters: merged([...this.#read().adapters, ...this.#own]) });
  }

  #all(): Map<string, Kept> {
    if (this.#known === null) {
      const ours = this.#read().adapters.filter(({ library }) => library === this.#library);
      const entries = ours.flatMap(({ adapter, classes }) => classes.map((each) => [keyOf(adapter, each.class), each] as const));
      this.#known = new Map(entries);
    }
    return this.#known;
  }

  #read(): Content {
    const nothing: Content = { version: 1, adapters: [] };
    try {
      const { success, output } = v.safeParse(schema, JSON.parse(readFileSync(this.#file, 'utf8')));
      if (success) return output;
      this.#log(`${this.#file} does not hold measurements of convolutions; they are made anew`);
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!isMissing) this.#log(`${this.#file}: measurements of convolutions cannot be read: ${String(error)}`);
    }
    return nothing;
  }

  #write(content: Content): void {
    const temporary = `${this.#file}.${process.pid}`;
    try {
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
      try {
        // Renamed into place: another process may be reading.
        writeFileSync(temporary, `${JSON.stringify(content)}\n`, { mode: 0o600 });
        renameSync(temporary, this.#file);
      } catch (error) {
        rmSync(temporary, { force: true });
        throw error;
      }
    } catch (error) {
      this.#log(`${this.#file}: measurements of convolutions cannot be kept: ${String(error)}`);
    }
  }
}

function keyOf(adapter: string, shapeClass: string): string {
  return `${adapter}\n${shapeClass}`;
}

/** One entry for each adapter and class, the one that was measured last; the newest ones first, and no more than are to be kept. */
function merged(adapters: readonly Adapter[]): Adapter[] {
  const found = new Map<string, { readonly adapter: string; readonly library: string; readonly classes: Map<string, Class> }>();
  for (const { adapter, library, classes } of adapters) {
    const key = `${library}\n${adapter}`;
    const of = found.get(key) ?? { adapter, library, classes: new Map<string, Class>() };
    found.set(key, of);
    for (const each of classes) if (each.at >= (of.classes.get(each.class)?.at ?? -Infinity)) of.classes.set(each.class, each);
  }
  const newest = ({ classes }: Adapter): number => classes[0]?.at ?? -Infinity;
  return [...found.values()]
    .map((of): Adapter => ({ ...of, classes: [...of.classes.values()].sort((a, b) => b.at - a.at).slice(0, most.classes) }))
    .sort((a, b) => newest(b) - newest(a))
    .slice(0, most.adapters);
}
