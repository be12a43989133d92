"""What PyTorch's checks say of the ten wrong backwards of notebooks/09-gradient-detective.ipynb.

Writes notebooks/data/gradient-detective.json. Needs PyTorch (Debian: python3-torch), and nothing in the build or the tests runs it:

    /usr/bin/python3 scripts/gradient-detective.py
"""

import json
import time
from pathlib import Path

import torch
from torch.fft import fft2, irfft2, rfft2
from torch.nn.functional import conv2d, conv_transpose2d, pad

PERIOD = (10, 12)


def hat(a):
    return rfft2(a, s=PERIOD)


def back(a, h, w):
    return irfft2(a, s=PERIOD)[..., :h, :w]


def layer(x, w):
    return back(torch.einsum("scij,kcij->skij", hat(x), hat(w).conj()), 6, 10)


def layer_dx(g, w, right=True):
    return back(torch.einsum("skij,kcij->scij" if right else "skij,ckij->scij", hat(g), hat(w)), 10, 12)


def layer_dw(g, x):
    return back(torch.einsum("skij,scij->kcij", hat(g).conj(), hat(x)), 5, 3)


def filtered(x, w):
    return irfft2(rfft2(x) * w, s=(12, 16))


def hermitian(n, to):
    """Each bin of a half spectrum stands for two, but DC and Nyquist."""
    weights = torch.full((n // 2 + 1,), 2.0, dtype=to.real.dtype)
    weights[0] = weights[-1] = 1
    return weights


def filter_dw(g, x, weigh=True, right=True):
    product = (rfft2(x).conj() * rfft2(g)).sum(0) / (12 * 16)
    return (product if right else product.conj()) * (hermitian(16, product) if weigh else 1)


BLUR = torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16
KERNEL = torch.randn(1, 1, 5, 5, generator=torch.Generator().manual_seed(4))


def blur(x, norm):
    return irfft2(rfft2(x, norm=norm) * rfft2(BLUR.to(x.dtype), s=(12, 16)), s=(12, 16), norm="ortho")


def unblur(g, norm):
    return irfft2(rfft2(g, norm=norm) * rfft2(BLUR.to(g.dtype), s=(12, 16)).conj(), s=(12, 16), norm="ortho")


def same_dx(g, right):
    n = 24 if right else 20
    full = irfft2(rfft2(g, s=(n, n)) * rfft2(KERNEL.to(g.dtype), s=(n, n)), s=(n, n))
    return full.roll((-2, -2), (2, 3))[..., :20, :20]


class Stale:
    """A mask that is made once, for the first batch."""

    mask = None

    @classmethod
    def relu(cls, x):
        if cls.mask is None:
            cls.mask = x > 0
        return x.clamp(min=0)


Stale.relu(torch.randn(20, 20, generator=torch.Generator().manual_seed(7)))


def strided_dw(g, x, right):
    dilation = (2, 3) if right else (3, 2)
    return conv2d(x.transpose(0, 1), g.transpose(0, 1), dilation=dilation)[..., :3, :3].transpose(0, 1)


def g_conj(g):
    """The real gradient whose spectrum is the conjugate one: with it dW is Ĝ·X̂."""
    return irfft2(hat(g).conj(), s=PERIOD)


# forward, backward(right, g, *inputs), shapes of the inputs; a negative last extent stands for a complex input.
CONV = ((2, 3, 10, 12), (3, 3, 5, 3))
CASES = {
    "conjugate missing": (layer, lambda right, g, x, w: (layer_dx(g, w), layer_dw(g if right else g_conj(g), x)), CONV),
    "crop off by one": (lambda x: x[4:56, 4:56].clone(), lambda right, g, x: pad(g, (4, 4, 4, 4) if right else (5, 3, 4, 4)), ((60, 60),)),
    "norms mixed": (lambda x: blur(x, "ortho"), lambda right, g, x: unblur(g, "ortho" if right else "backward"), ((12, 16),)),
    "Hermitian weights missing": (filtered, lambda right, g, x, w: (filtered(g, w.conj()), filter_dw(g, x, weigh=right)), ((2, 12, 16), (12, -9))),
    "sum over the batch missing": (layer, lambda right, g, x, w: (layer_dx(g, w), layer_dw(g, x) if right else layer_dw(g[:1], x[:1])), CONV),
    "transform too small": (lambda x: conv2d(x, KERNEL.to(x.dtype), padding=2), lambda right, g, x: same_dx(g, right), ((1, 1, 20, 20),)),
    "mask stale": (Stale.relu, lambda right, g, x: g * ((x > 0) if right else Stale.mask), ((20, 20),)),
    "height and width swapped": (
        lambda x, w: conv2d(x, w, stride=(2, 3)),
        lambda right, g, x, w: (pad(conv_transpose2d(g, w, stride=(2, 3)), (0, 0, 0, 1)), strided_dw(g, x, right)),
        ((2, 2, 6, 12), (2, 2, 3, 3)),
    ),
    "channels swapped": (layer, lambda right, g, x, w: (layer_dx(g, w, right), layer_dw(g, x)), CONV),
    "sign of the imaginary part": (filtered, lambda right, g, x, w: (filtered(g, w.conj()), filter_dw(g, x, right=right)), ((2, 12, 16), (12, -9))),
}


def operation(forward, backward, right):
    class Operation(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *inputs):
            ctx.save_for_backward(*inputs)
            return forward(*inputs)

        @staticmethod
        def backward(ctx, g):
            return backward(right, g, *ctx.saved_tensors)

    return Operation.apply


def drawn(shapes, dtype):
    generator = torch.Generator().manual_seed(1)
    for shape in shapes:
        size = [abs(n) for n in shape]
        x = torch.randn(size, dtype=torch.float64, generator=generator)
        if shape[-1] < 0:
            x = torch.complex(x, torch.randn(size, dtype=torch.float64, generator=generator))
            x = x.to(torch.complex64 if dtype == torch.float32 else torch.complex128)
        yield (x if x.is_complex() else x.to(dtype)).requires_grad_()


def plain(f, inputs, tolerance, h=1e-3):
    """The check that people write themselves: float32, central differences of y.sum(), allclose with one tolerance."""
    analytic = torch.autograd.grad(f(*inputs).sum(), inputs)
    with torch.no_grad():
        for x, gradient in zip(inputs, analytic):
            numeric = torch.zeros_like(x)
            values, slopes = (torch.view_as_real(a).view(-1) if a.is_complex() else a.view(-1) for a in (x, numeric))
            for i in range(values.numel()):
                there = values[i].item()
                values[i] = there + h
                up = f(*inputs).sum()
                values[i] = there - h
                slopes[i] = (up - f(*inputs).sum()) / (2 * h)
                values[i] = there
            if not torch.allclose(gradient, numeric, rtol=tolerance, atol=tolerance):
                return False
    return True


def verdicts(forward, backward, shapes, right):
    f = operation(forward, backward, right)
    found = {}
    for name, check in {
        "normal": lambda: torch.autograd.gradcheck(f, tuple(drawn(shapes, torch.float64))),
        "fast": lambda: torch.autograd.gradcheck(f, tuple(drawn(shapes, torch.float64)), fast_mode=True),
        "plain": lambda: plain(f, tuple(drawn(shapes, torch.float32)), 1e-3),
        "loose": lambda: plain(f, tuple(drawn(shapes, torch.float32)), 1e-1),
    }.items():
        started = time.time()
        try:
            passed, says = check(), ""
        except RuntimeError as error:  # GradcheckError is one
            passed, says = False, str(error).splitlines()[0]
        found[name] = {"passed": passed, "says": says, "seconds": round(time.time() - started, 2)}
        print(f"  {'right' if right else 'wrong'} {name:7}", found[name])
    return found


if __name__ == "__main__":
    results = []
    for name, (forward, backward, shapes) in CASES.items():
        print(name)
        results.append({"case": name, "wrong": verdicts(forward, backward, shapes, False), "right": verdicts(forward, backward, shapes, True)})
    file = Path(__file__).resolve().parent.parent / "notebooks/data/gradient-detective.json"
    file.write_text(json.dumps({"torch": torch.__version__, "cases": results}, indent=2) + "\n")
