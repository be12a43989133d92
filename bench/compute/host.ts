// The process of a peer that runs in Node: opens the adapter named on the command line, and does what it is asked, one thing at a time.

import type { Adapter, Answer, Counters, Program, Request } from './adapter.js';
import { adapters } from './peers/index.js';

const [, , name = ''] = process.argv;
const programs = new Map<number, Program>();
const opened = open();
opened.catch(() => undefined);

function open(): Promise<Adapter> {
  const load = adapters[name];
  if (load === undefined) throw new Error(`no adapter '${name}'; there are ${Object.keys(adapters).join(', ')}`);
  return load();
}

async function answer(request: Request): Promise<Answer> {
  const adapter = await opened;
  if (request.do === 'prepare') {
    programs.set(request.program, await adapter.prepare(request.workload, request.inputs));
    return { done: 'prepare' };
  }
  const program = programs.get(request.program);
  if (program === undefined) throw new Error(`there is no program ${request.program}`);
  switch (request.do) {
    case 'run': {
      const before = adapter.counters?.();
      const begin = performance.now();
      await program.run();
      const ms = performance.now() - begin;
      const after = adapter.counters?.();
      await program.afterRun?.();
      return { done: 'run', ms, ...(before && after && { counters: difference(before, after) }) };
    }
    case 'result':
      return { done: 'result', results: await program.result() };
    case 'dispose':
      programs.delete(request.program);
      program.dispose();
      return { done: 'dispose' };
  }
}

function difference(before: Counters, after: Counters): Counters {
  return {
    dispatches: after.dispatches - before.dispatches,
    submissions: after.submissions - before.submissions,
    bytesMoved: after.bytesMoved - before.bytesMoved,
    flop: after.flop - before.flop,
    plansBuilt: after.plansBuilt - before.plansBuilt,
    plansReplayed: after.plansReplayed - before.plansReplayed,
    pipelines: after.pipelines - before.pipelines,
    allocations: after.allocations - before.allocations,
  };
}

process.on('message', (request) => {
  void answer(request as Request)
    .catch((error: unknown): Answer => ({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }))
    .then((said) => process.send?.(said));
});
process.on('disconnect', () => {
  void opened
    .then((adapter) => adapter.close())
    .catch(() => undefined)
    .finally(() => process.exit());
});
