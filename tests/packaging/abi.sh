# SPDX-License-Identifier: MIT
# tests/packaging/abi.sh - prints what programs compiled against the shared library rely on: its symbols and functions, the layout of
# public structs and the numbers of public enums. To renew the list:
#   SHARED_LIBRARY=build/release/lib/libgannet.so sh tests/packaging/abi.sh >tests/packaging/abi.txt
set -eu
: "${SOURCE_DIR:=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)}" "${CC:=cc}" "${NM:=nm}"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$NM" -D --defined-only "$SHARED_LIBRARY" | awk '$2 != "A" { sub(/@@/, "@", $3); print "symbol", $3 }' | LC_ALL=C sort

# All public declarations, each on a line of its own and spaced alike by every compiler.
echo '#include <gannet/gannet.h>' >"$folder/all.c"
"$CC" -E -P -I"$SOURCE_DIR/include" "$folder/all.c" | tr -s '\n\t ' '   ' |
    sed -E 's/ *([][(){}*,;="]) */\1/g; s/__attribute__\(\(visibility\("default"\)\)\)/\nfunction /g
            s/(struct|enum)( gn_[a-z0-9_]+)?\{/\n&/g' >"$folder/declarations"
sed -nE 's/^(function [^;]*);.*/\1/p' "$folder/declarations" | sed 's/__attribute__.*//; s/  */ /g' | LC_ALL=C sort

# There are two kinds of type: struct gn_x{...}, with no struct or union inside, and enum gn_x{GN_...}.
sed -E 's/\{/ {/' "$folder/declarations" | grep -E '^(struct gn_|enum (gn_[a-z0-9_]+ )?\{GN_)' | LC_ALL=C sort >"$folder/types"

awk '
    # The name that a member declaration declares.
    function declared(text) {
        if (match(text, /\(\*[a-z0-9_]+\)/))
            return substr(text, RSTART + 2, RLENGTH - 3)
        sub(/\[.*/, "", text)
        match(text, /[A-Za-z0-9_]+ *$/)
        text = substr(text, RSTART)
        sub(/ *$/, "", text)
        return text
    }
    BEGIN {
        print "#include <gannet/gannet.h>\n#include <stddef.h>\n#include <stdio.h>\nint main(void)\n{"
    }
    {
        kind = $1
        type = $2
        body = $0
        sub(/^[^{]*\{/, "", body)
        sub(/\}.*/, "", body)
    }
    kind == "struct" {
        printf "printf(\"struct %s: %%zu bytes\\n\", sizeof(%s));\n", type, type
        count = split(body, members, ";")
        for (i = 1; i < count; i++) {
            one = members[i] ~ /\(\*/ # a pointer to a function, whose parameters stand between commas
            names = one ? 1 : split(members[i], parts, ",")
            for (j = 1; j <= names; j++) {
                name = declared(one ? members[i] : parts[j])
                printf "printf(\"struct %s: %%zu .%s, %%zu bytes\\n\", offsetof(%s, %s), sizeof(((%s *)0)->%s));\n",
                       type, name, type, name, type, name
            }
        }
    }
    kind == "enum" {
        count = split(body, constants, ",")
        for (i = 1; i <= count; i++) {
            sub(/=.*/, "", constants[i])
            gsub(/ /, "", constants[i])
            if (constants[i] != "")
                printf "printf(\"enum %s = %%d\\n\", (int)%s);\n", constants[i], constants[i]
        }
    }
    END { print "return 0;\n}" }' "$folder/types" >"$folder/print.c"
"$CC" -I"$SOURCE_DIR/include" "$folder/print.c" -o "$folder/print"
"$folder/print"
