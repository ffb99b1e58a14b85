#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/golden/make_modules.py - what PyTorch computes for the layers that are made of others, or that look at labels or the batch.

Writes modules.safetensors beside itself: `python3 make_modules.py` (Debian's python3-torch; made with 1.13.1). golden_case.py says what is in it.
"""
import torch
import torch.nn.functional as F

from golden_case import away_from_zero, case, nchw, nhwc, save


def soft_labels(n, classes):
    return torch.softmax(torch.randn(n, classes), 1).to(torch.float32).to(torch.float64)


def conv(x, kernel, padding):
    return nhwc(F.conv2d(nchw(x), kernel.permute(3, 2, 0, 1), None, padding=padding))


# residual: an identity around a dense layer, a dense layer around two, an identity around a convolution
case("residual0", lambda x, w: x @ w + x, [away_from_zero(3, 4), away_from_zero(4, 4)])
case("residual1", lambda x, w, s: torch.tanh(x @ w) + x @ s, [away_from_zero(2, 3), away_from_zero(3, 5), away_from_zero(3, 5)])
case("residual2", lambda x, k: conv(x, k, 1) + x, [away_from_zero(2, 3, 4, 2), away_from_zero(3, 3, 2, 2)])

# join: two inputs, each with a dense layer; concatenated, added, multiplied
joins = [lambda a, b: torch.cat([a, b], 1), torch.add, torch.mul]
for i, join in enumerate(joins):
    case(f"join{i}", lambda x, y, a, b, f=join: f(x @ a, y @ b),
         [away_from_zero(3, 2), away_from_zero(3, 4), away_from_zero(2, 5), away_from_zero(4, 5)])

# label concat: rows, pixels, one of each
for i, (shape, classes) in enumerate([((3, 4), 2), ((2, 3, 2, 5), 3), ((1, 1, 1, 1), 1)]):
    def concat(x, label):
        rows = label.reshape(label.shape[0], *[1] * (x.dim() - 2), -1).expand(*x.shape[:-1], -1)
        return torch.cat([x, rows], -1).square()
    case(f"label_concat{i}", concat, [away_from_zero(*shape)], constants=[soft_labels(shape[0], classes)])


def conditional_batch_norm(x, weight, bias, label):
    flat = x.reshape(-1, x.shape[-1])
    normal = F.batch_norm(flat, None, None, training=True, eps=1e-3).reshape(x.shape)
    spread = [label.shape[0], *[1] * (x.dim() - 2), -1]
    return normal * (label @ weight).reshape(spread) + (label @ bias).reshape(spread)


for i, (shape, classes) in enumerate([((6, 4), 3), ((3, 2, 5, 2), 2), ((5, 2, 2, 1), 1)]):
    case(f"conditional_batch_norm{i}", conditional_batch_norm,
         [away_from_zero(*shape), away_from_zero(classes, shape[-1]), away_from_zero(classes, shape[-1])],
         constants=[soft_labels(shape[0], classes)])

for i, (n, size, classes) in enumerate([(3, 4, 5), (1, 1, 1), (7, 2, 3)]):
    case(f"projection{i}", lambda x, w, b, e, label: x @ w + b + ((label @ e) * x).sum(1, keepdim=True),
         [away_from_zero(n, size), away_from_zero(size, 1), away_from_zero(1), away_from_zero(classes, size)],
         constants=[soft_labels(n, classes)])


def normalised(w, u):
    """The weight [inputs, outputs] after one round of power iteration from u, as torch.nn.utils.spectral_norm has it."""
    with torch.no_grad():
        v = F.normalize(w @ u, dim=0, eps=1e-12)
        u = F.normalize(w.t() @ v, dim=0, eps=1e-12)
    return w / torch.dot(u, w.t() @ v)


def check_against_torch():
    layer = torch.nn.utils.spectral_norm(torch.nn.Linear(5, 3, bias=False))
    x, u = torch.randn(2, 5), layer.weight_u.clone()
    theirs = layer(x)  # one round
    torch.testing.assert_close(x @ normalised(layer.weight_orig.t().detach(), u), theirs.detach())


check_against_torch()
case("spectral_norm0", lambda x, w, u: x @ normalised(w, u), [away_from_zero(3, 5), away_from_zero(5, 4)],
     constants=[away_from_zero(4)])
case("spectral_norm1", lambda x, k, u: conv(x, normalised(k.reshape(-1, 3), u).reshape(k.shape), 0),
     [away_from_zero(1, 4, 3, 2), away_from_zero(2, 2, 2, 3)], constants=[away_from_zero(3)])


def transposed(x, k, u):
    """k [KH,KW,out,in]; PyTorch takes the outputs of a transposed convolution as the matrix's rows, too (dim 1 of its weight)."""
    outputs_last = k.permute(0, 1, 3, 2)
    w = normalised(outputs_last.reshape(-1, outputs_last.shape[-1]), u).reshape(outputs_last.shape)
    return nhwc(F.conv_transpose2d(nchw(x), w.permute(2, 3, 0, 1), None, stride=2))


case("spectral_norm2", transposed, [away_from_zero(1, 2, 3, 2), away_from_zero(2, 2, 3, 2)], constants=[away_from_zero(3)])


def minibatch_stddev(group):
    def of_group(x):
        deviation = (x.var(0, unbiased=False) + 1e-8).sqrt().mean()
        return torch.cat([x, deviation.expand(*x.shape[:-1], 1)], -1).square()

    return lambda x: torch.cat([of_group(rows) for rows in x.split(group)])


for i, (shape, group) in enumerate([((4, 3), 4), ((2, 3, 2, 5), 2), ((7, 1), 7), ((4, 3, 2, 2), 2), ((9, 5), 3)]):
    case(f"minibatch_stddev{i}", minibatch_stddev(group), [away_from_zero(*shape)])


def minibatch_discrimination(kernels):
    def function(x, weight):
        maps = (x @ weight).reshape(x.shape[0], kernels, -1)
        apart = (maps[:, None] - maps[None]).abs().sum(3)
        return torch.cat([x, torch.exp(-apart).sum(1) - 1], 1)
    return function


for i, (n, size, kernels, dimensions) in enumerate([(4, 3, 2, 3), (2, 5, 1, 1), (5, 2, 3, 2)]):
    case(f"minibatch_discrimination{i}", minibatch_discrimination(kernels),
         [away_from_zero(n, size), away_from_zero(size, kernels * dimensions)])


def gru(x, input_weight, input_bias, hidden_weight, hidden_bias):
    h = torch.zeros(x.shape[0], hidden_weight.shape[0])
    for t in range(x.shape[1]):
        h = torch.gru_cell(x[:, t], h, input_weight.t(), hidden_weight.t(), input_bias, hidden_bias)
    return h


for i, (n, steps, inputs, size) in enumerate([(3, 4, 2, 5), (1, 1, 1, 1), (2, 7, 3, 2)]):
    case(f"gru{i}", gru, [away_from_zero(n, steps, inputs), away_from_zero(inputs, 3 * size), away_from_zero(3 * size),
                          away_from_zero(size, 3 * size), away_from_zero(3 * size)])

save(__file__)
