// Asks PyTorch what its own check, and a plain one, say of the same bugs.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { kept, type PeerResults } from './results.js';

const python = '/usr/bin/python3';
const script = fileURLToPath(new URL('peers.py', import.meta.url));

/** What the peers say: now, where Debian's python3-torch is installed, else as kept. */
export async function askPeers(): Promise<{ readonly results: PeerResults; readonly isFresh: boolean }> {
  try {
    await promisify(execFile)(python, ['-c', 'import torch']);
  } catch {
    const results = await kept('peers');
    if (results === null) throw new Error(`mutants: neither PyTorch for ${python} nor kept results of it; install python3-torch`);
    return { results, isFresh: false };
  }
  const { stdout } = await promisify(execFile)(python, [script], { maxBuffer: 2 ** 24 });
  return { results: JSON.parse(stdout) as PeerResults, isFresh: true };
}
