#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/bench/quality.sh - is what dcgan draws after ten minutes as good as what PyTorch draws after as many steps?
#
#     sh tests/bench/quality.sh BUILD_DIR MNIST_FOLDER [SECONDS [SEEDS]]        default 600 seconds, 3 seeds
#
# PYTHON names a python3 with torch. For each seed: dcgan trains for so long, with wrong labels shown to D and a running average of G, then
# PyTorch makes as many steps of the same game (quality_torch.py), and both generators are judged by one classifier: label accuracy of 10,000
# pictures, and the Frechet distance on the classifier's features.
set -eu
build=$1 data=$(realpath "$2") seconds=${3:-600} seeds=${4:-3}
here=$(cd "$(dirname "$0")" && pwd)
examples=$(realpath "$build")/examples
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

"$examples/classify" --data "$data" --epochs 3 --out classifier.safetensors | tail -n 1

# judge NAME SEED CHECKPOINT STEPS: a row of the table.
judge() {
    accuracy=$("$examples/label_accuracy" --checkpoint "$3" --classifier classifier.safetensors --count 10000 | sed -n 's/^label accuracy \([0-9.]*\) .*/\1/p')
    frechet=$("$examples/evaluate" --checkpoint "$3" --classifier classifier.safetensors --data "$data" --count 10000 --json |
        tr -d '\n' | sed 's/.*"frechet_classifier": {[^0-9-]*\([0-9.]*\).*/\1/')
    printf '| %-8s | %4s | %6s | %16s | %16s |\n' "$1" "$2" "$4" "$accuracy" "$frechet"
}

printf '| by       | seed |  steps | label accuracy %% | Frechet distance |\n|----------|-----:|-------:|-----------------:|-----------------:|\n'
seed=1
while [ "$seed" -le "$seeds" ]; do
    code=0
    timeout -s INT "$seconds" "$examples/dcgan" --variant momentum --wrong-labels --average 0.999 --data "$data" --steps 100000000 --seed "$seed" --out "run$seed" --quiet 2>interrupted || code=$?
    [ "$code" -eq 124 ] || { cat interrupted; exit 1; }
    steps=$(tail -n 1 "run$seed/log.csv" | cut -d, -f1)
    judge gannet "$seed" "run$seed/checkpoint.safetensors" "$steps"
    "${PYTHON:-python3}" "$here/quality_torch.py" --data "$data" --steps "$steps" --seed "$seed" --out "torch$seed.safetensors" >torch.log
    judge PyTorch "$seed" "torch$seed.safetensors" "$steps"
    seed=$((seed + 1))
done
