# SPDX-License-Identifier: MIT
# tests/io/test_tensorboard_reader.sh - TensorBoard's own reader reads the events that the library writes; skipped where Python does not have it.
set -eu
python=${PYTHON:-python3}
"$python" -c 'import tensorboard' 2>/dev/null || { echo "skipped: $python has no tensorboard"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$BUILD_DIR/tests/test_io_tensorboard" "$work"
"$python" "$SOURCE_DIR/tests/io/check_tensorboard.py" "$work"
