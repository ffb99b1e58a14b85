# SPDX-License-Identifier: MIT
# tests/examples/study.sh - what the tests of the studies share: a quick run of each, and what its table and files must be like.
. "$SOURCE_DIR/tests/examples/common.sh"
. "$SOURCE_DIR/tests/examples/browser.sh"
case $CFLAGS in
    *-fsanitize*)
        [ "${GANNET_LONG_TESTS:-0}" = 1 ] || { echo "skipped: minutes under a sanitizer; GANNET_LONG_TESTS=1 runs it"; exit 77; } ;;
esac

# The numbers of a printed table are finite, and those in columns with a % lie in 0 .. 100.
sane() {
    awk -F '|' '
        /^\| / && !header { header = 1; for (i = 2; i < NF; i++) share[i] = $i ~ /%/ && $i !~ /remains|steps/; next }
        /^\| :/ { next }
        /^\|/ {
            rows++
            for (i = 3; i < NF; i++) {
                cell = $i; sub(/±.*/, "", cell); n = split(cell, numbers, " to ")
                for (k = 1; k <= n; k++) {
                    number = numbers[k]; gsub(/ /, "", number)
                    if (number ~ /inf|nan/) { print "not finite: " $0; bad = 1 }
                    if (share[i] && number ~ /^-?[0-9.]+$/ && (number + 0 < 0 || number + 0 > 100)) { print "no share: " $0; bad = 1 }
                }
            }
            next
        }
        { header = 0 }
        END { exit bad || rows == 0 }' "$1"
}

# For machines that do other things as well; 60 is the aim on two quiet cores.
QUICK_SECONDS=240
case $CFLAGS in *-fsanitize*) QUICK_SECONDS=3600 ;; esac

# quick_study NAME PICTURES [WORDS]: a quick run prints a table and writes a report that holds so many pictures, each of them also a file.
# WORDS are what it says to --seeds 0.
quick_study() {
    set -- "$1" "$2" "${3:-option '--seeds' is '0', expected}"
    expect 0 "done; look at run/report.html" "$1" --quick --threads 2 --out run
    cp out printed
    check "the numbers are sane" sane printed
    check "$2 files" test "$(find run -name '*.png' -o -name '*.gif' -o -name '*.svg' | wc -l)" -eq "$2"
    check "$2 pictures" test "$(grep -o 'src="data:image/[a-z+]*;base64' run/report.html | wc -l)" -eq "$2"
    check "nothing from elsewhere" sh -c "! grep -qE '(src|href)=\"?http' run/report.html"
    check "what was found is said" grep -q 'What was found' run/report.html
    if [ -n "$browser" ]; then
        shown run/report.html "$2" "$(charts_in run/report.html)" 390 1
        shown run/report.html "$2" "$(charts_in run/report.html)" 1280 0
    fi
    check "it is quick" test "$(sed -n 's/^ *\([0-9]*\) s  done; .*/\1/p' printed)" -lt "$QUICK_SECONDS"
    expect 2 "$3" "$1" --seeds 0
}
