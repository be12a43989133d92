// The command with a library of its own that needs no device, and without a type checker, for tests of the command itself.
import { main } from '../../../src/cli/entry.js';

await main(
  async () => (await import('./fake-library.js')).fakeLibrary(),
  () => undefined,
);
