// Files that somebody publishes: found in a folder, fetched where they are published, known by their checksums.

import { createHash } from 'node:crypto';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { show } from '../tensor/checks.js';
import { readBytes, writeWhole } from './file.js';
import { reading } from './progress.js';

/** A checksum, in hexadecimal. */
export interface Checksum {
  readonly algorithm: 'md5' | 'sha1';
  readonly digest: string;
}

/** A file as it is published. */
export interface OfficialFile {
  /** Its name where it is published, and where it is written when it is fetched. */
  readonly name: string;
  /** Where it may stand in a folder, the likeliest first. */
  readonly places: readonly string[];
  /** Folders of the web that have it, each with its last slash. */
  readonly mirrors: readonly string[];
  /** Of the file as it is published. */
  readonly checksum: Checksum;
}

/** How published files are read. */
export interface OfficialOptions {
  /** Fetches what is missing from where it is published. */
  readonly download?: boolean | undefined;
  /** Fetches from this folder of the web instead. */
  readonly mirror?: string | undefined;
  /** Whether checksums must be those of the published files; true when not given. */
  readonly verify?: boolean | undefined;
}

/** The bytes of a published file, and where it stands. Rejects where it is not in the folder and not to be had. */
export async function officialBytes(
  what: string,
  folder: string,
  file: OfficialFile,
  options: OfficialOptions,
): Promise<{ path: string; bytes: Uint8Array }> {
  for (const place of file.places) {
    const path = join(folder, place);
    if (await isFile(path)) return { path, bytes: await readBytes(what, path, file.name) };
  }
  const path = join(folder, file.name);
  if (options.download !== true)
    throw new Error(`${what}: ${await absence(folder, file)}; pass download: true, or put ${file.mirrors[0]}${file.name} there`);
  await download(what, path, file, options);
  return { path, bytes: await readBytes(what, path, file.name) };
}

/** Throws where bytes do not have the checksum of what was published, unless nobody wants to know. */
export function checkOfficial(
  what: string,
  path: string,
  bytes: Uint8Array,
  { algorithm, digest }: Checksum,
  { verify = true }: OfficialOptions,
): void {
  if (!verify) return;
  const found = createHash(algorithm).update(bytes).digest('hex');
  if (found !== digest)
    throw new Error(
      `${what}: '${path}' is not the published file: its ${algorithm.toUpperCase()} is ${found}, but must be ${digest}; fetch it again, or pass verify: false if it is meant to differ`,
    );
}

/** The path of a folder that is there. */
export async function checkFolder(what: string, folder: unknown): Promise<string> {
  return presentFolder(what, folder, '');
}

/** The same for published files: with `download` the folder may be made. */
export async function checkOfficialFolder(what: string, folder: unknown, { download }: OfficialOptions): Promise<string> {
  if (download === true && typeof folder === 'string' && folder !== '' && (await stat(folder).catch(() => null)) === null) return folder;
  return presentFolder(what, folder, download === true ? '' : '; make it and put the files there, or pass download: true');
}

async function presentFolder(what: string, folder: unknown, advice: string): Promise<string> {
  if (typeof folder !== 'string' || folder === '')
    throw new TypeError(`${what}: the folder is ${show(folder)}, but must be the path of a folder`);
  const found = await stat(folder).catch(() => null);
  if (found?.isDirectory() === true) return folder;
  throw new Error(`${what}: '${folder}' is ${found === null ? 'not there' : 'no folder'}; paths are relative to ${process.cwd()}${advice}`);
}

/** Whether there is a file. */
export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function absence(folder: string, { places }: OfficialFile): Promise<string> {
  const there = await readdir(folder).catch((): string[] => []);
  const listed =
    there.length === 0 ? 'which is empty' : `where there is ${there.slice(0, 6).join(', ')}${there.length > 6 ? ' and more' : ''}`;
  return `none of ${places.join(', ')} is in '${folder}', ${listed}`;
}

async function download(what: string, path: string, file: OfficialFile, options: OfficialOptions): Promise<void> {
  const mirrors = options.mirror === undefined ? file.mirrors : [options.mirror.replace(/\/*$/u, '/')];
  await mkdir(dirname(path), { recursive: true });
  const failures: string[] = [];
  for (const mirror of mirrors) {
    const from = `${mirror}${file.name}`;
    try {
      await reading(`fetching ${file.name}`, async (progress) => {
        await writeWhole(what, path, file.name, fetched(from, file.checksum, options, progress));
      });
      return;
    } catch (error) {
      if (!(error instanceof Unfetched)) throw error;
      failures.push(`${from} (${error.message})`);
    }
  }
  throw new Error(
    `${what}: ${file.name} cannot be fetched from ${failures.join(' or ')}; put it into '${dirname(path)}' by hand, or name another mirror`,
  );
}

/** A mirror does not have the file, or not as it was published: another one may. */
class Unfetched extends Error {}

async function* fetched(
  from: string,
  { algorithm, digest }: Checksum,
  { verify = true }: OfficialOptions,
  progress: (done: number) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  const hash = createHash(algorithm);
  try {
    // Packed files shall come as they are.
    const answer = await fetch(from, { headers: { 'accept-encoding': 'identity' } });
    if (!answer.ok || answer.body === null) throw new Unfetched(`it answers ${answer.status} ${answer.statusText}`);
    const total = Number(answer.headers.get('content-length') ?? NaN);
    let done = 0;
    for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) {
      hash.update(part);
      done += part.length;
      yield part;
      await progress(Number.isFinite(total) ? done / total : 0);
    }
  } catch (error) {
    // What `fetch` throws names its reason only in the cause.
    if (error instanceof TypeError)
      throw new Unfetched(error.cause instanceof Error ? error.cause.message : error.message, { cause: error });
    throw error;
  }
  const found = hash.digest('hex');
  if (verify && found !== digest)
    throw new Unfetched(`what it gave has the ${algorithm.toUpperCase()} ${found}, but the published file ${digest}`);
}
