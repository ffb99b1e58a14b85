# SPDX-License-Identifier: MIT
# tests/examples/test_text2image_slow.sh - a quick training, pictures of captions, and words that are not known.
. "$SOURCE_DIR/tests/examples/study.sh"
expect 0 "done; look at run/report.html" text2image --quick --out run
cp out printed
check "the numbers are sane" sane printed
[ -z "$browser" ] || shown run/report.html 4 0 390 1
check "four pictures" test "$(grep -o 'src="data:image/png;base64' run/report.html | wc -l)" -eq 4
expect 0 "wrote x.png" text2image --model run --caption "a thin green seven leaning left on a dark background" --out x.png
expect 0 "wrote again.png" text2image --model run --caption "A thin GREEN seven, leaning left on a dark background." --out again.png
check "the same words draw the same" cmp x.png again.png
expect 0 "wrote pair.png" text2image --model run --caption "two digits, a red three above a small blue one" --out pair.png
expect 0 "wrote way.png" text2image --model run --caption "a red three" --to "a blue eight" --count 5 --out way.png
check "another caption draws another" sh -c "! cmp -s x.png pair.png"
expect 2 "unknown word 'sevn', did you mean 'seven'?" text2image --model run --caption "a green sevn" --out never.png
expect 2 "option '--to' is of drawing, expected '--caption TEXT' beside it" text2image --to "a red three"
expect 1 "nowhere/encoder.safetensors: cannot read" text2image --model nowhere --caption "a red three" --out never.png
check "no picture of what was not understood" test ! -e never.png
"$examples/text2image" --quick --threads 1 --quiet --out again
check "one thread learns the same" cmp run/generator.safetensors again/generator.safetensors
finish
