# SPDX-License-Identifier: MIT
# tests/examples/check_board.py - TensorBoard's own reader finds the figures, samples and histograms of dcgan, classify and text2image.
import sys

from tensorboard.backend.event_processing import event_accumulator

board = event_accumulator.EventAccumulator(sys.argv[1], size_guidance={"histograms": 0, "images": 0})
board.Reload()
tags = board.Tags()
assert {"gan/d_loss", "gan/g_loss", "gan/d_real", "loss", "test accuracy"} <= set(tags["scalars"]), tags["scalars"]
assert "gan/real_wrong" in tags["scalars"]  # text2image shows such pairs
assert "samples" in tags["images"], tags["images"]
assert all(tag.startswith("parameters/") for tag in tags["histograms"])
assert "parameters/generator.project.weight" in tags["histograms"]
assert any(tag.startswith("parameters/discriminator") for tag in tags["histograms"])
print({kind: len(tags[kind]) for kind in ("scalars", "images", "histograms")}, "read by TensorBoard")
