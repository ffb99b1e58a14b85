#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/bench/compare.sh - libgannet beside PyTorch and KANN on the same work in one run: prints the tables of docs/performance.md as Markdown.
#
#     sh tests/bench/compare.sh BUILD_DIR [PYTHON...]      default: every one of python3 and /usr/bin/python3 that has torch
#
# Each PYTHON has torch: Debian's python3-torch, a virtual environment with the newest that pip installs. Of PyTorch's settings (eager,
# channels_last, compiled where there is a compiler; one OpenBLAS thread or as many as PyTorch's; with AVX-512, OpenBLAS's own choice of code
# or that for Intel's processors) the fastest is compared. KANN names a mnist-cnn built from KANN's examples, without which that row is
# skipped. THREADS (2) and PAIRS (11) can be set; two threads and one, and one image here and in PyTorch, are compared once after each other row.
# On a quiet machine it takes about half an hour.
set -eu
if [ $# -eq 0 ] || [ "$1" = --help ]; then
    sed -n '3,/^set/{/^set/d;s/^# \{0,1\}//p;}' "$0"
    [ $# -gt 0 ] && exit 0
    exit 2
fi
build=$1
shift
if ! [ -x "$build/tests/bench/bench_worker" ]; then
    echo "compare.sh: there is no $build/tests/bench/bench_worker; expected a build folder, as of 'cmake --preset release'" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
has_torch() { "$1" -c 'import torch' 2>/dev/null; }
if [ $# -eq 0 ]; then
    for python in $(command -v python3) /usr/bin/python3; do
        if [ "$python" != "${1:-}" ] && has_torch "$python"; then
            set -- "$@" "$python"
        fi
    done
fi
exec python3 "$here/compare.py" --threads "${THREADS:-2}" --pairs "${PAIRS:-11}" ${KANN:+--kann "$KANN"} "$build" "$build/lib/libgannet.so" "$@"
