# SPDX-License-Identifier: MIT
# tests/examples/test_logs.sh - what programs write for other programs is read by them as it is: log.csv by gnuplot and pandas, lines of
# JSON by jq and pandas, events by TensorBoard. What is not installed is left out.
. "$SOURCE_DIR/tests/examples/common.sh"
python=${PYTHON:-python3}

has() { command -v "$1" >/dev/null || { echo "skipped: no $1"; return 1; }; }
imports() { "$python" -c "import $1" 2>/dev/null || { echo "skipped: $python has no $1"; return 1; }; }

# lines PROGRAM ARGUMENTS...: with --json the program prints lines of JSON, into PROGRAM.json, and nothing else.
lines() {
    program=$1
    shift
    code=0
    checks=$((checks + 1))
    "$examples/$program" "$@" --json >"$program.json" 2>err || code=$?
    if [ $code -ne 0 ] || [ -s err ] || [ ! -s "$program.json" ] || grep -v '^{"event":".*}$' "$program.json"; then
        echo "FAILED: $program $* --json: exit code $code, expected lines of JSON alone:"
        cat err
        failures=$((failures + 1))
    fi
}

# finds PROGRAM EXPRESSION TEXT: what jq finds in its lines.
finds() {
    found=$(jq -c "$2" "$1.json" | tr '\n' ' ')
    check "jq '$2' finds '$found' in what $1 says, expected '$3 '" test "$found" = "$3 "
}

make_mnist mnist
lines dcgan --steps 3 --batch 4 --out run --tensorboard board
lines dcgan --resume run --steps 3 --tensorboard board
lines dcgan --steps 3 --batch 4 --out run --tensorboard board
lines classify --data mnist --epochs 1 --batch 8 --tensorboard board
lines sample --checkpoint run/checkpoint.safetensors --out a.png --onnx a.onnx
lines label_accuracy --checkpoint run/checkpoint.safetensors --classifier classifier.safetensors --count 20
lines mixture --steps 2 --seeds 2 --remedy packing2
lines text2image --quick --tensorboard board

if has jq; then
    finds dcgan 'select(.event == "step").step' '1 2 3'
    finds dcgan 'select(.event == "done").log' '"run/log.csv"'
    finds dcgan 'select(.event == "step" and .step == 3).real_wrong' 'null'
    finds classify 'select(.event == "epoch") | [.epoch, .step]' '[1,4]'
    finds sample .file '"a.png" "a.onnx"'
    finds label_accuracy 'select(.event == "done").pictures' '20'
    finds mixture '.remedy, (.modes | keys)' '"packing2" ["mean","standard_error"]'
    finds text2image 'select(.event == "done").out' '"text2image-out"'
    expect 0 "higher_is_better" evaluate --checkpoint run/checkpoint.safetensors --classifier classifier.safetensors --data mnist --count 20 --json
    cp out evaluate.json
    finds evaluate '.metrics.precision.generated | type' '"number"'
fi
if has gnuplot; then
    gnuplot -e "set datafile separator ','; set key autotitle columnhead; stats 'run/log.csv' using 'd_loss' nooutput; print int(STATS_records);
                set terminal svg; set output 'curves.svg'; plot 'run/log.csv' using 'step':'d_loss' with lines, '' using 'step':'g_loss' with lines" >out 2>&1
    check "gnuplot counts the steps: $(cat out)" test "$(cat out)" = 3
    check "gnuplot plots them" grep -q gnuplot_plot_2 curves.svg
fi
if imports pandas; then
    check "pandas" "$python" "$SOURCE_DIR/tests/examples/check_logs.py" run/log.csv dcgan.json
fi
if imports tensorboard; then
    check "TensorBoard" "$python" "$SOURCE_DIR/tests/examples/check_board.py" board
fi
finish
