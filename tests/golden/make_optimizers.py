#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/golden/make_optimizers.py - 20 steps of every optimizer on a small network, for test_optimizers.c to be held against.

Writes optimizers.safetensors beside itself: the loss before each step and the parameters after the last one. The network is
dense 6 -> 4, tanh, dense 4 -> 3, mean squared error; weights and data are drawn from the library's own random numbers (philox.py).
PyTorch's optimizers are used where PyTorch has them; Keras's form of Adam is written out from its formula.
"""
import pathlib

import torch

from philox import uniform
from safetensors_writer import write

SEED, STEPS = 23, 20
torch.set_default_dtype(torch.float64)
SHAPES = [("dense0.weight", (6, 4)), ("dense0.bias", (4,)), ("dense1.weight", (4, 3)), ("dense1.bias", (3,))]
x = torch.tensor(uniform(SEED, 1, (8, 6), -1, 1)).double()
target = torch.tensor(uniform(SEED, 2, (8, 3), -1, 1)).double()


class KerasAdam:
    """p -= rate sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + epsilon): epsilon is not divided by the correction."""
    def __init__(self, parameters, lr, betas=(0.9, 0.999), eps=1e-7):
        self.parameters, self.lr, self.betas, self.eps, self.t = list(parameters), lr, betas, eps, 0
        self.m = [torch.zeros_like(p) for p in self.parameters]
        self.v = [torch.zeros_like(p) for p in self.parameters]

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None

    def step(self):
        self.t += 1
        b1, b2 = self.betas
        rate = self.lr * (1 - b2**self.t) ** 0.5 / (1 - b1**self.t)
        with torch.no_grad():
            for p, m, v in zip(self.parameters, self.m, self.v):
                m.mul_(b1).add_(p.grad, alpha=1 - b1)
                v.mul_(b2).addcmul_(p.grad, p.grad, value=1 - b2)
                p -= rate * m / (v.sqrt() + self.eps)


OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "sgd_momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "sgd_nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "sgd_decay": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.5, weight_decay=0.01),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01),
    "rmsprop_momentum": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9, momentum=0.5, eps=1e-6),
    "adam": lambda p: torch.optim.Adam(p, lr=0.02),
    "adam_gan": lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.5, 0.999), weight_decay=0.01),
    "adam_keras": lambda p: KerasAdam(p, lr=0.02, betas=(0.5, 0.999), eps=1e-4),
}
tensors = {}
for name, make in OPTIMIZERS.items():
    parameters = [torch.tensor(uniform(SEED, 10 + i, shape, -0.5, 0.5)).double().requires_grad_()
                  for i, (_, shape) in enumerate(SHAPES)]
    optimizer, losses = make(parameters), []
    for _ in range(STEPS):
        w0, b0, w1, b1 = parameters
        loss = ((torch.tanh(x @ w0 + b0) @ w1 + b1 - target) ** 2).mean()
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    tensors[f"{name}/loss"] = torch.tensor(losses).float()
    for (parameter, _), value in zip(SHAPES, parameters):
        tensors[f"{name}/{parameter}"] = value.detach().float()
write(pathlib.Path(__file__).with_name("optimizers.safetensors"), tensors,
      {"made by": "make_optimizers.py, PyTorch " + torch.__version__})
