# SPDX-License-Identifier: MIT
# tests/io/check_tensorboard.py - what TensorBoard's own reader finds in the folder that test_io_tensorboard has written into.
import logging
import struct
import sys

from tensorboard.backend.event_processing import event_accumulator

logging.disable(logging.WARNING)  # it tells what it drops, which is meant
board = event_accumulator.EventAccumulator(sys.argv[1], size_guidance={"histograms": 0})
board.Reload()
tags = board.Tags()
assert tags["scalars"] == ["loss/d"], tags
assert tags["images"] == ["samples"], tags
assert tags["histograms"] == ["weights/g.d\u00e9nse"], tags
losses = [(event.step, event.value) for event in board.Scalars("loss/d")]
assert losses == [(1, 0.25), (2, 0.5), (3, 10.75), (4, 11.0)], losses  # the first step 3 is gone

(image,) = board.Images("samples")
assert (image.step, image.width, image.height) == (4, 3 * 3 + 4 * 2, 2 * 4 + 3 * 2)
assert image.encoded_image_string.startswith(b"\x89PNG\r\n\x1a\n")
assert struct.unpack(">II", image.encoded_image_string[16:24]) == (image.width, image.height)

(event,) = board.Histograms("weights/g.d\u00e9nse")
histogram = event.histogram_value
assert event.step == 4 and histogram.num == 6 * 4 * 3 * 3
assert sum(histogram.bucket) == histogram.num and len(histogram.bucket_limit) == 30
assert histogram.bucket_limit[-1] == histogram.max and -1.1 <= histogram.min < -1 < 1 < histogram.max <= 1.1
print("4 scalars, 1 picture, 1 histogram read by TensorBoard")
