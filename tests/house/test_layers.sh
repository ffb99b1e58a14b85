# SPDX-License-Identifier: MIT
# tests/house/test_layers.sh - includes never point up: each floor of lib/ stands only on itself and the floors below, and the
# examples on the public headers alone.
set -eu
cd "$SOURCE_DIR"

files=$(find lib examples -name '*.[ch]' -o -name '*.def')
# shellcheck disable=SC2086 # no name in the tree holds a space
grep -nE '^[[:space:]]*#[[:space:]]*include' $files /dev/null | awk '
    BEGIN {
        FS = ":"
        rank["core"] = 0; rank["kernels"] = 1
        rank["autodiff"] = rank["data"] = rank["io"] = rank["metrics"] = 2
        rank["nn"] = 3; rank["export"] = 4; rank["gan"] = 5
    }
    function bad(why) {
        printf "%s:%s: includes %s: %s\n", $1, $2, target, why
        failures++
    }
    {
        quoted = match($3, /"[^"]*"/)
        if (!quoted) match($3, /<[^>]*>/)
        target = substr($3, RSTART + 1, RLENGTH - 2)
        split($1, from, "/"); split(target, to, "/")
        checked++
        if (from[1] == "examples") {
            if (quoted ? to[1] != "common" : to[1] in rank) bad("examples use public headers and common/ only")
        } else if (!(from[2] in rank)) {
            bad("lib/" from[2] " has no floor in tests/house/test_layers.sh")
        } else if (quoted && !(to[1] in rank)) {
            bad("internal headers are named by their path from lib/")
        } else if (!quoted && to[1] in rank && index(target, "/")) {
            bad("internal headers are included with quotes")
        } else if (quoted && rank[to[1]] > rank[from[2]]) {
            bad("the arrow points up")
        }
    }
    END {
        printf "%d includes checked, %d wrong\n", checked, failures
        exit failures || !checked
    }'
