#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/bench/quality_torch.py - trains dcgan's momentum variant in PyTorch and saves its generator for this library's `evaluate`.

    python3 quality_torch.py --data MNIST_FOLDER --steps N --seed S --out FILE.safetensors

Losses, rates and batch are those of examples/common/dcgan_network.c: one-sided smoothing of 0.9, Adam with 2e-4 and 0.5,
batch norm with 0.8 of the old average (PyTorch's momentum 0.2) and epsilon 1e-3, weights from N(0, 0.02^2), batches of 64 in a new order every epoch.
As with `dcgan --wrong-labels --average 0.995`, D is also shown real pictures with a label of another class (weights 1, 1/2, 1/2), and what is saved
is a running average of the generator, its batch norms re-estimated.
"""
import argparse
import copy
import gzip
import json
import pathlib
import struct
import sys
import time

import torch
import torch.nn as nn

from networks_torch import CLASSES, LATENT, Discriminator, Generator, bce, one_hot

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "golden"))
from safetensors_writer import write  # noqa: E402

BATCH, DECAY = 64, 0.995


def read_idx(folder, name):
    path = pathlib.Path(folder) / name
    raw = path.read_bytes() if path.exists() else gzip.decompress(path.with_name(name + ".gz").read_bytes())
    axes = raw[3]
    shape = struct.unpack(f">{axes}I", raw[4:4 + 4 * axes])
    return torch.frombuffer(bytearray(raw[4 + 4 * axes:]), dtype=torch.uint8).reshape(shape)


def start(module):
    for name, value in module.named_parameters():
        if value.dim() > 1:
            nn.init.normal_(value, 0, 0.02)
        elif name.endswith("bias"):
            nn.init.zeros_(value)


def wrong(labels):
    """Another class for each, drawn evenly."""
    return (labels + torch.randint(1, CLASSES, labels.shape)) % CLASSES


def average_towards(average, module, decay):
    with torch.no_grad():
        for kept, value in zip(average.state_dict().values(), module.state_dict().values()):
            if value.is_floating_point():
                kept.lerp_(value, 1 - decay)


def settle(generator):
    """Standing statistics: batch norms re-estimated for the weights as they are."""
    norms = [m for m in generator.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean over all batches
    generator.train()
    with torch.no_grad():
        for _ in range(16):
            generator(torch.randn(BATCH, LATENT), one_hot(torch.randint(CLASSES, (BATCH,))))


def train(arguments, generator, discriminator):
    images, labels = read_idx(arguments.data, "train-images-idx3-ubyte"), read_idx(arguments.data, "train-labels-idx1-ubyte")
    g_adam, d_adam = (torch.optim.Adam(m.parameters(), lr=2e-4, betas=(0.5, 0.999)) for m in (generator, discriminator))
    average = copy.deepcopy(generator)
    order, begin = torch.empty(0, dtype=torch.long), time.time()
    for step in range(arguments.steps):
        if len(order) < BATCH:
            order = torch.randperm(len(images))
        rows, order = order[:BATCH], order[BATCH:]
        real, classes = images[rows].float().unsqueeze(1) / 127.5 - 1, labels[rows].long()
        label = one_hot(classes)
        fake = generator(torch.randn(BATCH, LATENT), label)
        d_loss = bce(discriminator(real, label), 0.9) + bce(discriminator(fake.detach(), label), 0.0) / 2
        d_loss = d_loss + bce(discriminator(real, one_hot(wrong(classes))), 0.0) / 2
        d_adam.zero_grad()
        d_loss.backward()
        d_adam.step()
        averages = [b.clone() for b in discriminator.norm2.buffers()]  # D's stand still while G learns, as in the library
        g_adam.zero_grad()
        bce(discriminator(fake, label), 1.0).backward()
        g_adam.step()
        for buffer, value in zip(discriminator.norm2.buffers(), averages):
            buffer.copy_(value)
        average_towards(average, generator, DECAY)
        if (step + 1) % 500 == 0:
            print(f"step {step + 1}/{arguments.steps}, {time.time() - begin:.0f} s", flush=True)
    return average


def to_gannet(generator):
    tensors = {}
    for name, value in generator.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        if value.dim() == 4:
            value = value.permute(2, 3, 1, 0)
        elif name == "project.weight":
            value = value.t()
        tensors["generator." + name.replace("running_var", "running_variance")] = value.contiguous()
    return tensors


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    generator, discriminator = Generator(), Discriminator()
    start(generator)
    start(discriminator)
    generator = train(arguments, generator, discriminator)
    settle(generator)
    config = {"program": "dcgan", "average": 0.0, "image": [28, 28, 1], "classes": CLASSES}
    write(arguments.out, to_gannet(generator), {"gannet.format": "1", "gannet.config": json.dumps(config)})


main()
