# SPDX-License-Identifier: MIT
# tests/examples/test_pictures.sh - sample, classify and label_accuracy do what they say with small networks.
. "$SOURCE_DIR/tests/examples/common.sh"

# The size of a PNG, from its header: two big-endian numbers.
size_of() {
    od -A n -j 16 -N 8 -t u1 "$1" | awk '{ print $1 * 16777216 + $2 * 65536 + $3 * 256 + $4 "x" $5 * 16777216 + $6 * 65536 + $7 * 256 + $8 }'
}

# Is the file JSON? Where there is no Python nobody can tell.
python_reads() {
    command -v python3 >/dev/null || return 0
    python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$1"
}

make_mnist mnist
expect 0 "done: 3 steps" dcgan --steps 3 --batch 4 --out run
checkpoint=run/checkpoint.safetensors
expect 0 "wrote all.png" sample --checkpoint $checkpoint --out all.png
expect 0 "wrote again.png" sample --checkpoint $checkpoint --out again.png --seed 1 --count 10
expect 0 "wrote other.png" sample --checkpoint $checkpoint --out other.png --seed 2
expect 0 "wrote three.png" sample --checkpoint $checkpoint --out three.png --label 3 --count 20
expect 0 "wrote one.png" sample --checkpoint $checkpoint --out one.png --label=0 --count=1
expect 2 "option '--label' is '10', expected 0 to 9" sample --checkpoint $checkpoint --out never.png --label 10
check "the same seed draws the same" cmp all.png again.png
check "another does not" sh -c "! cmp -s all.png other.png"
check "all classes are as large as the run's own samples" test "$(size_of all.png)" = "$(size_of run/samples.png)"
check "one class has two rows" test "$(size_of three.png | cut -dx -f1)" = "$(size_of all.png | cut -dx -f1)"
check "of ten" test "$(size_of three.png | cut -dx -f2)" -lt "$(size_of all.png | cut -dx -f2)"

for grid in styles linear circle morph truncation; do
    expect 0 "wrote $grid.png" sample --checkpoint $checkpoint --grid $grid --count 4 --out $grid.png
done
check "a column for each of 4 pictures" test "$(size_of styles.png | cut -dx -f1)" -lt "$(size_of all.png | cut -dx -f1)"
check "straight and great circle ways differ" sh -c "! cmp -s linear.png circle.png"
check "styles are not pictures of their own" sh -c "! cmp -s styles.png all.png"

expect 0 "wrote generator.onnx" sample --checkpoint $checkpoint --onnx generator.onnx
expect 0 "wrote both.onnx" sample --checkpoint $checkpoint --out both.png --onnx both.onnx
check "pictures beside a model are the same" cmp both.png all.png
check "and so is the model" cmp both.onnx generator.onnx
for name in noise label picture; do
    check "$name is a name in it" grep -qa $name generator.onnx
done
expect 1 "no/generator.onnx: cannot write" sample --checkpoint $checkpoint --onnx no/generator.onnx
expect 0 "wrote three-digits.c" sample --checkpoint $checkpoint --emit-c three-digits.c
check "the C file says how it is called" grep -q "void three_digits_draw(const float \*latent, const float \*label" three-digits.c
check "and compiles" "${CC:-cc}" -std=c99 -Wall -Wextra -pedantic -Werror -c three-digits.c
expect 0 "wrote 3.c" sample --checkpoint $checkpoint --out both.png --emit-c 3.c
check "a name that C would not take" grep -q "void generator_draw" 3.c
check "and the pictures, too" cmp both.png all.png
expect 1 "cannot write" sample --checkpoint $checkpoint --emit-c nowhere/3.c

expect 0 "epoch 2: test accuracy" classify --data mnist --epochs 2 --batch 8 --threads 1 --out one.safetensors
expect 0 "wrote two.safetensors" classify --data mnist --epochs 2 --batch 8 --threads 2 --out two.safetensors
check "1 and 2 threads train the same classifier" cmp one.safetensors two.safetensors
expect 0 "of 100 pictures" label_accuracy --checkpoint $checkpoint --classifier one.safetensors --count 100
check "a line for each label" test "$(grep -c '^label [0-9]: ' out)" -eq 10
expect 0 "label accuracy %" evaluate --checkpoint $checkpoint --classifier one.safetensors --data mnist --count 20
check "a row for each metric" test "$(grep -cE "(higher|lower)$" out)" -eq 13
expect 0 '"frechet_classifier": {' evaluate --checkpoint $checkpoint --classifier one.safetensors --data mnist --count 20 --json
check "and it is JSON" python_reads out
expect 0 "| packing2 " mixture --steps 3 --seeds 2 --batch 8 --remedy packing2 --picture points.png
check "a square of points" test "$(size_of points.png)" = 164x164
check "in colour: the modes are marked" test "$(od -A n -j 25 -N 1 -t u1 points.png | tr -d ' ')" = 2
check "what it shows is said" grep -qx "wrote points.png: packing2; circles are where the modes should be" out
check "of two seeds" grep -q ", 2 seeds; mean ± standard error\$" out
expect 0 "ring of 8, steps of 8 points, 1 seed" mixture --steps 1 --seeds 1 --batch 8 --remedy plain
check "one seed has no error" sh -c "! grep -qE 'seeds|error' out"
expect 1 "no/points.png: cannot write" mixture --steps 3 --batch 8 --remedy packing2 --picture no/points.png
check "told of before the training" sh -c "! grep -q packing2 out"
finish
