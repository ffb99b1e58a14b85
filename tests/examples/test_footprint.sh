# SPDX-License-Identifier: MIT
# tests/examples/test_footprint.sh - what training does to the machine, as strace sees it: no network, and nothing written, made, renamed
# or removed outside the folders that were named.
. "$SOURCE_DIR/tests/examples/common.sh"
case $CFLAGS in
    *-fsanitize*) echo "skipped: sanitizers do not go with strace"; exit 77 ;;
esac
strace -qq -o /dev/null true 2>/dev/null || { echo "skipped: no strace, or it may not trace"; exit 77; }

# Calls that succeeded. With -y a path that begins in the working directory is told as it was given.
trace() {
    strace -f -qq -e trace=%file,%network,ftruncate,fchmod,fchown -e status=successful -o calls "$@" >out 2>err
}

check "it trains" trace "$examples/dcgan" --steps 2 --batch 4 --out here/run --tensorboard here/board
check "the trace has what it should have" grep -q 'here/run/checkpoint.safetensors' calls
grep -E '(socket|connect|bind|listen|sendto)\(' calls >network || true
check "no network: $(head -n 3 network)" test ! -s network
grep -E 'O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|[0-9] +(mkdir|rename|unlink|link|symlink|rmdir|chmod|chown|truncate|mknod|utime)[a-z0-9]*\(' calls |
    grep -vE '"here(/[^"]*)?"|/dev/(null|tty)' >outside || true
check "nothing outside the folders: $(head -n 3 outside)" test ! -s outside
check "nothing but the folders is there" test "$(ls)" = "calls
err
here
network
out
outside"
finish
