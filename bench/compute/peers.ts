// The peers of a run of the bench: each process is started when it is first needed, and kept until the end.

import { Peer, startInNode } from './peer.js';
import { startPyTorch, torchVersion } from './python.js';

/** Everything that can be started: peers, and what the bench measures them by. */
export type PeerName = keyof typeof starters;

/** Peers that use the same adapter as we do. */
export const gpuPeers = ['jax-js', 'TF.js'] as const satisfies readonly PeerName[];

/** PyTorch on the CPU, by its threads. */
export const torchPeers = ['PyTorch 1 thread', 'PyTorch 2 threads'] as const satisfies readonly PeerName[];

/** What every row is measured against, as far as its peers can compute it. */
export const usualPeers = ['jax-js', ...torchPeers] as const satisfies readonly PeerName[];

const inNode = (adapter: string) => () => Promise.resolve(startInNode(adapter));

const starters = {
  Parseval: inNode('parseval'),
  'jax-js': inNode('jax-js'),
  'TF.js': inNode('tf.js'),
  'fft.js': inNode('fft.js'),
  'PyTorch 1 thread': () => startPyTorch(1, 'float32'),
  'PyTorch 2 threads': () => startPyTorch(2, 'float32'),
  'PyTorch float64': () => startPyTorch(2, 'float64'),
  'Parseval float64': inNode('parseval-cpu'),
  copy: inNode('copy'),
};

/** Processes by name. */
export class Peers {
  private readonly started = new Map<PeerName, Promise<Peer>>();
  private torch: Promise<string | undefined> | undefined;

  /** The peer, started if it was not; undefined where it is not installed. */
  async get(name: PeerName): Promise<Peer | undefined> {
    if (name.startsWith('PyTorch') && (await this.torchVersion()) === undefined) return undefined;
    let peer = this.started.get(name);
    if (peer === undefined) {
      peer = starters[name]().then((channel) => new Peer(name, channel));
      this.started.set(name, peer);
    }
    return peer;
  }

  /** PyTorch's version, or undefined where there is none. */
  torchVersion(): Promise<string | undefined> {
    this.torch ??= torchVersion();
    return this.torch;
  }

  /** Ends all; resolves when they are gone. */
  async stop(): Promise<void> {
    const peers = await Promise.all([...this.started.values()]);
    this.started.clear();
    await Promise.all(peers.map((peer) => peer.stop()));
  }
}
