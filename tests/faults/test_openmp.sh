# SPDX-License-Identifier: MIT
# tests/faults/test_openmp.sh - in a program that uses OpenMP, and with a BLAS of any kind of threads: the same bits, and OpenMP as it was.
#
# BLAS_DIRS: more folders with a libopenblas.so.0 than Debian's own.
set -eu
case $CFLAGS in *thread*) echo "skipped: the thread sanitizer does not know OpenMP's"; exit 77 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '#include <omp.h>\nint main(void) { return omp_get_max_threads() < 1; }\n' >"$work/try.c"
"$CC" -fopenmp "$work/try.c" -o "$work/try" 2>/dev/null || { echo "skipped: $CC has no OpenMP"; exit 77; }
# shellcheck disable=SC2086 # a list of flags
"$CC" -std=c11 $CFLAGS -fopenmp -I"$SOURCE_DIR/include" -I"$SOURCE_DIR/tests" "$SOURCE_DIR/tests/faults/openmp_host.c" \
    -o "$work/host" "$SHARED_LIBRARY" -Wl,-rpath,"$(dirname "$SHARED_LIBRARY")"

runs=0 failures=0
# run LIBRARIES KIND: with one and with more threads of OpenMP.
run() {
    for threads in 1 2 4; do
        runs=$((runs + 1))
        LD_LIBRARY_PATH=$1 OMP_NUM_THREADS=$threads timeout 100 "$work/host" >"$work/bits" 2>"$work/error" || {
            echo "FAILED: $2, OMP_NUM_THREADS=$threads: $(cat "$work/error")"
            failures=$((failures + 1))
            continue
        }
        echo "    $2, OMP_NUM_THREADS=$threads: $(cat "$work/bits")"
        cat "$work/bits" >>"$work/all"
    done
}

run "${LD_LIBRARY_PATH-}" "the BLAS of this build"
for folder in /usr/lib/*/openblas-* ${BLAS_DIRS-}; do
    [ ! -e "$folder/libopenblas.so.0" ] || run "$folder" "$(basename "$folder")"
done
kinds=$(sort -u "$work/all" | wc -l)
echo "$runs runs, $failures failed, $((kinds)) kind of bits"
[ "$failures" -eq 0 ] && [ "$kinds" -eq 1 ]
