#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/fuzz/run.sh - run.sh TARGET SECONDS: fuzzes a reader ("safetensors", "png", ...) and keeps what it has learnt.
#
# BUILD_DIR (default build/fuzz) is a build with -DGANNET_FUZZ=ON. The corpus grows in CORPUS (default BUILD_DIR/corpus); an input that
# fails is written to BUILD_DIR/findings, and then the exit code is not 0.
set -eu
[ $# -eq 2 ] || { echo "usage: $0 TARGET SECONDS" >&2; exit 2; }
case $2 in
    *[!0-9]* | '' | 0) echo "$0: SECONDS is '$2', expected a whole number from 1 on" >&2; exit 2 ;;
esac
source=$(cd "$(dirname "$0")" && pwd)
build=${BUILD_DIR:-$source/../../build/fuzz}
program=$build/tests/fuzz/fuzz_$1
corpus=${CORPUS:-$build/corpus}/$1
[ -x "$program" ] || { echo "$program is not there: cmake --preset fuzz && cmake --build --preset fuzz" >&2; exit 2; }

scratch=$(mktemp -d "$([ -d /dev/shm ] && echo /dev/shm || echo /tmp)/gannet_fuzz_run_XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
seeds=$scratch/seeds # of its own: several runs may begin at once
mkdir -p "$corpus" "$build/findings"
"$build/tests/fuzz/fuzz_seeds" "$seeds"
regressions=$source/regressions/$1
[ -d "$regressions" ] || regressions=

# The timeout is of the clock, on a machine that others may use too. Inputs are large enough for records of CIFAR-10. What the readers of the examples print goes nowhere.
dictionary=
[ ! -f "$source/$1.dict" ] || dictionary=-dict=$source/$1.dict
export TMPDIR="$scratch" OPENBLAS_NUM_THREADS=1
# shellcheck disable=SC2086 # empty ones must vanish
"$program" -max_total_time="$2" -max_len=16384 -timeout=60 -rss_limit_mb=1024 -close_fd_mask=3 -print_final_stats=1 $dictionary \
    -artifact_prefix="$build/findings/$1-" "$corpus" "$seeds/$1" $regressions
