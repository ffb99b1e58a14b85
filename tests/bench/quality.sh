#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/bench/quality.sh - is what dcgan draws after ten minutes as good as what PyTorch draws after as many steps?
#
#     sh tests/bench/quality.sh BUILD_DIR MNIST_FOLDER RESULTS_FOLDER STEPS gannet|torch SEED...
#
# Trains for so many steps from each seed, by dcgan or by PyTorch (quality_torch.py, the same game), with wrong labels shown to D and a running
# average of G. One classifier judges all generators: label accuracy of 10,000 pictures, and the Frechet distance on the classifier's features.
# Then prints all rows that RESULTS_FOLDER holds. What is there is not made again, and an interrupted run of dcgan goes on.
#
# How many steps ten minutes are is in the last column of a run's log.csv, on a machine that does nothing else. PYTHON names a python3 with
# torch, THREADS says how many train (2).
set -eu
[ $# -ge 6 ] || { sed -n 's/^#  *sh /usage: sh /p' "$0" >&2; exit 2; }
examples=$(realpath "$1")/examples data=$(realpath "$2") folder=$3 steps=$4 by=$5
shift 5
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$folder"
cd "$folder"

# gannet SEED FOLDER, torch SEED FOLDER: a generator, trained, in FOLDER/checkpoint.safetensors.
gannet() {
    place=--out
    [ ! -e "$2/checkpoint.safetensors" ] || place=--resume
    "$examples/dcgan" --variant momentum --wrong-labels --average 0.995 --data "$data" --steps "$steps" --seed "$1" \
        --threads "${THREADS:-2}" "$place" "$2" --quiet
}

torch() {
    mkdir -p "$2"
    "${PYTHON:-python3}" "$here/quality_torch.py" --data "$data" --steps "$steps" --seed "$1" --threads "${THREADS:-2}" \
        --out "$2/checkpoint.safetensors" >"$2/log"
}

accuracy() {
    "$examples/label_accuracy" --checkpoint "$1/checkpoint.safetensors" --classifier classifier.safetensors --count 10000 |
        sed -n 's/^label accuracy \([0-9.]*\) .*/\1/p'
}

frechet() {
    "$examples/evaluate" --checkpoint "$1/checkpoint.safetensors" --classifier classifier.safetensors --data "$data" --count 10000 --json |
        tr -d '\n' | sed 's/.*"frechet_classifier": {[^0-9-]*\([0-9.]*\).*/\1/'
}

[ -e classifier.safetensors ] || "$examples/classify" --data "$data" --epochs 3 --out classifier.safetensors | tail -n 1
for seed; do
    run=$by-$steps-$seed
    [ ! -e "$run.row" ] || continue
    "$by" "$seed" "$run"
    right=$(accuracy "$run")
    distance=$(frechet "$run")
    printf '| %-6s | %6s | %4s | %16s | %16s |\n' "$by" "$steps" "$seed" "$right" "$distance" >"$run.row"
done
printf '| by     |  steps | seed | label accuracy %% | Frechet distance |\n|--------|-------:|-----:|-----------------:|-----------------:|\n'
cat ./*.row
