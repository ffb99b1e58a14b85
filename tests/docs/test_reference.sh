# SPDX-License-Identifier: MIT
# tests/docs/test_reference.sh - Doxygen makes the reference of the public headers without a warning, and every header has its page.
set -eu
command -v doxygen >/dev/null || { echo "skipped: doxygen is not installed"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sed -e "s|@PROJECT_SOURCE_DIR@|$SOURCE_DIR|g" -e "s|@PROJECT_BINARY_DIR@|$folder|g" -e "s|@PROJECT_VERSION@|0|" "$SOURCE_DIR/docs/api/Doxyfile.in" >"$folder/Doxyfile"
doxygen "$folder/Doxyfile"
for header in "$SOURCE_DIR"/include/gannet/*.h; do
    page=$(basename "$header" .h | sed 's/_/__/g')_8h.html
    [ -s "$folder/reference/html/$page" ] || { echo "no page $page for $header"; exit 1; }
done
grep -q 'D does not move on a step' "$folder/reference/html/structgn__gan__options.html" || { echo "comments of fields are missing"; exit 1; }
