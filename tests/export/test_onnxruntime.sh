# SPDX-License-Identifier: MIT
# tests/export/test_onnxruntime.sh - onnxruntime computes from exported models what the library does; skipped where Python does not have it.
set -eu
python=${PYTHON:-python3}
"$python" -c 'import numpy, onnxruntime' 2>/dev/null || { echo "skipped: $python has no onnxruntime"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$BUILD_DIR/tests/test_export_onnx" "$work"
"$python" "$SOURCE_DIR/tests/export/check_onnx.py" "$work"
