#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/coverage.sh - every line of lib/ that no test runs must be in a defensive branch: "defensive:" and the reason stand in a comment
# on the line, or within the three above it, or it follows so closely a line for which that holds. Takes the source folder and gcovr's
# report (--xml-pretty).
awk -v root="$1" '
function value(name) {
    match($0, " " name "=\"[^\"]*\"")
    return substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4)
}
function is_marked(path, line,    text, number, found) {
    for (number = 1; number <= line && (getline text < path) > 0; number++)
        if (number >= line - 3 && text ~ /defensive:/)
            found = 1
    close(path)
    return found
}
/<class / { file = value("filename") }
/<line .*hits="0"/ {
    line = value("number") + 0
    if (seen[file, line]++)
        next
    if ((file in last && line - last[file] <= 3) || is_marked(root "/" file, line)) {
        marked++
        last[file] = line
    } else {
        missing++
        lines[file] = lines[file] " " line
    }
}
END {
    for (file in lines)
        print file ": no test runs these lines, and they are not marked as defensive:" lines[file]
    printf "%d lines that no test runs, %d of them marked as defensive\n", marked + missing, marked
    exit missing > 0 || NR == 0
}' "$2"
