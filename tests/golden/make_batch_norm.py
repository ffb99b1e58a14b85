#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/golden/make_batch_norm.py - five updates of batch norm's averages and inference with them, for test_batch_norm.c.

Writes batch_norm.safetensors beside itself. PyTorch's momentum is the weight of the new value, the library's and Keras's that of the old one:
0.1 there is 0.9 here. PyTorch stores the unbiased variance (n-1), Keras 3 and the library the biased one (n): both are in the file, made by
PyTorch's own layer and by its rule with n in place of n-1.
"""
import pathlib

import torch

from safetensors_writer import write

torch.manual_seed(5)
torch.set_default_dtype(torch.float64)
tensors = {}
for case, (shape, keep) in enumerate([((6, 3), 0.9), ((2, 3, 4, 2), 0.8), ((5, 4), 0.99)]):
    channels = shape[-1]
    batches = (2 * torch.randn(5, *shape) + 0.5).to(torch.float32).to(torch.float64)
    weight, bias = torch.rand(channels).float().double() + 0.5, torch.rand(channels).float().double()
    layer = torch.nn.BatchNorm1d(channels, eps=1e-3, momentum=1 - keep)
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)
    biased = torch.ones(channels)
    for x in batches:
        flat = x.reshape(-1, channels)
        trained = layer(flat)
        biased = keep * biased + (1 - keep) * flat.var(0, unbiased=False)
    x = batches[0].reshape(-1, channels)
    inferred = (x - layer.running_mean) / torch.sqrt(biased + 1e-3) * weight + bias
    tensors.update({f"{case}/batches": batches, f"{case}/weight": weight, f"{case}/bias": bias, f"{case}/trained": trained,
                    f"{case}/running_mean": layer.running_mean, f"{case}/running_variance": biased,
                    f"{case}/unbiased_variance": layer.running_var, f"{case}/inferred": inferred})
write(pathlib.Path(__file__).with_name("batch_norm.safetensors"), {k: v.detach().float().contiguous() for k, v in tensors.items()},
      {"made by": "make_batch_norm.py, PyTorch " + torch.__version__})
