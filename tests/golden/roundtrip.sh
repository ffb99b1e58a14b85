# SPDX-License-Identifier: MIT
# tests/golden/roundtrip.sh BUILD_DIR - a PyTorch state_dict goes through this library and back (needs PyTorch; see interchange.py).
set -eu
build=$(cd "${1:?usage: roundtrip.sh BUILD_DIR}" && pwd)
cd "$(dirname "$0")"
file=$(mktemp)
trap 'rm -f "$file"' EXIT
"${PYTHON:-python3}" interchange.py make
"$build/tests/test_golden_interchange" "$file"
"${PYTHON:-python3}" interchange.py check "$file"
