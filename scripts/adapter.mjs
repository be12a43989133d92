// Finds a WebGPU adapter for the `webgpu` package (Dawn): the machine's own, else a software driver put in .cache/vulkan.
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cache, capture, root, step } from './setup.mjs';

/** Where the outcome stands for those who run mocha or the command line by hand (test/register.mjs reads it). */
export const record = join(cache, 'adapter.json');
const driver = join(cache, 'vulkan/lavapipe.json');

/** @typedef {{description: string, env: Record<string, string>}} Adapter env: what a process needs in its environment to see it */

/**
 * @returns {Promise<{adapter: Adapter} | {missing: string}>} missing: why there is none, and what to do
 */
export async function provideAdapter() {
  // Mesa insists on a runtime folder, and prints an error without one.
  const { XDG_RUNTIME_DIR = '/tmp', VK_DRIVER_FILES, VK_ICD_FILENAMES } = process.env;
  const env = { XDG_RUNTIME_DIR, ...(VK_DRIVER_FILES && { VK_DRIVER_FILES }) };
  const given = VK_DRIVER_FILES ?? VK_ICD_FILENAMES;
  const own = await probe(env);
  if ('adapter' in own) return keep(own);
  await rm(record, { force: true });
  if (given)
    return {
      missing: `${own.missing}\nThe Vulkan driver asked for by VK_DRIVER_FILES or VK_ICD_FILENAMES (${given}) does not work.`,
    };
  if (process.platform !== 'linux') return own;
  const software = { ...env, VK_DRIVER_FILES: driver };
  // A driver installed before may miss libraries of the system by now: it is installed once more.
  const present = (await exists(driver)) ? await probe(software) : own;
  if ('adapter' in present) return keep(present);
  const { ok, output } = await step('Installing a software Vulkan driver (lavapipe) in .cache/vulkan', () =>
    capture('bash', [join(root, 'scripts/vulkan.sh'), join(cache, 'vulkan')]),
  );
  if (!ok) return { missing: `${own.missing}\nA software driver could not be installed:\n${output.trim()}` };
  const outcome = await probe(software);
  return 'adapter' in outcome ? keep(outcome) : { missing: `${outcome.missing}\nThe software driver ${driver} does not work.` };
}

/**
 * @param {Record<string, string>} env
 * @returns {Promise<{adapter: Adapter} | {missing: string}>}
 */
async function probe(env) {
  const { ok, output, end } = await step('Looking for a WebGPU adapter', () =>
    capture(process.execPath, [join(root, 'scripts/probe.mjs')], { env: { ...process.env, ...env }, timeout: 60_000 }),
  );
  const description = /^adapter: (.*)$/m.exec(output)?.[1];
  // Drivers print the reason over many lines; the error that ended the probe is the useful one.
  const reason = /Error: (.*)/.exec(output)?.[1] ?? `the adapter probe ${end}`;
  return ok && description ? { adapter: { description, env } } : { missing: `No WebGPU adapter: ${reason}.` };
}

/** @param {{adapter: Adapter}} found */
async function keep(found) {
  await mkdir(cache, { recursive: true });
  await writeFile(record, JSON.stringify(found.adapter, undefined, 2));
  return found;
}

/** @param {string} path */
async function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}
