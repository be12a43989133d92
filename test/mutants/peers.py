# What two other checks say of the same bugs: torch.autograd.gradcheck in fast mode, and central differences in float32 as people write them.
# Each bug is an autograd.Function whose backward returns the wrong gradient by its formula. Prints JSON.
import importlib
import json
import math

import torch
import torch.nn.functional as F

torch.manual_seed(0)
# Where fast mode fails it computes whole Jacobians for the words of its error, gigabytes of them for an image of 128×128; only whether it fails is asked here.
importlib.import_module('torch.autograd.gradcheck')._run_slow_mode_and_get_error = lambda *_, **__: 'the gradients disagree'


def operation(forward, backward):
    """A function with a backward of its own: backward(g, *inputs) gives the gradients."""

    class Operation(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *inputs):
            ctx.save_for_backward(*inputs)
            return forward(*inputs)

        @staticmethod
        def backward(ctx, g):
            return backward(g, *ctx.saved_tensors)

    return Operation.apply


def right_gradients(forward, g, *inputs):
    with torch.enable_grad():
        leaves = [x.detach().requires_grad_() for x in inputs]
        return torch.autograd.grad(forward(*leaves), leaves, g, allow_unused=True)


def changed(forward, change):
    """The right backward with something done to its gradients."""
    return lambda g, *inputs: change(right_gradients(forward, g, *inputs), g, inputs)


def shifted(x, axis, by):
    """x moved by one, zeros coming in."""
    moved = torch.roll(x, by, axis)
    index = 0 if by > 0 else -1
    moved.select(axis, index).zero_()
    return moved


def spectra(x, s):
    return torch.fft.rfft2(x, s=s)


def planes(spectrum, s, extents):
    return torch.fft.irfft2(spectrum, s=s)[..., : extents[0], : extents[1]]


def conv_case(size, kernel, padding=(0, 0), stride=(1, 1), samples=2, channels=2, filters=3):
    x = torch.randn(samples, channels, *size, dtype=torch.float64)
    w = torch.randn(filters, channels, *kernel, dtype=torch.float64) / math.sqrt(channels * kernel[0] * kernel[1])
    return (lambda x, w: F.conv2d(x, w, padding=padding, stride=stride)), [x, w]


def dw_without_conjugate(g, x, w):
    s = (x.shape[2], x.shape[3])
    product = torch.einsum('skij,scij->kcij', spectra(g, s), spectra(x, s))
    return right_gradients(F.conv2d, g, x, w)[0], planes(product, s, w.shape[2:])


def dx_with_conjugate(g, x, w):
    s = (x.shape[2], x.shape[3])
    product = torch.einsum('skij,kcij->scij', spectra(g, s), spectra(w, s).conj())
    return planes(product, s, s), right_gradients(F.conv2d, g, x, w)[1]


def dx_too_small(g, x, w):
    s = (x.shape[2] - 2, x.shape[3] - 2)
    wrapped = planes(torch.einsum('skij,kcij->scij', spectra(g, s), spectra(w, s)), s, s)
    dx = torch.zeros_like(x)
    dx[:, :, : s[0], : s[1]] = wrapped
    return dx, right_gradients(F.conv2d, g, x, w)[1]


def dx_without_flip(g, x, w):
    turned = w.flip(2, 3)
    return right_gradients(F.conv2d, g, x, turned)[0], right_gradients(F.conv2d, g, x, w)[1]


def real_filter():
    """A fixed filter of spectra, as parameters that matter."""
    return torch.randn(3, 5, dtype=torch.complex128)


def weighed(g, n, weight):
    bins = torch.arange(g.shape[-1])
    own = (bins == 0) | (2 * bins == n)
    return g * torch.where(own, torch.ones(()), torch.full((), weight)).to(g.dtype)


def rfft_without_weight(g, x):
    n = x.shape[-1]
    return (torch.fft.irfft(g, n=n) * n,)


def rfft_weight_of_dc(g, x):
    n = x.shape[-1]
    h = weighed(g, n, 0.5)
    h = torch.cat([h[..., :1] * 0.5, h[..., 1:]], -1)
    return (torch.fft.irfft(h, n=n) * n,)


def irfft_without_weight(g, x):
    n = 8
    return (torch.fft.rfft(g) / n,)


def irfft_weight_of_nyquist(g, x):
    n = 8
    h = weighed(torch.fft.rfft(g) / n, n, 2.0)
    return (torch.cat([h[..., :-1], 2 * h[..., -1:]], -1),)


def fft_same_direction(g, x):
    return (torch.fft.fft(g),)


def magnitude_with_conjugate(g, x):
    return (torch.sgn(x).conj() * g,)


def normalize(x):
    mean = x.mean((0, 2, 3), keepdim=True)
    return (x - mean) / torch.sqrt(((x - mean) ** 2).mean((0, 2, 3), keepdim=True) + 1e-5)


def mean_detached(g, x):
    def f(x):
        mean = x.mean((0, 2, 3), keepdim=True).detach()
        return (x - mean) / torch.sqrt(((x - mean) ** 2).mean((0, 2, 3), keepdim=True) + 1e-5)

    return right_gradients(f, g, x)


def variance_detached(g, x):
    def f(x):
        mean = x.mean((0, 2, 3), keepdim=True)
        return (x - mean) / torch.sqrt(((x - mean) ** 2).mean((0, 2, 3), keepdim=True) + 1e-5).detach()

    return right_gradients(f, g, x)


def at_smallest(g, x):
    return tuple(-d for d in right_gradients(lambda x: F.max_pool2d(-x, 2), g, x))


def cases():
    """(bug, note, forward, inputs, wrong backward)"""
    real = lambda *shape: torch.randn(*shape, dtype=torch.float64)
    complex_ = lambda *shape: torch.randn(*shape, dtype=torch.complex128)
    conv, xw = conv_case((9, 10), (4, 3))
    yield 'conv dW: conjugate missing', '', conv, xw, dw_without_conjugate
    yield 'conv dX: conjugate too many', '', conv, xw, dx_with_conjugate
    yield 'conv dX: flip missing', '', conv, xw, dx_without_flip
    yield 'conv dX: transform too small', '', conv, xw, dx_too_small
    yield 'conv dX: 1/N missing', 'N = 90', conv, xw, changed(conv, lambda d, g, i: (d[0] * 90, d[1]))
    yield 'conv dX: crop off by one', 'image 9×10', conv, xw, changed(conv, lambda d, g, i: (shifted(d[0], 2, 1), d[1]))
    smooth, large = conv_case((128, 128), (5, 5), padding=(2, 2), samples=1, channels=1, filters=1)
    yield 'conv dX: crop off by one, image 128×128', '5×5 kernel', smooth, large, changed(
        smooth, lambda d, g, i: (shifted(d[0], 2, 1), d[1])
    )
    yield 'conv dW: crop off by one', '', conv, xw, changed(conv, lambda d, g, i: (d[0], shifted(d[1], 3, 1)))
    yield 'conv dW: crop off by one, image 128×128', '5×5 kernel, around the edge', smooth, large, changed(
        smooth, lambda d, g, i: (d[0], torch.roll(d[1], 1, 3))
    )
    padded, xp = conv_case((9, 10), (4, 3), padding=(2, 1))
    yield 'conv dW: padding off by one', '', padded, xp, changed(
        padded, lambda d, g, i: (d[0], right_gradients(lambda x, w: padded(shifted(x, 2, 1), w), g, *i)[1])
    )
    yield 'conv dW: batch sum incomplete', 'the first of two samples missing', conv, xw, changed(
        conv, lambda d, g, i: (d[0], right_gradients(conv, torch.cat([0 * g[:1], g[1:]]), *i)[1])
    )
    yield 'conv dW: a row is not summed', '', conv, xw, changed(
        conv, lambda d, g, i: (d[0], right_gradients(conv, torch.cat([0 * g[:, :, :1], g[:, :, 1:]], 2), *i)[1])
    )
    yield 'conv dX: sum over output channels incomplete', '', conv, xw, changed(
        conv, lambda d, g, i: (right_gradients(conv, torch.cat([0 * g[:, :1], g[:, 1:]], 1), *i)[0], d[1])
    )
    strided, xs = conv_case((9, 9), (3, 3), stride=(2, 1))

    def apart(g, stride, shape):
        full = torch.zeros(*g.shape[:2], *shape, dtype=g.dtype)
        some = full[:, :, :: stride[0], :: stride[1]][:, :, : g.shape[2], : g.shape[3]]
        some += g[:, :, : some.shape[2], : some.shape[3]]
        return full

    def at_stride_one(stride):
        return lambda d, g, i: right_gradients(F.conv2d, apart(g, stride, (7, 7)), *i)

    yield 'conv dW: strides swapped', '', strided, xs, changed(strided, at_stride_one((1, 2)))
    yield 'conv dW: stride ignored', '', strided, xs, changed(strided, at_stride_one((1, 1)))
    yield 'rfft: Hermitian weight missing', '', torch.fft.rfft, [real(3, 8)], rfft_without_weight
    yield 'rfft: weight of DC', '', torch.fft.rfft, [real(3, 8)], rfft_weight_of_dc
    yield 'irfft: Hermitian weight missing', '', (lambda x: torch.fft.irfft(x, n=8)), [complex_(3, 5)], irfft_without_weight
    yield 'irfft: weight of Nyquist', '', (lambda x: torch.fft.irfft(x, n=8)), [complex_(3, 5)], irfft_weight_of_nyquist
    yield 'fft: direction not reversed', '', torch.fft.fft, [complex_(3, 7)], fft_same_direction
    yield 'complex product: conjugate missing', '', (lambda a, b: a * b), [complex_(4, 5), complex_(4, 5)], lambda g, a, b: (g * b, g * a)
    yield 'magnitude: conjugate too many', '', torch.abs, [complex_(3, 7)], magnitude_with_conjugate
    yield 'sigmoid: wrong derivative', '', torch.sigmoid, [real(4, 7)], lambda g, x: (g * torch.sigmoid(x) ** 2,)
    yield 'relu: mask missing', '', torch.relu, [real(4, 7)], lambda g, x: (g,)
    yield 'matmul: transpose missing', '', torch.matmul, [real(3, 4), real(4, 4)], lambda g, a, b: (g @ b, a.T @ g)
    yield 'broadcast: sum missing', '', (lambda a, b: a * b), [real(3, 4, 5), real(4, 1)], lambda g, a, b: (g * b, (g * a)[0, :, :1])
    yield 'slice: put back off by one', '', (lambda x: x[1:5, 2:6] ** 2), [real(6, 9)], changed(
        lambda x: x[1:5, 2:6] ** 2, lambda d, g, i: (torch.roll(d[0], (-1, -1), (0, 1)),)
    )
    yield 'roll: wrong direction', '', (lambda x: torch.roll(x, 2, 1)), [real(4, 7)], lambda g, x: (torch.roll(g, 2, 1),)
    yield 'sum: doubled', '', (lambda x: x.square().sum(1)), [real(3, 4, 5)], lambda g, x: (4 * x * g[:, None],)
    yield 'batch normalization: mean detached', '', normalize, [real(3, 2, 3, 4)], mean_detached
    yield 'batch normalization: variance detached', '', normalize, [real(3, 2, 3, 4)], variance_detached
    yield 'log softmax: sum detached', '', (lambda x: torch.log_softmax(x, 1)), [real(4, 5)], lambda g, x: (g,)
    yield 'cross entropy: mean forgotten', '', (lambda x: F.cross_entropy(x, torch.tensor([0, 3, 2, 1]))), [real(4, 5)], changed(
        lambda x: F.cross_entropy(x, torch.tensor([0, 3, 2, 1])), lambda d, g, i: (4 * d[0],)
    )
    yield 'average pooling: factor missing', '', (lambda x: F.avg_pool2d(x, (3, 2), (2, 1))), [real(2, 3, 6, 7)], changed(
        lambda x: F.avg_pool2d(x, (3, 2), (2, 1)), lambda d, g, i: (6 * d[0],)
    )
    yield 'max pooling: wrong position', '', (lambda x: F.max_pool2d(x, 2)), [real(2, 3, 6, 8)], at_smallest


def fast_mode(f, inputs):
    """gradcheck in float64 with its default tolerances."""
    try:
        return torch.autograd.gradcheck(f, [x.detach().requires_grad_() for x in inputs], fast_mode=True)
    except (RuntimeError, AssertionError):
        return False


def plain(f, inputs, step=1e-3, tolerance=1e-3, most=64):
    """Central differences of the sum in float32, at up to 64 elements of each input; errors relative to the gradient."""
    single = [x.to(torch.complex64 if x.is_complex() else torch.float32) for x in inputs]

    def loss(*values):
        y = f(*values)
        return (torch.view_as_real(y) if y.is_complex() else y).sum()

    leaves = [x.clone().requires_grad_() for x in single]
    gradients = torch.autograd.grad(loss(*leaves), leaves)
    for at, (x, gradient) in enumerate(zip(single, gradients)):
        flat = (torch.view_as_real(x) if x.is_complex() else x).reshape(-1)
        analytic = (torch.view_as_real(gradient.resolve_conj()) if gradient.is_complex() else gradient).reshape(-1)
        chosen = torch.randperm(len(flat), generator=torch.Generator().manual_seed(1))[:most]
        numeric = torch.zeros(len(chosen))
        for i, element in enumerate(chosen):
            values = []
            for sign in (1, -1):
                moved = flat.clone()
                moved[element] += sign * step
                other = torch.view_as_complex(moved.reshape(*x.shape, 2)) if x.is_complex() else moved.reshape(x.shape)
                values.append(loss(*[other if j == at else y for j, y in enumerate(single)]).item())
            numeric[i] = (values[0] - values[1]) / (2 * step)
        error = (analytic[chosen] - numeric).norm() / max(numeric.norm().item(), 1e-12)
        if not error <= tolerance:
            return False
    return True


def main():
    bugs = []
    for bug, note, forward, inputs, wrong in cases():
        right = operation(forward, lambda g, *i, forward=forward: right_gradients(forward, g, *i))
        planted = operation(forward, wrong)
        passes = {check.__name__: (not check(planted, inputs), check(right, inputs)) for check in (fast_mode, plain)}
        words = lambda name: {'findsBug': bool(passes[name][0]), 'passesRight': bool(passes[name][1])}
        bugs.append({'bug': bug, 'note': note, 'fast': words('fast_mode'), 'plain': words('plain')})
    print(json.dumps({'torch': torch.__version__, 'bugs': bugs}))


main()
