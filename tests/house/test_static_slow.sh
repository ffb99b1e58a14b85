# SPDX-License-Identifier: MIT
# tests/house/test_static_slow.sh - static checks: clang-tidy (.clang-tidy), cppcheck, gcc -fanalyzer, and a hardened build.
#
# lib/core and lib/io; with GANNET_LONG_TESTS=1 all of lib/ and examples/ (gcc's analyzer stays with core and io, as it was asked to).
set -eu
cd "$SOURCE_DIR"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
few=$(echo lib/core/*.c lib/io/*.c) files=$few
[ "${GANNET_LONG_TESTS-}" != 1 ] || files=$(echo lib/*/*.c examples/*.c examples/common/*.c)
flags="-std=c11 -Iinclude -Ilib -Iexamples -D_POSIX_C_SOURCE=200809L -DGN_BUILDING -DGANNET_BLAS_BUILTIN=1"
failures=0 checks=0

# run TOOL COMMAND...: says nothing and succeeds.
run() {
    tool=$1
    shift
    checks=$((checks + 1))
    "$@" >"$work/out" 2>&1 && ! grep -qE '(warning|error):' "$work/out" || {
        echo "FAILED: $tool:"
        cat "$work/out"
        failures=$((failures + 1))
    }
}

# each TOOL FILES COMMAND...: the same, for one file after another.
each() {
    name=$1 list=$2
    shift 2
    for file in $list; do
        run "$name $file" "$@" "$file"
    done
}

have() { command -v "$1" >/dev/null 2>&1 || { echo "skipped: no $1"; return 1; }; }

# shellcheck disable=SC2086 # lists of flags and files
{
    if have clang-tidy; then
        for file in $files; do
            run "clang-tidy $file" clang-tidy --quiet "$file" -- $flags
        done
    fi
    if have cppcheck; then
        run cppcheck cppcheck --quiet --std=c11 --enable=warning,performance,portability --error-exitcode=1 -Iinclude -Ilib -Iexamples \
            -DGANNET_BLAS_BUILTIN=1 $files
    fi
    if have gcc && gcc --version | grep -q 'Free Software' && ! gcc -dumpversion | grep -qE '^([0-9]|10|11)(\.|$)'; then
        each "gcc -fanalyzer" "$few" gcc -fanalyzer -O1 -c -o /dev/null $flags
        each "gcc, hardened" "$files" gcc -O2 -Wall -Wextra -D_FORTIFY_SOURCE=3 -fstack-protector-strong -c -o /dev/null $flags
    fi
}
[ $checks -gt 0 ] || { echo "skipped: none of clang-tidy, cppcheck and gcc 12 is here"; exit 77; }
echo "$checks static checks, $failures failed"
[ $failures -eq 0 ]
