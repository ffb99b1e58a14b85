# SPDX-License-Identifier: MIT
# tests/docs/test_code_blocks_slow.sh - every block of C in README.md and docs/ is a whole program, compiles against the library and runs; and
# every block of Python runs in the same folder afterwards, where Python has what it imports. A program that trains is stopped after ten
# seconds; with GANNET_LONG_TESTS=1 all run to their end.
set -eu
case $CFLAGS in
    *-fsanitize*) echo "skipped: the programs train networks, which takes minutes under a sanitizer"; exit 77 ;;
esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$SOURCE_DIR"

# Each ```c block becomes a file <document>-<number>.c, each ```python block one that ends in .py.
for document in README.md docs/*.md; do
    awk -v prefix="$folder/$(basename "$document" .md)" '
        /^```(c|python)$/ { file = prefix "-" ++n ($0 == "```c" ? ".c" : ".py"); next }
        /^```/ { file = "" }
        file != "" { print > file }' "$document"
done

seconds=10
[ "${GANNET_LONG_TESTS-}" != 1 ] || seconds=3600
count=0
for source in "$folder"/*.c; do
    name=$(basename "$source" .c)
    # shellcheck disable=SC2086 # flags, to be split into words
    $CC $CFLAGS -std=c11 -Wall -Wextra -Wpedantic -Werror -Iinclude "$source" -o "$folder/$name" "$SHARED_LIBRARY" -lm \
        -Wl,-rpath,"$(dirname "$SHARED_LIBRARY")"
    result=0
    (cd "$folder" && timeout "$seconds" "./$name" >"$name.log" 2>&1) || result=$?
    case $result in
        0) echo "$name: $(tail -n 1 "$folder/$name.log")" ;;
        124) echo "$name: still trained after $seconds seconds" ;;
        *) echo "$name failed:"; cat "$folder/$name.log"; exit 1 ;;
    esac
    count=$((count + 1))
done

python=${PYTHON:-python3}
for script in "$folder"/*.py; do
    name=$(basename "$script" .py)
    modules=$(sed -nE 's/^(import|from) ([a-z_., ]*).*/\2/p' "$script" | tr ', ' '\n\n' | sed 's/\..*//' | grep . | sort -u | tr '\n' ',' | sed 's/,$//')
    "$python" -c "import $modules" 2>/dev/null || { echo "skipped: $name, for $python has not all of $modules"; continue; }
    (cd "$folder" && "$python" "$script" >"$name.log" 2>&1) || { echo "$name failed:"; cat "$folder/$name.log"; exit 1; }
    echo "$name: runs"
done
echo "$count programs"
[ "$count" -ge 3 ]
