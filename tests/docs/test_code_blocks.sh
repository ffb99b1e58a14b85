# SPDX-License-Identifier: MIT
# tests/docs/test_code_blocks.sh - every whole program in README.md and docs/ compiles against the library and runs.
set -eu
case $CFLAGS in
    *-fsanitize*) echo "skipped: the programs train networks, which takes minutes under a sanitizer"; exit 77 ;;
esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$SOURCE_DIR"

# Each ```c block that has a main becomes a file <document>-<number>.c.
for document in README.md docs/*.md; do
    awk -v prefix="$folder/$(basename "$document" .md)" '
        /^```c$/ { inside = 1; text = ""; next }
        /^```/ && inside { inside = 0; if (text ~ /int main\(/) { n++; printf "%s", text > (prefix "-" n ".c") } next }
        inside { text = text $0 "\n" }' "$document"
done

count=0
for source in "$folder"/*.c; do
    name=$(basename "$source" .c)
    # shellcheck disable=SC2086 # flags, to be split into words
    $CC $CFLAGS -std=c11 -Wall -Wextra -Wpedantic -Werror -Iinclude "$source" -o "$folder/$name" "$SHARED_LIBRARY" -lm \
        -Wl,-rpath,"$(dirname "$SHARED_LIBRARY")"
    (cd "$folder" && "./$name" >"$name.log" 2>&1) || { echo "$name failed:"; cat "$folder/$name.log"; exit 1; }
    echo "$name: $(tail -n 1 "$folder/$name.log")"
    count=$((count + 1))
done
echo "$count programs"
[ "$count" -ge 3 ]
