# SPDX-License-Identifier: MIT
# tests/examples/test_killed.sh - a training that is killed again and again, mostly while it saves, ends as one that was not.
#
# 10 kills; 200 with GANNET_LONG_TESTS=1. SEED (1) chooses the moments.
. "$SOURCE_DIR/tests/examples/common.sh"
kills=10
[ "${GANNET_LONG_TESTS-}" != 1 ] || kills=200
tmp=killed/.checkpoint.safetensors.gannet.tmp

# moment N: the N-th moment, in seconds up to the first argument's.
moment() {
    awk -v n="$1" -v most="$2" -v seed="${SEED:-1}" 'BEGIN { srand(seed * 1000 + n); printf "%.4f\n", rand() * most }'
}

# Until the new checkpoint is being written, or the process is gone.
wait_for_saving() {
    while kill -0 "$1" 2>/dev/null && [ ! -e $tmp ]; do sleep 0.005; done
}

expect 0 "done: 1 step," dcgan --steps 1 --batch 1 --out killed
steps=1 landed=0 saving=0 tries=0
while [ $landed -lt $kills ] && [ $tries -lt $((10 * kills)) ]; do
    tries=$((tries + 1))
    rm -f $tmp # so that the wait is for this one
    "$examples/dcgan" --resume killed --steps $((steps + 1)) >out 2>err &
    process=$!
    case $((tries % 4)) in
        0) ;; # a step that is made, so that there is something new to lose
        2) sleep "$(moment $tries 0.5)" ;;
        *) wait_for_saving $process && sleep "$(moment $tries 0.1)" ;;
    esac
    [ $((tries % 4)) -eq 0 ] || kill -KILL $process 2>/dev/null || true
    code=0
    wait $process 2>/dev/null || code=$?
    case $code in
        0) steps=$((steps + 1)) ;;
        137) landed=$((landed + 1)) ;;
        *) check "kill $tries: the last checkpoint loads: $(cat err)" false ;;
    esac
    [ $code -ne 137 ] || [ ! -e $tmp ] || saving=$((saving + 1))
    [ ! -e $tmp ] || cp $tmp left
done
check "enough kills landed" test $landed -eq $kills
[ ! -e left ] || cp left $tmp # what a killed one has left is taken over by the next
expect 0 "done: $((steps + 2)) steps" dcgan --resume killed --steps $((steps + 2))
expect 0 "done: $((steps + 2)) steps" dcgan --steps $((steps + 2)) --batch 1 --out straight
for file in checkpoint.safetensors samples.png progress.gif; do
    check "$file is that of a run that was not killed" cmp killed/$file straight/$file
done
check "so is the log" test "$(steps_of killed/log.csv)" = "$(steps_of straight/log.csv)"
check "no temporary file is left" test ! -e $tmp
# A new run in the folder of another is killed before its first save: the folder holds the new one.
expect 0 "done: 6 steps" dcgan --steps 6 --batch 2 --out taken
"$examples/dcgan" --steps 100 --batch 2 --seed 99 --out taken >out 2>err &
process=$!
while kill -0 $process 2>/dev/null && ! { grep -q '"seed": 99' taken/config.json && grep -q '^3,' taken/log.csv; }; do sleep 0.005; done
kill -KILL $process
wait $process 2>/dev/null || true
expect 0 "done: 8 steps" dcgan --resume taken --steps 8
expect 0 "done: 8 steps" dcgan --steps 8 --batch 2 --seed 99 --out fresh
for file in checkpoint.safetensors samples.png progress.gif; do
    check "$file of a folder that was taken is the new run's" cmp taken/$file fresh/$file
done
check "so is that log" test "$(steps_of taken/log.csv)" = "$(steps_of fresh/log.csv)"
echo "killed $landed of $kills times, $saving of them while the checkpoint was being written, over $steps steps"
finish
