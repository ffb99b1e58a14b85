# SPDX-License-Identifier: MIT
# tests/packaging/test_abi.sh - the binary interface is the one written down in abi.txt, and carries the number of this version.
. "$SOURCE_DIR/tests/packaging/common.sh"
[ "$(uname)" = Linux ] && [ "$(getconf LONG_BIT)" -eq 64 ] || skip "the list is made on Linux with 64 bits"
list=$SOURCE_DIR/tests/packaging/abi.txt

sh "$SOURCE_DIR/tests/packaging/abi.sh" >"$work/abi.txt"
diff "$list" "$work/abi.txt" | grep "^[<>]" >"$work/changes" || true
if [ -s "$work/changes" ]; then
    cat "$work/changes"
    if grep -q '^<' "$work/changes"; then
        echo "FAILED: lines of tests/packaging/abi.txt (<) are gone or read otherwise now (>)."
        echo "Programs that were compiled before would break; if this minor version was released, that takes the next one"
        echo "(include/gannet/version.h and cmake/gannet.map). Only the name of a parameter may change without harm."
    else
        echo "FAILED: the interface has grown (>), which is fine."
    fi
    echo "If it is meant, renew the list:"
    echo "  SHARED_LIBRARY=$SHARED_LIBRARY sh tests/packaging/abi.sh >tests/packaging/abi.txt"
    failures=1
fi

version=GANNET_$(sed -nE 's/^#define GN_VERSION_(MAJOR|MINOR) ([0-9]+)$/\2/p' "$SOURCE_DIR/include/gannet/version.h" | paste -sd .)
if grep '^symbol ' "$work/abi.txt" | grep -v "@$version\$"; then
    echo "FAILED: these symbols are not of version $version; see cmake/gannet.map"
    failures=1
fi
echo "$(wc -l <"$work/abi.txt") lines of interface, $(wc -l <"$work/changes") differences"
finish
