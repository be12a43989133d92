// The checks of cells against the compiler itself on one file of all cells together.
import { expect } from 'chai';
import fc from 'fast-check';
import ts from 'typescript';
import { NotebookUnderTest } from './notebook-under-test.js';

/** What `tsc` finds in a file: `line: code`. */
function compile(text: string): string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.esnext.d.ts'],
    module: ts.ModuleKind.ESNext,
    types: [],
    noEmit: true,
  };
  const host = ts.createCompilerHost(options);
  const file = ts.createSourceFile('/all.ts', text, ts.ScriptTarget.ES2022);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (path, ...rest) => {
    if (path === '/all.ts') return file;
    const known = libraries.get(path) ?? read(path, ...rest);
    libraries.set(path, known);
    return known;
  };
  const program = ts.createProgram(['/all.ts'], { ...options, moduleDetection: ts.ModuleDetectionKind.Force }, host);
  const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  return found.map(({ start = 0, code }) => `${file.getLineAndCharacterOfPosition(start).line}: ${code}`);
}

const libraries = new Map<string, ts.SourceFile | undefined>();

/** Types with an expression of each, and a member that only it has. */
const samples = [
  { type: 'number', value: '1 + 2', member: 'toFixed()' },
  { type: 'string', value: `'a' + 'b'`, member: 'trim()' },
  { type: 'boolean', value: '!1', member: 'valueOf()' },
  { type: 'number[]', value: '[1, 2].slice()', member: 'push(1)' },
  { type: '{ k: string }', value: `{ k: 'x'.trim() }`, member: 'k' },
  { type: '(n: number) => string', value: '(n: number) => n.toFixed()', member: 'call(null, 1)' },
  { type: 'Map<string, number>', value: 'new Map<string, number>()', member: `get('x')` },
  { type: 'Promise<number>', value: 'Promise.resolve(1)', member: 'then()' },
] as const;
const sample = fc.constantFrom(...samples);

/** One line of code; `names` are those that lines before declare, `next` is one that is free, `later` is one that a line to come may declare. */
type Line = (names: readonly string[], next: string, later: string) => string;

const pick = (names: readonly string[], at: number): string => names[at % Math.max(names.length, 1)] ?? 'undeclared';
const line: fc.Arbitrary<Line> = fc.oneof(
  fc.tuple(fc.constantFrom('const', 'let', 'var'), sample).map(
    ([keyword, { value }]): Line =>
      (_, next) =>
        `${keyword} ${next} = ${value};`,
  ),
  fc.tuple(sample, sample).map(
    ([{ type }, { value }]): Line =>
      (_, next) =>
        `const ${next}: ${type} = ${value};`,
  ),
  fc.nat(99).map(
    (at): Line =>
      (names, next) =>
        `let ${next} = ${pick(names, at)};`,
  ),
  fc.tuple(fc.nat(99), sample).map(
    ([at, { value }]): Line =>
      (names) =>
        `${pick(names, at)} = ${value};`,
  ),
  fc.tuple(fc.nat(99), sample).map(
    ([at, { member }]): Line =>
      (names) =>
        `${pick(names, at)}.${member};`,
  ),
  fc.tuple(fc.nat(99), fc.nat(99), fc.constantFrom('+', '-', '<', '&&', '===')).map(
    ([a, b, operator]): Line =>
      (names) =>
        `(${pick(names, a)} ${operator} ${pick(names, b)});`,
  ),
  fc.tuple(sample, sample, fc.nat(99)).map(
    ([{ type }, { type: result }, at]): Line =>
      (names, next) =>
        `function ${next}(p: ${type}): ${result} { return ${pick(names, at)}; }`,
  ),
  fc.constant<Line>((_, next, later) => `function ${next}() { return ${later}; }`),
  fc.tuple(sample, sample).map(
    ([{ type }, { value }]): Line =>
      (_, next) =>
        `class ${next} { p: ${type} = ${value}; static s = 1; m() { return this.p; } }`,
  ),
  fc.nat(99).map(
    (at): Line =>
      (names, next) =>
        `const ${next} = new ${pick(names, at)}().m();`,
  ),
  sample.map(
    ({ type }): Line =>
      (_, next) =>
        `interface ${next} { p: ${type} }`,
  ),
  fc.nat(99).map(
    (at): Line =>
      (names) =>
        `(null! as ${pick(names, at)}).p;`,
  ),
  fc.nat(99).map(
    (at): Line =>
      (names, next) =>
        `enum ${next} { A, B = 3 } ; ${pick(names, at)}.A;`,
  ),
  fc.nat(99).map(
    (at): Line =>
      (names, next) =>
        `const { k: ${next} } = ${pick(names, at)};`,
  ),
  fc.nat(99).map(
    (at): Line =>
      (names, next) =>
        `async function ${next}<T>(x: T) { return [x, await ${pick(names, at)}] as const; }`,
  ),
);

describe('the checks of a notebook and the compiler on one file', () => {
  it('find the same errors in the same lines', async function () {
    this.timeout(120_000);
    const cells = fc.array(fc.array(line, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(cells, async (given) => {
        const names: string[] = [];
        const total = given.flat().length;
        let count = 0;
        const codes = given.map((lines) =>
          lines
            .map((write) => {
              const text = write(names, `n${count}`, `n${Math.min(count + 1, total - 1)}`);
              names.push(`n${count++}`);
              return text;
            })
            .join('\n'),
        );
        const expected = compile(codes.join('\n'));
        // Types that are inferred from each other are a circle in one file; when a cell of the circle ran, its types are there.
        fc.pre(!expected.some((error) => / 70(22|23|24)$/.test(error)));
        const found: string[] = [];
        const notebook = new NotebookUnderTest(Object.fromEntries(codes.map((code, index) => [`c${index}`, code])));
        let before = 0;
        for (const [index, code] of codes.entries()) {
          const { diagnostics = [] } = (await notebook.check(`c${index}`)) ?? {};
          notebook.ran(`c${index}`);
          found.push(
            ...diagnostics.map(({ span, code: number }) => `${before + code.slice(0, span.start).split('\n').length - 1}: ${number}`),
          );
          before += code.split('\n').length;
        }
        notebook.close();
        expect(normal(found), codes.join('\n// ---\n')).to.deep.equal(normal(expected));
      }),
      { numRuns: 120, endOnFailure: true },
    );
  });
});

/** Names that cells share are assigned as imports are: the same mistake under another number. */
function normal(errors: readonly string[]): string[] {
  const one = errors.map((error) => error.replace(/ (2588|2628|2629|2630|2631|2632)$/, ' assigned'));
  return [...new Set(one)].sort();
}
