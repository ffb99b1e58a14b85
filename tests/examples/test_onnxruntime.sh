# SPDX-License-Identifier: MIT
# tests/examples/test_onnxruntime.sh - onnxruntime computes what the networks of the examples do; skipped where Python does not have it.
. "$SOURCE_DIR/tests/examples/common.sh"
python=${PYTHON:-python3}
"$python" -c 'import numpy, onnxruntime' 2>/dev/null || { echo "skipped: $python has no onnxruntime"; exit 77; }
mkdir models
check "models of all networks" "$BUILD_DIR/tests/test_examples_onnx_networks" models
check "give what the library gives" "$python" "$SOURCE_DIR/tests/export/check_onnx.py" models
finish
