# SPDX-License-Identifier: MIT
# tests/bench/test_instructions_slow.sh - the instructions of one dcgan step, counted by valgrind, within 1 % of step_instructions.txt: sees what
# test_step_counts does not, work outside the kernels and slower code inside.
#
# Only builds like the one that the file names can be compared: other compilers make other code. After a change that is meant:
#     sh tests/bench/test_instructions_slow.sh --print > tests/bench/step_instructions.txt     (with BUILD_DIR, BUILD_TYPE and CC set)
set -eu
skip() { echo "skipped: $1"; exit 77; }
command -v valgrind >/dev/null || skip "no valgrind"
[ "$BUILD_TYPE" = Release ] || skip "not a release build"
grep -qs avx2 /proc/cpuinfo || skip "no processor with AVX2"
worker=$BUILD_DIR/tests/bench/bench_worker
ldd "$worker" | grep -q libopenblas || skip "no OpenBLAS"
build="$(uname -m), gcc $("$CC" -dumpversion), OpenBLAS"
here=$(cd "$(dirname "$0")" && pwd)
if [ "${1:-}" != --print ]; then
    grep -q "^$build: " "$here/step_instructions.txt" || skip "nothing is known of $build"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Else how memset and memcpy work would depend on the size of caches.
never=1073741824
export GLIBC_TUNABLES=glibc.cpu.x86_rep_stosb_threshold=$never:glibc.cpu.x86_rep_movsb_threshold=$never:glibc.cpu.x86_non_temporal_threshold=$never

# The second step, when memory is warm, for eight pictures, the fewest that go the way of many: valgrind takes its time with fused multiply-adds.
echo "step 1" | valgrind --tool=callgrind --toggle-collect=work_rounds --callgrind-out-file="$work/out" "$worker" dcgan 8 1 >"$work/answers" 2>"$work/log"
count=$(sed -n 's/.*Collected : //p' "$work/log")
if [ "${1:-}" = --print ]; then
    echo "$build: $count"
    exit 0
fi
expected=$(sed -n "s/^$build: //p" "$here/step_instructions.txt")
echo "$count instructions, expected $expected"
awk -v count="$count" -v expected="$expected" 'BEGIN { exit !(count > 0.99 * expected && count < 1.01 * expected) }'
