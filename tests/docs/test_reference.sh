# SPDX-License-Identifier: MIT
# tests/docs/test_reference.sh - Doxygen makes the reference of the public headers without a warning, every header has its page, and every
# function, type, constant and macro its words there. Fields of structs may leave theirs to the struct.
set -eu
command -v doxygen >/dev/null || { echo "skipped: doxygen is not installed"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sed -e "s|@PROJECT_SOURCE_DIR@|$SOURCE_DIR|g" -e "s|@PROJECT_BINARY_DIR@|$folder|g" -e "s|@PROJECT_VERSION@|0|" "$SOURCE_DIR/docs/api/Doxyfile.in" >"$folder/Doxyfile"
cat >>"$folder/Doxyfile" <<'END'
WARN_IF_UNDOCUMENTED = YES
WARN_AS_ERROR = NO
END
doxygen "$folder/Doxyfile" 2>&1 | grep -v '(variable) of struct .* is not documented' >"$folder/warnings" || true
[ ! -s "$folder/warnings" ] || { cat "$folder/warnings"; exit 1; }
for header in "$SOURCE_DIR"/include/gannet/*.h; do
    page=$(basename "$header" .h | sed 's/_/__/g')_8h.html
    [ -s "$folder/reference/html/$page" ] || { echo "no page $page for $header"; exit 1; }
done
grep -q 'Conv2d and its transpose' "$folder/reference/html/layers_8h.html" || { echo "a comment is not that of all it stands before"; exit 1; }
grep -q 'D does not move on a step' "$folder/reference/html/structgn__gan__options.html" || { echo "comments of fields are missing"; exit 1; }
