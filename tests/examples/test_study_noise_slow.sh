# SPDX-License-Identifier: MIT
# tests/examples/test_study_noise_slow.sh - a quick study: its numbers are sane and its files are there.
. "$SOURCE_DIR/tests/examples/study.sh"
quick_study study_noise 18
finish
