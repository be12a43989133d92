// Bad calls: each is refused at the call, before anything reaches the device, with what was given, what was expected and what to do.

import { expect } from 'chai';
import * as pv from '../../../src/index.js';
import { messageOf, onEachDevice } from './support.js';

const F = pv.nn.functional;

/** A value that a JavaScript caller may pass where the types forbid it. */
const bad = (value: unknown): never => value as never;

/** A tensor where JavaScript wants a number. */
const number = (value: unknown): number => value as number;

/** Operands of the calls, made once for each device. */
function makeOperands(): Record<
  'x' | 'v' | 'm' | 's' | 'c' | 'i' | 'b' | 'images' | 'weight' | 'bias' | 'signal' | 'w' | 'gone',
  pv.Tensor
> {
  const gone = pv.tensor([1, 2]);
  gone.dispose();
  return {
    x: pv.ones([2, 3]).keep(),
    v: pv.ones([3]).keep(),
    m: pv.ones([4, 5]).keep(),
    s: pv.ones([]).keep(),
    c: pv.complex(pv.ones([2, 3]), 1).keep(),
    i: pv.tensor(Int32Array.of(0, 1, 2)),
    b: pv.tensor([true, false, true]),
    images: pv.ones([2, 4, 8, 8]).keep(),
    weight: pv.ones([6, 4, 3, 3]).keep(),
    bias: pv.ones([6]).keep(),
    signal: pv.ones([2, 4, 16]).keep(),
    w: pv.tensor([1, 2, 3], { requiresGrad: true }),
    gone,
  };
}

type Operands = ReturnType<typeof makeOperands>;
type Row = readonly [name: string, call: (t: Operands) => unknown, expected: RegExp];

const rows: Record<string, readonly Row[]> = {
  'making tensors': [
    ['ragged rows', () => pv.tensor([[1, 2], [3]]), /rows differ.*element \[1\].*\[1\].*\[2\]/],
    ['rows of different depth', () => pv.tensor([[1], 2]), /rows differ.*element \[1\]/],
    ['text among numbers', () => pv.tensor(bad([1, 'two'])), /element \[1\] is 'two', but must be a number/],
    ['null among numbers', () => pv.tensor(bad([[1], [null]])), /element \[1, 0\] is null, but must be a number/],
    ['nothing', () => pv.tensor(bad(undefined)), /expects numbers, nested lists or a TypedArray, but was given undefined/],
    ['null', () => pv.tensor(bad(null)), /expects numbers.*given null/],
    ['text', () => pv.tensor(bad('1, 2')), /expects numbers.*given '1, 2'/],
    ['an object', () => pv.tensor(bad({ length: 2 })), /expects numbers.*given a Object/],
    ['a tensor', ({ x }) => pv.tensor(bad(x)), /expects numbers.*given a Tensor/],
    ['too few numbers for the shape', () => pv.tensor([1, 2, 3], { shape: [2, 2] }), /3 numbers do not fill shape \[2, 2\].*takes 4/],
    ['a negative extent', () => pv.zeros([2, -1]), /zeros.*\[2, -1\].*axis 1 is -1, but must be a non-negative integer/],
    ['a fractional extent', () => pv.ones([2.5]), /ones.*axis 0 is 2\.5, but must be a non-negative integer/],
    ['NaN as an extent', () => pv.full([NaN], 1), /full.*axis 0 is NaN, but must be a non-negative integer/],
    ['a number as a shape', () => pv.zeros(bad(3)), /zeros: shape is 3, but must be a list.*\[2, 3\]/],
    ['text as the value', () => pv.full([2], bad('7')), /full: the value is '7', but must be a number/],
    ['an unknown dtype', () => pv.zeros([2], { dtype: bad('float16') }), /zeros: dtype is 'float16', but must be one of.*'float32'/],
    ['an unknown device', () => pv.zeros([2], { device: bad('gpu') }), /'gpu' is no device; expected 'cpu', 'node'/],
    ['options that are a dtype', () => pv.zeros([2], bad('float32')), /zeros: expects options like \{dtype: 'float32'\}.*given 'float32'/],
    [
      'an odd count of complex parts',
      () => pv.tensor(new Float32Array(3), { dtype: 'complex64' }),
      /pairs \(re, im\).*3 numbers.*pv\.complex/,
    ],
    [
      'requiresGrad on integers',
      () => pv.tensor([1, 2], { dtype: 'int32', requiresGrad: true }),
      /requiresGrad: int32.*astype\('float32'\)/,
    ],
    ['a step of zero', () => pv.arange(0, 5, 0), /arange: step is 0/],
    ['an end of NaN', () => pv.arange(NaN), /arange: end is NaN, but must be a finite number/],
    ['no points at all', () => pv.linspace(0, 1, 0), /linspace: count is 0, but must be a positive integer/],
    ['half a row', () => pv.eye(1.5), /eye: rows is 1\.5, but must be a non-negative integer/],
    ['a complex part of a complex number', ({ c }) => pv.complex(c, 1), /complex: a part is complex\d+, but both parts must be real/],
    ['a complex number of text', () => pv.complex(bad('1'), 2), /complex: expects a tensor or a number, but was given '1'/],
    ['random integers', () => pv.randn([2], { dtype: 'int32' }), /randn: dtype int32 cannot hold it; use a floating-point/],
    ['a fractional seed', () => pv.seed(0.5), /seed is 0\.5, but must be an integer/],
    ['a seed of text', () => pv.randn([2], { seed: bad('abc') }), /randn: seed is 'abc', but must be an integer/],
    ['an infinite bound', () => pv.uniform([2], { high: Infinity }), /uniform: high is Infinity, but must be a finite number/],
    [
      'more than a buffer holds',
      () => pv.zeros([1 << 20, 1 << 14]),
      /zeros: \[1048576, 16384\] float\d\d takes \d+ bytes, but device \w+ binds at most \d+ bytes.*split/,
    ],
    ['more rows than a buffer holds', () => pv.eye(1 << 20), /eye: \[1048576, 1048576\].*binds at most/],
    ['more points than a buffer holds', () => pv.linspace(0, 1, 2 ** 34), /linspace: \[17179869184\].*binds at most/],
  ],
  arithmetic: [
    ['shapes that do not broadcast', ({ x, m }) => x.add(m), /add: shapes \[2, 3\] and \[4, 5\] do not broadcast; axes must be equal or 1/],
    [
      'an operand of text',
      ({ x }) => x.mul(bad('2')),
      /mul: expects a tensor or a number, but was given '2'; make tensors with pv\.tensor/,
    ],
    [
      'a plain list',
      ({ x }) => x.sub(bad([1, 2, 3])),
      /sub: expects a tensor or a number, but was given \[1, 2, 3\]; make tensors with pv\.tensor/,
    ],
    ['a missing operand', ({ x }) => x.div(bad(undefined)), /div: expects a tensor or a number, but was given undefined/],
    ['null on the left', ({ x }) => pv.add(bad(null), x), /add: expects a tensor or a number, but was given null/],
    ['text in a function', () => pv.exp(bad('1')), /exp: expects a tensor or a number, but was given '1'/],
    ['a plain list in a function', () => pv.sqrt(bad([4])), /sqrt: expects a tensor or a number, but was given \[4\]/],
    ['comparing complex numbers', ({ c }) => c.gt(0), /gt: expects real tensors, but was given complex\d+.*abs\(\)/],
    ['the power of complex numbers', ({ c }) => c.pow(3), /pow: expects real tensors, but was given complex/],
    ['the larger of complex numbers', ({ c }) => c.maximum(c), /maximum: expects real tensors.*complex/],
    ['clamping to NaN', ({ x }) => x.clamp({ min: NaN }), /clamp: min is NaN, but must be a finite number/],
    ['clamping by a number', ({ x }) => x.clamp(bad(1)), /clamp: expects options like \{min: 0, max: 1\}, but was given 1/],
    [
      'a matrix product that does not fit',
      ({ x, m }) => x.matmul(m),
      /matmul: \[2, 3\] and \[4, 5\].*last axis of the first \(3\).*second \(4\)/,
    ],
    ['a matrix product with a scalar', ({ x, s }) => x.matmul(s), /matmul: \[2, 3\] and \[\].*use mul/],
    ['a matrix product with a number', ({ x }) => x.matmul(bad(2)), /matmul: expects a tensor, but was given 2; use mul/],
    [
      'batches that do not broadcast',
      () => pv.ones([2, 3, 4]).matmul(pv.ones([5, 4, 3])),
      /matmul: \[2, 3, 4\] and \[5, 4, 3\]: batch axes do not broadcast/,
    ],
    ['a condition of numbers', ({ x }) => pv.where(x, 1, 0), /where: the condition must be bool, but is float\d\d; compare first/],
    ['a condition of true', ({ x }) => pv.where(bad(true), x, x), /where: expects a tensor.*given true/],
    ['branches that do not broadcast', ({ b, m }) => pv.where(b, m, 0), /where: shapes .* do not broadcast/],
    ['an unknown dtype to convert to', ({ x }) => x.astype(bad('double')), /astype: dtype is 'double', but must be one of/],
    ['complex to real', ({ c }) => c.astype('float32'), /complex\d+ cannot become float32.*real\(\), imag\(\) or abs\(\)/],
    ['a device that nobody opened', ({ x }) => x.to(bad('webview')), /device 'webview' is not (open|available)/],
    ['no device', ({ x }) => x.to(bad(undefined)), /'undefined' is no device; expected 'cpu', 'node'/],
  ],
  reductions: [
    ['an axis out of range', ({ x }) => x.sum({ axis: 2 }), /sum: axis 2 does not exist in \[2, 3\]; expected -2 to 1/],
    ['a negative axis out of range', ({ x }) => x.max({ axis: -3 }), /max: axis -3 does not exist in \[2, 3\]/],
    ['half an axis', ({ x }) => x.mean({ axis: 1.5 }), /mean: axis is 1\.5, but must be an integer/],
    ['NaN as an axis', ({ x }) => x.argmax({ axis: NaN }), /argmax: axis is NaN, but must be an integer/],
    ['an axis of text', ({ x }) => x.sum({ axis: bad('0') }), /sum: axes is '0', but must be a list/],
    ['an axis twice', ({ x }) => x.sum({ axis: [0, -2] }), /sum: axes \[0, -2\] name an axis of \[2, 3\] twice/],
    ['an axis of a scalar', ({ s }) => s.sum({ axis: 0 }), /sum: axis 0 does not exist in \[\].*a scalar has no axes/],
    ['a list of axes instead of options', ({ x }) => x.sum(bad([0])), /sum: expects options like \{axis: 0.*given \[0\]/],
    ['a bare axis instead of options', ({ x }) => x.sum(bad(0)), /sum: expects options like \{axis: 0.*given 0/],
    ['null as options', ({ x }) => x.norm(bad(null)), /norm: expects options like \{axis: 0.*given null/],
    ['a bare axis for the variance', ({ x }) => x.var(bad(0)), /var: expects options like \{axis: 0.*given 0/],
    ['a correction of text', ({ x }) => x.var({ correction: bad('1') }), /var: correction is '1', but must be a finite number/],
    ['the largest complex number', ({ c }) => c.max(), /max: complex numbers have no order; use abs\(\)/],
    ['the largest of nothing', () => pv.zeros([0, 3]).max(), /max: .*\[0, 3\].*(no|empty|at least one)/],
    ['the position in nothing', () => pv.zeros([2, 0]).argmax({ axis: 1 }), /argmax: .*\[2, 0\].*(no|empty|at least one)/],
  ],
  views: [
    ['a reshape that does not fit', ({ x }) => x.reshape([4]), /reshape: \[2, 3\] has 6 elements, which do not fit \[4\]/],
    ['two open extents', ({ x }) => x.reshape([-1, -1]), /reshape: \[-1, -1\] leaves 2 extents open; only one/],
    ['an open extent that does not divide', ({ x }) => x.reshape([-1, 4]), /reshape: \[2, 3\] has 6 elements, which do not fit \[-1, 4\]/],
    ['an open extent beside zero', () => pv.zeros([0, 2]).reshape([-1, 0]), /reshape: \[0, 2\] has 0 elements, which do not fit \[-1, 0\]/],
    ['a shape that is a number', ({ x }) => x.reshape(bad(6)), /reshape: shape is 6, but must be a list/],
    ['axes that miss one', ({ x }) => x.transpose([0]), /transpose: axes \[0\] must name each of the 2 axes of \[2, 3\] once/],
    ['axes twice', ({ x }) => x.transpose([1, 1]), /transpose: axes \[1, 1\] must name each/],
    ['squeezing a wide axis', ({ x }) => x.squeeze(0), /squeeze: axis 0 of \[2, 3\] has 2 elements.*extent 1/],
    ['a slice outside', ({ x }) => x.slice([0, 4]), /slice: begin 4 of axis 1 lies outside \[2, 3\]; expected -3 to 3/],
    ['a fractional slice', ({ x }) => x.slice([0.5]), /slice: begin of axis 0 is 0\.5, but must be an integer/],
    ['a slice of NaN', ({ x }) => x.slice([0], [NaN]), /slice: end of axis 0 is NaN, but must be an integer/],
    ['a slice of too many axes', ({ x }) => x.slice([0, 0, 0]), /slice: names 3 axes, but the tensor has 2: \[2, 3\]/],
    ['a slice by numbers', ({ x }) => x.slice(bad(0)), /slice: begin is 0, but must be a list/],
    ['an end that is a number', ({ x }) => x.slice([0], bad(1)), /slice: end is 1, but must be a list/],
    ['positions outside', ({ x }) => x.take([3], { axis: 1 }), /take: position 3 lies outside the axis of 3 elements/],
    ['fractional positions', ({ x }) => x.take([0.5]), /take: position 0 is 0\.5, but must be an integer/],
    ['positions that are floats', ({ x, v }) => x.take(v), /take: positions are float\d\d, but must be int32; use astype\('int32'\)/],
    ['one number as positions', ({ x }) => x.take(bad(1)), /take: positions are 1, but must be an int32 tensor or a list/],
    ['negative padding', ({ v }) => v.pad([[-1, 0]]), /pad: width before axis 0 is -1, but must be a non-negative integer/],
    [
      'padding for too many axes',
      ({ v }) =>
        v.pad([
          [1, 1],
          [1, 1],
        ]),
      /pad: widths .* name 2 axes, but the tensor has 1: \[3\]/,
    ],
    ['padding that is no pair', ({ v }) => v.pad(bad([1])), /pad: width of axis 0 is 1, but must be a list/],
    [
      'a pad mode that is none',
      ({ v }) => v.pad([[1, 1]], { mode: bad('mirror') }),
      /pad: mode is 'mirror', but must be one of 'constant', 'reflect'/,
    ],
    [
      'reflecting more than there is',
      ({ v }) => v.pad([[3, 0]], { mode: 'reflect' }),
      /pad: mode 'reflect' can add at most 2 elements to axis 0 of \[3\], not 3/,
    ],
    ['wrapping more than there is', ({ v }) => v.pad([[0, 4]], { mode: 'circular' }), /pad: mode 'circular' can add at most 3/],
    ['a pad value of text', ({ v }) => v.pad([[1, 1]], { value: bad('0') }), /pad: value is '0', but must be a number/],
    ['flipping an axis that is not there', ({ v }) => v.flip(1), /flip: axis 1 does not exist in \[3\]/],
    ['a fractional roll', ({ v }) => v.roll(0.5, 0), /roll: shift of axis 0 is 0\.5, but must be an integer/],
    ['fewer shifts than axes', ({ x }) => x.roll([1], [0, 1]), /roll: was given 1 shifts for 2 axes/],
    ['an expand that does not fit', ({ x }) => x.expand([2, 4]), /expand: \[2, 3\] does not expand to \[2, 4\]/],
    ['joining different extents', ({ x, m }) => pv.concat([x, m]), /concat: shapes \[2, 3\] and \[4, 5\] differ off axis 0/],
    ['joining nothing', () => pv.concat([]), /concat: was given no tensor/],
    ['joining lists', ({ v }) => pv.concat(bad([v, [1]])), /concat: expects a tensor.*given \[1\]/],
    ['joining one tensor', ({ v }) => pv.concat(bad(v)), /concat: tensors is a Tensor, but must be a list/],
    ['stacking different shapes', ({ x, v }) => pv.stack([x, v]), /stack: shapes \[2, 3\] and \[3\] differ/],
    ['joining two arguments', ({ v }) => pv.concat(bad(v), bad(v)), /concat: expects options like \{axis: 0\}, but was given a Tensor/],
    ['joining scalars', ({ s }) => pv.concat([s, s]), /concat: axis 0 does not exist in \[\].*scalar/],
  ],
  einsum: [
    ['no arrow', ({ x }) => pv.einsum('ij', x), /einsum 'ij': expects letters like 'ij,jk->ik', with an arrow/],
    ['ellipses', ({ x }) => pv.einsum('...j->j', x), /einsum '\.\.\.j->j': expects letters/],
    ['an operand too few', ({ x }) => pv.einsum('ij,jk->ik', x), /names 2 operands but was given 1/],
    ['three operands', ({ x }) => pv.einsum('ij,jk,kl->il', x, x, x), /was given 3 operands, but takes one or two; combine them/],
    ['an operand of other rank', ({ x }) => pv.einsum('ijk->i', x), /operand 1 has 2 axes \[2, 3\], but 'ijk' names 3/],
    ['extents that differ', ({ x, m }) => pv.einsum('ij,jk->ik', x, m), /axis j is 3 in one place and 4 in another/],
    ['an output axis from nowhere', ({ x }) => pv.einsum('ij->ik', x), /output axis k is in no operand/],
    ['a diagonal', () => pv.einsum('ii->i', pv.ones([2, 2])), /named twice.*diagonals are not supported/],
    ['an equation that is a tensor', ({ x }) => pv.einsum(bad(x), x), /einsum: the equation is a Tensor, but must be text/],
    ['an operand that is a list', ({ v }) => pv.einsum('i,i->', v, bad([1, 2, 3])), /einsum: expects a tensor.*given \[1, 2, 3\]/],
  ],
  transforms: [
    ['a scalar', ({ s }) => pv.fft.fft(s), /fft: a scalar has no axis to transform/],
    ['a list', () => pv.fft.fft(bad([1, 2])), /fft: expects a tensor, but was given \[1, 2\]/],
    ['options that are a length', ({ v }) => pv.fft.fft(v, bad(4)), /fft: expects options like \{n: 8.*given 4/],
    [
      'a norm that is none',
      ({ v }) => pv.fft.fft(v, { norm: bad('foo') }),
      /fft: norm is 'foo', but must be one of 'backward', 'ortho', 'forward'/,
    ],
    ['half an axis', ({ x }) => pv.fft.ifft(x, { axis: 1.5 }), /ifft: axis is 1\.5, but must be an integer/],
    ['an axis that is not there', ({ x }) => pv.fft.fft(x, { axis: 2 }), /fft: axis 2 does not exist in \[2, 3\]/],
    ['length zero', ({ v }) => pv.fft.fft(v, { n: 0 }), /fft: length is 0, but must be a positive integer/],
    ['a fractional length', ({ v }) => pv.fft.rfft(v, { n: 2.5 }), /rfft: length is 2\.5, but must be a positive integer/],
    ['a real transform of complex numbers', ({ c }) => pv.fft.rfft(c), /rfft: expects a real tensor, but was given complex\d+; use fft/],
    ['one bin without a length', () => pv.fft.irfft(pv.ones([1])), /irfft: axis 0 of \[1\] gives a transform of length 0.*give the length/],
    ['two axes of a vector', ({ v }) => pv.fft.fft2(v), /fft2: axis -2 does not exist in \[3\]/],
    ['an axis twice', ({ x }) => pv.fft.fftn(x, { axes: [0, -2] }), /fftn: axes \[0, -2\] must name at least one axis, each once/],
    ['lengths for other axes', ({ x }) => pv.fft.rfft2(x, { s: [4] }), /rfft2: s \[4\] gives 1 lengths for 2 axes/],
    ['a length over 2²⁰', ({ v }) => pv.fft.fft(v, { n: 2 ** 21 }), /fft: length 2097152 along axis 0 is over the limit of 1048576/],
    ['no axes', ({ x }) => pv.fft.fftn(x, { axes: [] }), /fftn: axes \[\] must name at least one axis/],
    ['shifting an axis that is not there', ({ v }) => pv.fft.fftshift(v, { axes: 1 }), /fftshift: axis 1 does not exist in \[3\]/],
    ['negative counts of frequencies', () => pv.fft.fftfreq(-1), /fftfreq: n is -1, but must be a positive integer/],
    ['a spacing of zero', () => pv.fft.rfftfreq(4, { d: 0 }), /rfftfreq: d is 0, but must be a (finite|non-zero|positive)/],
  ],
  convolutions: [
    [
      'channels that differ',
      () => F.conv2d(pv.ones([2, 3, 8, 8]), pv.ones([8, 4, 3, 3])),
      /conv2d: weight \[8, 4, 3, 3\] expects 4 input channels, but x \[2, 3, 8, 8\] has 3/,
    ],
    [
      'groups that do not divide',
      ({ images }) => F.conv2d(images, pv.ones([5, 2, 3, 3]), null, { groups: 2 }),
      /conv2d: weight \[5, 2, 3, 3\] has 5 output channels, which 2 groups do not divide/,
    ],
    [
      'no groups',
      ({ images, weight }) => F.conv2d(images, weight, null, { groups: 0 }),
      /conv2d: groups is 0, but must be a positive integer/,
    ],
    [
      "'same' with a stride",
      ({ images, weight }) => F.conv2d(images, weight, null, { padding: 'same', stride: 2 }),
      /conv2d: padding 'same' needs stride 1, but stride is \[2, 2\]/,
    ],
    [
      'a kernel larger than the image',
      ({ images }) => F.conv2d(images, pv.ones([1, 4, 9, 3])),
      /conv2d: weight \[1, 4, 9, 3\].*is larger than x \[2, 4, 8, 8\] with its padding; pad more/,
    ],
    [
      'an image without batch',
      ({ weight }) => F.conv2d(pv.ones([4, 8, 8]), weight),
      /conv2d: x has shape \[4, 8, 8\], but must have 4 axes \[batch, channels, height, width\]/,
    ],
    [
      'a bias of other length',
      ({ images, weight, v }) => F.conv2d(images, weight, v),
      /conv2d: bias \[3\] expects 3 output channels, but the weight has 6/,
    ],
    [
      'a complex weight',
      ({ images }) => F.conv2d(images, pv.complex(pv.ones([6, 4, 3, 3]), 0)),
      /conv2d: weight is complex\d+, but convolutions take real tensors/,
    ],
    ['a weight that is a list', ({ images }) => F.conv2d(images, bad([[1]])), /conv2d: weight is \[\[1\]\], but must be a tensor/],
    ['no weight', ({ images }) => F.conv2d(images, bad(undefined)), /conv2d: weight is undefined, but must be a tensor/],
    [
      'options in place of the bias',
      ({ images, weight }) => F.conv2d(images, weight, bad({ padding: 1 })),
      /conv2d: bias is a Object, but must be a tensor/,
    ],
    [
      'options that are null',
      ({ images, weight }) => F.conv2d(images, weight, null, bad(null)),
      /conv2d: expects options like \{stride: 1.*given null/,
    ],
    [
      'a stride of zero',
      ({ images, weight }) => F.conv2d(images, weight, null, { stride: 0 }),
      /conv2d: stride is 0, but must be a positive integer/,
    ],
    [
      'a fractional stride',
      ({ images, weight }) => F.conv2d(images, weight, null, { stride: [1, 1.5] }),
      /conv2d: stride \(width\) is 1\.5, but must be a positive integer/,
    ],
    [
      'negative padding',
      ({ images, weight }) => F.conv2d(images, weight, null, { padding: -1 }),
      /conv2d: padding is -1, but must be a non-negative integer/,
    ],
    [
      'padding of text',
      ({ images, weight }) => F.conv2d(images, weight, null, { padding: bad('full') }),
      /conv2d: padding is 'full', but must be one of 'same', 'valid'/,
    ],
    [
      'three strides',
      ({ images, weight }) => F.conv2d(images, weight, null, { stride: [1, 1, 1] }),
      /conv2d: stride is \[1, 1, 1\], but must be a number or a pair/,
    ],
    [
      'dilation of NaN',
      ({ images, weight }) => F.conv2d(images, weight, null, { dilation: NaN }),
      /conv2d: dilation is NaN, but must be a positive integer/,
    ],
    [
      'an algorithm that is none',
      ({ images, weight }) => F.conv2d(images, weight, null, { algorithm: bad('winograd') }),
      /conv2d: algorithm is 'winograd', but must be one of 'auto', 'direct'/,
    ],
    [
      'a padding mode that is none',
      ({ images, weight }) => F.conv2d(images, weight, null, { paddingMode: bad('zero') }),
      /conv2d: paddingMode is 'zero', but must be one of 'zeros', 'reflect'/,
    ],
    [
      'reflecting more than the image',
      ({ images, weight }) => F.conv2d(images, weight, null, { padding: 8, paddingMode: 'reflect' }),
      /mode 'reflect' can add at most 7 elements/,
    ],
    ['a signal for conv2d', ({ signal, weight }) => F.conv2d(signal, weight), /conv2d: x has shape \[2, 4, 16\], but must have 4 axes/],
    [
      'channels of a signal',
      ({ signal }) => F.conv1d(signal, pv.ones([2, 3, 5])),
      /conv1d: weight \[2, 3, 5\] expects 3 input channels, but x \[2, 4, 16\] has 4/,
    ],
    [
      'an image for conv1d',
      ({ images }) => F.conv1d(images, pv.ones([2, 4, 5])),
      /conv1d: x has shape \[2, 4, 8, 8\], but must have 3 axes/,
    ],
    [
      'a transposed convolution of other channels',
      ({ images }) => F.convTranspose2d(images, pv.ones([3, 2, 3, 3])),
      /convTranspose2d: weight \[3, 2, 3, 3\] expects 3 input channels, but x \[2, 4, 8, 8\] has 4/,
    ],
    [
      'an output padding as large as the stride',
      ({ images }) => F.convTranspose2d(images, pv.ones([4, 2, 3, 3]), null, { stride: 2, outputPadding: 2 }),
      /outputPadding 2 must be smaller than the stride 2/,
    ],
    [
      'a transposed convolution padded to nothing',
      ({ images }) => F.convTranspose2d(images, pv.ones([4, 2, 3, 3]), null, { padding: 5 }),
      /convTranspose2d: the result would have shape \[2, 2, 0, 0\]; use less padding/,
    ],
    [
      'a transposed kernel without elements',
      ({ images }) => F.convTranspose2d(images, pv.ones([4, 2, 0, 3])),
      /convTranspose2d: weight \[4, 2, 0, 3\] has an empty kernel/,
    ],
    [
      "a transposed convolution with 'same'",
      ({ images }) => F.convTranspose2d(images, pv.ones([4, 2, 3, 3]), null, { padding: bad('same') }),
      /convTranspose2d: padding is 'same', but must be a number or a pair/,
    ],
    [
      'pooling without a kernel',
      ({ images }) => F.maxPool2d(images, bad({})),
      /maxPool2d: kernelSize is undefined, but must be a number or a pair/,
    ],
    [
      'pooling by a number',
      ({ images }) => F.avgPool2d(images, bad(2)),
      /avgPool2d: expects options like \{kernelSize: 2\}, but was given 2/,
    ],
    [
      'pooling windows larger than the image',
      ({ images }) => F.maxPool2d(images, { kernelSize: 9 }),
      /maxPool2d: the kernel \[9, 9\] is larger than x \[2, 4, 8, 8\]/,
    ],
    [
      'pooling with more padding than half a window',
      ({ images }) => F.maxPool2d(images, { kernelSize: 3, padding: 2 }),
      /maxPool2d: padding \[2, 2\] is more than half of the kernel/,
    ],
    [
      'pooling a matrix',
      ({ x }) => F.maxPool2d(x, { kernelSize: 2 }),
      /maxPool2d: x is \[2, 3\], but must be a tensor \[batch, channels, height, width\]/,
    ],
    ['pooling complex images', ({ images }) => F.maxPool2d(pv.complex(images, 1), { kernelSize: 2 }), /maxPool2d: .*complex.*(real|abs)/],
  ],
  layers: [
    ['features that differ', ({ x, m }) => F.linear(x, m), /linear: weight \[4, 5\] expects 5 features, but x \[2, 3\] has 3/],
    ['a weight that is a vector', ({ x, v }) => F.linear(x, v), /linear: weight has shape \[3\], but must be \[out, in\]/],
    ['a bias of other length', ({ x }) => F.linear(x, pv.ones([4, 3]), pv.ones([3])), /linear: bias \[3\] must be \[4\]/],
    ['an activation of a list', () => F.relu(bad([1, -1])), /relu: expects a tensor, but was given \[1, -1\]/],
    ['an activation of complex numbers', ({ c }) => F.gelu(c), /gelu: expects a real tensor, but was given complex/],
    ['softmax along no axis', ({ x }) => F.softmax(x, { axis: 5 }), /softmax: axis 5 does not exist in \[2, 3\]/],
    [
      'labels that are floats',
      ({ x }) => F.crossEntropy(x, pv.ones([2])),
      /crossEntropy: labels are float\d\d, but must be int32.*astype\('int32'\)/,
    ],
    ['labels that are a list', ({ x }) => F.crossEntropy(x, bad([0, 1])), /crossEntropy: labels are \[0, 1\], but must be an int32 tensor/],
    [
      'labels of another batch',
      ({ x, i }) => F.crossEntropy(x, i),
      /crossEntropy: logits \[2, 3\] and labels \[3\] must be \[batch, classes\] and \[batch\]/,
    ],
    ['a target of other shape', ({ x, v }) => F.mseLoss(x, v), /mseLoss: x \[2, 3\] and target \[3\] must have one shape/],
    [
      'batch statistics of a matrix',
      ({ x }) => F.batchNorm2d(x),
      /batchNorm2d: x has shape \[2, 3\], but must be \[batch, channels, height, width\]/,
    ],
    [
      'a scale for other channels',
      ({ images, v }) => F.batchNorm2d(images, { weight: v }),
      /batchNorm2d: weight has shape \[3\], but x has 4 channels; expected \[4\]/,
    ],
    [
      'a variance of one value',
      () => F.batchNorm2d(pv.ones([1, 2, 1, 1]), { training: true }),
      /has 1 value a channel; a variance needs at least 2/,
    ],
    [
      'a momentum of text',
      ({ images }) => F.batchNorm2d(images, { momentum: bad('x') }),
      /batchNorm2d: momentum is 'x', but must be a finite number/,
    ],
    ['dropping everything', ({ x }) => F.dropout(x, { p: 1 }), /dropout: p is 1, but must be at least 0 and less than 1/],
    ['dropping NaN', ({ x }) => F.dropout(x, { p: NaN }), /dropout: p is NaN/],
  ],
  gradients: [
    [
      'of many numbers',
      ({ w }) => w.mul(2).backward(),
      /backward: the result has shape \[3\].*sum\(\) or mean\(\), or pass the upstream gradient/,
    ],
    ['of nothing', ({ x }) => x.sum().backward(), /backward: this tensor depends on no tensor with requiresGrad.*set requiresGrad/],
    [
      'with an upstream of other shape',
      ({ w, x }) => w.mul(2).backward(x),
      /backward: the upstream gradient has shape \[2, 3\], but the result has \[3\]/,
    ],
    [
      'with an upstream that is a number',
      ({ w }) => w.mul(2).backward(bad(1)),
      /backward: the upstream gradient is 1, but must be a tensor/,
    ],
    ['with a complex upstream of a real result', ({ w }) => w.mul(2).backward(pv.complex(pv.ones([3]), 1)), /backward: .*complex.*real/],
    ['required of integers', ({ i }) => (i.requiresGrad = true), /requiresGrad: int32 tensors have no gradient; use astype\('float32'\)/],
    ['required of 1', ({ x }) => (x.requiresGrad = bad(1)), /requiresGrad is 1, but must be true or false/],
    ['set on a tensor without', ({ x, v }) => (x.grad = v), /grad: this tensor does not require a gradient; set requiresGrad first/],
    ['set to another shape', ({ w, x }) => (w.grad = x), /grad: the tensor has shape \[3\], but the gradient has \[2, 3\]/],
    ['set to a list', ({ w }) => (w.grad = bad([1, 2, 3])), /grad is \[1, 2, 3\], but must be a tensor or null/],
    [
      'taken away from a result',
      ({ w }) => (w.mul(2).requiresGrad = false),
      /only a tensor that gradients stop at can be changed; use detach\(\)/,
    ],
    ['as a function of no function', () => pv.grad(bad(3)), /grad: expects a function of tensors, but was given 3/],
    [
      'as a function with a bad argnum',
      () => pv.grad((a) => a, { argnums: -1 }),
      /grad: argnums is -1, but must be a non-negative integer/,
    ],
    ['as a function with text for argnums', () => pv.grad((a) => a, { argnums: bad('0') }), /grad: argnums is '0', but must be/],
    [
      'with respect to an argument that is none',
      ({ v }) => pv.grad((a) => a.sum(), { argnums: 1 })(v),
      /grad: argument 1 is undefined, but must be a tensor/,
    ],
    ['with respect to a list', () => pv.grad((a) => a.sum())(bad([1])), /grad: argument 0 is \[1\], but must be a tensor/],
    ['with respect to integers', ({ i }) => pv.grad((a) => a.sum())(i), /grad: int32 tensors have no gradient/],
    ['of a function that gives many numbers', ({ v }) => pv.grad((a) => a.mul(2))(v), /grad: the result has shape \[3\]/],
    ['of a function that gives a number', ({ v }) => pv.grad(bad(() => 3))(v), /grad: the function returned 3, but must return a tensor/],
    [
      'of an asynchronous function',
      ({ v }) => pv.grad(bad(() => Promise.resolve(v)))(v),
      /grad: the function returned a Promise, but must return a tensor/,
    ],
    [
      'a custom operation without backward',
      () => pv.customOp(bad({ forward: (a: pv.Tensor) => a })),
      /customOp: expects \{forward, backward\}/,
    ],
    ['a custom operation of nothing', () => pv.customOp(bad(undefined)), /customOp: expects \{forward, backward\}.*given undefined/],
    [
      'a custom forward that gives a number',
      ({ v }) => pv.customOp({ name: 'half', forward: bad(() => 0.5), backward: () => [null] })(v),
      /customOp half: forward returned 0\.5, but must return a tensor/,
    ],
    [
      'a custom operation of a list',
      () => pv.customOp({ name: 'half', forward: (a) => a, backward: () => [null] })(bad([1])),
      /customOp half: input 0 is \[1\], but must be a tensor/,
    ],
    [
      'a custom backward with too few gradients',
      ({ w, v }) =>
        pv
          .customOp({ name: 'f', forward: (a, b) => a.mul(b), backward: (g) => [g] })(w, v)
          .sum()
          .backward(),
      /customOp f: backward returned .*list of 2 gradients/,
    ],
    [
      'a custom backward that gives a tensor',
      ({ w }) =>
        pv
          .customOp({ name: 'f', forward: (a) => a.mul(2), backward: bad((g: pv.Tensor) => g) })(w)
          .sum()
          .backward(),
      /customOp f: backward returned a Tensor, but must return a list of 1 gradients/,
    ],
    [
      'a custom gradient of other shape',
      ({ w }) =>
        pv
          .customOp({ name: 'f', forward: (a) => a.mul(2), backward: (g) => [g.sum()] })(w)
          .sum()
          .backward(),
      /customOp f: gradient 0 has shape \[\], but its input has \[3\]/,
    ],
    [
      'a custom gradient that is a number',
      ({ w }) =>
        pv
          .customOp({ name: 'f', forward: (a) => a.mul(2), backward: bad(() => [2]) })(w)
          .sum()
          .backward(),
      /customOp f: gradient 0 is 2, but must be a tensor or null/,
    ],
    ['an asynchronous noGrad', () => pv.noGrad(() => Promise.resolve()), /noGrad: the function is asynchronous.*await outside/],
    ['an asynchronous tidy', () => pv.tidy(() => Promise.resolve()), /tidy: the function is asynchronous.*await outside/],
    ['tidy of a tensor', ({ x }) => pv.tidy(bad(x)), /tidy: expects a function, but was given a Tensor/],
  ],
  optimizers: [
    ['a tensor in place of the list', ({ w }) => new pv.optim.SGD(bad(w), { lr: 1 }), /SGD: parameters is a Tensor, but must be a list/],
    [
      'a parameter without requiresGrad',
      ({ x }) => new pv.optim.SGD([x], { lr: 1 }),
      /SGD: a parameter is Tensor\(\[2, 3\].*without requiresGrad, but must be a tensor with requiresGrad/,
    ],
    ['a parameter that is a list', () => new pv.optim.SGD(bad([[1, 2]]), { lr: 1 }), /SGD: a parameter is \[1, 2\], but must be a tensor/],
    ['a parameter twice', ({ w }) => new pv.optim.SGD([w, w], { lr: 1 }), /SGD: parameter 1 is listed twice/],
    ['no options', ({ w }) => new pv.optim.SGD([w], bad(undefined)), /SGD: expects options like \{lr: 0\.01\}, but was given undefined/],
    ['no learning rate', ({ w }) => new pv.optim.SGD([w], bad({})), /SGD: lr is undefined, but must be a (finite|non-negative) number/],
    ['a learning rate of NaN', ({ w }) => new pv.optim.SGD([w], { lr: NaN }), /SGD: lr is NaN, but must be a/],
    ['a negative learning rate', ({ w }) => new pv.optim.SGD([w], { lr: -0.1 }), /SGD: lr is -0\.1, but must be a non-negative number/],
    ['a momentum of text', ({ w }) => new pv.optim.SGD([w], { lr: 1, momentum: bad('0.9') }), /SGD: momentum is '0\.9', but must be/],
    [
      'Nesterov without momentum',
      ({ w }) => new pv.optim.SGD([w], { lr: 1, nesterov: true }),
      /SGD: nesterov needs a momentum, but momentum is 0/,
    ],
    [
      'a learning rate that became NaN',
      ({ w }) => {
        const optimizer = new pv.optim.SGD([w], { lr: 1 });
        optimizer.lr = NaN;
        return optimizer.step();
      },
      /SGD: lr is NaN, but must be/,
    ],
  ],
  reading: [
    ['many elements as one number', ({ x }) => x.item(), /item: the tensor has shape \[2, 3\], but only one element.*use data\(\)/],
    ['no element as a number', () => pv.zeros([0]).item(), /item: the tensor has shape \[0\]/],
    ['a complex number as a number', () => pv.complex(1, 2).item(), /item: the tensor is complex\d+.*real\(\), imag\(\) or abs\(\)/],
    ['a disposed tensor', ({ gone }) => gone.data(), /\[2\] float\d\d.*was disposed; keep it until its last use/],
    ['a disposed tensor as one number', ({ gone }) => gone.array(), /was disposed/],
    ['an operation on a disposed tensor', ({ gone, v }) => v.mul(gone), /was disposed/],
    ['a comparison with >', ({ v }) => number(v) > 0, /cannot be used in a condition or in arithmetic.*await t\.item\(\)/],
    ['arithmetic with +', ({ v }) => number(v) + 1, /cannot be used in a condition or in arithmetic.*a\.add\(b\)/],
    ['arithmetic with *', ({ v }) => 2 * number(v), /cannot be used in a condition or in arithmetic/],
    ['a tensor as a number', ({ v }) => Number(v), /cannot be used.*await t\.item\(\)/],
    ['a tensor with unary +', ({ v }) => +number(v), /cannot be used.*await t\.item\(\)/],
    // eslint-disable-next-line eqeqeq -- the loose comparison is what asks for a value
    ['a comparison with a number', ({ v }) => number(v) == 3, /cannot be used.*await t\.item\(\)/],
    ['Math functions', ({ v }) => Math.max(bad(v), 0), /cannot be used.*await t\.item\(\)/],
    ['an assignment of other shape', ({ v, x }) => v.assign(x), /assign: the tensor has shape \[3\], but the value has \[2, 3\]/],
    ['an assignment of a number', ({ v }) => v.assign(bad(3)), /assign: expects a tensor, but was given 3/],
    ['an assignment of a list', ({ v }) => v.assign(bad([1, 2, 3])), /assign: expects a tensor or a number, but was given \[1, 2, 3\]/],
    ['an assignment of complex to real', ({ x, c }) => x.assign(c), /complex\d+ cannot become float\d\d/],
    ['a device that does not exist', () => pv.setDevice(bad('gpu')), /'gpu' is no device; expected 'cpu', 'node'/],
    ['a device that is not here', () => pv.setDevice('webview'), /device 'webview' is not available here; available are cpu, node/],
  ],
};

describe('bad calls', () => {
  onEachDevice((device) => {
    let operands: Operands;
    before(async () => {
      operands = makeOperands();
      await pv.sync();
    });

    for (const [group, list] of Object.entries(rows)) {
      describe(group, () => {
        for (const [name, call, expected] of list) {
          it(name, async () => {
            const before = pv.memory();
            const message = await messageOf(() => call(operands));
            expect(message).to.match(expected);
            const { dispatches, submissions, buffers, plansBuilt, device: now } = pv.memory();
            expect({ dispatches, submissions, buffers, plansBuilt, device: now }).to.deep.equal({
              dispatches: before.dispatches,
              submissions: before.submissions,
              buffers: before.buffers,
              plansBuilt: before.plansBuilt,
              device: before.device,
            });
          });
        }
      });
    }

    it('nothing that was refused did any harm: the operands still have their values', async () => {
      const { x, w, i, images } = operands;
      expect(await x.array()).to.deep.equal([
        [1, 1, 1],
        [1, 1, 1],
      ]);
      expect(await w.array()).to.deep.equal([1, 2, 3]);
      expect(await i.array()).to.deep.equal([0, 1, 2]);
      expect(await images.sum().item()).to.equal(512);
      expect(w.grad).to.equal(null);
      w.mul(2).sum().backward();
      expect(await w.grad!.array()).to.deep.equal([2, 2, 2]);
      w.grad = null;
    });

    it('a template string shows what the tensor is, and an `if` cannot be caught: JavaScript asks no object for its truth', () => {
      expect(`${operands.x as unknown as string}`).to.match(new RegExp(`^Tensor\\(\\[2, 3\\], float\\d\\d, ${device}\\)$`));
      expect(Boolean(operands.x)).to.equal(true);
    });

    it('a result over the limit is refused at the flush, with the operation and the limit, and the next read works', async () => {
      if (device === 'cpu') return;
      const { x } = operands;
      const before = pv.memory();
      const row = pv.ones([1 << 16, 1]);
      const message = await messageOf(() => row.matmul(pv.ones([1, 1 << 16])).data());
      expect(message).to.match(/matmul.*\[.*65536, 65536\] float32 takes 17179869184 bytes, but.*binds at most \d+ bytes/);
      expect(pv.memory().buffers).to.equal(before.buffers);
      expect(await x.sum().item()).to.equal(6);
    });
  });

  it('float64 and complex128 exist on cpu only', async () => {
    await pv.setDevice('node');
    const x = pv.ones([2]);
    for (const call of [
      () => pv.zeros([2], { dtype: 'float64' }),
      () => x.astype('float64'),
      () => pv.randn([2], { dtype: 'complex128' }),
      () => x.to('node', { dtype: 'complex128' }),
      () => pv.arange(0, 3, 1, { dtype: 'float64' }),
    ]) {
      expect(await messageOf(call)).to.match(
        /(float64|complex128) exists on cpu only, and the device is node; use (float32|complex64), or device 'cpu'/,
      );
    }
  });

  it('there are at least 70 rows', () => {
    expect(Object.values(rows).flat().length).to.be.at.least(70);
  });
});
