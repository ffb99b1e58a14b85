# SPDX-License-Identifier: MIT
# tests/examples/test_study_collapse_slow.sh - a quick study: its numbers are sane and its files are there.
. "$SOURCE_DIR/tests/examples/study.sh"
quick_study study_collapse 18
check "films of mixtures" test -s run/ring-plain.gif
finish
