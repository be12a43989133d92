// Mocha's spec reporter, which also writes each test's begin and end to the file PARSEVAL_TEST_LOG at once (scripts/test.mjs counts there),
// and ends a process that its tests left running.
import { appendFileSync } from 'node:fs';
import Mocha from 'mocha';

const longestReason = 2000; // characters of an error that are written down
const grace = 20_000; // milliseconds that servers, workers and devices have to close after the last test

export default class Reporter extends Mocha.reporters.Spec {
  /** @param {Mocha.Runner} runner @param {Mocha.MochaOptions} options */
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.PARSEVAL_TEST_LOG;
    const note = (/** @type {string} */ line) => file && appendFileSync(file, line.replaceAll('\n', ' ') + '\n');
    runner.on('test', (test) => note(`begin ${test.fullTitle()}`));
    runner.on('pass', (test) => note(`pass ${test.fullTitle()}`));
    runner.on('fail', (test, error) => {
      note(`fail ${test.fullTitle()}`);
      note(`why ${JSON.stringify(String(error?.stack ?? error).slice(0, longestReason))}`);
    });
    runner.on('end', () => {
      note('end');
      setTimeout(() => {
        console.error(`The tests are over, but the process still holds: ${process.getActiveResourcesInfo().join(', ')}`);
        process.on('exit', () => (process.exitCode = 1)); // after mocha's own listener, which sets it by the failures alone
        process.exit();
      }, grace).unref();
    });
  }
}
