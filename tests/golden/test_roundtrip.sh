# SPDX-License-Identifier: MIT
# tests/golden/test_roundtrip.sh - a PyTorch state_dict goes through this library and back (see interchange.py); skipped where Python has no
# PyTorch.
set -eu
python=${PYTHON:-python3}
"$python" -c 'import torch' 2>/dev/null || { echo "skipped: $python has no torch"; exit 77; }
file=$(mktemp)
trap 'rm -f "$file"' EXIT
cd "$SOURCE_DIR/tests/golden"
"$BUILD_DIR/tests/test_golden_interchange" "$file"
"$python" interchange.py check "$file"
