# SPDX-License-Identifier: MIT
# tests/examples/test_run_folder.sh - a folder belongs to one run at a time.
. "$SOURCE_DIR/tests/examples/common.sh"

# Two that write into one folder would leave the checkpoint of one beside the log of the other.
expect 0 "done: 1 steps" dcgan --steps 1 --batch 4 --out other
"$examples/dcgan" --steps 100000 --batch 4 --out shared >first_out 2>first_err &
process=$!
while kill -0 $process 2>/dev/null && ! grep -qs '^2,' shared/log.csv; do sleep 0.05; done
ln -s shared link
for run in "--steps 2 --out shared" "--steps 2 --out link" "--resume shared --steps 100001" "--resume other --out shared --steps 2"; do
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
finish
