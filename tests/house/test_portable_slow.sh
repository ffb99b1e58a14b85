# SPDX-License-Identifier: MIT
# tests/house/test_portable_slow.sh - all of lib/ compiles without a warning for a processor that is no x86-64, and what asks the compiler
# for optimisations compiles without them.
set -eu
cd "$SOURCE_DIR"
: "${CC:=cc}" "${AARCH64_HEADERS:=/usr/aarch64-linux-gnu/include}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-std=c11 -Iinclude -Ilib -D_POSIX_C_SOURCE=200809L -DGN_BUILDING -DGANNET_BLAS_BUILTIN=1 -Wall -Wextra -Wpedantic -Wconversion
       -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wundef -Wvla -Wformat=2 -Werror"
compiled=0 failures=0

# each FILES COMMAND...: compiles one file after another.
each() {
    files=$1
    shift
    for file in $files; do
        compiled=$((compiled + 1))
        # shellcheck disable=SC2086 # a list of flags
        "$@" $flags "$file" || { echo "FAILED: $* $file"; failures=$((failures + 1)); }
    done
}

each "$(echo lib/*/*.c)" "$CC" -DGN__PLAIN_LOOPS -fsyntax-only
each "$(grep -lE '_Pragma|GN__INDEPENDENT' lib/*/*.c)" "$CC" -O0 -c -o "$work/object"

# The headers of the libraries are those of this machine, behind the other's C library.
if ! command -v clang >/dev/null 2>&1; then
    echo "skipped: for aarch64: no clang"
elif [ ! -r "$AARCH64_HEADERS/stdio.h" ]; then
    echo "skipped: for aarch64: no $AARCH64_HEADERS/stdio.h (Debian: libc6-dev-arm64-cross)"
else
    each "$(echo lib/*/*.c)" clang --target=aarch64-linux-gnu -nostdlibinc -idirafter "$AARCH64_HEADERS" -idirafter /usr/include \
        -idirafter "/usr/include/$("$CC" -print-multiarch)" -fsyntax-only
fi
echo "$compiled files compiled, $failures failed"
[ "$compiled" -gt 0 ] && [ "$failures" -eq 0 ]
