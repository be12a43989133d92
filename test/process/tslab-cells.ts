// The cells of the compatibility suite, run in this order in one session of Parseval's kernel and in one of tslab 1.0.22. Where the two
// differ both results stand here, with the reason; docs/guide.md tells users the same.

/** What a cell says on one kernel. */
export interface Said {
  /** Its streams and its value, in order. */
  readonly text?: string;
  /**
   * Displays in order, each by one MIME type and its content; `updates` is the number of the display that it replaces, among those of
   * `newDisplay`, counted from 0.
   */
  readonly displays?: readonly { readonly mime: string; readonly content: string; readonly updates?: number }[];
  /** Found in the error that ended it. */
  readonly error?: RegExp;
}

/** A cell with what it says on both kernels, or on each and why they differ. */
export type CompatibilityCell = { readonly shows: string; readonly code: string } & (
  { readonly says: Said } | { readonly parseval: Said; readonly tslab: Said; readonly because: string }
);

/** Files of the notebook's folder. */
export const files: Readonly<Record<string, string>> = {
  'geometry.ts': `export const area = (radius: number): number => Math.PI * radius ** 2;
    export default 'local';
    export interface Shape { sides: number }`,
  'node_modules/plain-cjs/package.json': `{"name": "plain-cjs", "version": "1.0.0", "main": "index.js", "types": "index.d.ts"}`,
  'node_modules/plain-cjs/index.js': `module.exports = function twice(x) { return 2 * x; }; module.exports.unit = 'rad';`,
  'node_modules/plain-cjs/index.d.ts': `declare function twice(x: number): number; declare namespace twice { const unit: string; } export = twice;`,
  'node_modules/plain-esm/package.json': `{"name": "plain-esm", "version": "1.0.0", "type": "module", "types": "./index.d.ts", "main": "./index.js"}`,
  'node_modules/plain-esm/index.js': `export default class Point { constructor(x) { this.x = x; } } export const origin = new Point(0);`,
  'node_modules/plain-esm/index.d.ts': `export default class Point { constructor(x: number); x: number; } export const origin: Point;`,
};

const asInspected = 'Parseval shows a value as Node inspects it, deeper than the console does; tslab logs it.';
const strict = 'Cells are strict TypeScript; tslab checks without `strict`.';

/** The suite. */
export const cells: readonly CompatibilityCell[] = [
  {
    shows: 'declarations of all kinds',
    code: `const greeting = 'hello'; let count: number = 1; var old = 'var';
      function add(a: number, b: number): number { return a + b; }`,
    says: {},
  },
  {
    shows: 'they are there in the next cell, and can be assigned',
    code: `count += add(1, 2); console.log(greeting, count, old);`,
    says: { text: 'hello 4 var\n' },
  },
  { shows: 'a name declared again, with another type', code: `const greeting = 42; greeting + 1`, says: { text: '43\n' } },
  { shows: 'a closure over a variable of an earlier cell', code: `const read = () => count; read()`, says: { text: '4\n' } },
  { shows: 'an assignment that the closure sees', code: `count = 100; read()`, says: { text: '100\n' } },
  { shows: 'a variable that is declared again', code: `let count = 'anew';`, says: {} },
  { shows: 'a closure over a variable that was declared again', code: `console.log(read())`, says: { text: 'anew\n' } },
  {
    shows: 'a closure over a variable of its own cell',
    code: `let own = 1; const readOwn = () => own; console.log(readOwn())`,
    says: { text: '1\n' },
  },
  {
    shows: 'an assignment to a variable that a function of its own cell reads',
    code: `own = 2; console.log(readOwn())`,
    parseval: { text: '2\n' },
    tslab: { text: '1\n' },
    because: 'In tslab a function does not see what later cells assign to a variable of its own cell.',
  },
  {
    shows: 'top-level await',
    code: `const later = await new Promise<number>((resolve) => setTimeout(resolve, 1, 7)); later * 2`,
    says: { text: '14\n' },
  },
  {
    shows: 'default, namespace, renamed and type imports of Node’s modules',
    code: `import fs from 'fs'; import * as path from 'path'; import { EOL as newline } from 'os'; import type { Stats } from 'fs';
      const sizeType = (stats: Stats) => typeof stats.size;
      console.log(sizeType(fs.statSync('.')), path.basename('/a/b'), newline.length > 0);`,
    says: { text: 'number b true\n' },
  },
  { shows: 'what was imported is there in the next cell', code: `path.extname('photo.png').length`, says: { text: '4\n' } },
  {
    shows: 'default and named imports of a CommonJS package',
    code: `import twice from 'plain-cjs'; import { unit } from 'plain-cjs'; console.log(twice(4), unit)`,
    says: { text: '8 rad\n' },
  },
  {
    shows: 'a namespace import of a CommonJS package',
    code: `import * as cjs from 'plain-cjs'; console.log(cjs.unit)`,
    says: { text: 'rad\n' },
  },
  {
    shows: 'imports of an ES module package',
    code: `import Point, { origin } from 'plain-esm'; console.log(new Point(3).x, origin.x)`,
    says: { text: '3 0\n' },
  },
  { shows: 'a dynamic import', code: `const lazy = await import('plain-esm'); console.log(lazy.origin.x)`, says: { text: '0\n' } },
  {
    shows: 'imports of a local TypeScript file, with a type among them',
    code: `import label, { area, type Shape } from './geometry';
      const square: Shape = { sides: 4 }; console.log(label, area(1).toFixed(2), square.sides)`,
    says: { text: 'local 3.14 4\n' },
  },
  { shows: 'require', code: `const os = require('os'); console.log(typeof os.cpus)`, says: { text: 'function\n' } },
  {
    shows: 'export',
    code: `export const shared = 1; export function next() { return shared + 1; } next()`,
    parseval: { text: '2\n' },
    tslab: { error: /Cannot redeclare exported variable/ },
    because: 'tslab has no `export` in a cell.',
  },
  {
    shows: 'classes with private fields, statics and accessors',
    code: `class Counter { #n = 0; static made = 0; constructor() { Counter.made++; } get n() { return this.#n; } up(): this { this.#n++; return this; } }`,
    says: {},
  },
  {
    shows: 'a class that extends one of another cell',
    code: `class Loud extends Counter { override up(): this { console.log('up'); return super.up(); } }
      new Loud().up().n`,
    says: { text: 'up\n1\n' },
  },
  {
    shows: 'enums, const enums and namespaces',
    code: `enum Color { Red, Green = 'g' } const enum Flag { A = 4 } namespace Geo { export const two = 2; }
      console.log(Color.Green, Color[0], Flag.A, Geo.two)`,
    says: { text: 'g Red 4 2\n' },
  },
  {
    shows: 'generics, interfaces and conditional types',
    code: `interface Pair<A, B> { a: A; b: B }
      type Swap<T> = T extends Pair<infer A, infer B> ? Pair<B, A> : never;
      function swap<A, B>({ a, b }: Pair<A, B>): Swap<Pair<A, B>> { return { a: b, b: a } as Swap<Pair<A, B>>; }`,
    says: {},
  },
  { shows: 'their types in another cell', code: `console.log(swap({ a: 1, b: 'x' }).a.toUpperCase())`, says: { text: 'X\n' } },
  {
    shows: 'async generators and async iteration in a function',
    code: `async function* ticks() { for (let i = 0; i < 3; i++) { await null; yield i; } }
      const collect = async () => { const all: number[] = []; for await (const t of ticks()) all.push(t); return all; };
      console.log(await collect())`,
    says: { text: '[ 0, 1, 2 ]\n' },
  },
  {
    shows: 'for await at the top level',
    code: `for await (const t of ticks()) console.log(t)`,
    parseval: { text: '0\n1\n2\n' },
    tslab: { error: /Unexpected reserved word/ },
    because: 'tslab knows `await` at the top level, and not `for await`.',
  },
  {
    shows: 'destructuring with defaults and rests',
    code: `const { a = 1, ...rest } = { b: 2, c: 3 } as { a?: number; b: number; c: number };
      const [first, ...others] = [1, 2, 3]; console.log(a, rest, first, others)`,
    says: { text: '1 { b: 2, c: 3 } 1 [ 2, 3 ]\n' },
  },
  {
    shows: 'a function used above its declaration',
    code: `hoisted(); function hoisted() { console.log('hoisted'); }`,
    says: { text: 'hoisted\n' },
  },
  {
    shows: 'the console',
    code: `console.error('to stderr'); console.info('%d%%', 50); console.dir({ a: { b: {} } }, { depth: 0 }); console.table([{ x: 1 }])`,
    says: {
      text: 'to stderr\n50%\n{ a: [Object] }\n┌─────────┬───┐\n│ (index) │ x │\n├─────────┼───┤\n│ 0       │ 1 │\n└─────────┴───┘\n',
    },
  },
  { shows: 'process.stdout', code: `void process.stdout.write('direct\\n');`, says: { text: 'direct\n' } },
  {
    shows: 'display calls',
    code: `import * as tslab from 'tslab';
      tslab.display.html('<b>bold</b>'); tslab.display.svg('<svg/>'); tslab.display.markdown('*text*'); tslab.display.latex('$x$');
      tslab.display.javascript('1'); tslab.display.text('plain'); tslab.display.raw('application/x-own', 'own');`,
    says: {
      displays: [
        { mime: 'text/html', content: '<b>bold</b>' },
        { mime: 'image/svg+xml', content: '<svg/>' },
        { mime: 'text/markdown', content: '*text*' },
        { mime: 'text/latex', content: '$x$' },
        { mime: 'text/javascript', content: '1' },
        { mime: 'text/plain', content: 'plain' },
        { mime: 'application/x-own', content: 'own' },
      ],
    },
  },
  {
    shows: 'display calls with bytes',
    code: `const bytes = Uint8Array.of(1, 2, 250);
      tslab.display.png(bytes); tslab.display.jpeg(bytes); tslab.display.gif(bytes); tslab.display.pdf(Buffer.from(bytes));`,
    says: {
      displays: ['image/png', 'image/jpeg', 'image/gif', 'application/pdf'].map((mime) => ({ mime, content: 'AQL6' })),
    },
  },
  {
    shows: 'displays that are updated in place',
    code: `const bar = tslab.newDisplay(); const other = tslab.newDisplay();
      bar.text('one'); other.html('<i>other</i>'); bar.text('two');`,
    says: {
      displays: [
        { mime: 'text/plain', content: 'one' },
        { mime: 'text/html', content: '<i>other</i>' },
        { mime: 'text/plain', content: 'two', updates: 0 },
      ],
    },
  },
  {
    shows: 'displays and the console in their order',
    code: `console.log('before'); tslab.display.text('between'); console.log('after'); console.log(tslab.versions.tslab)`,
    says: { text: 'before\nafter\n1.0.22\n', displays: [{ mime: 'text/plain', content: 'between' }] },
  },
  {
    shows: 'an update of a display of an earlier cell',
    code: `bar.html('<b>three</b>')`,
    says: { displays: [{ mime: 'text/html', content: '<b>three</b>', updates: 0 }] },
  },
  {
    shows: 'the place of an error',
    code: `let declaredBefore = 1;\nthrow new RangeError('too far');`,
    parseval: { error: /^RangeError: too far[^]*at cell \d+:2:7$/ },
    tslab: { error: /evalmachine.<anonymous>:5[^]*RangeError: too far/ },
    because: 'tslab gives the line of the code that it generated.',
  },
  {
    shows: 'a name that was declared before an error',
    code: `console.log(declaredBefore)`,
    parseval: { text: '1\n' },
    tslab: { error: /Cannot find name 'declaredBefore'/ },
    because: 'tslab forgets what a cell declared before it threw.',
  },
  { shows: 'an error that was awaited', code: `await Promise.reject(new TypeError('later'));`, says: { error: /TypeError: later/ } },
  {
    shows: 'a type error',
    code: `console.log('not reached'); const wrong: number = 'text';`,
    says: { error: /not assignable to type 'number'/ },
  },
  { shows: 'a syntax error', code: `const unfinished = (;`, says: { error: /Expression expected/ } },
  {
    shows: 'null where a value is expected',
    code: `const maybe = null as string | null;\nmaybe.length`,
    parseval: { error: /'maybe' is possibly 'null'/ },
    tslab: { error: /Cannot read properties of null/ },
    because: strict,
  },
  {
    shows: 'a parameter without a type',
    code: `function untyped(x) { return x; }\nconsole.log(untyped(1))`,
    parseval: { error: /implicitly has an 'any' type/ },
    tslab: { text: '1\n' },
    because: strict,
  },
  {
    shows: 'a package that is not there',
    code: `import missing from 'no-such-package';\nmissing`,
    says: { error: /Cannot find (?:module|package) 'no-such-package'/ },
  },
  {
    shows: 'a rejection that nobody handles',
    code: `void Promise.reject(new Error('nobody listens'));`,
    parseval: { error: /Error: nobody listens/ },
    tslab: {},
    because: 'Parseval makes it the error of the cell; tslab writes it to stderr when the cell has ended well.',
  },
  { shows: 'the value of an array', code: `[1, 2, 3].map((v) => v * 2)`, says: { text: '[ 2, 4, 6 ]\n' } },
  { shows: 'the value of an assignment', code: `old = 'assigned'; count.length`, says: { text: '4\n' } },
  { shows: 'the value of a text', code: `'a text'`, parseval: { text: "'a text'\n" }, tslab: { text: 'a text\n' }, because: asInspected },
  {
    shows: 'the value of nested objects',
    code: `({ a: { b: { c: { d: 1 } } } })`,
    parseval: { text: '{\n  a: { b: { c: { d: 1 } } }\n}\n' },
    tslab: { text: '{ a: { b: { c: [Object] } } }\n' },
    because: asInspected,
  },
  {
    shows: 'null as a value',
    code: `null`,
    parseval: { text: 'null\n' },
    tslab: {},
    because: 'tslab shows neither undefined nor null, Parseval not undefined.',
  },
  { shows: 'undefined as a value', code: `undefined`, says: {} },
  {
    shows: 'a promise as a value',
    code: `Promise.resolve(5)`,
    parseval: { text: '5\n' },
    tslab: { text: 'Promise { 5 }\n' },
    because: 'Parseval awaits the value of a cell.',
  },
  { shows: 'an expression followed by a declaration', code: `1 + 1; const afterwards = 1;`, says: {} },
  { shows: 'a cell that names itself a module', code: `/** @module greetings */\nexport const hi = 'hi from a cell';`, says: {} },
  {
    shows: 'the import of a cell that names itself a module',
    code: `import { hi as imported } from './greetings'; console.log(imported)`,
    parseval: { error: /'\.\/greetings'/ },
    tslab: { text: 'hi from a cell\n' },
    because: 'In Parseval a module is a file: cells share their names without imports.',
  },
  {
    shows: 'a resource that is released',
    code: `{ using file = { [Symbol.dispose]() { console.log('released'); } }; console.log(typeof file); }`,
    parseval: { text: 'object\nreleased\n' },
    tslab: { error: /Cannot find name 'using'/ },
    because: 'tslab compiles by TypeScript 5.0, which has no `using`.',
  },
  {
    shows: 'a class decorator',
    code: `function sealed(target: Function) { Object.seal(target); }\n@sealed class Sealed {}\nconsole.log(Object.isSealed(Sealed))`,
    says: { text: 'true\n' },
  },
];
