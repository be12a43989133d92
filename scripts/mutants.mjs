// `npm run mutants [-- ids…]`: sets up what is missing, then puts bugs into the sources, one at a time, and has each looked for.
import { runSources } from './sources.mjs';

await runSources('test/mutants/main.ts');
