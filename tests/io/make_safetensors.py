#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/io/make_safetensors.py - files between Python's safetensors package and the library. Needs safetensors and ml_dtypes.

    python3 make_safetensors.py make        writes types.safetensors, which test_safetensors_reader.c reads and the repository holds
    python3 make_safetensors.py check FILE  reads what test_safetensors_writer has written (test_safetensors.sh)
"""
import pathlib
import sys

import ml_dtypes
import numpy
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

FILE = pathlib.Path(__file__).parent / "types.safetensors"


def make():
    """[2,2] of each type: numbers that all of them hold, and for the real ones what they round, or cannot hold."""
    tensors = {}
    for kind in ["i1", "i2", "i4", "i8"]:
        tensors[kind] = numpy.array([[0, 1], [-2, 100]], kind)
    for kind in ["u1", "u2", "u4", "u8"]:
        tensors[kind] = numpy.array([[0, 1], [2, 100]], kind)
    tensors["bool"] = numpy.array([[False, True], [True, False]])
    tensors["f2"] = numpy.array([[0.1, -2], [65504, numpy.inf]], "f2")
    tensors["bf16"] = numpy.array([[0.1, -2], [3e38, -numpy.inf]], ml_dtypes.bfloat16)
    tensors["f4"] = numpy.array([[0.1, -2], [3e38, numpy.inf]], "f4")
    tensors["f8"] = numpy.array([[0.1, -2], [1e-300, 1e300]], "f8")
    tensors["c8"] = numpy.zeros((2, 2), "c8")
    save_file(tensors, FILE, metadata={"made by": "make_safetensors.py"})


def check(path):
    tensors = load_file(path)
    assert sorted(tensors) == ["net.weight", "steps"], sorted(tensors)
    assert tensors["net.weight"].dtype == "<f4" and tensors["net.weight"].tolist() == [[1, -2, 0.5]]
    assert tensors["steps"].dtype == "<u8" and tensors["steps"].tolist() == [7, 2**64 - 1]
    with safe_open(path, "numpy") as file:
        metadata = file.metadata()
    assert metadata["gannet.format"] == "1" and metadata["who"] == "me", metadata
    print("Python's safetensors reads the file as it was written")


if __name__ == "__main__":
    if sys.argv[1:] == ["make"]:
        sys.exit(make())
    if sys.argv[1:2] == ["check"] and len(sys.argv) == 3:
        sys.exit(check(*sys.argv[2:]))
    sys.exit(__doc__)
