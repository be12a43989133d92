// Which Node runs the kernels: the one that was set, else `node` on the PATH, else VS Code's own.
import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** The Node to run and what it can. */
export interface NodeChoice {
  /** Absolute path. */
  readonly path: string;
  /** `20.19.0`. */
  readonly version: string;
  /** Additions to the environment of what it runs. */
  readonly env: Readonly<Record<string, string>>;
  /** Why this one, in words that follow "Node 20.19.0: ". */
  readonly reason: string;
  /** Why the device `node` cannot be had under it, or null when it can be tried. */
  readonly noNodeDevice: string | null;
}

/** The program that runs the extension itself. */
export interface OwnProgram {
  readonly path: string;
  readonly version: string;
  /** Electron's version, where it is Electron. */
  readonly electron: string | undefined;
}

/** No Node could be had as it was asked for: says what to do. */
export class NodeChoiceError extends Error {
  override readonly name = 'NodeChoiceError';
}

const oldest = [20, 19] as const;
const needed = `${oldest.join('.')} or newer`;
/** A program that does not say its version within this time, in ms, is no Node to work with. */
const patience = 10_000;

/** Chooses; `configured` is the setting parseval.nodePath. Throws `NodeChoiceError` when that names something that cannot be used. */
export async function chooseNode(configured: string, searchPath: string, own: OwnProgram): Promise<NodeChoice> {
  if (configured !== '') return fromSetting(configured);
  const tooOld: string[] = [];
  for (const path of programsOn(searchPath)) {
    const found = await describe(path).catch(() => undefined);
    if (!found) continue;
    if (isNewEnough(found.version)) return chosen(path, found, 'found on the PATH');
    tooOld.push(`${path} is ${found.version}`);
  }
  const why = tooOld.length > 0 ? `no ${needed} is on the PATH (${tooOld.join(', ')})` : 'none is on the PATH';
  return chosen(own.path, own, `VS Code's own, because ${why} and parseval.nodePath is not set`);
}

async function fromSetting(path: string): Promise<NodeChoice> {
  const refuse = (problem: string): never => {
    throw new NodeChoiceError(
      `The setting parseval.nodePath is '${path}', but ${problem}. Give the absolute path of a Node.js ${needed}, or clear it.`,
    );
  };
  if (!isAbsolute(path)) return refuse('that is not an absolute path');
  const found = await describe(path).catch((error: unknown) =>
    refuse(`that did not say its version (${error instanceof Error ? error.message.trim() : String(error)})`),
  );
  if (!isNewEnough(found.version)) return refuse(`that is Node ${found.version}`);
  return chosen(path, found, 'the setting parseval.nodePath');
}

/** Electron forbids the external ArrayBuffers through which Dawn reads back. */
function chosen(path: string, { version, electron }: Pick<OwnProgram, 'version' | 'electron'>, reason: string): NodeChoice {
  const isElectron = electron !== undefined;
  return {
    path,
    version,
    env: isElectron ? { ELECTRON_RUN_AS_NODE: '1' } : {},
    reason,
    noNodeDevice: isElectron ? `the kernel runs under Electron ${electron} (${reason}), which cannot carry Dawn` : null,
  };
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

function programsOn(searchPath: string): string[] {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const programs = searchPath
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, name));
  return [...new Set(programs)].filter(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Asks the program itself: a `node` on the PATH may be a script that starts another. */
function describe(path: string): Promise<{ version: string; electron: string | undefined }> {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '' };
  return new Promise((resolve, reject) => {
    execFile(path, ['-p', '`${process.versions.node} ${process.versions.electron}`'], { env, timeout: patience }, (error, stdout) => {
      const match = /^(\d+\.\d+\.\d+\S*) (\S+)\s*$/.exec(stdout);
      if (error) reject(new Error(error.message));
      else if (!match?.[1]) reject(new Error(`it said ${JSON.stringify(stdout.slice(0, 100))}`));
      else resolve({ version: match[1], electron: match[2] === 'undefined' ? undefined : match[2] });
    });
  });
}
