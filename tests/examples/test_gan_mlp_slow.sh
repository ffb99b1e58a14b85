# SPDX-License-Identifier: MIT
# tests/examples/test_gan_mlp_slow.sh - a quick run: its numbers are sane, its files are there, and it repeats.
. "$SOURCE_DIR/tests/examples/study.sh"
quick_study gan_mlp 3
"$examples/gan_mlp" --quick --threads 1 --out again >again.txt
sed -n '/^|/p' printed >two_threads
sed -n '/^|/p' again.txt >one_thread
check "one thread finds the same" cmp two_threads one_thread
check "the same film" cmp run/dense.gif again/dense.gif
finish
