# SPDX-License-Identifier: MIT
# tests/house/test_mirror.sh - tests/ mirrors lib/: every lib/<floor>/<file>.c has its tests/<floor>/test_<file>.c.
set -eu
cd "$SOURCE_DIR"

# Tested elsewhere, and where.
exempt() {
    case $1 in
        *) return 1 ;;
    esac
}

missing=0
for source in lib/*/*.c; do
    path=${source#lib/}
    floor=${path%/*}
    name=${path##*/}
    name=${name%.c}
    twin=${name%_reference}
    if exempt "$path" || [ -f "tests/$floor/test_$name.c" ] || [ -f "tests/$floor/test_${name}_slow.c" ] ||
        [ -f "tests/$floor/test_$twin.c" ]; then
        continue
    fi
    echo "$source: no tests/$floor/test_$name.c"
    missing=$((missing + 1))
done
echo "$missing files without a test"
[ "$missing" -eq 0 ]
