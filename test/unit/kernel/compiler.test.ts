import { expect } from 'chai';
import { compileCell, sourceMapOf } from '../../../src/kernel/index.js';
import { decodeMappings, encodeMappings } from '../../../src/kernel/source-map.js';
import { run, runAll, textOf, withSession } from './cells.js';

/** [what holds, the cells, what the last one puts out] */
type Fact = readonly [name: string, cells: readonly string[], output: string];

const facts: Readonly<Record<string, readonly Fact[]>> = {
  'one scope for all cells': [
    ['a closure over an earlier cell sees a later assignment', ['let n = 1; const get = () => n', 'n = 2', 'get()'], '2'],
    ['an assignment by a closure is seen in later cells', ['let n = 1; const inc = () => { n++ }', 'inc(); inc()', 'n'], '3'],
    ['a closure over an earlier cell sees a redeclaration', ['const lr = 1; const get = () => lr', 'const lr = 2', 'get()'], '2'],
    ['let can be redeclared', ['let a = 1', 'let a = 2', 'a'], '2'],
    ['const can be redeclared', ['const a = 1', 'const a = 2', 'a'], '2'],
    ['a kind of declaration can follow another', ['const a = 1', 'function a() { return 5 }', 'class a {}', 'enum a { b }', 'a.b'], '0'],
    ['class can be redeclared', ['class C { v = 1 }', 'class C { v = 2 }', 'new C().v'], '2'],
    [
      'function can be redeclared, and callers in earlier cells call the new one',
      ['function f() { return 1 }\nfunction g() { return f() }', 'function f() { return 2 }', 'g()'],
      '2',
    ],
    [
      'enum can be redeclared and keeps no member of the earlier one',
      ['enum E { A, B }', 'enum E { C }', 'Object.keys(E)'],
      "[ '0', 'C' ]",
    ],
    [
      'namespace can be redeclared and keeps no member of the earlier one',
      ['namespace N { export const a = 1 }', 'namespace N { export const b = 2 }', 'N'],
      '{ b: 2 }',
    ],
    ['an import can be redeclared', ["import { join } from 'node:path'", "import { sep as join } from 'node:path'", 'join'], "'/'"],
    ['a name declared before a throw survives', ['let a = 1; throw new Error("stop")', 'a'], '1'],
    ['a name whose redeclaration was never reached keeps its earlier value', ['let a = 1', 'throw new Error("stop"); let a = 2', 'a'], '1'],
    ['var without a value keeps the value of an earlier cell', ['var a = 1', 'var a; a'], '1'],
    ['a var inside a block belongs to all cells', ['if (true) { var a = 3 }', 'a'], '3'],
    ['the variables of a top-level for with var belong to all cells', ['for (var i = 0, s = 0; i < 4; i++) s += i', '[i, s]'], '[ 4, 6 ]'],
    [
      'for-of with var and a pattern sets the variables of all cells',
      ['for (var [k, { v }] of [["a", { v: 1 }]]) {}', '[k, v]'],
      "[ 'a', 1 ]",
    ],
    ['a function may use what a later cell declares', ['const f = () => later * 2', 'const later = 4', 'f()'], '8'],
    ['a name of an earlier cell hides a global', ['const name1 = 1; const fetch = 2', 'fetch'], '2'],
    [
      'a generator keeps its state between cells',
      ['function* g() { yield 1; yield 2 }\nconst it = g()', 'it.next().value', 'it.next().value'],
      '2',
    ],
  ],
  declarations: [
    ['functions hoist within their cell', ['const a = f(); function f() { return 7 }\na'], '7'],
    [
      'functions that call each other hoist',
      [
        'isEven(10)\nfunction isEven(n: number): boolean { return n === 0 || isOdd(n - 1) }\nfunction isOdd(n: number): boolean { return n !== 0 && isEven(n - 1) }\nisEven(4)',
      ],
      'true',
    ],
    [
      'object patterns with defaults, renames, computed keys and rest',
      ["const k = 'x'; const { a, b: { c = 5 }, [k]: d, ...rest } = { a: 1, b: {}, x: 2, y: 3 };\n[a, c, d, rest]"],
      '[ 1, 5, 2, { y: 3 } ]',
    ],
    [
      'array patterns with holes, defaults and rest',
      ['const [a, , b = a + 1, ...c] = [1, 2, undefined, 4, 5]; [a, b, c]'],
      '[ 1, 2, [ 4, 5 ] ]',
    ],
    ['several declarations in one statement see each other in order', ['let a = 1, b = a + 1, c; [a, b, c]'], '[ 1, 2, undefined ]'],
    ['an assignment pattern sets variables of an earlier cell', ['let a = 1, b = 2', '({ a, b = 9 } = { a: b }); [a, b]'], '[ 2, 9 ]'],
    ['swapping by patterns', ['let a = 1, b = 2', '[a, b] = [b, a]; [a, b]'], '[ 2, 1 ]'],
    ['for-of may assign to a variable of an earlier cell', ['let a = 0', 'for (a of [1, 2, 3]) {}', 'a'], '3'],
    [
      'export modifiers are accepted',
      [
        'export const a = 1; export function f() { return 2 }\nexport class K {}\nexport enum E { A }\nexport { a as b }; export type T = number',
        '[a, f(), K.name, E.A]',
      ],
      "[ 1, 2, 'K', 0 ]",
    ],
    ['export default of a named function declares it', ['export default function f() { return 3 }', 'f()'], '3'],
    ['export default of a class without a name is accepted', ['export default class {}\n1'], '1'],
    ['enum members refer to each other and map back', ["enum E { A = 1, B = A * 2, C = 'c' }\n[E.B, E[1], E.C]"], "[ 2, 'A', 'c' ]"],
    ['const enum is an enum to the cells after it', ['const enum E { A = 4 }', 'E.A'], '4'],
    ['a namespace merges with a function', ['function f() { return f.x }\nnamespace f { export const x = 6 }', 'f()'], '6'],
    ['a namespace of types alone declares nothing', ['namespace N { export interface I { a: number } }', 'typeof N'], "'undefined'"],
    [
      'types, interfaces, declare and overloads leave nothing behind',
      [
        'interface I { a: number }\ntype T = I\ndeclare const zz: number\nfunction f(a: string): string\nfunction f(a: number): number\nfunction f(a: any) { return a }\nf(3 as T["a"])',
      ],
      '3',
    ],
    [
      'parameter properties and private members',
      [
        'class P { #s = 1; constructor(readonly a: number) {} sum() { return this.#s + this.a } static make() { return new P(2) } }\nP.make().sum()',
      ],
      '3',
    ],
    [
      'decorators',
      [
        'function twice(f: Function) { return function (this: unknown) { return f.call(this) * 2 } }\nclass D { @twice m() { return 4 } }\nnew D().m()',
      ],
      '8',
    ],
    ['a static initializer may use its class', ['class S { static a = 1; static b = S.a + 1; static { S.b++ } }\nS.b'], '3'],
    ['an import alias of a namespace', ['namespace N { export const deep = { a: 1 } }\nimport d = N.deep', 'd.a'], '1'],
  ],
  names: [
    ['an arrow function takes the name of its const', ['const f = () => {}; f.name'], "'f'"],
    ['a function expression takes the name of its let, through parentheses', ['let f = (function () {}); f.name'], "'f'"],
    ['a class expression takes the name of its const', ['const C = class {}; C.name'], "'C'"],
    ['a default in a pattern takes its name', ['const { f = () => {}, a: [g = () => {}] } = { a: [] }; [f.name, g.name]'], "[ 'f', 'g' ]"],
    [
      'an assigned function takes the name of the variable',
      ['let f: unknown', 'f = () => {}; f.name', 'let h; h ??= () => {}; [f.name, h.name]'],
      "[ 'f', 'h' ]",
    ],
    ['a named function keeps its own name', ['const f = function g() {}; f.name'], "'g'"],
  ],
  shadowing: [
    ['a parameter', ['const x = 1', '((x: number) => x)(2)'], '2'],
    [
      'a parameter default sees the outer variable, not one of the body',
      ['const x = 1', 'function f(a = x) { var x = 5; return a + x }\nf()'],
      '6',
    ],
    ['a block', ['const x = 1', '{ const x = 2; x }\nx'], '1'],
    ['a loop variable', ['const i = 9', 'let s = 0; for (let i = 0; i < 3; i++) s += i; [i, s]'], '[ 9, 3 ]'],
    ['a caught error', ['const e = 1', 'try { throw 2 } catch (e) { console.log(e) }\ne'], '2\n\n1'],
    [
      'a var in a function, also before its declaration',
      ['const x = 1', '(() => { const before = x; if (true) { var x = 2 } return [before, x] })()'],
      '[ undefined, 2 ]',
    ],
    ['a function declared in a block', ['const f = () => 1', '{ function f() { return 2 } console.log(f()) }\nf()'], '2\n\n1'],
    ['a case of a switch', ['const x = 1', 'switch (1) { case 1: let x = 2; console.log(x) }\nx'], '2\n\n1'],
    ['the name of a function expression', ['const f = 1', '(function f() { return typeof f })()'], "'function'"],
    ['the name of a class expression', ['const C = 1', '(class C { static t = typeof C }).t'], "'function'"],
    ['a shorthand property reads the variable', ['const x = 1', '({ x })'], '{ x: 1 }'],
    [
      'property names, members and labels are not variables',
      [
        'const a = 1',
        'class K { a = 2; static [`b${a}`]() { return 3 } }\na: for (;;) { break a }\nconst o = { a: 4, get b() { return a } }; [new K().a, o.a, o.b, K.b1()]',
      ],
      '[ 2, 4, 1, 3 ]',
    ],
    ['the computed name of a method is outside its parameters', ["const k = 'm'", '({ [k](k: number) { return k } }).m(3)'], '3'],
    ['arguments in a function are its own', ['(function () { return arguments.length })(1, 2)'.replace(/^/, ';')], '2'],
    ['typeof of what is nowhere is undefined', ['typeof nowhere'], "'undefined'"],
    ['a local type name does not count', ['const T = 5', 'type T = number; const v: T = 1 as T; [v, T]'], '[ 1, 5 ]'],
    ['text that looks like the compiler spells it', ['const x = 1', 'const $$x = 2; `$$${x}` + $$x'], "'$$12'"],
  ],
  calls: [
    [
      'a function gets no this',
      ['function f(this: unknown) { return this }', '[f(), (f)(), f?.()]'],
      '[ undefined, undefined, undefined ]',
    ],
    [
      'a template tag gets no this',
      ['function tag(this: unknown, s: TemplateStringsArray) { return [this, s[0]] }', 'tag`a`'],
      "[ undefined, 'a' ]",
    ],
    ['a method gets its object', ['const o = { a: 1, f() { return this.a } }', 'o.f()'], '1'],
    [
      'new, optional chaining and updates',
      ['class A { n = 1 }\nlet a: A | undefined = new A(), n = 1', 'n++; n **= 2; a!.n += n; [a?.n, n--, n]'],
      '[ 5, 4, 3 ]',
    ],
    ['this at the top is undefined', ['this === undefined'], 'true'],
    ['import.meta says where the notebook is', [`import.meta.dirname === ${JSON.stringify(process.cwd())}`], 'true'],
  ],
  'asynchronous code': [
    ['top-level await', ['const a = await Promise.resolve(4); a'], '4'],
    ['for await at the top', ['async function* g() { yield 1; yield 2 }\nlet s = 0\nfor await (const v of g()) s += v\ns'], '3'],
    ['await as the last expression', ['await new Promise((r) => setTimeout(() => r("late"), 5))'], "'late'"],
    ['dynamic import', ["(await import('node:path')).sep"], "'/'"],
    [
      'using is released at the end of the cell, after the result',
      [
        'const log: string[] = []\nconst r = (n: string) => ({ n, [Symbol.dispose]() { log.push(n) } })',
        "using a = r('a'), b = r('b')\n{ using c = r('c') }\nlog.join()",
        'log',
      ],
      "[ 'c', 'b', 'a' ]",
    ],
    [
      'await using is awaited',
      ['const log: string[] = []', "await using a = { async [Symbol.asyncDispose]() { await 0; log.push('a') } }", 'log'],
      "[ 'a' ]",
    ],
    [
      'using is released when the cell fails',
      ['const log: string[] = []', "using a = { [Symbol.dispose]() { log.push('a') } }\nthrow new Error('x')", 'log'],
      "[ 'a' ]",
    ],
    ['using null is nothing', ['using a = null; a'], 'null'],
  ],
  'the result': [
    ['is the last expression', ['1; 2'], '2'],
    ['is shown with a semicolon, too', ['1 + 1;'], '2'],
    ['is that of an assignment', ['let x = 1', 'x = 3'], '3'],
    ['is not shown when undefined', ['void 0'], ''],
    ['is null when null', ['null'], 'null'],
    ['is none after a declaration', ['5; const a = 1'], ''],
    ['is none after a type', ['5; interface I {}'], ''],
    ['is none after a statement', ['if (true) 5'], ''],
    ['is the value of a promise', ['Promise.resolve(8)'], '8'],
    ['is a text, though it looks like a directive', ["'use me'"], "'use me'"],
    ['is an object in parentheses', ['({ a: 1 })'], '{ a: 1 }'],
    ['is the expression of export default', ['export default 3 + 4'], '7'],
    ['survives comments around it', ['// before\n9 // after'], '9'],
    ['is none for an empty cell', ['// nothing'], ''],
  ],
  'constants and dead zones': [
    ['a const of its own cell', ['const a = 1; a = 2'], "TypeError: Assignment to constant variable 'a'."],
    ['a const of an earlier cell', ['const a = 1', 'a++'], "TypeError: Assignment to constant variable 'a'."],
    ['an import', ["import { sep } from 'node:path'", "sep = 'x'"], "TypeError: Assignment to constant variable 'sep'."],
    ['a using', ['using a = null; a = 2'], "TypeError: Assignment to constant variable 'a'."],
    ['a let before its declaration', ['a; let a = 1'], "ReferenceError: Cannot access 'a' before initialization"],
    ['a class before its declaration', ['new A(); class A {}'], "ReferenceError: Cannot access 'A' before initialization"],
    ['typeof before its declaration', ['typeof a; let a = 1'], "ReferenceError: Cannot access 'a' before initialization"],
    ['an assignment before the declaration', ['a = 1; let a = 2'], "ReferenceError: Cannot access 'a' before initialization"],
    [
      'redeclaration in terms of the earlier cell',
      ['const a = 1', 'const a = a + 1'],
      "ReferenceError: Cannot access 'a' before initialization",
    ],
    ['a name that is nowhere', ['nowhere + 1'], 'ReferenceError: nowhere is not defined'],
    ['an assignment to a name that is nowhere, since cells are strict', ['nowhere = 1'], 'ReferenceError: nowhere is not defined'],
    ['arguments outside of a function', ['arguments'], 'ReferenceError: arguments is not defined'],
    ['strictness of objects', ['Object.freeze([1]).push(2)'], 'TypeError: Cannot add property 1, object is not extensible'],
  ],
};

describe('cell compiler', () => {
  for (const [about, list] of Object.entries(facts)) {
    describe(about, () => {
      for (const [name, cells, output] of list) {
        it(name, async () => {
          const text = await run(...cells);
          expect(/Error: /.test(output) ? text.split('\n')[0] : text).to.equal(output);
        });
      }
    });
  }

  for (const [code, message] of [
    ['(await 5)()', '(intermediate value) is not a function'],
    ['(await { a: 1 }).a.b()', '(intermediate value).a.b is not a function'],
    ['for (const x of await 5);', '(intermediate value) is not iterable'],
    ['{ const { a } = await undefined }', "Cannot destructure property 'a' of '(intermediate value)' as it is undefined."],
    ['try { new (await 5)() } catch (error) { throw new TypeError(error.message) }', '(intermediate value) is not a constructor'],
  ] as const) {
    it(`speaks of what is awaited as V8 does: ${message}`, async () => {
      expect((await run(code)).split('\n')[0]).to.equal(`TypeError: ${message}`);
    });
  }

  it('knows where each await of a cell stands, also inside of functions', () => {
    const { awaits } = compileCell('await 1\nconst f = async () => {\n  for await (const x of []) await x\n}', {
      cell: 1,
      isKnown: () => false,
    });
    expect(awaits).to.deep.equal([
      { line: 0, column: 0 },
      { line: 2, column: 28 },
    ]);
  });

  it('compiles a cell to an async function whose first statement awaits', () => {
    const { code } = compileCell('const a = 1', { cell: 1, isKnown: () => false });
    expect(code).to.match(/^"use strict";\(async function \(\$\$\) \{await null;/);
  });

  it('lists the names a cell declares, and not those of TypeScript’s helpers', () => {
    const { declarations } = compileCell(
      '{ using u = null }\nconst a = 1, { b, ...c } = {}; enum E { A }\nimport type { T } from "t"; import { d, type U } from "d"; for (var v of []) {}',
      {
        cell: 1,
        isKnown: () => false,
      },
    );
    expect([...declarations.keys()]).to.have.members(['a', 'b', 'c', 'E', 'd', 'v']);
  });

  it('knows the names of the session', async () => {
    await withSession(async (session) => {
      await session.run('let a = 1; function f() { let inner = 2 }', { cell: 1 });
      await session.run('throw new Error("x"); let never = 1', { cell: 2 });
      expect(session.names()).to.have.members(['a', 'f']);
    });
  });

  it('writes a source map that leads from each name to where it stands', () => {
    const source = 'const alpha: number = 1;\n  alpha.toFixed(2)';
    const compiled = compileCell(source, { cell: 1, isKnown: () => false });
    const { mappings } = sourceMapOf(compiled, 'cell.ts', source);
    const lines = decodeMappings(mappings);
    const line = compiled.code.split('\n').findIndex((text) => text.includes('toFixed'));
    const column = compiled.code.split('\n')[line]?.indexOf('toFixed');
    expect(lines[line]?.find((segment) => segment.column === column)?.source).to.deep.equal({ line: 1, column: 8 });
    expect(encodeMappings(lines)).to.equal(mappings);
  });

  it('runs a loop over variables of the notebook at the speed of a loop: reads that are not inlined would take minutes', async () => {
    const text = await run(
      'let s = 0; const a = new Float64Array(1000).fill(1)',
      'for (let r = 0; r < 5e5; r++) for (let i = 0; i < 1000; i++) s += a[i]!\ns',
    );
    expect(text).to.equal('500000000');
  });
});

describe('syntax errors', () => {
  const errors: readonly (readonly [name: string, code: string, message: RegExp, place: string])[] = [
    ['of the grammar', 'let a = 1;\nlet b = ;', /Expression expected/, '2:9'],
    ['at the end of the cell', 'function f() {\n  1', /'}' expected/, '2:4'],
    ['return outside of a function', '1;\n return 3', /Illegal return/, '2:2'],
    ['await in a function that is not async', 'function f() {\n  await 1\n}', /await is only valid/, '2:3'],
    ['a name declared twice in one cell', 'let a = 1\nlet a = 2', /'a' has already been declared/, '2:5'],
    ['a function and a const of one name', 'const a = 1\nfunction a() {}', /'a' has already been declared/, '2:10'],
    ['break outside of a loop', 'const t: number = 1; break', /break/, '1:22'],
    ['delete of a variable', 'let a = 1; delete a', /Delete of an unqualified/, '1:12'],
    ['new.target at the top', '1; (() => new.target)()', /new\.target/, '1:11'],
    ['a magic command', '\n%%time\n1', /'%%time' is a magic command/, '2:1'],
  ];
  for (const [name, code, message, place] of errors) {
    it(`${name}: message, place and code`, async () => {
      const [first, ...rest] = (await run(code)).split('\n');
      expect(first)
        .to.match(/^SyntaxError: /)
        .and.match(message);
      expect(rest.at(-1)).to.equal(`    at cell 1:${place}`);
      expect(rest.find((line) => line.startsWith('>'))).to.include(code.split('\n')[Number(place.split(':')[0]) - 1]);
      const marked = rest[rest.findIndex((line) => line.startsWith('>')) + 1] ?? '';
      expect(marked.length - marked.indexOf('|') - 2).to.equal(Number(place.split(':')[1]));
    });
  }

  it('leave the session as it was', async () => {
    const results = await runAll(['let a = 1', 'let a = 2; let b = ;', 'a']);
    expect(results.map(({ status }) => status)).to.deep.equal(['ok', 'error', 'ok']);
    expect(textOf(results[2])).to.equal('1');
  });
});
