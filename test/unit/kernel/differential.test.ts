// Cells against JavaScript itself: each program gives as cells what it gives as the body of one async function.
import { expect } from 'chai';
import { inspect } from 'node:util';
import { Script } from 'node:vm';
import ts from 'typescript';
import { run } from './cells.js';

const programs: readonly (readonly [source: string, result: string])[] = [
  [
    'class A { #x = 1; has(o: object) { return #x in o } get v() { return this.#x } set v(n) { this.#x = n } static async *g() { yield 1 } }; const a = new A(); a.v = 4',
    '[a.has(a), a.has({}), a.v]',
  ],
  ['const d = 3; const f = async ({ a = d, b: { c } = { c: a + d } }: any = {}) => [a, c]; const r = await f()', 'r'],
  [
    'let a = 1, b; const o = { a, b: a, a2() { return a }, get c() { return a }, [a]: a, "q-r": a, async *gen() { yield a }, a3: function () { return a } }; a = 2',
    '[o.a, o.a2(), o.c, o[1], o.a3.name, o.a3()]',
  ],
  ['let s = 0; outer: for (let i = 0; i < 3; i++) { for (const j of [1, 2]) { if (j === 2) continue outer; s += i * j } }', 's'],
  ['let a, b; for ({ a, b = a } of [{ a: 1 }, { a: 2 }]) {} ; for ([a, b = 5] of [[1]]) {}', '[a, b]'],
  ['let o: any = {}; for (o.k in { z: 1 }) {}; for (o["m"] of [4]) {}', 'o'],
  ['let async = 1, of = 2, get = 3, set = 4, type = 5, from = 6; async++; const as = of', '[async, of, get, set, type, from, as]'],
  [
    'const id = <T,>(x: T) => x; const v = id<number>(3)!; const w = { k: 1 } satisfies object; let n: number | undefined = 1; n!++; (n as number) += 2',
    '[v, w, n]',
  ],
  [
    'abstract class B { abstract m(): number; n() { return this.m() + 1 } } class C extends B { m() { return 4 } } function isS(x: unknown): asserts x is string { if (typeof x !== "string") throw new Error("no") }',
    'new C().n()',
  ],
  ['const k = 3; enum E { A = 1 << k, B = A | 1, C = "x".length } const e = E.B', '[e, E.C, E[8]]'],
  [
    'const fns: (() => number)[] = []; for (let i = 0; i < 3; i++) fns.push(() => i); for (var j = 0; j < 3; j++) fns.push(() => j)',
    'fns.map((f) => f())',
  ],
  ['let x = 1; { let x = 2; { var y = x } function inner() { return x } x = inner() + 5 } ', '[x, y]'],
  ['const t = (s: TemplateStringsArray, ...v: unknown[]) => s.raw.join("|") + v; let q = 3', 't`a${q}b${q}\\n`'],
  ['let c = 0; const p = { get x() { c++; return { y: null as any } } }; const z = p?.x?.y?.z; p.x.y ??= 1', '[c, z]'],
  [
    'function* g() { const r: number = yield 1; return r + (yield* [5]) } const it = g(); it.next(); const l = [it.next(4), it.next(6)]',
    'l',
  ],
  ['var f = function fact(n: number): number { return n ? n * fact(n - 1) : 1 }; const g = f; f = null as any', 'g(5)'],
  [
    'let i = 0; do { i++ } while (i < 5); while (true) { if (i++ > 7) break } switch (i) { case 9: { var sw = i } default: i = 0 }',
    '[i, sw]',
  ],
  ['let a = 1; a ||= 5; a &&= 6; let b: any; b ??= a; [a, b] = [b, a + 1]; ({ a, ...b } = { a: 9, z: 1 })', '[a, b]'],
  ['let e1 = "o"; try { throw "x" } catch { e1 += 1 } finally { e1 += 2 } try { throw { m: 1 } } catch ({ m }) { e1 += m }', 'e1'],
  [
    'class P { static s = 1; static { this.s += P.s } x = P.s; y = () => this.x; constructor(public z = P.s, private w?: number) {} } const { x, z } = new P()',
    '[x, z, P.s]',
  ],
  [
    'namespace N { export let a = 1; export namespace M { export const b = a + 1 } export function f() { return a++ + M.b } export enum E { Z = 5 } } N.f()',
    '[N.a, N.M.b, N.E.Z]',
  ],
  [
    'const log: string[] = []; const mk = (n: string) => ({ n, [Symbol.dispose]() { log.push(n) } }); { using a = mk("a"); using b = mk("b"); log.push(b.n + a.n) } for (using q of [mk("q1"), mk("q2")]) log.push("in " + q.n); (() => { using z = mk("z") })()',
    'log',
  ],
  [
    'const { a: { b: [c = 1, ...d] = [] } = {}, ["e" + 1]: f1 = () => c, ...g }: any = { e2: 1, h: 2 }; const [m, , n = m, [o] = [7]] = [1]',
    '[c, d, f1.name, f1(), g, n, o]',
  ],
  [
    'let v = 1; const h = { v() { return v }, w: (v: number) => v, set u(v: number) { this._u = v }, _u: 0 }; h.u = 8; const arrow = v => v, arrow2 = (v2 = v) => v2',
    '[h.v(), h.w(5), h._u, arrow(3), arrow2()]',
  ],
  ['let r = /a\\/b$$/g.source + `$$` + "$$x.v"; const $ = 1, $$ = 2, $$$ = 3, _ = 4, ünï = 5, \\u0061b = 6', '[r, $, $$, $$$, _, ünï, ab]'],
  [
    'const sym = Symbol("s"); class Q { static [sym] = 1; ["m" + 1]() { return sym.description } accessor acc = 2 } const q = new Q(); q.acc++',
    '[Q[sym], (q as any).m1(), q.acc]',
  ],
  [
    'function Old(this: any, a: number) { this.a = a } Old.prototype.get = function () { return this.a }; const o = new (Old as any)(3); const nt = (function () { return new.target })()',
    '[o.get(), nt]',
  ],
  [
    'const a1 = await Promise.all([1, 2].map(async (x) => { await null; return x * 2 })); let sum = 0; for await (const x of a1) sum += x; if (await Promise.resolve(true)) sum++',
    '[a1, sum]',
  ],
  ['let u; const undef = void 0 === u, b = typeof u, c = typeof notThere, dd = !!(typeof (u))', '[undef, b, c, dd]'],
  ['var a = 1; var a = 2; function dup() { return 1 } function dup() { return 2 } var dup2 = dup()', '[a, dup2]'],
  ['let n = 5; label: { n++; if (n > 5) break label; n = 0 } const comma = (n++, n)', '[n, comma]'],
  ['const obj = { x: 1, y: 2 }; let x = 0, y = 0; ({ x, y: y = 4 } = obj); delete (obj as any).x; const has = "x" in obj', '[x, y, has]'],
  ['const o1 = { async: 1, await: 2, get: 3, static: 4, let: 5 }; const r1 = o1.async + o1.await + o1.get + o1.static + o1.let', 'r1'],
  ['function outer() { return inner(); function inner() { return arguments.length + [...arguments].length } } const fnl = outer()', 'fnl'],
  ['let big = 10n ** 20n, sep = 1_000; const f32 = Math.fround(0.1); const opt = ((x?: number) => x ?? "d")()', '[big, sep, f32, opt]'],
  [
    'class X1 { static make() { return new X1() } } let Y1 = class Z1 { me() { return Z1.name } }; const X2 = class extends X1 {}; class X3 extends X2 { q = super.constructor.name }',
    '[X1.make() instanceof X1, new Y1().me(), Y1.name, X2.name, new X3().q]',
  ],
];

/** What the program gives when V8 runs it as one function, with its own scopes. */
async function native(source: string, result: string): Promise<string> {
  const compilerOptions = { target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(`async function program() { ${source}\n; return (${result}) }`, {
    compilerOptions,
  });
  const program = new Script(`"use strict"; (() => { ${outputText}; return program })()`).runInThisContext() as () => Promise<unknown>;
  return inspect(await program(), { depth: 4, breakLength: 100 });
}

describe('cells give what the same program gives as a function', () => {
  for (const [source, result] of programs) {
    it(source.length > 100 ? `${source.slice(0, 100)}…` : source, async () => {
      const expected = await native(source, result);
      expect(await run(`${source}\n;(${result})`), 'as one cell').to.equal(expected);
      expect(await run(source, result), 'declared in one cell, read in the next').to.equal(expected);
      expect(await run(source, source, `(() => (${result}))()`), 'declared twice, read by a closure').to.equal(expected);
    });
  }
});
