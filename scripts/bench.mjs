// `npm run bench -- [K1 …] [--quick]`: sets up what is missing, then runs the benchmarks named, or all.
import { build } from './setup.mjs';
import { runSources } from './sources.mjs';

const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
// The other rows run the sources as they are.
const needsBuild = asked.length === 0 || asked.some((id) => ['K1', 'V1'].includes(id));

await runSources('bench/main.ts', () => (needsBuild ? build() : Promise.resolve()));
