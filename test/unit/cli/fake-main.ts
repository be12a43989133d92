// The command with a library of its own that needs no device, for tests of the command itself.
import { main } from '../../../src/cli/entry.js';
import { fakeLibrary } from './fake-library.js';

await main(() => Promise.resolve(fakeLibrary()));
