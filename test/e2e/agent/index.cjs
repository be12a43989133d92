// The tests' end in the extension host: evaluates the functions that the tests (../editor.ts) send, each with `vscode` and an argument,
// and sends back what they return.
const { connect } = require('node:net');
const process = require('node:process');
const { createInterface } = require('node:readline');
const vscode = require('vscode');

exports.activate = () => {
  const socket = connect(Number(process.env.PARSEVAL_E2E_PORT), '127.0.0.1');
  socket.on('error', () => undefined); // the tests are over
  createInterface({ input: socket }).on('line', async (line) => {
    const { id, source, argument } = JSON.parse(line);
    let reply;
    try {
      const step = new Function(`return (${source});`)();
      reply = { id, result: await step(vscode, argument) };
    } catch (error) {
      reply = { id, error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) };
    }
    socket.write(`${JSON.stringify(reply)}\n`);
  });
};
