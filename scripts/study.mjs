// `npm run study [-- OPTIONS]`: sets up what is missing, then trains and compares the networks; `--help` says the options.
import { runSources } from './sources.mjs';

await runSources('bench/study/main.ts');
