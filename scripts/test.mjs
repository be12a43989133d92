// `npm test [-- MOCHA'S ARGUMENTS]`: sets up what is missing, checks types, style and arrows, then runs mocha.
// The last line is `N passed, N failed`; every check counts as one test, and so does mocha dying.
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { provideAdapter } from './adapter.mjs';
import { build, cache, capture, install, passThrough, SetupError, step, tool } from './setup.mjs';
import { provideVSCode } from './vscode.mjs';

let passed = 0;
let failed = 0;

/** @param {string} name @param {string} [problem] */
function report(name, problem) {
  if (problem === undefined) {
    passed++;
    console.log(`✔ ${name}`);
  } else {
    failed++;
    console.log(`✘ ${name}\n${problem.trim()}\n`);
  }
}

/**
 * Tests run most kernels once or twice, so that their software adapter compiles longer than it computes: unoptimized code takes a fifth less of a core over
 * all, of direct convolutions half. Kernels, plans and results are those of every adapter.
 */
const quickCompiling = { GALLIVM_PERF: 'nopt' };

/**
 * Tests that wait more than they compute, or compute in one thread of a process of their own, and so run beside the others: pages in browsers and
 * the editor; kernels, notebooks and commands as processes.
 */
const beside = [
  { name: 'mocha for pages and editor', log: 'test-pages', folders: ['test/unit/renderers', 'test/e2e'], env: {} },
  { name: 'mocha for processes', log: 'test-processes', folders: ['test/process'], env: quickCompiling },
];

const checks = {
  'the types': [tool.tsc],
  'the types of the pages': [tool.tsc, '-p', 'webview'],
  'the style (eslint)': [tool.eslint, '.', '--max-warnings=0'],
  "the rooms' arrows (dependency-cruiser)": [tool.depcruise, 'src', 'test', 'webview'],
};

async function main() {
  await install();
  await build().then(
    () => report('the build'),
    (error) => report('the build', error.message),
  );
  const outcome = await provideAdapter();
  report('a WebGPU adapter', 'adapter' in outcome ? undefined : outcome.missing);
  if ('adapter' in outcome) console.log(`  ${outcome.adapter.description}`);
  // Mostly waiting for the network, so beside the checks; the end-to-end tests say what is missing once more.
  const editor = provideVSCode().then(
    () => undefined,
    (error) => (error instanceof SetupError ? error.message : String(error?.stack ?? error)),
  );
  const results = await step('Checking types, style and arrows', () =>
    Promise.all(Object.entries(checks).map(async ([name, args]) => ({ name, ...(await capture(process.execPath, args)) }))),
  );
  report('a VS Code for the end-to-end tests', await editor);
  // Made before the tests of both processes ask for it.
  const vsix = await step('Packaging', () => capture(process.execPath, ['scripts/package.mjs', '--if-changed']));
  report('the package', vsix.ok ? undefined : vsix.output);
  for (const { name, ok, output, end } of results) report(name, ok ? undefined : `${output.trim()}\nThe check ${end}.`);
  await mocha('adapter' in outcome ? outcome.adapter.env : {});
}

/**
 * Runs the tests in processes beside each other, or, with mocha's arguments, in one.
 * @param {Record<string, string>} env
 */
async function mocha(env) {
  const given = process.argv.slice(2);
  if (given.length > 0) return judge('mocha', await runMocha('test', given, env, passThrough));
  // One of them writes on this terminal while it runs, the others when they have ended.
  const others = beside.flatMap(({ folders }) => folders.flatMap((folder) => ['--ignore', `${folder}/**`]));
  const [tests, ...ended] = await Promise.all([
    runMocha('test', ['test', ...others], { ...quickCompiling, ...env }, passThrough),
    ...beside.map(({ log, folders, env: own }) =>
      runMocha(log, folders, { ...own, ...env }, async (file, args, all) => {
        const { ok, output, end } = await capture(file, args, { env: all });
        return { status: ok ? 0 : 1, end, output };
      }),
    ),
  ]);
  for (const { output } of ended) console.log(output);
  judge('mocha', tests);
  ended.forEach((run, i) => judge(beside[i]?.name ?? '', run));
}

/**
 * @template {{status: number, end: string}} T
 * @param {string} name
 * @param {string[]} args
 * @param {Record<string, string>} env
 * @param {(file: string, args: string[], env: NodeJS.ProcessEnv) => Promise<T>} run
 * @returns {Promise<T & {lines: string[]}>}
 */
async function runMocha(name, args, env, run) {
  // The reporter writes each test's begin and end down at once, so that the count is true even when a driver takes the process with it.
  const log = join(cache, `${name}.log`);
  await mkdir(cache, { recursive: true });
  await rm(log, { force: true });
  const ended = await run(process.execPath, [tool.mocha, ...args], { ...process.env, ...env, PARSEVAL_TEST_LOG: log });
  const lines = (await readFile(log, 'utf8').catch(() => '')).split('\n').filter(Boolean);
  return { ...ended, lines };
}

/** @param {string} who @param {{status: number, end: string, lines: string[]}} run */
function judge(who, { status, end, lines }) {
  const count = (/** @type {string} */ kind) => lines.filter((line) => line.startsWith(kind)).length;
  passed += count('pass ');
  // Said once more, at the end: who keeps only the last part of a long output has to see them, too.
  lines.forEach((line, i) => {
    const why = lines[i + 1];
    if (line.startsWith('fail ')) report(line.slice(5), why?.startsWith('why ') ? JSON.parse(why.slice(4)) : 'It failed.');
  });
  const last = lines.at(-1);
  if (last !== 'end') report(`${who} runs to its end`, `mocha ${end}${last?.startsWith('begin ') ? ` in: ${last.slice(6)}` : ''}`);
  else if (status !== 0 && count('fail ') === 0) report(`${who} ends well`, `mocha ${end}, though no test failed`);
}

try {
  await main();
} catch (error) {
  report('the set-up', error instanceof SetupError ? error.message : String(error instanceof Error ? error.stack : error));
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
