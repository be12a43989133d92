"""PyTorch on the CPU: `pytorch.py THREADS float32|float64` computes workloads that are asked for on stdin.

Requests and answers are one line of JSON, followed by the raw little-endian values of the arrays that the line lists. In float64 it is the
truth that the others are held against; there, convolutions go by the convolution theorem, because direct ones in double take minutes.
"""

import json
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

THREADS, PRECISION = int(sys.argv[1]), sys.argv[2]
torch.set_num_threads(THREADS)
REAL = {"float32": torch.float32, "float64": torch.float64}[PRECISION]
DTYPES = {"float32": np.float32, "float64": np.float64, "int32": np.int32}


def complex_tensor(x):
    return torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2).contiguous())


def conv(x, w, padding):
    """Cross-correlation with stride 1."""
    if REAL == torch.float32:
        return F.conv2d(x, w, padding=padding)
    x = F.pad(x, (padding,) * 4)
    period, k = x.shape[-2:], w.shape[-1]
    spectrum = torch.einsum("schw,kchw->skhw", torch.fft.rfft2(x), torch.fft.rfft2(w, s=period).conj())
    return torch.fft.irfft2(spectrum, s=period)[..., : period[0] - k + 1, : period[1] - k + 1]


class Transform:
    def __init__(self, workload, inputs):
        (x,) = inputs
        self.transform = torch.fft.fft if workload["kind"] == "fft" else torch.fft.rfft2
        self.x = complex_tensor(x) if workload["kind"] == "fft" else x

    def run(self):
        self.y = self.transform(self.x)

    def result(self):
        return [torch.view_as_real(self.y)]


class Conv:
    def __init__(self, workload, inputs):
        self.x, self.w, self.g = inputs
        self.x.requires_grad_()
        self.w.requires_grad_()
        self.padding = workload["padding"]

    def run(self):
        y = conv(self.x, self.w, self.padding)
        self.results = [y, *torch.autograd.grad(y, [self.w, self.x], self.g)]

    def result(self):
        return self.results


class Chain:
    def __init__(self, workload, inputs):
        self.steps, self.gradient = workload["steps"], workload["gradient"]
        self.inputs = [x.requires_grad_(self.gradient) for x in inputs]

    def run(self):
        x, row, column = self.inputs
        named = {"x": x, "row": row, "column": column}
        y = x
        for step in self.steps:
            operand = step.get("operand")
            y = getattr(y, step["name"])(*([] if operand is None else [named.get(operand, operand)]))
        self.results = [y]
        if self.gradient:
            self.results += torch.autograd.grad(y.sum(), self.inputs)

    def result(self):
        return self.results


class Train:
    def __init__(self, workload, inputs):
        self.x, labels, *self.parameters = inputs
        self.labels = labels.long()
        self.padding = (workload["kernel"] - 1) // 2
        for parameter in self.parameters:
            parameter.requires_grad_()
        self.optimizer = torch.optim.SGD(self.parameters, lr=workload["learningRate"])
        self.losses = []

    def run(self):
        w1, b1, w2, b2, w3, b3, w4, b4, w5, b5, w6, b6 = self.parameters
        layer = lambda x, w, b: F.relu(conv(x, w, self.padding) + b.reshape(1, -1, 1, 1))
        x = layer(F.max_pool2d(layer(self.x, w1, b1), 2), w2, b2)
        x = layer(x, w3, b3).flatten(1)
        logits = F.linear(F.relu(F.linear(F.relu(F.linear(x, w4, b4)), w5, b5)), w6, b6)
        loss = F.cross_entropy(logits, self.labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.losses.append(loss.detach())

    def result(self):
        return [torch.stack(self.losses)]


PROGRAMS = {"fft": Transform, "rfft2": Transform, "conv": Conv, "chain": Chain, "train": Train}
programs = {}


def read_array(about):
    dtype = np.dtype(DTYPES[about["dtype"]])
    values = np.frombuffer(sys.stdin.buffer.read(about["count"] * dtype.itemsize), dtype)
    # Complex rows are twice as long.
    x = torch.from_numpy(values.copy()).reshape(*about["shape"][:-1], -1)
    return x.to(REAL) if x.is_floating_point() else x


def answer(request):
    if request["do"] == "prepare":
        inputs = [read_array(about) for about in request["inputs"]]
        programs[request["program"]] = PROGRAMS[request["workload"]["kind"]](request["workload"], inputs)
        return {"done": "prepare"}, []
    if request["do"] == "run":
        program = programs[request["program"]]
        begin = time.perf_counter()
        program.run()
        return {"done": "run", "ms": (time.perf_counter() - begin) * 1000}, []
    if request["do"] == "dispose":
        del programs[request["program"]]
        return {"done": "dispose"}, []
    arrays = [x.detach().contiguous().numpy() for x in programs[request["program"]].result()]
    return {"done": "result", "results": [{"dtype": PRECISION, "count": x.size} for x in arrays]}, arrays


def say(message, arrays=()):
    sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")
    for x in arrays:
        sys.stdout.buffer.write(x.tobytes())
    sys.stdout.buffer.flush()


say({"version": torch.__version__})
for line in sys.stdin.buffer:
    try:
        say(*answer(json.loads(line)))
    except Exception as error:  # The bench shows it under the peer's name.
        say({"failed": f"{type(error).__name__}: {error}"})
