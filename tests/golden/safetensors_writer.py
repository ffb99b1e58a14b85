# SPDX-License-Identifier: MIT
"""tests/golden/safetensors_writer.py - writes float32 tensors as a safetensors file; Debian has no package for it."""
import json
import struct


def write(path, tensors, metadata):
    header, data, end = {"__metadata__": metadata}, [], 0
    for name in sorted(tensors):
        values = tensors[name].numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": [end, end + len(values)]}
        data.append(values)
        end += len(values)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % 64)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(data))
