# SPDX-License-Identifier: MIT
# tests/examples/test_cgan_maxout_slow.sh - a quick run: its numbers are sane and its files are there.
. "$SOURCE_DIR/tests/examples/study.sh"
quick_study cgan_maxout 1
check "the best weights were kept" test -s run/best.safetensors
check "beside the paper's" grep -q '| Mirza & Osindero 2014, table 1 .*132 ' printed
finish
