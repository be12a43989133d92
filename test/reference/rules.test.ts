// Every operation's two derivative rules, held against each other and against differences, in float64 on the cpu:
//   ⟨J·v, u⟩ = ⟨v, Jᵀ·u⟩ for the forward-mode rule J and the adjoint Jᵀ (Re⟨·, ·⟩ for complex tensors), and
//   J·v = (f(x + hv) − f(x − hv))/2h, so that an error that both rules share does not hide.

import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { createCpuDevice } from '../../src/devices/cpu/cpu.js';
import { isComplex, isDifferentiable, partsOf, type DType } from '../../src/devices/dtype.js';
import { sizeOf, type Shape } from '../../src/devices/shape.js';
import { materialize } from '../../src/graph/materialize.js';
import { graphOf, record, type Node } from '../../src/graph/node.js';
import { planesFrom, spectraOf } from '../../src/fft/planes.js';
import { fft1 } from '../../src/fft/transform.js';
import * as pv from '../../src/index.js';
import { conv, type ConvAttributes } from '../../src/nn/conv-operation.js';
import { correlate } from '../../src/nn/correlate.js';
import { alias, pullback, pushforward } from '../../src/tensor/autograd.js';
import { stateOf, transfer, upload } from '../../src/tensor/devices.js';
import { expand, sum } from '../../src/tensor/operations/broadcast.js';
import * as e from '../../src/tensor/operations/elementwise/index.js';
import { argmaxNode, max, min } from '../../src/tensor/operations/extrema.js';
import { concat, padWith, take, type PadMode } from '../../src/tensor/operations/join.js';
import { batched, einsum, matmul } from '../../src/tensor/operations/matmul.js';
import { flip, pad, reshape, roll, shear, slice, transpose, unshear } from '../../src/tensor/operations/views.js';
import { readNode, wrap, type Tensor } from '../../src/tensor/tensor.js';
import { numbers, useDevice } from '../devices.js';

/** The kinds of values that inputs take. Real and complex ones stay at least ½ away from zero, where some functions have kinks. */
type Kind = 'real' | 'positive' | 'complex' | 'bool' | 'small integer';

interface Input {
  readonly kind: Kind;
  readonly shape: Shape;
  /** The values themselves, for ties. */
  readonly values?: readonly number[];
}

interface RuleCase {
  readonly name: string;
  readonly inputs: readonly Input[];
  readonly f: (nodes: readonly Node[]) => Node;
  /** False at a point where f has no derivative (a tie): there the two rules are only held against each other. */
  readonly differentiable?: boolean;
}

const R = (...shape: number[]): Input => ({ kind: 'real', shape });
const P = (...shape: number[]): Input => ({ kind: 'positive', shape });
const C = (...shape: number[]): Input => ({ kind: 'complex', shape });
const B = (...shape: number[]): Input => ({ kind: 'bool', shape });
const dtypeOf: Readonly<Record<Kind, DType>> = {
  real: 'float64',
  positive: 'float64',
  complex: 'complex128',
  bool: 'bool',
  'small integer': 'int32',
};

function valuesOf({ kind, shape, values }: Input, seed: number): Float64Array<ArrayBuffer> {
  if (values !== undefined) return Float64Array.from(values);
  const size = sizeOf(shape);
  const raw = numbers(seed, 2 * size);
  if (kind === 'bool') return raw.slice(0, size).map((x) => Number(x > 0));
  if (kind === 'small integer') return raw.slice(0, size).map((x) => Math.floor(2 * x + 2));
  if (kind === 'positive') return raw.slice(0, size).map((x) => 1.25 + 0.75 * x);
  if (kind === 'real') return raw.slice(0, size).map((x) => Math.sign(x) * (0.5 + 1.5 * Math.abs(x)));
  for (let i = 0; i < size; i++) {
    const radius = 1.25 + 0.75 * raw[2 * i]!;
    const angle = Math.PI * raw[2 * i + 1]!;
    raw[2 * i] = radius * Math.cos(angle);
    raw[2 * i + 1] = radius * Math.sin(angle);
  }
  return raw;
}

function leaf(dtype: DType, shape: Shape, values: Float64Array<ArrayBuffer>): Node {
  const typed = dtype === 'bool' ? Uint8Array.from(values) : dtype === 'int32' ? Int32Array.from(values) : values.slice();
  const node = upload(stateOf('cpu'), dtype, shape, typed);
  node.retain();
  node.requiresGrad = node.isLeaf = isDifferentiable(dtype);
  return node;
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((total, x, i) => total + x * b[i]!, 0);
const norm = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));

// ---- the cases ------------------------------------------------------------------------------------------------------------------

const cases: RuleCase[] = [];
const add = (name: string, inputs: readonly Input[], f: RuleCase['f'], differentiable = true): void =>
  void cases.push({ name, inputs, f, differentiable });

const elementwise: Readonly<Record<string, readonly (readonly Input[])[]>> = {
  ...Object.fromEntries(['neg', 'square', 'reciprocal', 'abs', 'sign', 'conj', 'angle', 'exp'].map((name) => [name, [[R(7)], [C(7)]]])),
  ...Object.fromEntries(['log', 'log1p', 'sqrt'].map((name) => [name, [[P(7)]]])),
  ...Object.fromEntries(['sin', 'cos', 'tanh', 'sigmoid', 'softplus', 'erf', 'relu'].map((name) => [name, [[R(7)]]])),
  ...Object.fromEntries(
    ['add', 'sub', 'mul', 'div', 'eq', 'ne'].map((name) => [
      name,
      [
        [R(7), R(7)],
        [C(7), C(7)],
      ],
    ]),
  ),
  ...Object.fromEntries(['lt', 'le', 'gt', 'ge', 'maximum', 'minimum'].map((name) => [name, [[R(7), R(7)]]])),
  pow: [[P(7), R(7)]],
  real: [[C(7)]],
  imag: [[C(7)]],
  complex: [[R(7), R(7)]],
  where: [
    [B(7), R(7), R(7)],
    [B(7), C(7), C(7)],
  ],
};
for (const operation of e.elementwiseOperations) {
  for (const inputs of elementwise[operation.name] ?? []) {
    add(`${operation.name} of ${inputs.map(({ kind }) => kind).join(', ')}`, inputs, (nodes) =>
      record(operation, nodes as [Node, ...Node[]], {}),
    );
  }
}
for (const name of ['maximum', 'minimum'] as const) {
  add(
    `${name} at ties`,
    [
      { ...R(4), values: [1, 2, 3, 4] },
      { ...R(4), values: [1, 3, 3, 0] },
    ],
    ([a, b]) => e[name](a!, b!),
    false,
  );
}
add('pow with a negative base and an integer exponent', [R(5)], ([x]) => e.pow(x!, e.like(x!, 3)));
for (const name of ['add', 'sub', 'mul', 'div'] as const) {
  add(`${name} with broadcasting`, [R(3, 1), R(2, 1, 4)], ([a, b]) => e[name](a!, b!));
  add(`${name} of a real and a complex tensor`, [R(3, 2), C(2)], ([a, b]) => e[name](a!, b!));
}
add('relu, |x| and a sign through one shared value', [R(6)], ([x]) => e.mul(e.add(e.relu(x!), e.abs(x!)), e.mul(e.sign(x!), x!)));
add('complex abs and angle of one value', [C(6)], ([z]) => e.mul(e.abs(z!), e.angle(z!)));
add('where on a broadcast condition', [B(3, 1), R(3, 4), R(4)], ([c, a, b]) => e.where(c!, a!, b!));

add('cast to complex', [R(5)], ([x]) => e.cast(x!, 'complex128'));
add('cast to the same type', [R(5)], ([x]) => e.cast(x!, 'float64'));
add('cast to int32', [R(5)], ([x]) => e.cast(x!, 'int32'));
add('cast to bool', [R(5)], ([x]) => e.cast(x!, 'bool'));

for (const [type, input] of [
  ['real', R],
  ['complex', C],
] as const) {
  const of = `of a ${type} tensor`;
  add(`reshape ${of}`, [input(3, 4)], ([x]) => reshape(x!, [2, 6]));
  add(`transpose ${of}`, [input(2, 3, 4)], ([x]) => transpose(x!, [2, 0, 1]));
  add(`slice ${of}`, [input(5, 4)], ([x]) => slice(x!, [1, 0], [3, 2]));
  add(`pad ${of}`, [input(3, 2)], ([x]) =>
    pad(
      x!,
      [
        [1, 2],
        [0, 3],
      ],
      1.5,
    ),
  );
  add(`flip ${of}`, [input(3, 4)], ([x]) => flip(x!, [1]));
  add(`roll ${of}`, [input(3, 4)], ([x]) => roll(x!, [1, -3]));
  add(`expand ${of}`, [input(3, 1)], ([x]) => expand(x!, [2, 3, 4]));
  add(`alias ${of}`, [input(4)], ([x]) => alias(x!));
  add(`materialize ${of}`, [input(4)], ([x]) => record(materialize, [x!], {}));
  add(`concat ${of}`, [input(2, 3), input(2, 1), input(2, 2)], (parts) => concat(parts, 1));
  add(
    `concat of six parts ${of}`,
    [1, 2, 1, 3, 1, 2].map((extent) => input(extent, 2)),
    (parts) => concat(parts, 0),
  );
  add(`take with repeated positions ${of}`, [input(3, 4, 2), { kind: 'small integer', shape: [2, 3] }], ([x, at]) => take(x!, at!, 1));
  add(`sum along two axes ${of}`, [input(2, 3, 4)], ([x]) => sum(x!, [0, 2]));
  add(`batched matrix product ${of}`, [input(2, 3, 4), input(2, 4, 5)], ([a, b]) => batched(a!, b!));
  add(`matmul with broadcast batches ${of}`, [input(2, 1, 3, 4), input(3, 4, 2)], ([a, b]) => matmul(a!, b!));
  add(`matmul of a matrix and a vector ${of}`, [input(3, 4), input(4)], ([a, b]) => matmul(a!, b!));
  add(`einsum ${of}`, [input(2, 3, 4), input(3, 2, 4)], ([a, b]) => einsum('bix,iox->box', [a!, b!]));
  add(`einsum with a sum before the product ${of}`, [input(2, 3), input(3, 4)], ([a, b]) => einsum('ij,jk->k', [a!, b!]));
  for (const mode of ['constant', 'reflect', 'replicate', 'circular'] satisfies PadMode[]) {
    add(`pad mode '${mode}' ${of}`, [input(4, 3)], ([x]) =>
      padWith(
        x!,
        [
          [2, 3],
          [1, 2],
        ],
        mode,
        0.5,
      ),
    );
  }
}

for (const [name, f] of [
  ['max', max],
  ['min', min],
] as const) {
  for (const ties of ['split', 'first'] as const) {
    add(`${name} along an axis, ties '${ties}'`, [R(3, 4, 2)], ([x]) => f(x!, [1], ties));
    add(`${name} of everything, ties '${ties}'`, [R(3, 4)], ([x]) => f(x!, [0, 1], ties));
    add(`${name} at ties, '${ties}'`, [{ ...R(3, 4), values: [1, 5, 5, 1, 2, 2, 2, 2, 7, 0, 0, 7] }], ([x]) => f(x!, [1], ties), false);
  }
}
add('argmax', [R(3, 4)], ([x]) => argmaxNode(x!, [1]));

for (const stride of [1, 2]) {
  for (const dilation of [1, 3]) {
    const window = { tapAxis: 0, axis: 1, stride, dilation, before: 2 };
    const how = `with stride ${stride} and dilation ${dilation}`;
    add(`shear ${how}`, [R(3, 9)], ([x]) => shear(x!, window, 5, 1.5));
    add(`unshear ${how}`, [R(3, 5)], ([x]) => unshear(x!, window, 9));
  }
}
const F = pv.nn.functional;
const onTensors =
  (f: (...tensors: Tensor[]) => Tensor): RuleCase['f'] =>
  (nodes) =>
    f(...nodes.map(wrap)).node;
for (const options of [
  { kernelSize: 2 },
  { kernelSize: 3, stride: 2, padding: 1 },
  { kernelSize: [2, 3], stride: [3, 1], padding: [1, 0] },
]) {
  const how = JSON.stringify(options);
  add(
    `maxPool2d ${how}`,
    [R(2, 2, 6, 7)],
    onTensors((x) => F.maxPool2d(x, options)),
  );
  add(
    `avgPool2d ${how}`,
    [R(2, 2, 6, 7)],
    onTensors((x) => F.avgPool2d(x, options)),
  );
}
for (const options of [
  {},
  { stride: [2, 1], padding: [1, 2] },
  { dilation: 2, padding: 'same' },
  { groups: 2, padding: 2, paddingMode: 'reflect' },
] as const) {
  add(
    `conv2d ${JSON.stringify(options)}`,
    [R(2, 4, 6, 7), R(2, 'groups' in options ? 2 : 4, 3, 2), R(2)],
    onTensors((x, w, b) => F.conv2d(x, w, b, options)),
  );
}

for (const n of [8, 9, 12, 17]) {
  for (const [how, given] of [
    ['', 0],
    [', padded', -3],
    [', cut', 2],
  ] as const) {
    const half = Math.floor(n / 2) + 1;
    for (const sign of [1, -1] as const) {
      add(`complex transform of length ${n}, sign ${sign}${how}`, [C(2, n + given)], ([x]) => fft1(x!, { axis: 1, n, mode: 'c2c', sign }));
      add(`complex transform of a real tensor, length ${n}, sign ${sign}${how}`, [R(2, n + given)], ([x]) =>
        fft1(x!, { axis: 1, n, mode: 'c2c', sign }),
      );
    }
    add(`real transform of length ${n}${how}, along the first axis`, [R(n + given, 2)], ([x]) =>
      fft1(x!, { axis: 0, n, mode: 'r2c', sign: -1 }),
    );
    add(`transform of length ${n} to a real signal${how}`, [C(2, half + given)], ([x]) => fft1(x!, { axis: 1, n, mode: 'c2r', sign: 1 }));
  }
}

add('complex transform of an input within zeros', [C(2, 3)], ([x]) => fft1(x!, { axis: 1, n: 8, mode: 'c2c', sign: -1, offset: 2 }));
add('real transform of an input within zeros', [R(2, 3)], ([x]) => fft1(x!, { axis: 1, n: 8, mode: 'r2c', sign: -1, offset: 4 }));
for (const [n, offsets] of [
  [
    [7, 8],
    [2, 3],
  ],
  [
    [4, 6],
    [0, 0],
  ],
] as const) {
  add(`half spectra of planes in a period of ${n.join(' × ')}`, [R(2, 3, 3)], ([x]) => spectraOf(x!, { n, offsets }));
  add(`planes from half spectra of ${n.join(' × ')}`, [C(2, n[0], n[1] / 2 + 1)], ([x]) => planesFrom(x!, { n, offsets }, [3, 3]));
}

const convolution: ConvAttributes = {
  face: 'y',
  x: [2, 4, 7, 6],
  w: [6, 2, 3, 2],
  y: [2, 6, 4, 6],
  stride: [2, 1],
  dilation: [1, 2],
  padding: [
    [1, 2],
    [1, 1],
  ],
  groups: 2,
  algorithm: 'auto',
};
const faces = { y: ['x', 'w'], x: ['y', 'w'], w: ['x', 'y'] } as const;
for (const face of ['y', 'x', 'w'] as const) {
  const [a, b] = faces[face];
  add(`convolution, face ${face}`, [R(...convolution[a]), R(...convolution[b])], ([p, q]) => conv(face, p!, q!, convolution));
}

for (const [stride, dilation] of [
  [
    [1, 1],
    [1, 2],
  ],
  [
    [2, 3],
    [1, 1],
  ],
  [
    [2, 1],
    [3, 1],
  ],
] as const) {
  add(`correlation at strides ${stride.join()} and dilations ${dilation.join()}`, [R(2, 1, 3, 9, 11), R(2, 2, 3, 2, 3)], ([a, w]) =>
    correlate(a!, w!, { stride, dilation, extents: [2, 3] }),
  );
}

add(
  'customOp with the right backward',
  [R(5), R(5)],
  onTensors(pv.customOp({ forward: (a, b) => a.mul(b.sin()), backward: (g, [a, b]) => [g.mul(b!.sin()), g.mul(a!).mul(b!.cos())] })),
);
const other = graphOf(createCpuDevice());
add('a transfer to another device and back', [C(5)], ([x]) => e.square(transfer(e.square(transfer(x!, other)), x!.state)));

// ---- the checks -----------------------------------------------------------------------------------------------------------------

/** Names of the operations whose rules some case went through, and of all operations that values or rules recorded. */
const exercised = new Set<string>();
const recorded = new Map<string, Node>();

function walk(node: Node, visit: (node: Node) => void, seen = new Set<Node>()): void {
  if (seen.has(node)) return;
  seen.add(node);
  visit(node);
  for (const input of node.inputs) walk(input, visit, seen);
}

/** What the rules of a case gave for random v and u: J·v and Jᵀ·u of each differentiable input. */
async function runRules({ inputs, f }: RuleCase): Promise<{
  y: Node;
  nodes: Node[];
  v: Float64Array[];
  u: Float64Array;
  forward: Float64Array[];
  reverse: (Node | undefined)[];
}> {
  const nodes = inputs.map((input, i) => leaf(dtypeOf[input.kind], input.shape, valuesOf(input, 10 + i)));
  const y = f(nodes);
  walk(y, (node) => {
    recorded.set(node.operation.name, node);
    if (node.inputs.length > 0) exercised.add(node.operation.name);
  });
  const size = sizeOf(y.shape) * partsOf(y.dtype);
  const u = numbers(1, size);
  const targets = new Set(nodes.filter((node) => node.requiresGrad));
  const gradients = y.requiresGrad ? pullback(y, leaf(y.dtype, y.shape, u), (node) => targets.has(node)).gradients : new Map<Node, Node>();
  const v: Float64Array[] = [];
  const forward: Float64Array[] = [];
  for (const [i, node] of nodes.entries()) {
    const direction = numbers(100 + i, sizeOf(node.shape) * partsOf(node.dtype));
    const tangent = targets.has(node) ? pushforward(y, new Map([[node, leaf(node.dtype, node.shape, direction)]])) : null;
    if (tangent !== null) {
      walk(tangent, (at) => recorded.set(at.operation.name, at));
      expect([tangent.dtype, ...tangent.shape], 'type of the tangent').to.deep.equal([y.dtype, ...y.shape]);
    }
    v.push(direction);
    forward.push(tangent === null ? new Float64Array(size) : Float64Array.from(await readNode(tangent)));
  }
  for (const [, gradient] of gradients) walk(gradient, (at) => recorded.set(at.operation.name, at));
  return { y, nodes, v, u, forward, reverse: nodes.map((node) => gradients.get(node)) };
}

async function gapOf(test: RuleCase): Promise<number> {
  const { nodes, v, u, forward, reverse } = await runRules(test);
  let worst = 0;
  for (const [i, node] of nodes.entries()) {
    const gradient = reverse[i];
    if (gradient !== undefined)
      expect([gradient.dtype, ...gradient.shape], `type of gradient ${i}`).to.deep.equal([node.dtype, ...node.shape]);
    const right = gradient === undefined ? 0 : dot(await readNode(gradient), v[i]!);
    // The rounding of an inner product is bounded by ‖J·v‖·‖u‖, not by its own value.
    const scale = norm(forward[i]!) * norm(u);
    const gap = Math.abs(dot(forward[i]!, u) - right);
    worst = Math.max(worst, gap === 0 ? 0 : gap / scale);
  }
  return worst;
}

/**
 * Step and tolerance of the differences. For x of size 1 the error is at most h²/6·M₃ + ε·κ·max|f|/h: with h = ε^⅓ both parts are of
 * order ε^⅔ = 4e-11. M₃ bounds third derivatives (the steepest here, of 1/x and arg z at ½, stay below 100 in the mean over ±1 directions),
 * κ = 30 counts the roundings inside f and of x ± hv (sums and transforms of up to 60 terms).
 */
const h = Math.cbrt(Number.EPSILON);
const thirdDerivative = 100;
const roundings = 30;

describe('reference: derivative rules, in float64 on the cpu', () => {
  useDevice('cpu');

  describe('the forward-mode rule and the adjoint agree: ⟨Jv, u⟩ = ⟨v, Jᵀu⟩ to 1e-12', () => {
    for (const test of cases) {
      it(test.name, async () => {
        expect(await gapOf(test)).to.be.at.most(1e-12);
      });
    }

    it('a backward that is wrong is found out', async () => {
      const wrong = pv.customOp({ forward: (z) => z.square(), backward: (g, [z]) => [g.mul(z!).mul(2)] });
      expect(await gapOf({ name: 'conjugate forgotten', inputs: [C(5)], f: onTensors(wrong) })).to.be.greaterThan(1e-2);
    });
  });

  describe('the forward-mode rule agrees with central differences', () => {
    for (const test of cases.filter(({ differentiable }) => differentiable)) {
      it(test.name, async () => {
        const { y, nodes, v, forward } = await runRules(test);
        if (!isDifferentiable(y.dtype)) {
          expect(y.requiresGrad, `${y.dtype} carries a gradient`).to.equal(false);
          for (const tangent of forward) expect(norm(tangent)).to.equal(0);
          return;
        }
        const values = await Promise.all(nodes.map(async (node) => Float64Array.from(await readNode(node))));
        for (const [i, node] of nodes.entries()) {
          if (!node.requiresGrad) continue;
          const at = async (step: number): Promise<Float64Array> => {
            const moved = nodes.map((other, j) =>
              j === i
                ? leaf(
                    node.dtype,
                    node.shape,
                    values[i]!.map((x, k) => x + step * v[i]![k]!),
                  )
                : other,
            );
            return Float64Array.from(await readNode(test.f(moved)));
          };
          const [above, below] = [await at(h), await at(-h)];
          const size = above.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
          const tolerance = (h * h * thirdDerivative) / 6 + (roundings * Number.EPSILON * (1 + size)) / h;
          forward[i]!.forEach((tangent, k) => {
            expect(Math.abs(tangent - (above[k]! - below[k]!) / (2 * h)), `element ${k} with respect to input ${i}`).to.be.at.most(
              tolerance,
            );
          });
        }
      });
    }
  });

  describe('no operation is left out', () => {
    /** Operations without operands have nothing to differentiate. */
    const sources = ['iota', 'random', 'scalar', 'table', 'tensor'];

    it('every elementwise operation is among the cases', () => {
      expect(e.elementwiseOperations.map(({ name }) => name).filter((name) => elementwise[name] === undefined)).to.deep.equal([]);
      expect(e.elementwiseOperations.length).to.be.at.least(34);
    });

    it('every operation that the sources define is exercised', () => {
      const root = new URL('../../src/', import.meta.url).pathname;
      const defined = new Set<string>();
      for (const file of ['tensor', 'graph', 'fft', 'nn'].flatMap((room) =>
        readdirSync(root + room, { recursive: true }).map((path) => `${room}/${String(path)}`),
      )) {
        if (!file.endsWith('.ts')) continue;
        const text = readFileSync(root + file, 'utf8');
        if (!/: Operation\b|\bdefine\(/.test(text)) continue;
        for (const [, name] of text.matchAll(/\bname: '([^']+)',/g)) defined.add(name as string);
        for (const [, name] of text.matchAll(/\bextremum\('(\w+)'\)/g)) defined.add(name as string);
      }
      expect(defined.size, `found ${[...defined].join(' ')}`).to.be.at.least(60);
      expect([...defined].filter((name) => !exercised.has(name) && !sources.includes(name)).sort()).to.deep.equal([]);
    });

    it('every operation that values, tangents and gradients were made of is exercised', () => {
      const missing = [...recorded].filter(([name, node]) => !exercised.has(name) && node.inputs.length > 0).map(([name]) => name);
      expect(missing).to.deep.equal([]);
      expect([...recorded.keys()].filter((name) => !exercised.has(name)).every((name) => sources.includes(name))).to.equal(true);
    });
  });

  it('gradients keep the type of their tensor: real beside complex', async () => {
    const [a, b] = [leaf('float64', [2], Float64Array.of(1, 2)), leaf('complex128', [2], Float64Array.of(1, 1, 2, -1))];
    const y = e.mul(a, b);
    const { gradients } = pullback(y, leaf('complex128', [2], Float64Array.of(1, 0, 0, 1)), (node) => node === a);
    const da = gradients.get(a) as Node;
    expect(isComplex(da.dtype)).to.equal(false);
    // dL/da = Re(conj(b)·g): 1·1 + 1·0 = 1 and 2·0 + (−1)·1 = −1.
    expect([...(await readNode(da))]).to.deep.equal([1, -1]);
  });
});
