# SPDX-License-Identifier: MIT
# tests/bench/test_programs_slow.sh - every benchmark runs, and what it prints with --json is JSON with at least one figure.
set -eu
case $CFLAGS in
    *-fsanitize=*) echo "skipped: a sanitizer makes a benchmark take minutes"; exit 77 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/parse.cmake" <<'END'
file(READ "${FILE}" text)
string(JSON count LENGTH "${text}")
string(JSON ratio GET "${text}" 0 ratio)
if(NOT ratio GREATER 0)
    message(FATAL_ERROR "ratio is ${ratio}")
endif()
message(STATUS "${count} figures")
END

# runs PROGRAM TEXT: the figures whose name has the text.
runs() {
    echo "$1"
    "$BUILD_DIR/tests/bench/$1" --json --threads 1 --repetitions 1 --only "$2" >"$work/figures.json"
    "$CMAKE" -DFILE="$work/figures.json" -P "$work/parse.cmake"
}
runs bench_ops "[4096,10]"
runs bench_step "mlp_cgan"
runs bench_latency "mlp_cgan generator, batch 1"
runs bench_start "mlp_cgan"
runs bench_memory "mlp_cgan"
runs bench_penalty "critic"
runs bench_profile "mlp_cgan"
runs bench_growth "width: 16 pictures 16x16x8"

if "$BUILD_DIR/tests/bench/bench_step" --threads; then
    echo "FAILED: bench_step takes --threads without a number"
    exit 1
fi
if "$BUILD_DIR/tests/bench/bench_step" --threads 1 --only "no such figure"; then
    echo "FAILED: bench_step prints nothing and is content"
    exit 1
fi
"$BUILD_DIR/tests/bench/bench_step" --help | grep -q -- "--repetitions N  measurements" || { echo "FAILED: bench_step --help"; exit 1; }
