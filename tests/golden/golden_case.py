# SPDX-License-Identifier: MIT
"""tests/golden/golden_case.py - records what PyTorch computes for a case, for golden_case.h to be held against.

For each case, in this library's layouts (images NHWC, kernels HWIO, dense weights [in,out]):
    <case>/i<k>   inputs and parameters        <case>/y     the result
    <case>/w      weights of the sum s = sum(w y)            <case>/g<k>   ds/di<k>
    <case>/v<k>   weights of t = sum_k sum(v_k ds/di_k)      <case>/h<k>   dt/di<k>, the second order
Everything is computed in float64 and stored as float32, so the differences that the test finds are this library's rounding alone.
"""
import pathlib

import torch

from safetensors_writer import write

torch.manual_seed(20261123)
torch.set_default_dtype(torch.float64)
tensors = {}


def away_from_zero(*shape):
    """Random numbers of both signs, at least 0.1 from zero: no kink within a rounding error."""
    return (0.1 + 0.9 * torch.rand(shape)) * (2 * torch.randint(0, 2, shape) - 1)


def as_float32(x):
    return x.detach().to(torch.float32).to(torch.float64)


def case(name, function, inputs, second_order=True, constants=()):
    """Records a function of float inputs; constants (class numbers, say) are stored after them and have no gradient."""
    inputs = [as_float32(x).requires_grad_() for x in inputs]
    y = function(*inputs, *constants)
    w = as_float32(away_from_zero(*y.shape))
    s = (w * y).sum()
    gradients = torch.autograd.grad(s, inputs, create_graph=second_order)
    store = {f"i{k}": x for k, x in enumerate([*inputs, *constants])}
    store.update({"y": y, "w": w}, **{f"g{k}": g for k, g in enumerate(gradients)})
    if second_order:
        v = [as_float32(away_from_zero(*x.shape)) for x in inputs]
        t = sum((a * b).sum() for a, b in zip(v, gradients))
        h = torch.autograd.grad(t, inputs, allow_unused=True) if t.requires_grad else [None] * len(inputs)
        store.update({f"v{k}": x for k, x in enumerate(v)})
        store.update({f"h{k}": torch.zeros_like(x) if g is None else g for k, (x, g) in enumerate(zip(inputs, h))})
    for key, value in store.items():
        tensors[f"{name}/{key}"] = value.detach().to(torch.float32).contiguous()


def nchw(x):
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


def save(script):
    """Writes <name>.safetensors beside make_<name>.py."""
    path = pathlib.Path(script)
    made_by = path.name + ", PyTorch " + torch.__version__
    write(path.with_name(path.stem.replace("make_", "") + ".safetensors"), tensors, {"made by": made_by})
