// The extension's package for tests: made once, by the script that makes it for users, unless it is there already.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../scripts/package.mjs', import.meta.url));
let made: Promise<string> | undefined;

/** The path of out/parseval-VERSION-PLATFORM.vsix, the package of the sources as they are. */
export function packaged(): Promise<string> {
  made ??= promisify(execFile)(process.execPath, [script, '--if-changed']).then(({ stdout }) => {
    const [, path] = /^(.*\.vsix): .* MiB/m.exec(stdout) ?? [];
    if (path === undefined) throw new Error(`scripts/package.mjs named no file:\n${stdout}`);
    console.log(`      ${stdout.trim().split('\n').at(-1)}`);
    return path;
  });
  return made;
}
