#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/export/check_onnx.py DIRECTORY - every <name>.onnx there, run by onnxruntime on the inputs in <name>.npz, gives the output in it.

Equal means: within 1e-5 of each other, relative to the largest number of the output where that is more than 1. Needs numpy and onnxruntime;
with the package onnx its checker looks at the models too.
"""
import pathlib
import sys

import numpy
import onnxruntime

try:
    import onnx
except ImportError:
    onnx = None


def difference(path):
    if onnx is not None:
        onnx.checker.check_model(str(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    with numpy.load(path.with_suffix(".npz"), allow_pickle=False) as arrays:
        inputs = {i.name: arrays[i.name] for i in session.get_inputs()}
        expected = arrays["output"]
    (found,) = session.run(None, inputs)
    assert found.shape == expected.shape, (found.shape, expected.shape)
    assert numpy.isfinite(found).all() and numpy.abs(expected).max() > 1e-3, "an output that tells nothing"
    return float(numpy.abs(found - expected).max() / max(1, numpy.abs(expected).max()))


def main(directory):
    failures, paths = 0, sorted(pathlib.Path(directory).glob("*.onnx"))
    for path in paths:
        try:
            error = difference(path)
            wrong = not error <= 1e-5
            print(f"{path.stem:32} {error:.1e}{'  FAILED' if wrong else ''}")
        except Exception as exception:  # noqa: BLE001 - whatever the runtime finds wrong with a model is a failure of it
            wrong = True
            print(f"{path.stem:32} FAILED: {exception}")
        failures += wrong
    checker = f", onnx {onnx.__version__}" if onnx is not None else ""
    print(f"{len(paths) - failures} passed, {failures} failed (onnxruntime {onnxruntime.__version__}{checker})")
    return failures > 0 or not paths


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
