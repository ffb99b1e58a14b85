#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/golden/make_dcgan.py - 20 steps of a small conditional DC-GAN in PyTorch, for test_dcgan.c to be held against.

Writes dcgan.safetensors beside itself: losses and the norm of every parameter after each step, and the running statistics at
the end. Weights, noise and pictures come from the library's own random numbers (philox.py), so no other fixture is needed. Computed in
float64 from float32 starting values. Batch norm's averages follow Keras's rule, running = 0.8 running + 0.2 batch, with the biased variance.
"""
import pathlib

import torch
import torch.nn.functional as F

from philox import uniform
from safetensors_writer import write

NOISE = 1  # the library's streams of noise: lib/gan/gan.h
SEED, STEPS, BATCH, LATENT, CLASSES, MOMENTUM, EPSILON = 17, 20, 16, 6, 3, 0.8, 1e-3
torch.set_default_dtype(torch.float64)

# In the order of gn_parameters(); layouts are the library's: dense [in,out], conv [h,w,in,out], conv_transpose [h,w,out,in].
GENERATOR = [
    ("generator.project.weight", (LATENT + CLASSES, 32)),
    ("generator.norm0.weight", (32,)), ("generator.norm0.bias", (32,)),
    ("generator.up1.weight", (4, 4, 6, 8)),
    ("generator.norm1.weight", (6,)), ("generator.norm1.bias", (6,)),
    ("generator.up2.weight", (4, 4, 4, 6)),
    ("generator.norm2.weight", (4,)), ("generator.norm2.bias", (4,)),
    ("generator.picture.weight", (3, 3, 4, 1)), ("generator.picture.bias", (1,)),
]
DISCRIMINATOR = [
    ("discriminator.input.label.project.weight", (CLASSES, 64)), ("discriminator.input.label.project.bias", (64,)),
    ("discriminator.down1.weight", (4, 4, 2, 4)), ("discriminator.down1.bias", (4,)),
    ("discriminator.down2.weight", (4, 4, 4, 6)),
    ("discriminator.norm2.weight", (6,)), ("discriminator.norm2.bias", (6,)),
    ("discriminator.logit.weight", (24, 1)), ("discriminator.logit.bias", (1,)),
]


def start(parameters, first_stream):
    return {name: torch.tensor(uniform(SEED, first_stream + i, shape, -0.3, 0.3)).double().requires_grad_()
            for i, (name, shape) in enumerate(parameters)}


class BatchNorm:
    """Training mode always; update says whether the averages move."""
    def __init__(self, weights, name, size):
        self.weight, self.bias = weights[name + ".weight"], weights[name + ".bias"]
        self.mean, self.variance = torch.zeros(size), torch.ones(size)

    def __call__(self, x, update):
        flat = x.reshape(-1, x.shape[-1])
        if update:
            self.mean = MOMENTUM * self.mean + (1 - MOMENTUM) * flat.mean(0).detach()
            self.variance = MOMENTUM * self.variance + (1 - MOMENTUM) * flat.var(0, unbiased=False).detach()
        return F.batch_norm(flat, None, None, self.weight, self.bias, training=True, eps=EPSILON).reshape(x.shape)


def conv(x, kernel, bias=None, **options):
    return F.conv2d(x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1).contiguous(), bias, **options).permute(0, 2, 3, 1)


def conv_transpose(x, kernel):
    y = F.conv_transpose2d(x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1).contiguous(), stride=2, padding=1)
    return y.permute(0, 2, 3, 1)


G, D = start(GENERATOR, 1000), start(DISCRIMINATOR, 2000)
norms = {name: BatchNorm(weights, name, size) for weights, name, size in [
    (G, "generator.norm0", 32), (G, "generator.norm1", 6), (G, "generator.norm2", 4), (D, "discriminator.norm2", 6)]}


def generate(z, label):
    h = torch.relu(norms["generator.norm0"](torch.cat([z, label], 1) @ G["generator.project.weight"], True))
    h = torch.relu(norms["generator.norm1"](conv_transpose(h.reshape(-1, 2, 2, 8), G["generator.up1.weight"]), True))
    h = torch.relu(norms["generator.norm2"](conv_transpose(h, G["generator.up2.weight"]), True))
    return torch.tanh(conv(h, G["generator.picture.weight"], G["generator.picture.bias"], padding=1))


def judge(image, label, update):
    plane = label @ D["discriminator.input.label.project.weight"] + D["discriminator.input.label.project.bias"]
    h = torch.cat([image, plane.reshape(-1, 8, 8, 1)], 3)
    h = F.leaky_relu(conv(h, D["discriminator.down1.weight"], D["discriminator.down1.bias"], stride=2, padding=1), 0.2)
    h = F.leaky_relu(norms["discriminator.norm2"](conv(h, D["discriminator.down2.weight"], stride=2, padding=1), update), 0.2)
    return h.reshape(-1, 24) @ D["discriminator.logit.weight"] + D["discriminator.logit.bias"]


def bce(logits, target):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


optimizer_g = torch.optim.Adam(G.values(), lr=2e-3, betas=(0.5, 0.999))
optimizer_d = torch.optim.Adam(D.values(), lr=2e-3, betas=(0.5, 0.999))
images = torch.tensor(uniform(SEED, 3000, (BATCH, 8, 8, 1), -1, 1)).double()
label = F.one_hot(torch.arange(BATCH) % CLASSES, CLASSES).double()
history = {"d_loss": [], "g_loss": [], **{f"norm/{name}": [] for name in [*G, *D]}}
for step in range(STEPS):
    fake = generate(torch.tensor(uniform(SEED, NOISE << 56 | step, (BATCH, LATENT), -1, 1)).double(), label)
    d_loss = bce(judge(images, label, True), 0.9) + bce(judge(fake.detach(), label, True), 0.0)
    optimizer_d.zero_grad()
    d_loss.backward()
    optimizer_d.step()
    g_loss = bce(judge(fake, label, False), 1.0)
    optimizer_g.zero_grad()
    g_loss.backward()
    optimizer_g.step()
    history["d_loss"].append(d_loss.item())
    history["g_loss"].append(g_loss.item())
    for name, value in [*G.items(), *D.items()]:
        history[f"norm/{name}"].append(value.norm().item())

tensors = {name: torch.tensor(values, dtype=torch.float32) for name, values in history.items()}
for name, norm in norms.items():
    tensors[f"end/{name}.running_mean"] = norm.mean.float()
    tensors[f"end/{name}.running_variance"] = norm.variance.float()
write(pathlib.Path(__file__).with_name("dcgan.safetensors"), tensors, {"made by": "make_dcgan.py, PyTorch " + torch.__version__})
