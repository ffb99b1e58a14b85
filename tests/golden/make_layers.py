#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/golden/make_layers.py - what PyTorch computes for each layer and loss, for test_layers.c to be held against.

Writes layers.safetensors beside itself: `python3 make_layers.py` (Debian's python3-torch; made with 1.13.1). golden_case.py says what is in it.
"""
import torch
import torch.nn.functional as F

from golden_case import away_from_zero, case, nchw, nhwc, save


def dense(x, weight, bias):
    return F.linear(x, weight.t(), bias)


def conv2d(**options):
    return lambda x, kernel, bias: nhwc(F.conv2d(nchw(x), kernel.permute(3, 2, 0, 1), bias, **options))


def conv_transpose2d(**options):
    # kernel [KH,KW,out,in] here, (in, out, KH, KW) in PyTorch
    return lambda x, kernel, bias: nhwc(F.conv_transpose2d(nchw(x), kernel.permute(3, 2, 0, 1), bias, **options))


def batch_norm(x, gamma, beta):
    flat = x.reshape(-1, x.shape[-1])
    return F.batch_norm(flat, None, None, gamma, beta, training=True, eps=1e-3).reshape(x.shape)


def maxout(pieces):
    return lambda x, weight, bias: dense(x, weight, bias).reshape(x.shape[0], -1, pieces).max(dim=2).values


def embedding(weight, numbers):
    return F.embedding(numbers.long(), weight)


def same(x, kernel, bias, stride):
    """TensorFlow's SAME: the odd row and column of padding come last."""
    def pads(n, k):
        total = max((-(-n // stride) - 1) * stride + k - n, 0)
        return total // 2, total - total // 2

    top, bottom = pads(x.shape[1], kernel.shape[0])
    left, right = pads(x.shape[2], kernel.shape[1])
    padded = F.pad(nchw(x), (left, right, top, bottom))
    return nhwc(F.conv2d(padded, kernel.permute(3, 2, 0, 1), bias, stride=stride))


for i, (n, inputs, outputs) in enumerate([(3, 5, 4), (1, 1, 1), (7, 13, 2)]):
    case(f"dense{i}", dense, [away_from_zero(n, inputs), away_from_zero(inputs, outputs), away_from_zero(outputs)])

convolutions = [
    ((2, 8, 8, 2), (4, 4), 3, dict(stride=2, padding=1)),
    ((1, 5, 7, 3), (3, 2), 2, dict(stride=(1, 2), padding=(1, 0))),
    ((2, 7, 7, 1), (3, 3), 2, dict(stride=1, padding=2, dilation=2)),
    ((1, 1, 1, 1), (1, 1), 1, dict()),
]
for i, (shape, window, outputs, options) in enumerate(convolutions):
    kernel = away_from_zero(*window, shape[3], outputs)
    case(f"conv2d{i}", conv2d(**options), [away_from_zero(*shape), kernel, away_from_zero(outputs)])

transposed = [
    ((2, 4, 4, 3), (4, 4), 2, dict(stride=2, padding=1)),
    ((1, 3, 5, 2), (3, 3), 2, dict(stride=2, padding=1, output_padding=1)),
    ((1, 4, 3, 2), (3, 2), 1, dict(stride=(1, 3), padding=(2, 0), dilation=(2, 1))),
    ((1, 1, 1, 1), (4, 4), 1, dict()),
]
for i, (shape, window, outputs, options) in enumerate(transposed):
    kernel = away_from_zero(*window, outputs, shape[3])
    case(f"conv_transpose2d{i}", conv_transpose2d(**options), [away_from_zero(*shape), kernel, away_from_zero(outputs)])

for i, (shape, window, stride) in enumerate([((1, 7, 7, 2), 5, 2), ((2, 6, 5, 1), 4, 2), ((1, 8, 8, 2), 3, 3)]):
    kernel = away_from_zero(window, window, shape[3], 2)
    case(f"conv2d_same{i}", lambda x, k, b, s=stride: same(x, k, b, s), [away_from_zero(*shape), kernel, away_from_zero(2)])

for i, shape in enumerate([(6, 4), (2, 3, 5, 3), (5, 2, 2, 1)]):
    channels = shape[-1]
    case(f"batch_norm{i}", batch_norm, [away_from_zero(*shape), away_from_zero(channels), away_from_zero(channels)])

for i, (n, inputs, units, pieces) in enumerate([(3, 4, 2, 5), (1, 3, 1, 2), (5, 7, 3, 1)]):
    case(f"maxout{i}", maxout(pieces),
         [away_from_zero(n, inputs), away_from_zero(inputs, units * pieces), away_from_zero(units * pieces)])

for i, (classes, size, numbers) in enumerate([(5, 3, [4, 0, 4, 1]), (1, 1, [0]), (10, 7, [9, 9, 9])]):
    case(f"embedding{i}", embedding, [away_from_zero(classes, size)], constants=[torch.tensor(numbers)])

pools = [((2, 6, 6, 2), 2, 2, 0), ((1, 7, 5, 3), 3, 2, 1), ((1, 4, 4, 1), 2, 1, 0)]
for i, (shape, kernel, stride, padding) in enumerate(pools):
    case(f"max_pool2d{i}", lambda x, k=kernel, s=stride, p=padding: nhwc(F.max_pool2d(nchw(x), k, s, p)), [away_from_zero(*shape)])
    case(f"avg_pool2d{i}",
         lambda x, k=kernel, s=stride, p=padding: nhwc(F.avg_pool2d(nchw(x), k, s, p, count_include_pad=False)),
         [away_from_zero(*shape)])
for i, (shape, factor) in enumerate([((2, 3, 2, 2), 2), ((1, 1, 1, 1), 3), ((1, 5, 4, 1), 1)]):
    case(f"upsample{i}", lambda x, f=factor: nhwc(F.interpolate(nchw(x), scale_factor=f, mode="nearest")), [away_from_zero(*shape)])

activations = {
    "relu": torch.relu,
    "leaky_relu": lambda x: F.leaky_relu(x, 0.2),
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": F.softplus,
    "softmax": lambda x: torch.softmax(x, -1),
    "log_softmax": lambda x: torch.log_softmax(x, -1),
}
for name, function in activations.items():
    for i, shape in enumerate([(7,), (3, 5), (1, 1)]):
        case(f"{name}{i}", function, [3 * away_from_zero(*shape)])

for i, n in enumerate([1, 5, 8]):
    logits, target = 4 * away_from_zero(n, 1), torch.rand(n, 1).to(torch.float32).to(torch.float64)
    case(f"bce{i}", lambda x, t: F.binary_cross_entropy_with_logits(x, t), [logits], constants=[target])
    case(f"mse{i}", lambda x, t: F.mse_loss(x, t), [logits], constants=[target])
    case(f"hinge{i}", lambda x: F.relu(1 - x).mean(), [logits])
    numbers = torch.randint(0, 4, (n,))
    case(f"cross_entropy{i}", lambda x, t: F.cross_entropy(x, t.long()), [3 * away_from_zero(n, 4)], constants=[numbers])

# The elementary ops; shapes that broadcast in all the ways there are.
pairs = [((5,), (5,)), ((3, 4), (4,)), ((2, 3, 2), (1, 3, 1))]
binary = {"add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "maximum": torch.maximum, "minimum": torch.minimum}
for name, function in binary.items():
    for i, (a, b) in enumerate(pairs):
        case(f"{name}{i}", function, [2 * away_from_zero(*a), away_from_zero(*b)])
unary = {
    "neg": torch.neg,
    "scale": lambda x: -2.5 * x,
    "offset": lambda x: x + 0.75,
    "power": lambda x: torch.pow(x.abs() + 0.5, 2.5),
    "exp": torch.exp,
    "log": lambda x: torch.log(x * x + 0.5),
    "sqrt": lambda x: torch.sqrt(x * x + 0.5),
    "abs": torch.abs,
    "square": torch.square,
    "clamp": lambda x: torch.clamp(x, -0.6, 0.4) * x,
}
for name, function in unary.items():
    for i, shape in enumerate([(7,), (3, 5), (1, 1)]):
        case(f"{name}{i}", function, [2 * away_from_zero(*shape)])
case("sign0", lambda x: torch.sign(x) * x, [away_from_zero(3, 4)])
case("stop_gradient0", lambda x: x.detach() * x, [away_from_zero(3, 4)])
for i, axes in enumerate([(0,), (1, 2), (0, 2)]):
    case(f"sum{i}", lambda x, d=axes: x.square().sum(d), [away_from_zero(2, 3, 4)])
    case(f"mean{i}", lambda x, d=axes: x.square().mean(d), [away_from_zero(2, 3, 4)])
    case(f"max{i}", lambda x, d=axes: x.amax(d).square(), [away_from_zero(2, 3, 4)])
case("reshape0", lambda x: x.reshape(4, 6).square(), [away_from_zero(2, 3, 4)])
case("broadcast0", lambda x: x.expand(2, 3, 4).square(), [away_from_zero(3, 1)])
case("transpose0", lambda x: x.permute(2, 0, 1).square(), [away_from_zero(2, 3, 4)])
case("concat0", lambda x, y: torch.cat([x, y], 1).square(), [away_from_zero(2, 3, 2), away_from_zero(2, 1, 2)])
case("slice0", lambda x: x[:, 1:3].square(), [away_from_zero(2, 4, 2)])
case("pad0", lambda x: F.pad(x, (0, 0, 2, 1)).square(), [away_from_zero(2, 3, 2)])
case("gather_rows0", lambda x: x[[2, 0, 2]].square(), [away_from_zero(3, 2)])
case("scatter_rows0", lambda x: torch.zeros(4, 2).index_add(0, torch.tensor([2, 0, 2]), x).square(), [away_from_zero(3, 2)])
for i, (a, b) in enumerate([((2, 3), (3, 5)), ((3, 2), (3, 5)), ((2, 3), (5, 3)), ((3, 2), (5, 3))]):
    case(f"matmul{i}", lambda x, y, k=i: (x.t() if k & 1 else x) @ (y.t() if k & 2 else y), [away_from_zero(*a), away_from_zero(*b)])

save(__file__)
