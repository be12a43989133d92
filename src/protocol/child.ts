// A child process that speaks over pipes of its own, so that whatever cells print stays apart: the first is its file descriptor 3.
import { ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Port } from './port.js';
import { streamPort } from './stream-port.js';

const firstPipe = 3;

/** How a child is started. */
export interface ChildOptions {
  /** The Node to run, an absolute path. */
  readonly node: string;
  readonly nodeArguments?: readonly string[];
  readonly script: string;
  readonly folder?: string;
  /** The child's whole environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Number of pipes. */
  readonly pipes: number;
  /** Text that the process printed, by itself or through a library in native code. */
  readonly onText: (text: string) => void;
}

/** A running child. */
export interface Child {
  /** `pid` is undefined when it could not be started. */
  readonly process: ChildProcess;
  readonly ports: readonly Port[];
  /** Resolves when the process is gone, with the reason in words. Never rejects. */
  readonly exited: Promise<string>;
  /** Ends it at once; resolves when it is gone. */
  kill(): Promise<string>;
}

/** Starts a child with `pipes` ports. A program that cannot be started ends like one that failed: see `exited`. */
export function startChild(options: ChildOptions): Child {
  const child = trySpawn(options);
  const ports = Array.from({ length: options.pipes }, (_, index) => {
    const pipe = child instanceof Error ? undefined : (child.stdio[firstPipe + index] as Duplex | null | undefined);
    return pipe ? streamPort(pipe, pipe) : closedPort;
  });
  if (child instanceof Error) {
    const exited = Promise.resolve(couldNotStart(options.node, child));
    return { process: new ChildProcess(), ports, exited, kill: () => exited };
  }
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', options.onText);
  const exited = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(couldNotStart(options.node, error)));
    child.on('exit', (code, signal) =>
      resolve(signal ? `the process was killed by ${signal}` : `the process ended with exit code ${code}`),
    );
  });
  return {
    process: child,
    ports,
    exited,
    kill() {
      child.kill('SIGKILL');
      return exited;
    },
  };
}

/** Node throws some failures, such as a path through a file, and tells of others later, such as a file that is not there. */
function trySpawn({ node, nodeArguments = [], script, folder, env, pipes }: ChildOptions): ChildProcess | Error {
  try {
    return spawn(node, [...nodeArguments, script], {
      ...(folder !== undefined && { cwd: folder }),
      env,
      stdio: ['ignore', 'pipe', 'pipe', ...Array.from({ length: pipes }, () => 'pipe' as const)],
      windowsHide: true,
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function couldNotStart(node: string, error: Error): string {
  return `${node} could not be started: ${error.message}`;
}

const closedPort: Port = {
  post: () => undefined,
  listen: (_, onClose) => queueMicrotask(() => onClose('the process could not be started')),
  close: () => undefined,
};

/** In the child: its end of a pipe, counted from 0. */
export function parentPort(index: number): Port {
  const pipe = new Socket({ fd: firstPipe + index, readable: true, writable: true });
  return streamPort(pipe, pipe);
}
