"""Reference cases of the spectral layers, from formulas in PyTorch and SciPy that share nothing with the library's code, in float64.

Writes test/fixtures/spectral.safetensors, in the format of the other fixtures: an 8-byte length, a JSON header whose __metadata__.cases lists
{"name", "op", "args", "inputs", "outputs", "complex"}, and raw tensors named "<case>/<input or output>". Complex ones have a trailing axis of 2 and are
listed in "complex". "g" is the upstream gradient of L = sum(re(conj(g)·y)), "d<name>" the gradient of an input. Needs PyTorch and SciPy (Debian:
python3-torch, python3-scipy), and nothing in the build or the tests runs it:

    /usr/bin/python3 scripts/spectral-cases.py
"""

import json
import struct
from pathlib import Path

import numpy as np
import scipy.signal
import torch
from scipy.interpolate import CubicSpline

torch.set_default_dtype(torch.float64)
rng = np.random.default_rng(20261122)
cases, tensors = [], {}


def real(*shape):
    return torch.tensor(rng.standard_normal(shape).astype(np.float32).astype(np.float64), requires_grad=True)


def cplx(*shape):
    return torch.complex(real(*shape), real(*shape)).detach().requires_grad_()


def add(name, op, args, inputs, f):
    y = f(*inputs.values())
    g = (cplx if y.is_complex() else real)(*y.shape).detach()
    gradients = torch.autograd.grad(y, list(inputs.values()), g)
    parts = {**inputs, "g": g, "y": y, **{f"d{key}": d for key, d in zip(inputs, gradients)}}
    for key, value in parts.items():
        tensors[f"{name}/{key}"] = value.detach().resolve_conj().resolve_neg().numpy()
    cases.append(
        dict(
            name=name,
            op=op,
            args=args,
            inputs=[*inputs, "g"],
            outputs=["y", *(f"d{key}" for key in inputs)],
            complex=[key for key, value in parts.items() if value.is_complex()],
        )
    )


# ---- the Fourier neural operator, by sums over e^(2πi…) for each mode ----------------------------------------------------------------------------------


def waves(n, modes):
    return torch.exp(2j * np.pi * torch.outer(torch.arange(n), modes) / n)


def fno(x, positive, negative):
    """Every kept coefficient by its definition; back as a real field: kx > 0 stands for its mirror image, too."""
    h, w = x.shape[-2:]
    m1, m2 = positive.shape[-2:]
    ky = torch.cat((torch.arange(m1), torch.arange(-m1, 0)))
    rows, columns = waves(h, ky), waves(w, torch.arange(m2))
    spectrum = torch.einsum("bihw,hy,wx->biyx", x.to(torch.complex128), rows.conj(), columns.conj())
    mixed = torch.einsum("biyx,ioyx->boyx", spectrum, torch.cat((positive, negative), 2))
    twice = torch.tensor([1.0 if 2 * k in (0, w) else 2.0 for k in range(m2)])
    return torch.einsum("boyx,hy,wx,x->bohw", mixed, rows, columns, twice.to(torch.complex128)).real / (h * w)


for h, w, m1, m2 in ((12, 10, 3, 4), (9, 11, 4, 3), (8, 8, 4, 5)):
    inputs = dict(x=real(2, 3, h, w), positive=cplx(3, 4, m1, m2), negative=cplx(3, 4, m1, m2))
    add(f"fno_{h}x{w}_modes{m1}x{m2}", "fourierOperator", dict(modes=[m1, m2]), inputs, fno)


# ---- GFNet's filter, as a circular convolution in space by the full spectrum ----------------------------------------------------------------------------


def global_filter(x, weight):
    h, w = x.shape[-2:]
    kernel = torch.fft.irfft2(weight, s=(h, w))
    return sum(
        torch.roll(x, (i, j), (-2, -1)) * kernel[:, i : i + 1, j : j + 1] for i in range(h) for j in range(w)
    )


for h, w in ((6, 8), (7, 5)):
    add(f"globalFilter_{h}x{w}", "globalFilter", {}, dict(x=real(2, 3, h, w), weight=cplx(3, h, w // 2 + 1)), global_filter)


# ---- spectral pooling, as SciPy's resample along both axes, whose matrix is read off unit vectors -------------------------------------------------------


def resample_matrix(n, m):
    return torch.tensor(scipy.signal.resample(np.eye(n), m, axis=0))


for (h, w), (p, q) in (((12, 16), (6, 8)), ((12, 16), (5, 7)), ((9, 11), (4, 6)), ((9, 11), (5, 5)), ((8, 6), (8, 4)), ((6, 6), (1, 2))):

    def pool(x):
        return resample_matrix(h, p) @ x @ resample_matrix(w, q).T

    add(f"spectralPool2d_{h}x{w}_to_{p}x{q}", "spectralPool2d", dict(size=[p, q]), dict(x=real(2, 2, h, w)), pool)


# ---- smooth multipliers: SciPy's periodic interpolation, full spectra ------------------------------------------------------------------------------------


def interpolation_matrix(kind, n, k):
    nodes, places = np.arange(k + 1), np.arange(n) * k / n
    columns = []
    for unit in np.eye(k):
        values = np.append(unit, unit[0])
        columns.append(CubicSpline(nodes, values, bc_type="periodic")(places) if kind == "spline" else np.interp(places, nodes, values))
    return torch.tensor(np.stack(columns, 1)).to(torch.complex128)


def smooth(kind, log_size=None):
    def window(matrix, axis):
        if log_size is None:
            return matrix
        n = matrix.shape[0]
        offset = torch.tensor(np.fft.fftfreq(n, 1 / n))
        taps = torch.fft.ifft(matrix, dim=0) * torch.exp(-2 * (offset / torch.exp(log_size[axis])) ** 2)[:, None]
        return torch.fft.fft(taps, dim=0)

    def f(x, weight):
        (h, w), (kh, kw) = x.shape[-2:], weight.shape[-2:]
        rows, columns = window(interpolation_matrix(kind, h, kh), 0), window(interpolation_matrix(kind, w, kw), 1)
        multipliers = np.sqrt(kh * kw) * torch.einsum("hk,oikl,wl->oihw", rows, weight, columns)
        return torch.fft.ifft2(torch.einsum("bihw,oihw->bohw", torch.fft.fft2(x), multipliers.conj())).real

    return f


for kind in ("bilinear", "spline"):
    for h, w, kh, kw in ((12, 16, 3, 5), (9, 10, 4, 3)):
        inputs = dict(x=real(2, 2, h, w), weight=cplx(3, 2, kh, kw))
        add(f"smooth_{kind}_{h}x{w}_k{kh}x{kw}", "smoothSpectralConv", dict(interpolation=kind), inputs, smooth(kind))


def with_size(x, weight, logSize):
    return smooth("spline", logSize)(x, weight)


inputs = dict(x=real(2, 2, 12, 10), weight=cplx(3, 2, 5, 4), logSize=torch.tensor([1.125, 0.75], requires_grad=True))
add("smooth_spline_learned_size", "smoothSpectralConv", dict(interpolation="spline", learnSize=True), inputs, with_size)


# ---- kernels of complex coefficients --------------------------------------------------------------------------------------------------------------------


def rippel(x, weight, bias):
    kernel = torch.fft.irfft2(weight * torch.tensor([1.0] + [0.5**0.5] * (weight.shape[-1] - 1)), s=(5, 5), norm="ortho")
    return torch.nn.functional.conv2d(x, kernel, bias, padding=2)


inputs = dict(x=real(2, 2, 9, 8), weight=cplx(3, 2, 5, 3), bias=real(3))
add("spectralConv_5x5", "spectralConv", dict(kernelSize=5, padding=2), inputs, rippel)


# ---- writing -----------------------------------------------------------------------------------------------------------------------------------------------

header, blobs, at = {"__metadata__": {"cases": json.dumps(cases)}}, [], 0
for key, array in tensors.items():
    if np.iscomplexobj(array):
        array = np.stack([array.real, array.imag], -1)
    data = np.ascontiguousarray(array.astype("<f8")).tobytes()
    header[key] = dict(dtype="F64", shape=list(array.shape), data_offsets=[at, at + len(data)])
    blobs.append(data)
    at += len(data)
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
path = Path(__file__).parent.parent / "test/fixtures/spectral.safetensors"
path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))
print(f"{path}: {len(cases)} cases, {path.stat().st_size / 1e3:.0f} kB")
