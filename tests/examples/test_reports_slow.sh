# SPDX-License-Identifier: MIT
# tests/examples/test_reports_slow.sh - the report of a training in a browser: on a screen and on a phone, in light and in dark, no script
# fails, every picture is shown, nothing is wider than the window. Those of the studies: study.sh.
. "$SOURCE_DIR/tests/examples/common.sh"
. "$SOURCE_DIR/tests/examples/browser.sh"
[ -n "$browser" ] || { echo "skipped: there is no chromium"; exit 77; }

expect 0 "done: 3 steps" dcgan --steps 3 --batch 4 --out run
for width in 1280 390; do
    shown run/report.html 3 5 $width 1
    light=$title
    shown run/report.html 3 5 $width 0
    check "other colours in the dark" test "${light##*fits}" != "${title##*fits}"
done
finish
