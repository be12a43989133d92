// A kernel process that misbehaves, as MODE says, for the tests of its host: `messages` says ten thousand broken things on both streams
// before it answers `start`, `bytes` sends something else than frames, and `silent` answers nothing and then ends.
import { Socket } from 'node:net';
import { parentPort } from '../../../src/protocol/child.js';
import { Connection } from '../../../src/protocol/connection.js';
import { controlContract, controlHostContract, hostContract, kernelContract } from '../../../src/protocol/kernel.js';
import { brokenMessages, Random } from './mutate.js';

const mode = process.env.MODE;

if (mode === 'bytes') {
  const pipe = new Socket({ fd: 3, readable: true, writable: true });
  pipe.write('Segmentation fault (core dumped)\n');
  // It stays: the host must end it.
  setInterval(() => pipe.write('…'), 1000);
} else if (mode === 'silent') {
  parentPort(0).listen(
    () => setTimeout(() => process.exit(7), 100),
    () => undefined,
  );
} else {
  const [main, control] = [parentPort(0), parentPort(1)];
  const speak = (): void => {
    for (const message of brokenMessages(hostContract, 10_000, new Random(1))) main.post(message);
    for (const message of brokenMessages(controlHostContract, 10_000, new Random(2))) control.post(message);
  };
  const memory = { device: 'cpu', description: 'hostile', bytes: 0, buffers: 0, reservedBytes: 0 } as const;
  const connection = new Connection(main, {
    here: kernelContract,
    there: hostContract,
    handlers: {
      requests: {
        start: () => {
          speak();
          return { node: process.version, memory, refused: [] };
        },
        run: ({ run, code }) => {
          connection.send('output', { run, output: { output_type: 'stream', name: 'stdout', text: code } });
          return { status: 'ok' as const, executionCount: run };
        },
        variables: () => [],
        inspect: () => null,
        view: () => null,
      },
      events: { viewGone: () => undefined, device: () => undefined, deviceClosed: () => undefined },
    },
    onClose: () => process.exit(0),
  });
  new Connection(control, {
    here: controlContract,
    there: controlHostContract,
    handlers: { requests: { interrupt: () => ({}), ping: () => ({ times: Float64Array.of(0, 0) }) }, events: {} },
  });
}
