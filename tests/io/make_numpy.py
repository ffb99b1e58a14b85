#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/io/make_numpy.py - arrays that NumPy has written, for test_npy.c, test_npz.c and test_numpy.sh.

    python3 make_numpy.py make              writes numpy/*.npy and numpy/*.npz, which are in the repository
    python3 make_numpy.py check NPY NPZ     reads what the library has written (test_npy.c and test_npz.c say what)
"""
import pathlib
import sys

import numpy

HERE = pathlib.Path(__file__).parent / "numpy"
TYPES = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]


def values(kind):
    """[2,3]: numbers that every type of the kind can hold."""
    signed = [[0, 1, -2], [3, -4, 100]]
    return numpy.array([[0, 1, 2], [3, 4, 100]] if kind[0] in "ub" else signed).astype(kind)


def make():
    HERE.mkdir(exist_ok=True)
    for kind in TYPES:
        numpy.save(HERE / f"{kind}.npy", values(kind))
    numpy.save(HERE / "scalar.npy", numpy.float32(2.5))
    numpy.save(HERE / "row.npy", numpy.arange(5, dtype="f4"))
    numpy.save(HERE / "empty.npy", numpy.zeros((2, 0), "f4"))
    numpy.save(HERE / "fortran.npy", numpy.asfortranarray(values("f4")))
    numpy.save(HERE / "big.npy", values(">f4"))
    numpy.save(HERE / "complex.npy", values("f4").astype("c8"))
    numpy.save(HERE / "text.npy", numpy.array(["a", "b"]))
    numpy.save(HERE / "object.npy", numpy.array([None, 1]), allow_pickle=True)
    with open(HERE / "version2.npy", "wb") as file:
        numpy.lib.format.write_array(file, values("f4"), version=(2, 0))
    arrays = {"a": values("f4"), "layer.weight": values("f8"), "n": numpy.arange(3, dtype="u8"), "none": numpy.zeros((0, 4), "f4")}
    numpy.savez(HERE / "stored.npz", **arrays)
    numpy.savez_compressed(HERE / "compressed.npz", **arrays)
    numpy.savez(HERE / "object.npz", o=numpy.array([None]))


def check(npy, npz):
    one = numpy.load(npy, allow_pickle=False)
    assert one.dtype == "<f4" and one.flags["C_CONTIGUOUS"], one.dtype
    assert numpy.array_equal(one, numpy.array([[1, -2, 0.5], [3, 1e30, -0.0]], "f4")), one
    with numpy.load(npz, allow_pickle=False) as several:
        assert several.files == ["weight", "a.b", "counters", "scalar"], several.files
        assert numpy.array_equal(several["weight"], one)
        assert several["a.b"].shape == (100, 30) and not several["a.b"].any()
        assert several["counters"].dtype == "<u8" and several["counters"].tolist() == [1, 2**64 - 1]
        assert several["scalar"].shape == () and several["scalar"] == 2.5
    print(f"NumPy {numpy.__version__} reads both files as they were written")


if __name__ == "__main__":
    if sys.argv[1:] == ["make"]:
        sys.exit(make())
    if sys.argv[1:2] == ["check"] and len(sys.argv) == 4:
        sys.exit(check(*sys.argv[2:]))
    sys.exit(__doc__)
