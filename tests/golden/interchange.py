#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/golden/interchange.py - a PyTorch network's weights go into this library and come back.

    python3 interchange.py make             writes interchange.safetensors, which test_interchange.c reads: weights, a batch, the outputs
    python3 interchange.py check FILE       reads FILE, written by the library, into the PyTorch network and compares the outputs

test_roundtrip.sh checks what test_interchange has written from the weights that it read.

The mapping is that of docs/checkpoint-format.md. Names: `net.<layer>.<tensor>` here for `<layer>.<tensor>` in the state_dict.
"""
import json
import pathlib
import struct
import sys

import numpy
import torch

from safetensors_writer import write

HERE = pathlib.Path(__file__).parent


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.up = torch.nn.ConvTranspose2d(3, 4, 4, stride=2, padding=1, bias=False)
        self.norm = torch.nn.BatchNorm2d(4, eps=1e-3)
        self.conv = torch.nn.Conv2d(4, 2, 3, padding=1)
        self.logit = torch.nn.Linear(2 * 6 * 6, 5)

    def forward(self, x):
        h = torch.relu(self.norm(self.up(x)))
        h = torch.tanh(self.conv(h))
        return self.logit(h.permute(0, 2, 3, 1).flatten(1))  # NHWC order, as this library flattens


def to_gannet(state):
    tensors = {}
    for name, value in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        if value.dim() == 4:
            value = value.permute(2, 3, 1, 0)  # (out, in, h, w) -> [h, w, in, out]; transposed: (in, out, h, w) -> [h, w, out, in]
        elif name == "logit.weight":
            value = value.t()
        tensors["net." + name.replace("running_var", "running_variance")] = value.contiguous()
    return tensors


def from_gannet(tensors):
    state = {}
    for name, value in tensors.items():
        name = name.removeprefix("net.").replace("running_variance", "running_var")
        if value.dim() == 4:
            value = value.permute(3, 2, 0, 1)
        elif name == "logit.weight":
            value = value.t()
        state[name] = value.contiguous()
    return state


def read(path):
    """A safetensors file's F32 tensors, without the safetensors package."""
    data = pathlib.Path(path).read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    return {name: torch.from_numpy(numpy.frombuffer(data[8 + size + entry["data_offsets"][0] : 8 + size + entry["data_offsets"][1]],
                                                    dtype="<f4").reshape(entry["shape"]).copy())
            for name, entry in header.items()}


def make():
    torch.manual_seed(9)
    net = Net()
    for _ in range(3):
        net(torch.randn(4, 3, 3, 3))  # moves the running statistics
    net.eval()
    x = torch.randn(4, 3, 3, 3)
    tensors = to_gannet(net.state_dict())
    tensors.update({"x": x.permute(0, 2, 3, 1).contiguous(), "y": net(x).detach()})
    write(HERE / "interchange.safetensors", {k: v.detach() for k, v in tensors.items()}, {"made by": "interchange.py"})


def check(path):
    fixture, net = read(HERE / "interchange.safetensors"), Net().eval()
    net.load_state_dict(from_gannet(read(path)), strict=False)
    y = net(fixture["x"].permute(0, 3, 1, 2)).detach()
    error = ((y - fixture["y"]).abs().max() / fixture["y"].abs().max()).item()
    print(f"PyTorch -> libgannet -> PyTorch: outputs differ by {error:.1e}")
    return 0 if error < 1e-5 else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["make"]:
        sys.exit(make())
    if sys.argv[1:2] == ["check"] and len(sys.argv) == 3:
        sys.exit(check(*sys.argv[2:]))
    sys.exit(__doc__)
