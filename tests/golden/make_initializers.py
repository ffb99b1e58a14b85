#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/golden/make_initializers.py - how PyTorch's initialisers spread their numbers, for test_initializers.c to be held against.

Writes initializers.safetensors beside itself: `python3 make_initializers.py` (Debian's python3-torch; made with 1.13.1). For each kind and
shape: [mean, standard deviation, smallest, largest, quantiles 0.1, 0.25, 0.5, 0.75, 0.9] of a tensor of its own drawing, and the fans that PyTorch
computes for it, [fan_in, fan_out]. Two drawings differ by chance; the test says by how much.
"""
import pathlib

import torch
from torch.nn import init

from safetensors_writer import write

torch.manual_seed(20261123)
# in PyTorch's layouts: Linear (out, in), Conv2d (out, in, KH, KW), ConvTranspose2d (in, out, KH, KW)
shapes = {"dense": (200, 300), "conv2d": (80, 40, 4, 5), "conv_transpose2d": (50, 75, 4, 4)}
kinds = {
    "glorot_uniform": init.xavier_uniform_,
    "glorot_normal": init.xavier_normal_,
    "he_uniform": lambda x: init.kaiming_uniform_(x, nonlinearity="relu"),
    "he_normal": lambda x: init.kaiming_normal_(x, nonlinearity="relu"),
    "normal": lambda x: init.normal_(x, 0, 0.02),
    "uniform": lambda x: init.uniform_(x, -0.05, 0.05),
    "orthogonal": init.orthogonal_,
    "constant": lambda x: init.constant_(x, 0.3),
}
tensors = {}
for place, shape in shapes.items():
    tensors[f"{place}/fans"] = torch.tensor(init._calculate_fan_in_and_fan_out(torch.empty(shape)), dtype=torch.float32)
    for kind, fill in kinds.items():
        x = fill(torch.empty(shape)).flatten().double()
        quantiles = torch.quantile(x, torch.tensor([0.1, 0.25, 0.5, 0.75, 0.9], dtype=torch.float64))
        tensors[f"{place}/{kind}"] = torch.cat([torch.stack([x.mean(), x.std(), x.min(), x.max()]), quantiles]).float()
write(pathlib.Path(__file__).with_name("initializers.safetensors"), tensors,
      {"made by": "make_initializers.py, PyTorch " + torch.__version__})
