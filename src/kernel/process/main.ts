// A kernel process: serves its host over the first pipe. Cells run in this thread; another one (control.ts) serves the second pipe and stops
// them.
import './timers.js';
import * as pv from '../../index.js';
import { parentPort } from '../../protocol/child.js';
import { Connection } from '../../protocol/connection.js';
import type { Port } from '../../protocol/port.js';
import { hostContract, kernelContract } from '../../protocol/kernel.js';
import type { KernelMemory } from '../../protocol/kernel.js';
import type { CellOutput, Session } from '../index.js';
import { isAbandoned } from '../activity.js';
import { captureWrites } from '../writes.js';
import { openAgainIfLost, openFirst, PanelPort } from './devices.js';
import { oneAtATime } from './inbox.js';
import { Control } from './interrupts.js';

/** A kernel that has nothing to do for so long collects what cells left behind, in ms. */
const idle = 300;

let session: Session | undefined;
let collecting: NodeJS.Timeout | undefined;

const control = new Control({ slots: pv.host.interruptSlots, files: pv.host.ownFiles() }, () => session);
pv.host.watchInterrupts(control.memory, isAbandoned);
pv.measureConvolutions({ log: (problem) => void process.stderr.write(`${problem}\n`) });

const host = new Connection(oneAtATime(portToHost()), {
  here: kernelContract,
  there: hostContract,
  handlers: {
    requests: {
      start: async ({ folder, devices, memoryBudget }) => {
        if (session) throw new Error('the kernel was started before');
        if (memoryBudget !== undefined) pv.host.setMemoryBudget(memoryBudget);
        // The compiler is loaded while the device opens.
        const [refused, opened] = await Promise.all([openFirst(pv, devices), openSession(folder)]);
        session = opened;
        return { node: process.version, memory: memory(), refused };
      },
      run: async ({ run, cell, code }) => {
        clearTimeout(collecting);
        pv.host.beginCellViews(cell);
        const { status, executionCount } = await started().run(code, { cell, onOutput: (output) => put(run, output) });
        host.send('memory', memory());
        collecting = setTimeout(() => void collect(), idle);
        return { status, executionCount };
      },
      variables: async () => {
        const { describeVariable } = await import('../variables.js');
        return started()
          .variables()
          .map(([name, value]) => describeVariable(name, value, pv.host.tensorFacts));
      },
      inspect: async ({ name, as }) => {
        const found = started()
          .variables()
          .find(([each]) => each === name);
        if (!found) return null;
        return as === 'value' ? pv.host.bundleOf(found[1]) : pv.host.pictureOf(found[1], as);
      },
      view: ({ view, request }) => pv.host.askView(view, request),
    },
    events: {
      viewGone: ({ view }) => pv.host.closeView(view),
      device: (message) => panel.deliver(message),
      deviceClosed: ({ reason }) => panel.closed(reason),
    },
  },
  onProblem,
  onClose: () => process.exit(),
});
const panel = new PanelPort((message) => host.send('device', message));

pv.host.setViewHost({ push: (view, data) => host.send('viewPush', { view, data }) });
pv.host.registerDevice('node', () => pv.host.openNodeThread({ flag: control.memory, onProblem }));
pv.host.registerDevice('webview', async () => {
  await host.request('openDevice', {});
  return pv.host.openRemoteDevice(panel.open(), { name: 'webview', label: 'notebook', onProblem });
});
process.on('exit', () => session?.flush());

function portToHost(): Port {
  try {
    return parentPort(0);
  } catch {
    process.stderr.write('This is the kernel of notebooks: a host starts it, with pipes to speak to it.\n');
    process.exit(2);
  }
}

async function openSession(folder: string): Promise<Session> {
  const { createSession } = await import('../index.js');
  const made = createSession({
    library: pv,
    cwd: folder,
    interrupts: control,
    onUpdate: (displayId, data) => host.send('update', { displayId, data }),
    prepare: async () => {
      if (await openAgainIfLost(pv)) host.send('memory', memory());
    },
  });
  captureWrites((name, text) => made.write(name, text));
  return made;
}

function started(): Session {
  if (!session) throw new Error('the kernel was not started: the first request must be start');
  return session;
}

/** An output on its way; one that cannot be sent says so in its place. */
function put(run: number, output: CellOutput): void {
  try {
    host.send('output', { run, output });
  } catch (error) {
    const reason = `this output cannot be shown: ${error instanceof Error ? error.message : String(error)}`;
    host.send('output', { run, output: { output_type: 'stream', name: 'stderr', text: `${reason}\n` } });
  }
}

function memory(): KernelMemory {
  const { bytes, buffers, reservedBytes } = pv.memory();
  const { name, description } = pv.host.currentDevice();
  return { device: name, description, bytes, buffers, reservedBytes };
}

async function collect(): Promise<void> {
  // What fails here fails again where somebody needs it.
  await pv.sync().catch(() => undefined);
  host.send('memory', memory());
}

function onProblem(problem: string): void {
  process.stderr.write(`Refused: ${problem}\n`);
}
