# SPDX-License-Identifier: MIT
# tests/examples/test_small_machine_slow.sh - training where there is little: on one of several processors, under nice, with more threads than
# processors, in 256 MiB of memory, and with the kernels that OpenBLAS has for other processors.
. "$SOURCE_DIR/tests/examples/common.sh"
case $CFLAGS in
    *-fsanitize*) echo "skipped: sanitizers need memory and time of their own"; exit 77 ;;
esac
command -v taskset >/dev/null || { echo "skipped: no taskset"; exit 77; }
processor=$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')
memory=262144 # KiB

on_one() {
    taskset -c "$processor" "$@"
}

# The number behind "name": in a line of JSON.
number() {
    sed -n 's/.*"'"$1"'":\([0-9.e+-]*\).*/\1/p' out
}

run() {
    name=$1
    shift
    checks=$((checks + 1))
    "$@" >out 2>err || { echo "FAILED: $name: exit code $?"; cat out err; failures=$((failures + 1)); }
}

run "on one processor" on_one "$examples/dcgan" --json --steps 3 --batch 8 --out one
check "one thread on one processor, not $(number threads)" test "$(number threads)" -eq 1
one=$(number seconds | tail -n 1)
run "eight threads on one processor" on_one "$examples/dcgan" --json --steps 3 --batch 8 --threads 8 --out eight
eight=$(number seconds | tail -n 1)
echo "3 steps on one processor: $one s with one thread, $eight s with eight"
check "eight threads do not wait for each other by spinning" awk "BEGIN { exit !($eight < 4 * $one + 1) }"
check "and give the same bits" cmp one/checkpoint.safetensors eight/checkpoint.safetensors

# The most memory that it has had, by looking now and then.
"$examples/dcgan" --quiet --steps 4 --out memory &
process=$!
most=0
while now=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$process/status" 2>/dev/null) && [ -n "$now" ]; do
    most=$now
    sleep 0.1
done
run "the default batch" wait $process
echo "dcgan, batch 64: $most KiB"
check "it needs $most KiB, expected less than $memory" test "$most" -gt 0 -a "$most" -lt $memory

# In a control group of that size, where this process may make one: what is over is killed. Version 2 or version 1.
group=/sys/fs/cgroup/gannet-test-$$ limit=memory.max
if [ -d /sys/fs/cgroup/memory ]; then
    group=/sys/fs/cgroup/memory/gannet-test-$$ limit=memory.limit_in_bytes
fi
if mkdir "$group" 2>/dev/null && echo $((memory * 1024)) 2>/dev/null >"$group/$limit"; then
    run "in 256 MiB" sh -c "echo \$\$ >$group/cgroup.procs; exec nice -n 19 taskset -c $processor '$examples/dcgan' --quiet --steps 1 --out group"
else
    echo "skipped: a control group of 256 MiB"
fi
[ ! -d "$group" ] || rmdir "$group"

for core in Haswell Nehalem; do
    run "OPENBLAS_CORETYPE=$core" env OPENBLAS_CORETYPE=$core "$examples/dcgan" --quiet --steps 2 --batch 4 --out $core
done
finish
