# SPDX-License-Identifier: MIT
# tests/faults/test_compilers_slow.sh - gcc's and clang's builds train to the same bytes. Builds the library once more.
set -eu
[ -x "$BUILD_DIR/examples/dcgan" ] || { echo "skipped: the examples were not built"; exit 77; }
other=clang
case $("$CC" --version) in *clang*) other=gcc ;; esac
command -v $other >/dev/null || { echo "skipped: no $other"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$CMAKE" -S "$SOURCE_DIR" -B "$work/build" -DCMAKE_C_COMPILER=$other -DCMAKE_BUILD_TYPE=Release -DGANNET_BUILD_TESTS=OFF >"$work/log" &&
    "$CMAKE" --build "$work/build" -j2 --target example_dcgan >>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }

failures=0
for variant in momentum wgan-gp; do
    "$BUILD_DIR/examples/dcgan" --variant $variant --steps 10 --batch 6 --quiet --out "$work/one-$variant"
    "$work/build/examples/dcgan" --variant $variant --steps 10 --batch 6 --quiet --out "$work/other-$variant"
    cmp "$work/one-$variant/checkpoint.safetensors" "$work/other-$variant/checkpoint.safetensors" || failures=$((failures + 1))
done
echo "2 variants of dcgan, 10 steps, built by $CC and $other: weights, moments and averages differ by 0 ulps in $((2 - failures)) of 2"
[ $failures -eq 0 ]
