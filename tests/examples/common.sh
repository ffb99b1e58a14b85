# SPDX-License-Identifier: MIT
# tests/examples/common.sh - what the tests of the example programs share: a folder to work in, and expectations.
set -eu
examples=$BUILD_DIR/examples
[ -x "$examples/dcgan" ] || { echo "skipped: the examples were not built"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0
checks=0

# check DESCRIPTION COMMAND...: the command succeeds.
check() {
    description=$1
    shift
    checks=$((checks + 1))
    "$@" || { echo "FAILED: $description"; failures=$((failures + 1)); }
}

# expect CODE TEXT PROGRAM ARGUMENTS...: the program exits with CODE. If CODE is 0 its output holds TEXT and its stderr nothing,
# otherwise stderr is one line that holds TEXT.
expect() {
    wanted=$1 text=$2 program=$3
    shift 3
    code=0
    "$examples/$program" "$@" >out 2>err || code=$?
    judge "$program $*"
}

# judge WHAT: the second half of expect, for a program that ran otherwise. Looks at $code, $wanted, $text, out and err.
judge() {
    lines=1 where=err
    [ "$wanted" -ne 0 ] || lines=0 where=out
    checks=$((checks + 1))
    if [ "$code" -ne "$wanted" ] || [ "$(wc -l <err)" -ne $lines ] || ! grep -qF -e "$text" $where; then
        echo "FAILED: $1: exit code $code, expected $wanted and '$text' in std$where:"
        cat out err
        failures=$((failures + 1))
    fi
}

# The end of every test.
finish() {
    echo "$checks checks, $failures failed"
    [ "$failures" -eq 0 ]
}

# The steps of a log, on one line.
steps_of() {
    tail -n +2 "$1" | cut -d, -f1 | tr '\n' ' '
}

# make_mnist FOLDER: 32 training and 32 test pictures of 28x28 in ten classes, whatever they show.
make_mnist() {
    mkdir -p "$1"
    for split in train t10k; do
        printf '\000\000\010\003\000\000\000\040\000\000\000\034\000\000\000\034' >"$1/$split-images-idx3-ubyte"
        head -c 25088 "$examples/dcgan" >>"$1/$split-images-idx3-ubyte" # 32 * 28 * 28 bytes of anything
        printf '\000\000\010\001\000\000\000\040' >"$1/$split-labels-idx1-ubyte"
        for _ in 1 2 3 4; do
            printf '\000\001\002\003\004\005\006\011' >>"$1/$split-labels-idx1-ubyte"
        done
    done
}
