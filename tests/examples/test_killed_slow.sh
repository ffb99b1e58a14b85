# SPDX-License-Identifier: MIT
# tests/examples/test_killed_slow.sh - a run that was killed goes on from its last checkpoint and ends as a straight run does.
. "$SOURCE_DIR/tests/examples/common.sh"

"$examples/dcgan" --steps 230 --batch 1 --out killed >out 2>err &
process=$!
while [ ! -f killed/log.csv ] || [ "$(wc -l <killed/log.csv)" -lt 212 ]; do
    kill -0 $process 2>/dev/null || break
    sleep 0.1
done
kill -KILL $process
wait $process || true
check "it was killed before its end" test "$(tail -n 1 killed/log.csv | cut -d, -f1)" -lt 230
expect 0 "steps 200 to 230" dcgan --resume killed
expect 0 "done: 230 steps" dcgan --steps 230 --batch 1 --out straight
for file in checkpoint.safetensors samples.png progress.gif; do
    check "killed and resumed, $file is that of a straight run" cmp killed/$file straight/$file
done
check "so is the log" test "$(steps_of killed/log.csv)" = "$(steps_of straight/log.csv)"
finish
