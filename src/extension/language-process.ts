// The language service as its host sees it: asks and tells the process, and when that ends by itself, starts another and tells it all that the
// first one knew. Knows nothing of an editor, so that tests and the command line use the same.
import type { Child } from '../protocol/child.js';
import { startChild } from '../protocol/child.js';
import { Connection, ConnectionClosed } from '../protocol/connection.js';
import type { Params, Payload, Result } from '../protocol/contract.js';
import { languageContract, languageHostContract } from '../protocol/language.js';

type Requests = (typeof languageContract)['requests'];
type Events = (typeof languageContract)['events'];

/** How the process is started. */
export interface LanguageOptions {
  /** The Node to run, an absolute path. */
  readonly node: string;
  /** dist/language.js. */
  readonly script: string;
  readonly nodeArguments?: readonly string[];
  /** The process's whole environment. */
  readonly env: NodeJS.ProcessEnv;
  /** The process's own folder; those of notebooks come with their cells. */
  readonly folder?: string;
  /** Diagnostics of these notebooks should be asked for again. */
  readonly onStale: (notebooks: readonly string[]) => void;
  /** What the process printed, and messages that were refused: for a log. */
  readonly onLog: (text: string) => void;
}

/** The process ended before it answered; it has been started again, unless `exited` resolves. */
export class LanguageDied extends Error {
  override readonly name = 'LanguageDied';
}

/** What a notebook's cells are, and what ran: enough to tell a new process. */
interface Known {
  cells: Payload<typeof languageContract, 'cells'>;
  /** In order; of equal runs the last. */
  readonly runs: Map<string, Payload<typeof languageContract, 'ran'>>;
}

/** A process that ends so often without an answer in between is not started again. */
const mostFailures = 3;

/** The language service's process, or the one after it. */
export class LanguageProcess {
  /** Resolves when there is no process any more and none will be started, with the reason in words. Never rejects. */
  readonly exited: Promise<string>;
  private readonly notebooks = new Map<string, Known>();
  private child: Child;
  private connection: Connection<typeof languageHostContract, typeof languageContract>;
  private failures = 0;
  private isStopped = false;
  private onExited: (reason: string) => void = () => undefined;

  /** Starts the process. */
  static start(options: LanguageOptions): LanguageProcess {
    return new LanguageProcess(options);
  }

  private constructor(private readonly options: LanguageOptions) {
    this.exited = new Promise((resolve) => (this.onExited = resolve));
    [this.child, this.connection] = this.launch();
  }

  /** The process's id, or undefined when it could not be started. */
  get pid(): number | undefined {
    return this.child.process.pid;
  }

  /** Asks. Rejects with `LanguageDied` when the process ends before it answers, else with the service's own error. */
  async request<N extends keyof Requests>(
    name: N,
    params: Params<typeof languageContract, N>,
  ): Promise<Result<typeof languageContract, N>> {
    const { child, connection } = this;
    try {
      const result = await connection.request(name, params);
      this.failures = 0;
      return result;
    } catch (error) {
      if (!(error instanceof ConnectionClosed)) throw error;
      throw new LanguageDied(`The language service ended before it answered '${name}': ${await child.exited}.`);
    }
  }

  /** Tells. */
  send<N extends keyof Events>(name: N, payload: Payload<typeof languageContract, N>): void {
    this.remember(name, payload);
    this.connection.send(name, payload);
  }

  /** Ends the process for good; resolves when it is gone. */
  async kill(): Promise<void> {
    this.isStopped = true;
    await this.child.kill();
  }

  private launch(): [Child, Connection<typeof languageHostContract, typeof languageContract>] {
    const { node, script, nodeArguments = [], env, folder, onStale, onLog } = this.options;
    const child = startChild({ node, script, nodeArguments, env, pipes: 1, onText: onLog, ...(folder !== undefined && { folder }) });
    const [port] = child.ports;
    if (!port) throw new Error('startChild gave no port');
    const connection = new Connection(port, {
      here: languageHostContract,
      there: languageContract,
      handlers: { requests: {}, events: { stale: ({ notebooks }) => onStale(notebooks) } },
      onProblem: (problem) => onLog(`Refused from the language service: ${problem}\n`),
      // A process that does not speak to us any more is of no use.
      onClose: () => void child.kill(),
    });
    void child.exited.then((reason) => {
      connection.close(reason);
      this.whenGone(reason);
    });
    return [child, connection];
  }

  private whenGone(reason: string): void {
    this.failures++;
    const isStartable = this.child.process.pid !== undefined;
    if (this.isStopped || !isStartable || this.failures >= mostFailures) {
      this.onExited(this.isStopped ? 'it was stopped' : reason);
      return;
    }
    this.options.onLog(`The language service ended (${reason}) and is started again.\n`);
    [this.child, this.connection] = this.launch();
    for (const { cells, runs } of this.notebooks.values()) {
      this.connection.send('cells', cells);
      for (const run of runs.values()) this.connection.send('ran', run);
    }
    // What was asked about may be answered differently now.
    this.options.onStale([...this.notebooks.keys()]);
  }

  private remember(name: keyof Events, payload: Payload<typeof languageContract, keyof Events>): void {
    const known = this.notebooks.get(payload.notebook);
    if ('cells' in payload) {
      if (known) known.cells = payload;
      else this.notebooks.set(payload.notebook, { cells: payload, runs: new Map() });
    } else if ('code' in payload) {
      const key = JSON.stringify([payload.cell, payload.code]);
      known?.runs.delete(key);
      known?.runs.set(key, payload);
    } else if ('to' in payload) {
      const { to: notebook } = payload;
      this.notebooks.delete(payload.notebook);
      if (!known) return;
      // Its cells have other names now, and are told of anew.
      const runs = [...known.runs].map(([key, run]) => [key, { ...run, notebook }] as const);
      this.notebooks.set(notebook, { cells: { ...known.cells, notebook }, runs: new Map(runs) });
    } else if (name === 'restarted') known?.runs.clear();
    else this.notebooks.delete(payload.notebook);
  }
}
