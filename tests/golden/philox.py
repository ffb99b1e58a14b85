# SPDX-License-Identifier: MIT
"""tests/golden/philox.py - the library's uniform random numbers in Python, so that both sides can draw the same ones."""
import numpy


def philox(counter, key):
    """Philox 4x32-10: four words from a counter of four words and a key of two (Salmon et al. 2011)."""
    c, k, mask = list(counter), list(key), 0xFFFFFFFF
    for _ in range(10):
        first, second = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(second >> 32) ^ c[1] ^ k[0], second & mask, (first >> 32) ^ c[3] ^ k[1], first & mask]
        k = [(k[0] + 0x9E3779B9) & mask, (k[1] + 0xBB67AE85) & mask]
    return c


def uniform(seed, stream, shape, low, high):
    """What gn_random_fill_uniform writes from index 0 on, as float32: low + (high - low) * u."""
    count, mask = int(numpy.prod(shape)), 0xFFFFFFFF
    words = []
    for block in range(-(-count // 4)):
        words += philox((block, 0, stream & mask, stream >> 32), (seed & mask, seed >> 32))
    u = (numpy.array(words[:count], dtype=numpy.uint32) >> 8).astype(numpy.float32) * numpy.float32(2**-24)
    low, high = numpy.float32(low), numpy.float32(high)
    return (low + (high - low) * u).reshape(shape)
