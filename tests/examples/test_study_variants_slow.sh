# SPDX-License-Identifier: MIT
# tests/examples/test_study_variants_slow.sh - a quick study: its numbers are sane and its files are there.
. "$SOURCE_DIR/tests/examples/study.sh"
quick_study study_variants 7 "unknown option '--seeds'"
finish
