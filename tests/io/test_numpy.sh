# SPDX-License-Identifier: MIT
# tests/io/test_numpy.sh - NumPy reads the .npy and .npz files that the library writes; skipped where Python has no NumPy.
set -eu
python=${PYTHON:-python3}
"$python" -c 'import numpy' 2>/dev/null || { echo "skipped: $python has no numpy"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$BUILD_DIR/tests/test_io_npz" "$work/one.npy" "$work/several.npz"
"$python" "$SOURCE_DIR/tests/io/make_numpy.py" check "$work/one.npy" "$work/several.npz"
