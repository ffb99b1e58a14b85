#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/bench/compare_torch.py - what bench_worker does, done by PyTorch: the same training from the same weights, by the same requests.

    python3 compare_torch.py WORK BATCH THREADS EXPORT SETTING [same]

EXPORT is what bench_worker has written. SETTING is eager, channels_last, compiled, or compiled_last (both). With `same` nothing is drawn: nothing drops
out and the noise is the exported one, so that the losses of the first step can be compared."""
import json
import re
import struct
import sys
import time

import torch
import torch.nn.functional as F

from networks_torch import Discriminator, Generator, MlpDiscriminator, MlpGenerator, MnistCnn, bce, one_hot

NAMES = {"input.label.project.": "label.", "input.label.": "label.", "running_variance": "running_var"}


def read_export(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    return {name: torch.frombuffer(data, dtype=torch.float32, offset=entry["data_offsets"][0],
                                   count=(entry["data_offsets"][1] - entry["data_offsets"][0]) // 4).reshape(entry["shape"]).clone()
            for name, entry in header.items()}


def load(module, tensors, prefix):
    """The library's weights: dense [in,out], convolutions [height,width,in,out], transposed ones [height,width,out,in]."""
    values = module.state_dict()
    for name, value in tensors.items():
        for theirs, ours in NAMES.items():
            name = name.replace(theirs, ours)
        if not name.startswith(prefix + "."):
            continue
        name = name[len(prefix) + 1:]
        if value.dim() == 4:
            value = value.permute(3, 2, 0, 1)
        elif value.dim() == 2 and not isinstance(module.get_submodule(name.rpartition(".")[0]), torch.nn.Embedding):
            value = value.t()
        values[name].copy_(value)


def adam(module):
    options = {"lr": 2e-4, "betas": (0.5, 0.999)}
    try:
        return torch.optim.Adam(module.parameters(), fused=True, **options)
    except (RuntimeError, TypeError):  # older ones fuse on no CPU
        return torch.optim.Adam(module.parameters(), **options)


class Game:
    """One batch of fakes for both players, of new noise if it `draws`, as ours are; D's weights get no gradients in G's step. D judges real pictures and
    fakes in one pass, unless it has batch norm, whose statistics are of one batch. Like ours, it gets the same batch again and again."""
    def __init__(self, generator, discriminator, batch, setting, labels, real_target, draws):
        self.networks, self.real_target, self.draws = (generator, discriminator), real_target, draws
        self.one_pass = not any(isinstance(m, torch.nn.modules.batchnorm._BatchNorm) for m in discriminator.modules())
        self.adams = adam(generator), adam(discriminator)
        self.generator, self.discriminator = setting.prepare(generator), setting.prepare(discriminator)
        self.images, self.noise, self.labels = setting.images(batch["images"]), batch["noise"], labels

    def judge(self, fake):
        if not self.one_pass:
            return self.discriminator(self.images, self.labels), self.discriminator(fake, self.labels)
        return self.discriminator(torch.cat((self.images, fake)), torch.cat((self.labels, self.labels))).chunk(2)

    def step(self):
        discriminator = self.networks[1]
        g_adam, d_adam = self.adams
        fake = self.generator(torch.randn_like(self.noise) if self.draws else self.noise, self.labels)
        of_real, of_fake = self.judge(fake.detach())
        d_loss = bce(of_real, self.real_target) + bce(of_fake, 0.0)
        d_adam.zero_grad(set_to_none=True)
        d_loss.backward()
        d_adam.step()
        discriminator.requires_grad_(False)
        g_loss = bce(self.discriminator(fake, self.labels), 1.0)
        g_adam.zero_grad(set_to_none=True)
        g_loss.backward()
        g_adam.step()
        discriminator.requires_grad_(True)
        return d_loss.item(), g_loss.item()

    def infer(self):
        return self.generator(self.noise, self.labels)


class Classifier:
    def __init__(self, network, batch, setting):
        self.networks = (network,)
        self.optimizer = torch.optim.RMSprop(network.parameters(), lr=1e-3, alpha=0.9)
        self.network = setting.prepare(network)
        self.images, self.labels = setting.images(batch["images"]), one_hot(batch["labels"].long())

    def step(self):
        loss = F.binary_cross_entropy_with_logits(self.network(self.images), self.labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item(), 0.0

    def infer(self):
        return self.network(self.images)


class Setting:
    def __init__(self, name):
        self.layout = torch.channels_last if name.endswith("last") else torch.contiguous_format
        self.compiled = name.startswith("compiled")

    def prepare(self, module):
        module.to(memory_format=self.layout)
        return torch.compile(module) if self.compiled else module

    def images(self, images):
        return images.permute(0, 3, 1, 2).contiguous(memory_format=self.layout)


def make(work, tensors, setting, draws):
    labels = tensors["labels"].long()
    if work == "mnist_cnn":
        network = MnistCnn(0.2 if draws else 0.0)
        load(network, tensors, "classifier")
        return Classifier(network, tensors, setting)
    if work == "dcgan":
        generator, discriminator, labels, target = Generator(setting.layout), Discriminator(), one_hot(labels), 0.9
    else:
        generator, discriminator, target = MlpGenerator(), MlpDiscriminator(0.4 if draws else 0.0), 1.0
    load(generator, tensors, "generator")
    load(discriminator, tensors, "discriminator")
    return Game(generator, discriminator, tensors, setting, labels, target, draws)


def mean_time(call, times):
    start = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - start) / times


def infer(training, times):
    for network in training.networks:
        network.eval()
    with torch.inference_mode():
        training.infer()
        seconds = mean_time(training.infer, times)
    for network in training.networks:
        network.train()
    return seconds


def peak_resident():
    with open("/proc/self/status") as file:
        return 1024 * int(re.search(r"VmHWM:\s*(\d+)", file.read()).group(1))


def main():
    work, batch, threads, export, setting = sys.argv[1:6]
    torch.set_num_threads(int(threads))
    training = make(work, read_export(export), Setting(setting), sys.argv[6:] != ["same"])
    losses = training.step() if int(batch) > 1 else (0.0, 0.0)  # its batch norm refuses to train on one
    parameters = sum(p.numel() for network in training.networks for p in network.parameters())
    print("ready", *losses, parameters, flush=True)
    for line in sys.stdin:
        request, *times = line.split()
        if request == "memory":
            answer = peak_resident()
        else:
            answer = infer(training, int(times[0])) if request == "infer" else mean_time(training.step, int(times[0]))
        print(answer, flush=True)


main()
