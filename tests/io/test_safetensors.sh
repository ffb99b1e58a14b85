# SPDX-License-Identifier: MIT
# tests/io/test_safetensors.sh - Python's safetensors package reads what the library writes; skipped where it is not installed.
set -eu
python=${PYTHON:-python3}
"$python" -c 'import safetensors.numpy, ml_dtypes' 2>/dev/null || { echo "skipped: $python has no safetensors and ml_dtypes"; exit 77; }
file=$(mktemp)
trap 'rm -f "$file"' EXIT
"$BUILD_DIR/tests/test_io_safetensors_writer" "$file"
"$python" "$SOURCE_DIR/tests/io/make_safetensors.py" check "$file"
