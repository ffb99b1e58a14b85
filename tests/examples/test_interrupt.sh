# SPDX-License-Identifier: MIT
# tests/examples/test_interrupt.sh - Ctrl-C, SIGTERM and SIGHUP end a run after the step, saved; it then goes on as if nothing had been.
. "$SOURCE_DIR/tests/examples/common.sh"

# What a shell without job control starts in the background ignores Ctrl-C, and a signal that is ignored stays so: env gives it back.
env --default-signal=INT true 2>err || { echo "skipped: no env that gives SIGINT back"; exit 77; }

# stop SIGNAL CODE: a long run is stopped after a few steps.
stop() {
    env --default-signal=INT "$examples/dcgan" --steps 100000 --batch 4 --out "$1" >out 2>err &
    process=$!
    while [ ! -f "$1/log.csv" ] || [ "$(wc -l <"$1/log.csv")" -lt 4 ]; do
        kill -0 $process 2>/dev/null || break
        sleep 0.1
    done
    kill "-$1" $process
    code=0
    wait $process || code=$?
    wanted=$2 text="saved; go on with --resume $1"
    judge "dcgan, stopped by $1"
}

stop INT 130
stop TERM 143
stop HUP 129

# A signal that is ignored at the start (nohup, a shell's &) stays ignored.
for signal in HUP INT; do
    (trap '' $signal && exec "$examples/dcgan" --steps 100000 --batch 4 --out "spared-$signal" >out 2>err) &
    process=$!
    while [ ! -f "spared-$signal/log.csv" ] || [ "$(wc -l <"spared-$signal/log.csv")" -lt 4 ]; do
        kill -0 $process 2>/dev/null || break
        sleep 0.1
    done
    rows=$(wc -l <"spared-$signal/log.csv")
    kill -$signal $process
    while [ "$(wc -l <"spared-$signal/log.csv")" -lt $((rows + 5)) ]; do
        kill -0 $process 2>/dev/null || break
        sleep 0.1
    done
    kill -TERM $process
    code=0
    wait $process || code=$?
    wanted=143 text="saved; go on with --resume spared-$signal"
    judge "dcgan that ignores $signal, stopped by TERM"
done

# twice SIGNAL CODE: a second one does not wait for the end of the step, in which a large batch is on its way.
twice() {
    env --default-signal=INT "$examples/dcgan" --steps 100000 --batch 256 --threads 1 --out "twice-$1" >out 2>err &
    process=$!
    while [ ! -f "twice-$1/log.csv" ] || [ "$(wc -l <"twice-$1/log.csv")" -lt 2 ]; do
        kill -0 $process 2>/dev/null || break
        sleep 0.05
    done
    kill "-$1" $process
    sleep 0.05
    check "a first $1 does not end it" kill "-$1" $process
    code=0
    wait $process || code=$?
    check "a second $1 ends at once" test "$code" = "$2"
    check "without a word, and with no more than was saved at the beginning" test ! -s err -a ! -e "twice-$1/samples.png"
}

twice INT 130
twice TERM 143

# A reader that has gone away (head) stops a run, too, and does not cost what was learned.
{ "$examples/dcgan" --steps 100000 --batch 2 --json --out piped 2>err && echo 0 >piped-code || echo $? >piped-code; } |
    head -n 1 >out
step=$(tail -n 1 piped/log.csv | cut -d, -f1)
code=$(cat piped-code) wanted=1
text="dcgan: the standard output cannot be written: Broken pipe: stopped after step $step, saved; go on with --resume piped"
judge "dcgan --json | head -n 1"
check "soon: after step $step" test "$step" -lt 1000
expect 0 "done: $step step" dcgan --resume piped --steps "$step"
# The reader has gone before the first line, lest four steps be quicker than it.
{ (trap '' PIPE && sleep 1 && exec "$examples/dcgan" --steps 4 --batch 2 --json --keep-going --out going 2>err) &&
    echo 0 >piped-code || echo $? >piped-code; } | true
check "with --keep-going it is made to its end" test "$(steps_of going/log.csv)" = "1 2 3 4 "
code=$(cat piped-code) wanted=1 text="dcgan: the standard output cannot be written: Broken pipe"
judge "dcgan --json --keep-going | true"
{ "$examples/classify" --epochs 1000 --batch 4 --json --out piped.safetensors 2>err && echo 0 >piped-code ||
    echo $? >piped-code; } | head -n 1 >out
code=$(cat piped-code) wanted=1 text="; piped.safetensors is what was learned until then"
judge "classify --json | head -n 1"

done=$(tail -n 1 INT/log.csv | cut -d, -f1)
total=$((done + 2))
expect 0 "done: $total steps" dcgan --resume INT --steps $total
expect 0 "done: $total steps" dcgan --steps $total --batch 4 --out straight
for file in checkpoint.safetensors samples.png progress.gif; do
    check "stopped and resumed, $file is that of a straight run" cmp INT/$file straight/$file
done
check "so is the log" test "$(steps_of INT/log.csv)" = "$(steps_of straight/log.csv)"

# await FILE PROCESS: until there is such a file, or the process is gone.
await() {
    while [ ! -s "$1" ]; do
        kill -0 "$2" 2>/dev/null || break
        sleep 0.1
    done
}

# interrupt PROCESS TEXT WHAT
interrupt() {
    kill -INT "$1"
    code=0
    wait "$1" || code=$?
    wanted=130 text=$2
    judge "$3, interrupted"
}

env --default-signal=INT "$examples/classify" --epochs 1000 --batch 4 --json --out learned.safetensors >steps 2>err &
process=$!
await steps $process
sleep 1
interrupt $process "learned.safetensors is what was learned until then" classify
expect 0 "label accuracy" label_accuracy --checkpoint INT/checkpoint.safetensors --classifier learned.safetensors --count 20

env --default-signal=INT "$examples/gan_mlp" --quick --seeds 100 --out study >out 2>err &
process=$!
await study/dense.gif $process
interrupt $process "interrupted; what was found until then is in study/report.html" gan_mlp
check "the report says so" grep -q "Interrupted before its end" study/report.html
check "with no number that is none" sh -c "! grep -qw nan study/report.html"

# One that is stopped while its classifier learns has found nothing.
rm -f out
env --default-signal=INT "$examples/study_labels" --out early >out 2>err &
process=$!
await out $process
interrupt $process "interrupted before the study began: there is no report" study_labels
check "it writes no report" test ! -f early/report.html

# A model that is there already is not replaced by one that has learned nothing.
mkdir model
echo earlier >model/generator.safetensors
rm -f out
env --default-signal=INT "$examples/text2image" --out model >out 2>err &
process=$!
await out $process
interrupt $process "interrupted before the game began; nothing was written into model" text2image
check "the earlier model is still there" test "$(cat model/generator.safetensors)" = earlier
finish
