# SPDX-License-Identifier: MIT
# tests/examples/test_run_folder.sh - a folder belongs to one run at a time, and a new one there keeps the checkpoint before.
. "$SOURCE_DIR/tests/examples/common.sh"

# Two that write into one folder would leave the checkpoint of one beside the log of the other.
expect 0 "done: 1 step," dcgan --steps 1 --batch 4 --out other
"$examples/dcgan" --steps 100000 --batch 4 --out shared >first_out 2>first_err &
process=$!
while kill -0 $process 2>/dev/null && ! grep -qs '^2,' shared/log.csv; do sleep 0.05; done
ln -s shared link
for run in "--steps 2 --out shared" "--steps 2 --out link" "--resume shared --steps 100001" "--resume other --out shared --steps 2" \
    "--resume shared/ --out shared --variant simple"; do # which is refused before the checkpoint is read
    # shellcheck disable=SC2086 # several arguments
    expect 1 ": another run is writing into it" dcgan $run
done
expect 1 "shared: another run is writing into it" text2image --quick --out shared
expect 1 "shared: another run is writing into it" study_noise --quick --out shared
check "the run there is still going on" kill -0 $process
expect 0 "wrote look.png" sample --checkpoint shared/checkpoint.safetensors --count 1 --out look.png
kill -KILL $process
wait $process 2>/dev/null || true
total=$(($(tail -n 1 shared/log.csv | cut -d, -f1) + 1))
expect 0 "done: $total steps" dcgan --resume shared --steps $total
check "no lock is left" test -z "$(find shared -name '*lock*')"

# One who forgets --resume has not lost what was learned.
kept=checkpoint.before.safetensors
expect 0 "done: 2 steps" dcgan --resume other --steps 2
check "a run that goes on keeps no other" test ! -e other/$kept
cp other/checkpoint.safetensors precious
expect 0 ", into other, in place of the run there (its checkpoint: $kept)" dcgan --steps 1 --batch 2 --out other
check "it is the one before" cmp precious other/$kept
expect 0 "wrote look.png" sample --checkpoint other/$kept --count 1 --out look.png
expect 0 "done: 2 steps" dcgan --resume other --steps 2
check "it stays" cmp precious other/$kept
cp other/checkpoint.safetensors newer
: >file
expect 1 "file: cannot write into it" dcgan --steps 1 --batch 2 --tensorboard file/board --out other
check "no run is replaced for one that cannot begin" cmp newer other/checkpoint.safetensors
"$examples/dcgan" --steps 1 --batch 2 --quiet --out other >out 2>&1 &
process=$! missing=0
while kill -0 $process 2>/dev/null; do [ -e other/checkpoint.safetensors ] || missing=$((missing + 1)); done
check "a new run ends well" wait $process
check "without a word" test ! -s out
check "there is a checkpoint at every moment" test $missing = 0
check "the newest one is kept" cmp newer other/$kept
if strace -qq -o /dev/null true 2>/dev/null; then # a file system where a file has one name only
    cp other/checkpoint.safetensors newer
    check "it is moved" strace -qq -e trace=linkat -e inject=linkat:error=EPERM -o /dev/null \
        "$examples/dcgan" --steps 1 --batch 2 --quiet --out other
    check "and kept" cmp newer other/$kept
fi
mkdir again
mv other/$kept again/checkpoint.safetensors
expect 0 "done: 3 steps" dcgan --resume again --steps 3 # without an animation: its next picture comes at step 5
check "which is not shown" sh -c "! grep '^done.*progress.gif' out"
cp again/checkpoint.safetensors newer
echo older >again/$kept
echo film >again/progress.gif
# start_full OPTION...: a new run in the folder, on a disk that the checkpoint does not fit on.
start_full() {
    code=0
    (
        trap '' XFSZ
        ulimit -f 2000
        "$examples/dcgan" --steps 1 --batch 2 --out again "$@" >out 2>err
    ) || code=$?
}
start_full
wanted=1 text="again/checkpoint.safetensors: cannot write"
judge "a new run on a full disk"
check "leaves the run there in its place" cmp newer again/checkpoint.safetensors
check "and the one before that" grep -qx older again/$kept
check "and its film" grep -qx film again/progress.gif
start_full --keep-going --json
check "one that goes on without has replaced nothing" grep -q '"replaces":false' out
check "nor has it later" cmp newer again/checkpoint.safetensors
check "nothing is left beside it" test "$(cat again/$kept; ls again | grep -c part)" = "older
0"
rm again/$kept
mkdir -p again/$kept
expect 1 "again/checkpoint.safetensors: cannot rename it to again/$kept: " dcgan --steps 1 --batch 2 --keep-going --out again
check "nor is it lost where it cannot be kept" cmp newer again/checkpoint.safetensors
rm -r again/$kept
expect 2 "option '--classifier' is 'again', a folder, expected a file, such as 'again/classifier.safetensors'" evaluate \
    --checkpoint newer --classifier again
mkdir left
cp newer left/$kept
expect 1 "left/checkpoint.safetensors: cannot read: No such file or directory; there is left/$kept" dcgan --resume left

# What can be neither locked nor made is not written into.
ln -s loop loop
expect 1 "loop: cannot lock: " dcgan --steps 1 --batch 2 --out loop
if [ -d /sys/kernel ]; then
    expect 1 "/sys/gannet: cannot make the folder: " dcgan --steps 1 --batch 2 --out /sys/gannet
    check "the reason is not that it is missing" sh -c "! grep 'No such file' err"
fi
finish
