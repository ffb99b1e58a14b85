# SPDX-License-Identifier: MIT
# tests/examples/test_failures_slow.sh - wrong files: exit code 1, one line that says what is wrong, and what was there before survives.
. "$SOURCE_DIR/tests/examples/common.sh"

make_mnist mnist
expect 0 "done: 3 steps" dcgan --steps 3 --batch 4 --out run
cp run/checkpoint.safetensors kept
expect 0 "wrote classifier.safetensors" classify --data mnist --epochs 1 --batch 8

# broken FOLDER TEXT: training on the pictures in FOLDER fails and says TEXT.
broken() {
    expect 1 "$2" dcgan --data "$1" --steps 2 --batch 4 --out never
    expect 1 "$2" classify --data "$1" --batch 4 --out never.safetensors
}
broken missing "missing"
mkdir empty
broken empty "train-images-idx3-ubyte"
cp -R mnist short
head -c 20000 mnist/train-images-idx3-ubyte >short/train-images-idx3-ubyte
broken short "short/train-images-idx3-ubyte"
cp -R mnist long
printf x >>long/train-labels-idx1-ubyte
broken long "long/train-labels-idx1-ubyte"
cp -R mnist swapped
cp mnist/train-labels-idx1-ubyte swapped/train-images-idx3-ubyte
broken swapped "swapped/train-images-idx3-ubyte"
cp -R mnist flat
printf '\000\000\010\003\000\000\000\040\000\000\000\016\000\000\000\070' >flat/train-images-idx3-ubyte
tail -c 25088 mnist/train-images-idx3-ubyte >>flat/train-images-idx3-ubyte
broken flat "expected [28,28,1]"
check "no folder was made for pictures that cannot be read" test ! -e never -a ! -e never.safetensors
for program in dcgan classify; do
    expect 2 "option '--batch' is '33', expected 1 to the 32 pictures of mnist" $program --data mnist --batch 33 --out never
done

# A folder that cannot be written into. A path below a file is one for root, too.
expect 1 "kept" dcgan --steps 2 --batch 4 --out kept/below
expect 1 "kept" dcgan --steps 2 --batch 4 --out kept
expect 1 "kept/below.safetensors" classify --data mnist --batch 4 --out kept/below.safetensors
mkdir folder
expect 1 "folder: cannot write: a folder, expected the name of a file" classify --data mnist --batch 4 --out folder
check "told of before the training" sh -c "! grep -q epoch out"
rmdir folder
cp -R mnist read
expect 2 "option '--out' is 'read/../read/t10k-labels-idx1-ubyte', which holds pictures of '--data'" classify --data read --batch 4 --out read/../read/t10k-labels-idx1-ubyte
check "the pictures are as they were" diff -rq mnist read
expect 1 "kept/below.png" sample --checkpoint kept --out kept/below.png
if [ "$(id -u)" -ne 0 ]; then
    mkdir locked
    chmod a-w locked
    expect 1 "locked" dcgan --steps 2 --batch 4 --out locked
fi

cp classifier.safetensors kept_classifier
expect 1 "short" classify --data short --out classifier.safetensors
check "the classifier before is still there" cmp kept_classifier classifier.safetensors

# Checkpoints that are none.
mkdir cut garbage foreign
head -c 1000000 kept >cut/checkpoint.safetensors
head -c 1000000 "$examples/dcgan" >garbage/checkpoint.safetensors
cp classifier.safetensors foreign/checkpoint.safetensors
for folder in missing cut garbage foreign; do
    expect 1 "$folder/checkpoint.safetensors" dcgan --resume $folder --steps 6
    expect 1 "$folder/checkpoint.safetensors" sample --checkpoint $folder/checkpoint.safetensors --out never.png
done
expect 1 "saved by 'classify', expected a checkpoint of 'dcgan'" dcgan --resume foreign --steps 6
expect 1 "saved by 'dcgan', expected a checkpoint of 'classify'" label_accuracy --checkpoint kept --classifier kept
check "no pictures of what cannot be read" test ! -e never.png

# The disk is full when the checkpoint is written: the one before stays.
code=0
(
    trap '' XFSZ
    ulimit -f 4000
    "$examples/dcgan" --resume run --steps 5 >out 2>err
) || code=$?
wanted=1 text="run/checkpoint.safetensors"
judge "dcgan with a limit on the size of files"
check "the checkpoint before is still there" cmp kept run/checkpoint.safetensors
check "and no remains of the new one" test "$(ls run | tr '\n' ' ')" = "checkpoint.safetensors config.json log.csv network.svg progress.gif report.html samples.png "
expect 0 "done: 5 steps" dcgan --resume run --steps 5

# With --keep-going the training goes on; only that its end cannot be saved is a failure.
code=0
(
    trap '' XFSZ
    ulimit -f 4000
    "$examples/dcgan" --steps 202 --batch 1 --keep-going --out full >out 2>err
) || code=$?
check "it says so and goes on" grep -q "full/checkpoint.safetensors: cannot write: .*; going on" err
tail -n 1 err >last && mv last err
wanted=1 text="full/checkpoint.safetensors"
judge "dcgan --keep-going with a limit on the size of files"
check "all steps were made" test "$(tail -n 1 full/log.csv | cut -d, -f1)" = 202

# Pictures that cannot be written do not cost the checkpoint.
mkdir -p pictures/samples.png
expect 1 "pictures/samples.png: cannot replace" dcgan --steps 3 --batch 4 --out pictures
check "the checkpoint is there" test -s pictures/checkpoint.safetensors
rmdir pictures/samples.png
expect 0 "done: 4 steps" dcgan --resume pictures --steps 4

# What stands beside a checkpoint is looked at, too, and a pipe is nothing to wait for.
cp -R run beside
printf '{"steps": 3,' >beside/config.json
expect 1 "beside/config.json:1: " dcgan --resume beside --steps 7
check "it is not replaced" grep -qx '{"steps": 3,' beside/config.json
rm beside/config.json
mkfifo beside/config.json
expect 1 "beside/config.json: cannot read: not a regular file" dcgan --resume beside --steps 7
expect 2 "beside/config.json: cannot read: not a regular file" dcgan --config beside/config.json
rm beside/config.json beside/log.csv
mkfifo beside/log.csv
expect 1 "beside/log.csv: cannot read: not a regular file" dcgan --resume beside --steps 7
rm beside/log.csv
expect 0 "done: 7 steps" dcgan --resume beside --steps 7

# Files are made beside those that they replace, and a link that stands there is not written through.
for name in config.json log.csv report.html; do
    echo precious >"victim.$name"
    ln -s "../victim.$name" "beside/$name.part"
done
expect 0 "done: 8 steps" dcgan --resume beside --steps 8
check "nothing was written through links" test "$(cat victim.config.json victim.log.csv victim.report.html | sort -u)" = precious
check "they are no links themselves" sh -c '! find beside -type l | grep .'

# A weight that overflows (the largest float, in a file without its checksum): the step is refused, and what was saved stays.
mkdir numbers
LC_ALL=C sed 's/gannet\.crc32/gannet.crc00/' kept >numbers/checkpoint.safetensors
for _ in 1 2 3 4 5 6 7 8; do printf '\377\377\177\177'; done | dd of=numbers/checkpoint.safetensors bs=4 seek=250000 conv=notrunc 2>dd_said
cp numbers/checkpoint.safetensors overflowing
expect 1 "at step 4 the discriminator's loss is " dcgan --resume numbers --steps 6
expect 1 "; the state of step 3 is kept: go on from there with --resume numbers" dcgan --resume numbers --steps 6
check "the checkpoint is as it was" cmp overflowing numbers/checkpoint.safetensors
expect 1 "; the state of step 3 is kept: go on from there with --resume elsewhere" dcgan --resume numbers --steps 6 --out elsewhere
expect 0 "wrote elsewhere.png" sample --checkpoint elsewhere/checkpoint.safetensors --out elsewhere.png
cp kept numbers/checkpoint.safetensors
expect 0 "done: 6 steps" dcgan --resume numbers --steps 6
check "no remains" sh -c '! ls full | grep -E "tmp|part"'
finish
