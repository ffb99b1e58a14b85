# SPDX-License-Identifier: MIT
"""tests/bench/networks_torch.py - the networks of the benchmarks in PyTorch: dcgan's (examples/common/dcgan_network.c) and those of
common/networks.c, with the same names. Labels are one-hot rows, for the dense networks class numbers.

`layout` is the order of images in memory that convolutions work on, torch.contiguous_format or torch.channels_last; what is flattened is
[height, width, channels], as in the library, so that weights mean the same."""
import torch
import torch.nn as nn
import torch.nn.functional as F

LATENT, CLASSES = 100, 10


def norm(size, kind=nn.BatchNorm2d):
    return kind(size, eps=1e-3, momentum=0.2)


def flat(images):
    return images.permute(0, 2, 3, 1).flatten(1)


class Generator(nn.Module):
    def __init__(self, layout=torch.contiguous_format):
        super().__init__()
        self.layout = layout
        self.project, self.norm0 = nn.Linear(LATENT + CLASSES, 7 * 7 * 256, bias=False), norm(7 * 7 * 256, nn.BatchNorm1d)
        self.up1, self.norm1 = nn.ConvTranspose2d(256, 128, 4, 2, 1, bias=False), norm(128)
        self.up2, self.norm2 = nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False), norm(64)
        self.picture = nn.Conv2d(64, 1, 3, padding=1)

    def forward(self, noise, label):
        h = F.relu(self.norm0(self.project(torch.cat([noise, label], 1)))).reshape(-1, 7, 7, 256)
        h = h.permute(0, 3, 1, 2).contiguous(memory_format=self.layout)
        h = F.relu(self.norm1(self.up1(h)))
        return torch.tanh(self.picture(F.relu(self.norm2(self.up2(h)))))


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.label = nn.Linear(CLASSES, 28 * 28)
        self.down1, self.down2 = nn.Conv2d(2, 64, 4, 2, 1), nn.Conv2d(64, 128, 4, 2, 1, bias=False)
        self.norm2, self.logit = norm(128), nn.Linear(7 * 7 * 128, 1)

    def forward(self, image, label):
        h = F.leaky_relu(self.down1(torch.cat([image, self.label(label).reshape(-1, 1, 28, 28)], 1)), 0.2)
        return self.logit(flat(F.leaky_relu(self.norm2(self.down2(h)), 0.2)))


class MlpGenerator(nn.Module):
    def __init__(self):
        super().__init__()
        self.label = nn.Embedding(CLASSES, LATENT)
        self.dense1, self.norm1 = nn.Linear(LATENT, 256), norm(256, nn.BatchNorm1d)
        self.dense2, self.norm2 = nn.Linear(256, 512), norm(512, nn.BatchNorm1d)
        self.dense3, self.norm3 = nn.Linear(512, 1024), norm(1024, nn.BatchNorm1d)
        self.picture = nn.Linear(1024, 28 * 28)

    def forward(self, noise, label):
        h = self.norm1(F.leaky_relu(self.dense1(noise * self.label(label)), 0.2))
        h = self.norm2(F.leaky_relu(self.dense2(h), 0.2))
        h = self.norm3(F.leaky_relu(self.dense3(h), 0.2))
        return torch.tanh(self.picture(h)).reshape(-1, 1, 28, 28)


class MlpDiscriminator(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.label, self.dropout = nn.Embedding(CLASSES, 28 * 28), dropout
        self.dense1, self.dense2, self.dense3 = nn.Linear(28 * 28, 512), nn.Linear(512, 512), nn.Linear(512, 512)
        self.logit = nn.Linear(512, 1)

    def forward(self, image, label):
        h = F.leaky_relu(self.dense1(image.flatten(1) * self.label(label)), 0.2)
        h = F.dropout(F.leaky_relu(self.dense2(h), 0.2), self.dropout, self.training)
        h = F.dropout(F.leaky_relu(self.dense3(h), 0.2), self.dropout, self.training)
        return self.logit(h)


class MnistCnn(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.dropout = dropout
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 32, 3)
        self.dense1, self.dense2 = nn.Linear(12 * 12 * 32, 128), nn.Linear(128, CLASSES)

    def forward(self, image):
        h = F.max_pool2d(F.relu(self.conv2(F.relu(self.conv1(image)))), 2)
        h = F.relu(self.dense1(flat(F.dropout(h, self.dropout, self.training))))
        return self.dense2(F.dropout(h, self.dropout, self.training))


def one_hot(labels):
    return F.one_hot(labels, CLASSES).float()


def bce(logits, target):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))
