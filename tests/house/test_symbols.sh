# SPDX-License-Identifier: MIT
# tests/house/test_symbols.sh - the shared library exports every function the public headers declare, and nothing else.
set -eu
[ "$(uname)" != Darwin ] || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$NM" -D --defined-only "$SHARED_LIBRARY" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >"$work/exported"
cat "$SOURCE_DIR"/include/gannet/*.h | tr '\n' ' ' | sed 's/GN_API/\n&/g' |
    sed -nE 's/^GN_API[^(;]*[ *](gn_[a-z0-9_]+)[ (;].*/\1/p' | sort >"$work/declared"

failures=0
report() { # FILE SENTENCE
    while read -r symbol; do
        echo "$symbol: $2"
        failures=$((failures + 1))
    done <"$1"
}
grep -vE '^gn_[a-z0-9]' "$work/exported" >"$work/strangers" || true
comm -13 "$work/declared" "$work/exported" >"$work/undeclared"
comm -23 "$work/declared" "$work/exported" >"$work/undefined"
report "$work/strangers" "exported, but only gn_ names may be"
report "$work/undeclared" "exported, but declared in no public header"
report "$work/undefined" "declared with GN_API, but not in the library"
echo "$(wc -l <"$work/exported") symbols exported, $failures wrong"
[ -s "$work/exported" ] && [ "$failures" -eq 0 ]
