import { expect } from 'chai';
import fc from 'fast-check';
import { readCell } from '../../../src/kernel/language/cell-source.js';
import { NotebookUnderTest, service } from './notebook-under-test.js';

const { requests, events } = service.handlers;

const notebook = 'fuzz';
const other = { cell: 'b', code: 'const x = 1; let y = x; function f(a: number) { return a; } f(x); a.b', language: 'typescript' as const };

/** Asks everything about a cell that holds this code, beside another; an answer that does not come is an error. */
async function askAll(code: string, language: 'typescript' | 'javascript', offset: number): Promise<void> {
  const given = { cell: 'a', code, language };
  events.cells({ notebook, folder: '/tmp', cells: [given, other] });
  const at = { notebook, cell: 'a', offset };
  await requests.check({ notebook, number: 1, ...given });
  events.ran({ notebook, ...given });
  await requests.check({ notebook, number: 2, ...other });
  events.restarted({ notebook });
  await requests.diagnostics({ notebook, cell: 'a' });
  await requests.diagnostics({ notebook, cell: 'b' });
  const { items } = await requests.completions(at);
  await requests.completionDetails({ ...at, name: items[0]?.name ?? 'x' });
  await requests.hover(at);
  await requests.signature(at);
  await requests.definition(at);
  await requests.references(at);
  await requests.rename(at);
}

const fragments = [
  ...[
    'const ',
    'let x = ',
    'x',
    'y.',
    '.b',
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    '`',
    '${',
    "'",
    '"',
    '/*',
    '*/',
    '//',
    '\n',
    '\r\n',
    '\r',
    ';',
    '=>',
    ' => {',
  ],
  ...[
    'export ',
    'default ',
    'import ',
    `from './x'`,
    'type ',
    'interface I {',
    'class A ',
    'extends ',
    'enum E {',
    'namespace N {',
    'declare global {',
  ],
  ...[
    'await ',
    'async ',
    'function f',
    '<T>',
    ': ',
    '@',
    '#!',
    '#p',
    '%%time',
    '!ls',
    '\\u{61}',
    '·cell',
    'import(',
    'using ',
    'var ',
    'for (',
    'of ',
    'if (',
    '\0',
    '\u2028',
    '𝒳',
    'é',
  ],
];

describe('cells of any content', () => {
  it('are answered, made of pieces of code', async function () {
    this.timeout(120_000);
    const code = fc.array(fc.constantFrom(...fragments), { maxLength: 14 }).map((pieces) => pieces.join(''));
    await fc.assert(
      fc.asyncProperty(code, fc.constantFrom('typescript', 'javascript'), fc.nat(40), (text, language, offset) =>
        askAll(text, language, offset),
      ),
      { numRuns: 120, endOnFailure: true },
    );
  });

  it('are answered where TypeScript itself finds no end of what it has to say', async () => {
    const code = '%%timeusing type y.function f';
    for (const language of ['typescript', 'javascript'] as const)
      for (let offset = 0; offset <= code.length; offset++) await askAll(code, language, offset);
  });

  it('are answered, cut off anywhere', async function () {
    this.timeout(120_000);
    const code = `import * as pv from 'parseval';\n/** Doc {@link x} */\nexport const f = async <T extends { k: string }>(x: T, ...rest: number[]) => {\n  for await (const y of [x]) { using z = null; console.log(\`\${y.k} \${rest.map((n) => n * 2)}\`); }\n  return class A { #p = 1; static { this.name; } get q() { return this.#p; } };\n};\nenum E { A = 1 << 2, B = 'b'.length }\nlabel: switch (E.A) { default: break label; }`;
    for (let end = 0; end <= code.length; end += 9) await askAll(code.slice(0, end), 'typescript', end);
  });

  const nests: readonly (readonly [name: string, code: (count: number) => string])[] = [
    ['parentheses', (count) => `${'('.repeat(count)}1${')'.repeat(count)}`],
    ['open brackets', (count) => '['.repeat(count)],
    ['open braces', (count) => 'if (1) {'.repeat(count)],
    ['operands', (count) => Array.from({ length: count }, () => 'x').join(' + ')],
    ['calls in a chain', (count) => `let c = x${'.toString()'.repeat(count)}`],
    ['functions', (count) => `let g = ${'(() => '.repeat(count)}1${')'.repeat(count)}; g()`],
    ['conditions', (count) => 'x ? '.repeat(count)],
    ['types', (count) => `type T = ${'{ a: '.repeat(count)}1${'}'.repeat(count)}; let t: T`],
    ['templates', (count) => '`${'.repeat(count)],
    ['unary operators', (count) => `${'!'.repeat(count)}x`],
    ['branches', (count) => `if (x) {} ${'else if (x) {} '.repeat(count)}`],
    ['objects', (count) => `const o = ${'{ a: '.repeat(count)}1${'}'.repeat(count)}; o.a`],
    ['callbacks', (count) => `${'f(() => f('.repeat(count)}1${'))'.repeat(count)}`],
  ];
  for (const [name, code] of nests) {
    it(`are answered: ${name}, as deep as they are checked and deeper`, async function () {
      this.timeout(60_000);
      const isDeep = (count: number): boolean => readCell(code(count), 'typescript').isTooDeep;
      let [low, high] = [1, 10_000];
      expect([isDeep(low), isDeep(high)]).to.deep.equal([false, true]);
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (isDeep(middle)) high = middle;
        else low = middle;
      }
      for (const count of [low, high, 50_000]) await askAll(code(count), 'typescript', Math.floor(code(count).length / 2));
    });
  }

  const large: readonly (readonly [name: string, code: string])[] = [
    ['many numbers', `const data = [${Array.from({ length: 50_000 }, (_, index) => index).join(', ')}]; data.foo`],
    ['many lines', Array.from({ length: 3000 }, (_, index) => `const v${index} = ${index};`).join('\n')],
    ['a long text', `const t = '${'x'.repeat(2_000_000)}'`],
    ['nothing', ''],
    ['only comments', '// a\n/* b */\n'],
  ];
  for (const [name, code] of large) {
    it(`are answered: ${name}`, async function () {
      this.timeout(60_000);
      await askAll(code, 'typescript', Math.floor(code.length / 2));
    });
  }

  it('that are nested too deeply are not checked, and the editor says so; those beside them are', async () => {
    const notebook = new NotebookUnderTest({ a: `const deep = ${'['.repeat(2000)}${']'.repeat(2000)}`, b: 'const n: string = 1' });
    expect(await notebook.check('a')).to.equal(null);
    const [warning] = await notebook.diagnostics('a');
    expect(warning?.message).to.match(/^This cell is nested too deeply/);
    expect(warning?.severity).to.equal('warning');
    expect(await notebook.squiggles('b')).to.have.length(1);
  });

  it('that are as deep as people write them are checked', async () => {
    const chain = `'x'${'.trim()'.repeat(150)}`;
    const sum = Array.from({ length: 1000 }, () => '1').join(' + ');
    const notebook = new NotebookUnderTest({ a: `const c: number = ${chain}; const s: string = ${sum};` });
    expect(await notebook.errors('a')).to.have.length(2);
    expect(await notebook.squiggles('a')).to.have.length(2);
  });
});
