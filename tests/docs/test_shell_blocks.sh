# SPDX-License-Identifier: MIT
# tests/docs/test_shell_blocks.sh - the ```sh blocks of README.md, CONTRIBUTING.md and docs/: commands of the example programs are tried as far
# as `--print-config` goes, and the presets, scripts and tests that others name are there.
set -eu
cd "$SOURCE_DIR"
examples=$BUILD_DIR/examples
[ -x "$examples/dcgan" ] || { echo "skipped: the examples were not built"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# One command a line: comments, continuations, variables before it and what joins commands are taken away.
awk '/^```sh$/ { inside = 1; next } /^```/ { inside = 0 } inside' README.md CONTRIBUTING.md docs/*.md >"$folder/blocks.sh"
sh -n "$folder/blocks.sh"
sed -e 's/ *#.*//' -e ':join' -e '/\\$/ { N; s/\\\n */ /; b join' -e '}' "$folder/blocks.sh" | sed 's/ *&& */\n/g; s/ *| .*//' |
    sed -E 's/^([A-Z_]+=[^ ]* +)*//' | grep -v '^ *$' >"$folder/commands"

count=0
bad() { echo "$*"; exit 1; }
while read -r command; do
    # shellcheck disable=SC2086 # to be split into words
    set -- $command
    count=$((count + 1))
    case $1 in
        build/release/examples/* | gannet-*)
            program=$(basename "${1#gannet-}")
            shift
            "$examples/$program" "$@" --print-config >"$folder/out" 2>&1 || bad "$command: $(cat "$folder/out")" ;;
        sh | bash)
            [ -f "$2" ] || bad "$command: no script $2" ;;
        cmake | ctest)
            preset=$(printf '%s\n' "$command" | sed -nE 's/.*--preset ([a-z]+).*/\1/p')
            [ -z "$preset" ] || grep -q "\"name\": \"$preset\"" CMakePresets.json || bad "$command: no preset $preset"
            test=$(printf '%s\n' "$command" | sed -nE 's/^ctest.* -R ([a-z_0-9]+).*/\1/p')
            [ -z "$test" ] || ls tests/*/test_*.* | sed -E 's|tests/([a-z]*)/test_|\1_|' | grep -q "$test" || bad "$command: no test $test" ;;
        *) echo "not tried: $command" ;; # others' programs
    esac
done <"$folder/commands"
echo "$count commands"
[ "$count" -ge 10 ]
