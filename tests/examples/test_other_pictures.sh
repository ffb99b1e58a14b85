# SPDX-License-Identifier: MIT
# tests/examples/test_other_pictures.sh - dcgan on CIFAR-10's files and on a folder of pictures, 32x32 and 64x64.
. "$SOURCE_DIR/tests/examples/common.sh"

# make_cifar FOLDER: 5 files of 8 pictures with labels 0 .. 7 and pixels of anything.
make_cifar() {
    mkdir -p "$1"
    for number in 1 2 3 4 5; do
        : >"$1/data_batch_$number.bin"
        for label in 0 1 2 3 4 5 6 7; do
            printf "\\00$label" >>"$1/data_batch_$number.bin"
            head -c 3072 "$examples/dcgan" >>"$1/data_batch_$number.bin"
        done
    done
}

# make_folder FOLDER PICTURE: a class of six and a class of four copies of a PNG.
make_folder() {
    mkdir -p "$1/ants" "$1/bees"
    for i in 1 2 3 4 5 6; do cp "$2" "$1/ants/$i.png"; done
    for i in 1 2 3 4; do cp "$2" "$1/bees/$i.png"; done
}

# The size of a PNG, from its header.
size_of() {
    od -A n -j 16 -N 8 -t u1 "$1" | awk '{ print $3 * 256 + $4 "x" $7 * 256 + $8 }'
}

make_cifar cifar
expect 0 "done: 3 steps" dcgan --data cifar --steps 3 --batch 8 --out run
checkpoint=run/checkpoint.safetensors
check "pictures of 32x32 in ten classes" test "$(size_of run/samples.png)" = "684x684"
expect 0 "wrote all.png" sample --checkpoint $checkpoint --out all.png
check "coloured" test "$(od -A n -j 25 -N 1 -t u1 all.png | tr -d ' ')" = 2
expect 0 "wrote circle.png" sample --checkpoint $checkpoint --grid circle --count 4 --out circle.png
expect 0 "done: 5 steps" dcgan --resume run --steps 5
expect 0 "done: 5 steps" dcgan --data cifar --steps 5 --batch 8 --out whole
check "resumed is the same as uninterrupted" cmp run/checkpoint.safetensors whole/checkpoint.safetensors

make_folder folder all.png
for size in 32 64; do
    expect 0 "done: 2 steps" dcgan --data folder --size $size --steps 2 --batch 4 --out folder$size
    expect 0 "wrote bees.png" sample --checkpoint folder$size/checkpoint.safetensors --label 1 --count 3 --out bees.png
    expect 2 "option '--label' is '2', expected 0 to 1" sample --checkpoint folder$size/checkpoint.safetensors --label 2 --out none.png
done
check "two rows of ten" test "$(size_of folder64/samples.png)" = "1324x268"
expect 0 "done: 3 steps" dcgan --resume folder64 --steps 3
expect 0 "done: 3 steps" dcgan --resume folder64 --size 64
expect 2 "option '--size' is '32', but the run in folder64 has '64'" dcgan --resume folder64 --size 32 --steps 4
expect 0 "done: 3 steps" dcgan --data folder --size 64 --steps 3 --batch 4 --out whole64
check "resumed with the size of the run" cmp folder64/checkpoint.safetensors whole64/checkpoint.safetensors
expect 0 "wrote morph.png" sample --checkpoint folder32/checkpoint.safetensors --grid morph --count 3 --out morph.png
expect 0 "done: 1 step," dcgan --data folder --average 0.9 --augment --steps 1 --batch 4 --out average
expect 0 "wrote average.png" sample --checkpoint average/checkpoint.safetensors --out average.png
mkdir single && cp -R folder/ants single
expect 0 "done: 1 step," dcgan --data single --steps 1 --batch 4 --out one_class
mkdir -p picture/ants && cp one_class/samples.png picture/ants
expect 2 "option '--batch' is '2', expected 1 to the 1 picture of picture" dcgan --data picture --batch 2 --out none
expect 0 "done: 2 steps" dcgan --data folder --variant wgan-gp --steps 2 --batch 4 --out critic
check "what has not moved has no loss" grep -qE "^step +2/2 .* d -?[0-9.]+ g - real " out
expect 0 "done: 5 steps" dcgan --resume critic --steps 5
check "nor a gradient, in the log, until it has moved" test "$(tail -n +2 critic/log.csv | cut -d, -f3,11 | grep -n '^,$' | tr '\n' ' ')" = "1:, 2:, 3:, 4:, "

mkdir nothing flat
cp all.png flat/1.PNG
for folder in flat flat/; do
    expect 1 "$folder: pictures stand in the folder itself: put them into a folder for their class, flat/all/" dcgan --data $folder --out never
done
expect 1 "nosuch: cannot read: No such file or directory" dcgan --data nosuch --out never
expect 1 "all.png: cannot read: Not a directory" dcgan --data all.png --out never
expect 1 "nothing: cannot read: neither MNIST's train-images-idx3-ubyte[.gz], nor CIFAR-10's data_batch_1.bin, nor train-images.npy, nor folders" dcgan --data nothing --out never
expect 2 "option '--size' is for folders of pictures" dcgan --data cifar --size 64 --out never
expect 2 "cifar: not the pictures that the run in folder32 was trained on" dcgan --data cifar --resume folder32
expect 2 "folder: not the pictures that the run in run was trained on" dcgan --data folder --resume run
mkdir folder/wasps
expect 1 "folder/wasps: holds no PNG or JPEG pictures" dcgan --data folder --out never
rmdir folder/wasps
cp -R cifar mislabelled && printf '\012' | dd of=mislabelled/data_batch_3.bin conv=notrunc bs=1 2>dd
expect 1 "mislabelled/data_batch_3.bin: picture 0 has label 10, expected 0 to 9" dcgan --data mislabelled --out never
head -c 100 cifar/data_batch_2.bin >short && mv short cifar/data_batch_2.bin
expect 1 "cifar/data_batch_2.bin: is 100 bytes long, expected a multiple of 3073" dcgan --data cifar --out never
echo "no picture" >folder/ants/7.jpg
cp -R folder holed
echo "no picture" >holed/ants/7.jpg
echo "of ants" >holed/ants/notes.txt
"$examples/dcgan" --data holed --steps 1 --batch 4 --out holes >out 2>err
check "what is left out is told" grep -qx "dcgan: left out: holed/ants/7.jpg: neither a PNG nor a JPEG file" err
check "so is what is no picture by its name" grep -q "holed/ants: 1 left out, such as 'notes.txt'" err
check "the others are there" grep -q '^10 pictures (holed)' out

# 8 pictures of 32x32x3 bytes, and as many labels, in NumPy's files.
mkdir npy
put_npy() {
    printf "\223NUMPY\001\000$(printf '\\%03o' ${#2})\000%s" "$2" >"$1"
}
put_npy npy/train-images.npy "{'descr': '|u1', 'fortran_order': False, 'shape': (8, 32, 32, 3)}"
head -c 24576 "$examples/dcgan" >>npy/train-images.npy
put_npy npy/train-labels.npy "{'descr': '|u1', 'fortran_order': False, 'shape': (8,)}"
printf '\000\001\002\000\001\002\000\001' >>npy/train-labels.npy
expect 0 "8 pictures (npy)" dcgan --data npy --steps 1 --batch 4 --out arrays
expect 1 "draws pictures of [32,32,3], expected digits of [28,28,1]" label_accuracy --checkpoint $checkpoint --classifier $checkpoint
check "nothing was written for what cannot be trained" test ! -e never
finish
