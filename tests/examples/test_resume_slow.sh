# SPDX-License-Identifier: MIT
# tests/examples/test_resume_slow.sh - a run in two parts is, byte for byte, the run at once; what contradicts a run is refused.
. "$SOURCE_DIR/tests/examples/common.sh"

# same_run A B: equal checkpoints, pictures and logged steps.
same_run() {
    for file in checkpoint.safetensors samples.png progress.gif; do
        check "$1/$file and $2/$file are equal" cmp "$1/$file" "$2/$file"
    done
    check "$1 and $2 logged the same steps" test "$(steps_of "$1/log.csv")" = "$(steps_of "$2/log.csv")"
}

expect 0 "done: 12 steps" dcgan --steps 12 --batch 4 --out straight
check "the log's header" test "$(head -n 1 straight/log.csv)" = "step,d_loss,g_loss,d_penalty,d_real,\
d_fake,real_right,fake_right,real_wrong,d_gradient_norm,g_gradient_norm,g_batch_norm_gap,seconds"
check "the log's rows" test "$(steps_of straight/log.csv)" = "1 2 3 4 5 6 7 8 9 10 11 12 "
check "samples.png is a PNG" test "$(head -c 4 straight/samples.png | tail -c 3)" = PNG
check "progress.gif is a GIF" test "$(head -c 6 straight/progress.gif)" = GIF89a
check "progress.gif loops" grep -q NETSCAPE2.0 straight/progress.gif
check "config.json names the variant" grep -q '"variant": "momentum"' straight/config.json

expect 0 "done: 6 steps" dcgan --steps 6 --batch 4 --out parts
check "six steps are not twelve" test "$(steps_of parts/log.csv)" = "1 2 3 4 5 6 "
cp -R parts first
cp -R parts ahead
expect 0 "done: 12 steps" dcgan --steps 12 --resume parts
same_run straight parts
check "seconds only grow" sh -c "tail -n +2 parts/log.csv | cut -d, -f13 | sort -n -c"

# As if killed after the log and the animation of later steps were written, but not the checkpoint.
cp straight/log.csv straight/progress.gif ahead
printf '13,0.5,0.' >>ahead/log.csv
expect 0 "done: 12 steps" dcgan --steps 12 --resume ahead
same_run straight ahead

expect 0 "done: 12 steps" dcgan --resume first --steps 12 --out elsewhere
same_run straight elsewhere
check "the first part was left alone" test "$(steps_of first/log.csv)" = "1 2 3 4 5 6 "

cp first/checkpoint.safetensors kept
expect 2 "option '--variant' is 'simple', but the run in first has 'momentum'" dcgan --resume first --steps 12 --variant simple
expect 2 "option '--batch' is '8', but the run in first has '4'" dcgan --resume first --steps 12 --batch 8
expect 2 "option '--seed' is '8', but the run in first has '7'" dcgan --resume first --steps 12 --seed 8
expect 2 "option '--data' is 'mnist', but the run in first was trained on the built-in digits" dcgan --resume first --data mnist
expect 2 "3 steps in all, but the run in first has made 6" dcgan --resume first --steps 3
check "nothing was touched" cmp kept first/checkpoint.safetensors
expect 0 "done: 6 steps" dcgan --resume first --batch 4 --seed 7 --variant momentum --data digits
check "a finished run stays as it is" cmp kept first/checkpoint.safetensors

# The folder of the pictures is remembered, whatever the current folder is.
make_mnist mnist
expect 0 "32 pictures" dcgan --data mnist --steps 2 --batch 4 --out on_mnist
mkdir other
cd other
expect 0 "done: 3 steps" dcgan --resume ../on_mnist --steps 3
cd ..
rm on_mnist/config.json
expect 2 "does not say where its pictures are; add --data DIR" dcgan --resume on_mnist --steps 4
expect 0 "done: 4 steps" dcgan --resume on_mnist --steps 4 --data mnist
cp -R mnist smaller
head -c 12560 mnist/train-images-idx3-ubyte >smaller/train-images-idx3-ubyte
printf '\000\000\010\003\000\000\000\020' | dd of=smaller/train-images-idx3-ubyte conv=notrunc 2>dd
printf '\000\000\010\001\000\000\000\020\000\001\002\003\004\005\006\007\010\011\000\001\002\003\004\005' >smaller/train-labels-idx1-ubyte
expect 2 "smaller: not the pictures that the run in on_mnist was trained on" dcgan --resume on_mnist --data smaller
rm on_mnist/progress.gif
expect 0 "the animation begins anew" dcgan --resume on_mnist --steps 5
expect 0 "done: 8 steps" dcgan --data mnist --epochs 1 --batch 4 --out epoch

# A run that takes the place of another says so, and no other does.
# replaces TEXT ARGUMENTS...: TEXT ends the line of the folder, and lines of JSON agree. There are a run in epoch and a folder "empty".
cp -R epoch kept_epoch
replaces() {
    line_end=$1 answer=false
    shift
    case $line_end in *"in place of"*) answer=true ;; esac
    for format in "" --json; do
        rm -rf epoch new empty
        cp -R kept_epoch epoch
        mkdir empty
        wanted_text="\"replaces\":$answer"
        [ -n "$format" ] || wanted_text=$line_end
        expect 0 "$wanted_text" dcgan "$@" $format
        [ -n "$format" ] || check "$*: the line ends with '$line_end'" grep -q "^[0-9]* pictures.*, $line_end\$" out
    done
}
replaces "into new" --data mnist --steps 1 --batch 4 --out new
replaces "into empty" --data mnist --steps 1 --batch 4 --out empty
replaces "into epoch" --resume epoch --steps 8
replaces "into ./epoch" --resume epoch --steps 8 --out ./epoch
replaces "into epoch, in place of the run there (its checkpoint: checkpoint.before.safetensors)" --resume first --steps 7 --out epoch
replaces "into epoch, in place of the run there (its checkpoint: checkpoint.before.safetensors)" --data mnist --steps 1 --batch 4 --out epoch

# Rows that cannot be read are not thrown away: nothing is touched.
cp -R straight damaged
sed 's/^7,.*/7,0.5 and more/' straight/log.csv >damaged/log.csv
cp -R damaged untouched
expect 1 "damaged/log.csv:8: no row of a step after 6: mend it, or move the file away" dcgan --resume damaged --steps 13
expect 1 "damaged/log.csv:8: no row of a step after 6" dcgan --resume damaged --steps 13 --out epoch
check "nothing was touched" diff -rq damaged untouched
check "nor in the other folder" test "$(steps_of epoch/log.csv)" = "1 "
finish
