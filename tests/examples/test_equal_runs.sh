# SPDX-License-Identifier: MIT
# tests/examples/test_equal_runs.sh - the same seed gives the same bytes at any number of threads and in any folder; another seed does not.
. "$SOURCE_DIR/tests/examples/common.sh"

expect 0 "done: 5 steps" dcgan --steps 5 --batch 6 --threads 1 --out one
mkdir -p deep
expect 0 "done: 5 steps" dcgan --steps 5 --batch 6 --threads 2 --out deep/folders/two
for threads in 3 4 7; do
    expect 0 "done: 5 steps" dcgan --steps 5 --batch 6 --threads $threads --out on_$threads
done
for file in checkpoint.safetensors samples.png progress.gif; do
    check "1 and 2 threads give the same $file" cmp one/$file deep/folders/two/$file
    for threads in 3 4 7; do
        check "1 and $threads threads give the same $file" cmp one/$file on_$threads/$file
    done
done
echo "checkpoint, pictures and film at 1, 2, 3, 4 and 7 threads: $failures differ"
expect 0 "done: 5 steps" dcgan --steps 5 --batch 6 --seed 8 --out other_seed
check "another seed gives another run" sh -c "! cmp -s one/checkpoint.safetensors other_seed/checkpoint.safetensors"
expect 0 "batch norm momentum 0.99" dcgan --steps 5 --batch 6 --variant simple --out simple
check "the variants draw other pictures" sh -c "! cmp -s one/samples.png simple/samples.png"
check "but learn alike, because the fakes are made with the batch's own statistics" \
    test "$(cut -d, -f1-5 one/log.csv)" = "$(cut -d, -f1-5 simple/log.csv)"
check "a run over a run" "$examples/dcgan" --steps 5 --batch 6 --quiet --out on_3 >out 2>err
check "quiet is quiet" test ! -s out -a ! -s err
check "and the same" cmp one/checkpoint.safetensors on_3/checkpoint.safetensors
finish
