// What gradcheck is not to be given, and what it says then.
import { expect } from 'chai';
import * as pv from '../../../src/index.js';

type Given = readonly [f: unknown, inputs: unknown, options?: unknown];

describe('gradcheck refuses', () => {
  before(() => pv.setDevice('cpu'));

  const x = (): pv.Tensor => pv.tensor([1, 2, 4]);
  const square = (a: pv.Tensor): pv.Tensor => a.square();
  const cases: readonly (readonly [what: string, given: () => Given, message: RegExp])[] = [
    ['what is no function', () => [3, [x()]], /expects a function of tensors or a module, but was given 3/],
    ['an asynchronous function', () => [async (a: pv.Tensor) => a.mul(await a.sum().item()), [x()]], /asynchronous.*synchronous/],
    [
      'a function that reads data',
      () => [(a: pv.Tensor): pv.Tensor => (a.data().catch(() => undefined), a), [x()]],
      /reads data while it is traced.*read outside/,
    ],
    ['a function that returns a number', () => [() => 3, [x()]], /returned 3, but must return a tensor/],
    ['a function that returns whole numbers', () => [(a: pv.Tensor) => a.argmax(), [x()]], /returned a tensor of int32.*real or complex/],
    ['a function that returns nothing to check', () => [(a: pv.Tensor) => a.slice([0], [0]), [x()]], /shape \[0\].*no number/],
    ['no inputs', () => [square, []], /no input; expects at least one tensor/],
    ['inputs that are nothing', () => [square, null], /inputs are null.*list of tensors or an object/],
    ['a tensor in place of a list', () => [square, x()], /write \[x\]/],
    ['an input that is no tensor', () => [square, { x: 1 }], /input x is 1, but must be a tensor/],
    ['an input of whole numbers', () => [square, [pv.tensor([1], { dtype: 'int32' })]], /int32.*no gradient; capture it/],
    ['an empty input', () => [square, { x: pv.zeros([2, 0]) }], /input x has shape \[2, 0\] and no element/],
    ['an option that does not exist', () => [square, [x()], { tolerence: 1 }], /no option 'tolerence'; the options are .*tolerance/],
    ['options that are no object', () => [square, [x()], 5], /expects options like/],
    ['a tolerance of 0', () => [square, [x()], { tolerance: 0 }], /tolerance is 0, but must be greater than 0/],
    ['a step below 0', () => [square, [x()], { step: -1 }], /step is -1, but must be greater than 0/],
    ['a step that is no number', () => [square, [x()], { step: 'small' }], /step is 'small', but must be a finite number/],
    ['fewer than four directions', () => [square, [x()], { directions: 3 }], /directions is 3, but must be an integer of at least 4/],
    ['no elements', () => [square, [x()], { maxElements: 0 }], /maxElements is 0, but must be a positive integer/],
    ['a seed that is no integer', () => [square, [x()], { seed: 0.5 }], /seed is 0.5, but must be an integer/],
    ['an order of 3', () => [square, [x()], { order: 3 }], /order is 3, but must be 1 .* or 2/],
    [
      'differences in an unknown place',
      () => [square, [x()], { differences: 'gpu' }],
      /differences is 'gpu', but must be one of 'auto', 'cpu', 'device'/,
    ],
    ['names for other inputs', () => [square, [x()], { names: ['a', 'b'] }], /2 names for 1 inputs; give one for each/],
    ['names that are no list', () => [square, [x()], { names: 'x' }], /names is 'x', but must be a list of names/],
    [
      'one name for two inputs',
      () => [(a: pv.Tensor, b: pv.Tensor) => a.add(b), [x(), x()], { names: ['a', 'a'] }],
      /name two inputs alike/,
    ],
    ['gradients of another shape', () => [square, { x: x() }, { gradients: { x: pv.zeros([2]) } }], /shape \[2\], but x has \[3\]/],
    [
      'gradients of another kind',
      () => [square, { x: x() }, { gradients: [pv.complex(x(), x())] }],
      /gradient of x is complex128, but x is float64/,
    ],
    ['gradients for an input that is none', () => [square, { x: x() }, { gradients: { X: x() } }], /name 'X', but the inputs are x/],
    ['too many gradients', () => [square, { x: x() }, { gradients: [x(), x()] }], /gradients of 1 inputs/],
    ['gradients that are none', () => [square, { x: x() }, { gradients: 7 }], /gradients is 7, but must be tensors/],
    ['a gradient that is no tensor', () => [square, { x: x() }, { gradients: () => [1] }], /gradient of x is 1, but must be a tensor/],
    ['second derivatives of numbers', () => [square, { x: x() }, { gradients: [x()], order: 2 }], /order is 2.*given as tensors/],
  ];
  for (const [what, make, message] of cases) {
    it(what, async () => {
      const [f, inputs, options] = make();
      const given: [unknown, unknown, unknown?] = options === undefined ? [f, inputs] : [f, inputs, options];
      const error = await Promise.resolve(Reflect.apply(pv.gradcheck, undefined, given) as unknown).then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error, 'expected a rejection').to.be.an.instanceOf(Error);
      expect(String(error)).to.match(message);
    });
  }
});
