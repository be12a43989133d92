// Preloaded by mocha (see .mocharc.json): TypeScript and WGSL can be imported, stacks speak of the sources, and the adapter that
// `npm test` or `npm start` found last is in reach without setting anything by hand.
import { readFileSync } from 'node:fs';
import { register } from 'node:module';

// Tests measure nothing, here and in the processes that they start, but for those of the measuring itself.
process.env.CI ??= 'true';
process.setSourceMapsEnabled(true);
register('./loader.mjs', import.meta.url);

try {
  const { env } = JSON.parse(readFileSync(new URL('../.cache/adapter.json', import.meta.url), 'utf8'));
  for (const [name, value] of Object.entries(env)) process.env[name] ??= value;
} catch {
  // No adapter was recorded: tests that need one will say so.
}
