# SPDX-License-Identifier: MIT
"""tests/metrics/make_metrics.py - writes metrics.safetensors: small sets of rows and what each metric says of them, computed with NumPy
from the formulas in gannet/metrics.h. Run with python3 (NumPy) from anywhere; equal runs write equal files."""
import math
import os
import sys

import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "golden"))
import safetensors_writer  # noqa: E402

random = np.random.RandomState(7)
N, M, D, K = 37, 29, 5, 3


class Array:
    """What safetensors_writer wants of a tensor."""

    def __init__(self, values):
        self.values = np.asarray(values, dtype="<f4")
        self.shape = self.values.shape

    def numpy(self):
        return self.values


def f32(values):
    return np.asarray(values, dtype=np.float32).astype(np.float64)


a = f32(random.randn(N, D) * [1, 2, 0.5, 1, 1] + [0, 1, 0, -1, 2])
b = f32(random.randn(M, D) @ random.randn(D, D) + 0.5)
labels_a, labels_b = random.randint(0, K, N), random.randint(0, K, M)
logits = f32(random.randn(N, K) * 3)


def distances(x, y):
    return np.sqrt(((x[:, None, :] - y[None, :, :]) ** 2).sum(-1))


def classifier_score(x, splits):
    p = np.exp(x - x.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    scores = []
    for i in range(splits):
        part = p[i * len(p) // splits:(i + 1) * len(p) // splits]
        scores.append(math.exp((part * (np.log(part) - np.log(part.mean(0)))).sum(1).mean()))
    return [np.mean(scores), np.std(scores)]


def frechet(x, y):
    cx, cy = np.cov(x.T), np.cov(y.T)
    roots = np.sqrt(np.maximum(np.linalg.eigvals(cx @ cy).real, 0)).sum()
    return ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(cx) + np.trace(cy) - 2 * roots


def kernel_distance(x, y):
    k = lambda u, v: (u @ v.T / u.shape[1] + 1) ** 3
    kx, ky, n, m = k(x, x), k(y, y), len(x), len(y)
    return ((kx.sum() - np.trace(kx)) / (n * (n - 1)) + (ky.sum() - np.trace(ky)) / (m * (m - 1)) - 2 * k(x, y).mean())


def neighbourhood(real, fake, k):
    real_radius = np.sort(distances(real, real), 1)[:, k]
    fake_radius = np.sort(distances(fake, fake), 1)[:, k]
    d = distances(real, fake)
    return [(d < real_radius[:, None]).any(0).mean(), (d < fake_radius[None, :]).any(1).mean(),
            (d < real_radius[:, None]).sum(0).mean() / k, (d.min(1) < real_radius).mean()]


def diversity(x, labels):
    d, same = distances(x, x), labels[:, None] == labels[None, :]
    np.fill_diagonal(same, False)
    return d[same].mean()


def wasserstein(x, y):
    """The area between the quantile functions of two lists, by the least common multiple of their lengths."""
    times = np.lcm(len(x), len(y))
    return np.abs(np.repeat(np.sort(x), times // len(x)) - np.repeat(np.sort(y), times // len(y))).mean()


def log_likelihoods(samples, rows, deviation):
    e = -distances(rows, samples) ** 2 / (2 * deviation ** 2)
    most = e.max(1, keepdims=True)
    return (most[:, 0] + np.log(np.exp(e - most).mean(1))) - rows.shape[1] * math.log(deviation * math.sqrt(2 * math.pi))


def parzen(samples, validation, test):
    windows = np.logspace(-1, 0, 10)
    best = max(windows, key=lambda w: log_likelihoods(samples, validation, w).mean())
    found = log_likelihoods(samples, test, best)
    return [found.mean(), found.std() / math.sqrt(len(found)), best]


expected = {
    "label_accuracy": [(logits.argmax(1) == labels_a).mean()]
    + [(logits.argmax(1)[labels_a == k] == k).mean() for k in range(K)],
    "classifier_score_1": classifier_score(logits, 1),
    "classifier_score_4": classifier_score(logits, 4),
    "frechet": [frechet(a, b)],
    "kernel": [kernel_distance(a, b)],
    "neighbourhood_1": neighbourhood(a, b, 1),
    "neighbourhood_4": neighbourhood(a, b, 4),
    "nearest": [(labels_a[distances(b, a).argmin(1)] != labels_b).mean()],
    "diversity": [diversity(a, labels_a)],
    "diversity_all": [diversity(a, np.zeros(N))],
    "wasserstein_columns": [wasserstein(a[:, j], b[:, j]) for j in range(D)],
    "parzen": parzen(0.3 * a[:20], 0.3 * a[20:], 0.3 * b),
}
inputs = {"a": a, "b": b, "labels_a": labels_a, "labels_b": labels_b, "logits": logits}
tensors = {name: Array(values) for name, values in {**inputs, **expected}.items()}
safetensors_writer.write(os.path.join(here, "metrics.safetensors"), tensors, {"made_by": "tests/metrics/make_metrics.py"})
