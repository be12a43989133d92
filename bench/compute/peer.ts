// A peer as the bench sees it: a process of its own, asked one thing at a time.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answer, Counters, Request } from './adapter.js';
import { inputsOf } from './inputs.js';
import type { Values, Workload } from './workload.js';

/** Asks a process, and ends it. */
export interface Channel {
  /** Rejects when the process has ended. */
  ask(request: Request): Promise<Answer>;
  /** Resolves when the process is gone. */
  stop(): Promise<void>;
}

/** One timed repetition. */
export interface Run {
  readonly ms: number;
  /** What Parseval's device did in it. */
  readonly counters?: Counters;
}

/** A workload that a peer holds ready. */
export interface Prepared {
  run(): Promise<Run>;
  result(): Promise<readonly Values[]>;
  dispose(): Promise<void>;
}

/** A peer in its process. */
export class Peer {
  private programs = 0;

  constructor(
    readonly name: string,
    private readonly channel: Channel,
  ) {}

  /** Hands a workload with its inputs to the peer. */
  async prepare(workload: Workload): Promise<Prepared> {
    const program = ++this.programs;
    await this.ask({ do: 'prepare', program, workload, inputs: inputsOf(workload) });
    return {
      run: () => this.ask({ do: 'run', program }),
      result: async () => (await this.ask({ do: 'result', program })).results,
      dispose: async () => void (await this.ask({ do: 'dispose', program })),
    };
  }

  stop(): Promise<void> {
    return this.channel.stop();
  }

  private async ask<K extends Request['do']>(request: Request & { readonly do: K }): Promise<Extract<Answer, { readonly done: K }>> {
    const answer = await this.channel.ask(request);
    if ('failed' in answer) throw new Error(`${this.name}: ${answer.failed}`);
    if (answer.done !== request.do) throw new Error(`${this.name} answered ${answer.done} to ${request.do}`);
    return answer as Extract<Answer, { readonly done: K }>;
  }
}

/** Starts the process of a peer that runs in Node, by the name of its adapter. */
export function startInNode(adapter: string): Channel {
  const child = fork(fileURLToPath(new URL('host.ts', import.meta.url)), [adapter], {
    // Typed arrays travel as they are.
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  // What it says counts when it is the last it said: Dawn warns of limits at each start.
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)));
  const exit = once(child, 'exit');
  const ended = exit.then(() => Promise.reject(new Error(`its process has ended: ${said}`)));
  ended.catch(() => undefined);
  return {
    async ask(request) {
      const answer = once(child, 'message') as Promise<[Answer]>;
      child.send(request);
      const [message] = await Promise.race([answer, ended]);
      return message;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await exit;
    },
  };
}
