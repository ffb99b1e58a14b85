# SPDX-License-Identifier: MIT
# tests/house/test_headers.sh - each public header compiles alone and included twice, as C99, C11 and C++17, without a warning.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
compiled=0

# check COMPILER LANGUAGE STANDARD: all headers, if there is such a compiler.
check() {
    command -v "$1" >/dev/null 2>&1 || { echo "skipped: no $1"; return; }
    for header in "$SOURCE_DIR"/include/gannet/*.h; do
        name=gannet/${header##*/}
        printf '#include <%s>\n#include <%s>\nextern int not_empty;\n' "$name" "$name" >"$work/unit"
        compiled=$((compiled + 1))
        "$1" -x "$2" "-std=$3" -I "$SOURCE_DIR/include" -fsyntax-only -Wall -Wextra -Wpedantic -Werror "$work/unit" || {
            echo "FAILED: $1 -std=$3 $name"
            failures=$((failures + 1))
        }
    done
}

for standard in c99 c11; do
    check gcc c $standard
    check clang c $standard
done
check g++ c++ c++17
check clang++ c++ c++17
echo "$compiled headers compiled, $failures failed"
[ "$compiled" -gt 0 ] && [ "$failures" -eq 0 ]
