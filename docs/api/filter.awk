# SPDX-License-Identifier: MIT
# docs/api/filter.awk - lets Doxygen see the comments of the headers: those before and behind declarations, but not headings. A comment
# before declarations holds for all of them up to the next empty line: those without a comment of their own get it again.
/^\/\* SPDX/ { next }
{ gsub(/et al\. /, "et al.\\ ") } # no end of a sentence
/^ *\/\* ---/ { heading = 1 }
heading { heading = !/\*\/$/; next }

/^\/\* gannet\/[a-z0-9_.]*\.h - / { sub(/^\/\* /, "/** @file "); sub(/ - /, "\n * "); of_file = 1 }
/^\/\* / { sub(/^\/\* /, "/** "); common = ""; inside = 1 }
inside || of_file {
    common = common $0 "\n"
    print
    if (/\*\/$/) {
        if (of_file)
            common = ""
        fresh = 1
        inside = of_file = 0
    }
    next
}

/^$/ && !braces { common = "" }
/^(GN_API|typedef|#define) / && !braces {
    if (!fresh && !/; *\/\* /)
        printf "%s", common
    fresh = 0
}
!/^extern "C"/ { braces += gsub(/{/, "{") - gsub(/}/, "}") }
{
    sub(/^ +\/\* /, " /** ")
    if (match($0, /[;,] *\/\* /))
        $0 = substr($0, 1, RSTART) " /**< " substr($0, RSTART + RLENGTH)
    print
}
