#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/bench/convolutions_torch.py - what oneDNN, as PyTorch calls it, makes of dcgan's convolutions: GFLOP/s of the forward pass and of both
gradients, and of a large sgemm, for bench_ops to be read beside.

    python3 convolutions_torch.py THREADS"""
import statistics
import sys
import time

import torch

SHAPES = [(14, 128, 256, 4, 2, 1), (28, 64, 128, 4, 2, 1), (14, 64, 128, 4, 2, 1), (28, 2, 64, 4, 2, 1), (28, 64, 1, 3, 1, 1),
          (28, 1, 32, 5, 1, 0), (12, 32, 64, 5, 1, 0), (26, 32, 32, 3, 1, 0)]
BATCH, TIMES = 64, 9


def speed(operations, call):
    call()
    times = []
    for _ in range(TIMES):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e-9 * operations / statistics.median(times)


def main():
    torch.set_num_threads(int(sys.argv[1]))
    a = torch.rand(2048, 2048)
    print(f"PyTorch {torch.__version__}, {sys.argv[1]} threads; sgemm 2048^3: {speed(2 * 2048 ** 3, lambda: a @ a):.0f} GFLOP/s\n")
    print("| convolution | layout | forward | image's gradient | kernel's gradient |\n|---|---|---|---|---|")
    for size, inputs, outputs, kernel, stride, padding in SHAPES:
        for layout, name in ((torch.contiguous_format, "NCHW"), (torch.channels_last, "NHWC")):
            image = torch.rand(BATCH, inputs, size, size).contiguous(memory_format=layout)
            weight = torch.rand(outputs, inputs, kernel, kernel).contiguous(memory_format=layout)
            out = torch.nn.functional.conv2d(image, weight, None, stride, padding)
            operations = 2 * out.numel() * inputs * kernel * kernel

            def backward(*wanted):
                torch.ops.aten.convolution_backward(out, image, weight, None, (stride, stride), (padding, padding), (1, 1), False, (0, 0), 1, [*wanted, False])

            speeds = [speed(operations, call) for call in (lambda: torch.nn.functional.conv2d(image, weight, None, stride, padding),
                                                           lambda: backward(True, False), lambda: backward(False, True))]
            print(f"| {size}x{size}x{inputs} -> {outputs}, k{kernel} s{stride} | {name} | " + " | ".join(f"{s:.0f}" for s in speeds) + " |")


main()
