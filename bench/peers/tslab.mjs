// The real tslab as a child process, without Jupyter around it: its handler, converter and executor, driven over Node's channel to the
// parent. Its messaging (zeromq) is left out, which can only make it faster. Send {code}; the answer is {status, outputs}.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { createConverter } = require('tslab/dist/converter.js');
const { createExecutor } = require('tslab/dist/executor.js');
const { JupyterHandlerImpl } = require('tslab/dist/jupyter.js');

// As its startKernel does: the converter is warm before the first cell.
const node = createConverter({ isJS: false, isBrowser: false });
const executor = createExecutor(
  process.cwd(),
  { node, browser: node, close: () => node.close() },
  {
    // Looked up at each call: the handler replaces process.stdout.write.
    log: (/** @type {unknown[]} */ ...values) => console.log(...values),
    error: (/** @type {unknown[]} */ ...values) => console.error(...values),
  },
);
const handler = new JupyterHandlerImpl(executor, false);

process.on('uncaughtException', (error) => console.error('UncaughtException:', error));
process.on('unhandledRejection', (reason) => console.error('UnhandledPromiseRejection:', reason));

process.on('message', async (/** @type {{code: string}} */ { code }) => {
  /** @type {object[]} */
  const outputs = [];
  const { status } = await handler.handleExecute(
    { code, silent: false, store_history: true, user_expressions: {} },
    (/** @type {string} */ name, /** @type {string} */ text) => void outputs.push({ kind: 'stream', name, text }),
    (/** @type {{data: object, transient: {display_id?: string}}} */ { data, transient }, /** @type {boolean} */ update) =>
      void outputs.push({ kind: update ? 'update' : 'display', data, ...(transient.display_id && { id: transient.display_id }) }),
  );
  // After an error it refuses what comes in the next 200 ms.
  if (status !== 'ok') await new Promise((resolve) => setTimeout(resolve, 250));
  process.send?.({ status, outputs });
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
