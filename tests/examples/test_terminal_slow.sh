# SPDX-License-Identifier: MIT
# tests/examples/test_terminal_slow.sh - what training shows in a terminal (that of script(1)) and elsewhere: a bar that follows the window's
# width, a preview in colour only where that can be shown and is wanted, and no control characters in pipes.
. "$SOURCE_DIR/tests/examples/common.sh"
script -qec true /dev/null >out 2>&1 || { echo "skipped: no script(1) of util-linux"; exit 77; }
escape=$(printf '\033') return=$(printf '\r') block=$(printf '\342\226\200')

# show FILE COMMAND: what a terminal of 100 columns receives from a shell command.
show() {
    timeout 200 script -qec "stty cols 100; $2" /dev/null </dev/null >"$1" 2>&1 || true
}

# widest FILE: of all that is written over in one line, in characters.
widest() {
    tr '\r' '\n' <"$1" | grep '^step' | sed "s/$escape.*//" | awk '{ if (length($0) > most) most = length($0) } END { print most + 0 }'
}

dcgan="$examples/dcgan --steps 3 --batch 4 --out run"
export TERM=xterm LC_ALL=C.UTF-8
unset NO_COLOR

show bar "$dcgan"
check "a bar that is drawn over itself" grep -q "$return"'step.*\[#*-*\].*'"$escape"'\[K' bar
check "the bar fits: $(widest bar) columns" test "$(widest bar)" -gt 60 -a "$(widest bar)" -lt 100

# The window becomes narrower in the middle of a run: the bar follows.
cat >resized.sh <<'SCRIPT'
steps() { wc -l <"$1/log.csv" 2>/dev/null || echo 0; }
{
    while [ ! -s pid ] || [ "$(steps "$2")" -lt 4 ]; do sleep 0.1; done
    stty cols 40 </dev/tty
    wide=$(steps "$2")
    while [ "$(steps "$2")" -lt $((wide + 20)) ]; do sleep 0.1; done
    kill -TERM "$(cat pid)"
} &
echo $$ >pid
exec "$1" --steps 100000 --batch 4 --out "$2"
SCRIPT
show narrow "sh resized.sh $examples/dcgan folder"
tr '\r' '\n' <narrow | grep '^step.*'"$escape" | tail -n 2 >end
check "the bar becomes narrow: $(widest end) columns" test "$(widest end)" -gt 20 -a "$(widest end)" -lt 40

show dumb "TERM=dumb $dcgan"
check "a terminal without moves has plain lines" sh -c "grep -q '^step *3/3' dumb && ! grep -q '$escape' dumb"

show colours "$dcgan --preview"
check "the preview has colours and half blocks" grep -q "$escape\[38;2;[0-9;]*m.*$block" colours
show plain "NO_COLOR=1 $dcgan --preview"
check "NO_COLOR: none" sh -c "! grep -qE '$escape\[[0-9;]*m|$block' plain"
check "but pictures of characters" grep -qE '^[-.:=+*#%@ ]{40,}' plain
show ascii "LC_ALL=C $dcgan --preview"
check "without UTF-8 only ASCII" sh -c "! LC_ALL=C grep -q '[^ -~[:cntrl:]]' ascii && ! grep -qE '$escape\[[0-9;]*m' ascii"

$dcgan --preview >out 2>err
check "nothing but text in pipes" sh -c "! LC_ALL=C grep -q '[^ -~]' out && ! LC_ALL=C grep -q '[^ -~]' err"
check "and plain lines of progress" grep -q '^step *3/3' out
show json "$dcgan --json"
check "lines of JSON alone, in a terminal too" sh -c "! tr -d '\r' <json | grep -v '^{\"event\"'"
finish
