# SPDX-License-Identifier: MIT
# tests/examples/test_study_gradients_slow.sh - a quick study: its numbers are sane and its files are there.
. "$SOURCE_DIR/tests/examples/study.sh"
quick_study study_gradients 8
expect 0 '{"event":"table","caption":' study_gradients --quick --json --out run
check "nothing but lines of JSON" sh -c "! grep -v '^{\"event\":\".*}\$' out"
finish
