# SPDX-License-Identifier: MIT
# tests/misuse/calls.awk - writes a call of every public function with one argument wrong, for each argument and each way to be wrong.
#
# awk -f calls.awk arguments.txt include/gannet/*.h > calls.inc
# arguments.txt says what a right argument is, by function and name, by type and name, or by type.

# --- reading --------------------------------------------------------------------------------------------------------

FILENAME ~ /arguments\.txt$/ {
    if ($1 == "right") { key = $2; sub(/^right[ ]+[^ ]+[ ]+/, ""); right[key] = $0 }
    else if ($1 != "" && $1 !~ /^#/) for (i = 2; i <= NF; i++) is[$1, $i] = 1
    next
}

/^[ \t]*#/ { continued = /\\$/; next }
continued  { continued = /\\$/; next }
           { text = text " " $0 }

function without_comments(s,    out, at) {
    while ((at = index(s, "/*")) > 0) {
        out = out substr(s, 1, at - 1) " "
        s = substr(s, at + 2)
        s = substr(s, index(s, "*/") + 2)
    }
    return out s
}

function trim(s) {
    gsub(/[ \t]+/, " ", s); sub(/^ /, "", s); sub(/ $/, "", s)
    return s
}

# "const gn_shape *inputs" becomes type "const gn_shape*" and name "inputs". Arrays are pointers.
function split_declaration(s) {
    s = trim(s)
    is_array = sub(/\[[^]]*\]$/, "", s)
    match(s, /[A-Za-z_0-9]+$/)
    name = substr(s, RSTART)
    type = trim(substr(s, 1, RSTART - 1))
    gsub(/ \*/, "*", type); gsub(/\* /, "*", type)
    if (is_array) type = type "*"
}

function read_struct(struct, body,    n, fields, i, j, m, names, base) {
    n = split(body, fields, ";")
    for (i = 1; i < n; i++) {
        if (fields[i] ~ /\(\*/) { # a function
            match(fields[i], /\(\*[a-z_0-9]+\)/)
            add_field(struct, "function", substr(fields[i], RSTART + 2, RLENGTH - 3))
            continue
        }
        if (sub(/\[[^]]*\][ ]*$/, "", fields[i])) { # of an array its first element
            split_declaration(fields[i])
            add_field(struct, type, name "[0]")
            continue
        }
        m = split(fields[i], names, ",")
        split_declaration(names[1]); base = type
        add_field(struct, base, name)
        for (j = 2; j <= m; j++) add_field(struct, base (names[j] ~ /\*/ && base !~ /\*$/ ? "*" : ""), trim(names[j]))
    }
}

function add_field(struct, field_type, field_name) {
    gsub(/\*/, "", field_name)
    count = ++fields_of[struct]
    field_type_of[struct, count] = field_type
    field_name_of[struct, count] = field_name
}

# --- writing --------------------------------------------------------------------------------------------------------

# What may be wrong with a value of a type, separated by "|". An array's length is not made longer than the array.
function wrong_values(type, key,    number) {
    if (is["length", key]) return type ~ /^(int|int64_t)$/ ? "-1|INT32_MIN|0" : "0"
    if (type == "int") return "-1|0|INT_MAX|INT_MIN"
    if (type == "int64_t") return "-1|0|INT64_MAX|INT64_MIN|INT64_C(1) << 31"
    if (type == "size_t") return "0|SIZE_MAX|SIZE_MAX / 8"
    if (type == "uint64_t") return "UINT64_MAX"
    if (type ~ /^(unsigned|uint32_t)$/) return "0|UINT32_MAX|1u << 31"
    if (type ~ /^(float|double|gn_real)$/) return "NAN|INFINITY|-INFINITY|-2|1e30f|0"
    if (type in is_enum) return "(" type ")-1|(" type ")1000"
    if (type == "gn_shape") return "GN_SHAPE(-1)|GN_SHAPE(0, 3)|GN_SHAPE(INT64_MAX, INT64_MAX, 4)|((gn_shape){.rank = 7})|((gn_shape){.rank = -1})|((gn_shape){.rank = INT_MAX})|GN_SHAPE(2, -1, -1)"
    if (type == "gn_parameter_list") return "((gn_parameter_list){NULL, 3})|((gn_parameter_list){d->no_parameters, 1})"
    if (type == "gn_var*") return "NULL|d->stale|d->poison|d->foreign|d->scalar|d->deep"
    if (type ~ /^(gn_var\*const\*|gn_module\*const\*|gn_tensor\*const\*)$/) return "NULL|(" type ")d->nulls"
    if (type ~ /^(const )?gn_tensor\*$/) return "NULL|d->foreign_tensor|d->scalar_tensor|d->deep_tensor"
    if (type == "gn_module*" || type == "const gn_module*") return "NULL|d->foreign_module"
    if (key ~ /:format$/) return "NULL"
    if (type == "const char*") return "NULL|\"\"|d->long_text"
    if (type ~ /\*$/ || type == "function" || type ~ /function$/) return "NULL"
    return ""
}

function right_value(function_name, type, name) {
    if ((function_name ":" name) in right) return right[function_name ":" name]
    gsub(/ /, "_", type)
    if ((type ":" name) in right) return right[type ":" name]
    if (type in right) return right[type]
    if (sub(/^const_/, "", type) && type in right) return right[type]
    print "calls.awk: " function_name ": no right value for " type " " name > "/dev/stderr"
    failed = 1
    return "0"
}

function judge(type, call) {
    if (type == "gn_status") return "judge_status(d, " call ")"
    if (type == "gn_var*") return "judge_value(d, " call ")"
    if (type ~ /\*$/ && type !~ /^const (char|gn_real|void)/ && type !~ /^(void|gn_real)/) return "judge_pointer(d, " call ")"
    return "((void)" call ", judge_message(d))"
}

# The message belongs to the context of the first argument that has one; a poisoned value has given its message already.
function leaves_message(f, but, what,    i) {
    if (is["silent", f] || is["silent", f ":" name_of[f, but]] || what == "d->poison") return 0
    for (i = 1; i <= arguments[f]; i++)
        if (type_of[f, i] ~ /^(const )?gn_(context|tape|var|module|tensor|dataset|batches|gan|optimizer|archive|animation|parameter|gan_view)\*$/)
            return i != but || what ~ /^\./
    return 0
}

# Is it wrong wherever it stands? Not a number, no value of its enumeration, poison, a value from before a reset, or one of another tape beside one of this.
function never_right(f, what,    i, values) {
    for (i = 1; i <= arguments[f]; i++) values += type_of[f, i] == "gn_var*"
    return what ~ /(^| )(NAN|-?INFINITY)$/ || what ~ /\)(-1|1000)$/ || what == "d->poison" || what == "d->stale" || (what == "d->foreign" && values > 1)
}

function write_case(f, i, what, wrong, before,    j, list, call, kind) {
    list = ""
    for (j = 1; j <= arguments[f]; j++)
        list = list (j > 1 ? ", " : "") (j == i ? wrong : right_value(f, type_of[f, j], name_of[f, j]))
    if (variadic[f]) list = list ", \"text\""
    call = judge(result[f], f "(" list ")")
    cases++
    print "static verdict case_" cases "(desk *d)\n{\n    (void)d;\n" before "    return " call ";\n}\n"
    kind = "MAY_SUCCEED"
    if (i == 0) kind = is["fails", f] ? "MAY_SUCCEED" : "MUST_SUCCEED"
    else if (what == "NULL" && !is["optional", f ":" name_of[f, i]] && type_of[f, i] ~ /\*$/) kind = "MUST_FAIL"
    else if (never_right(f, what) && !is["harmless", f ":" name_of[f, i]]) kind = "MUST_FAIL"
    table = table "    {case_" cases ", \"" f "\", \"" (i > 0 ? name_of[f, i] : "") "\", \"" escape(what) "\", " kind ", " leaves_message(f, i, what) "},\n"
}

function escape(s) {
    gsub(/"/, "'", s)
    return s
}

# One field of a struct after another, and those of structs in it.
function write_fields(f, i, struct, path,    k, field, n, values, v, base, start) {
    base = right_value(f, type_of[f, i], name_of[f, i])
    for (k = 1; k <= fields_of[struct]; k++) {
        field = field_type_of[struct, k]
        if (field in fields_of && field != "gn_shape") {
            write_fields(f, i, field, path field_name_of[struct, k] ".")
            continue
        }
        n = split(wrong_values(field, f ":" name_of[f, i] "." path field_name_of[struct, k]), values, "|")
        start = "    " top_struct " changed = *(" base ");\n"
        for (v = 1; v <= n; v++)
            write_case(f, i, "." path field_name_of[struct, k] " = " values[v], "&changed",
                       start "    changed." path field_name_of[struct, k] " = " values[v] ";\n")
        if (n > 0) options++
    }
}

function write_function(f,    i, n, values, v, struct) {
    write_case(f, 0, "", "", "")
    for (i = 1; i <= arguments[f]; i++) {
        n = split(wrong_values(type_of[f, i], f ":" name_of[f, i]), values, "|")
        for (v = 1; v <= n; v++) write_case(f, i, values[v], values[v], "")
        if (n > 0) tried++
        struct = type_of[f, i]
        if (sub(/^const /, "", struct) && sub(/\*$/, "", struct) && struct in fields_of && struct != "gn_shape") {
            top_struct = struct
            write_fields(f, i, struct, "")
        }
    }
}

END {
    text = without_comments(text)
    while (match(text, /typedef enum [a-z_0-9]+/)) {
        is_enum[substr(text, RSTART + 13, RLENGTH - 13)] = 1
        text = substr(text, 1, RSTART - 1) "typedef " substr(text, RSTART + RLENGTH)
    }
    rest = text
    while (match(rest, /typedef struct [a-z_0-9]+ \{[^}]*\}/)) {
        body = substr(rest, RSTART + 15, RLENGTH - 16)
        rest = substr(rest, RSTART + RLENGTH)
        struct = body; sub(/ .*/, "", struct); sub(/^[^{]*\{/, "", body)
        read_struct(struct, body)
    }
    n = split(text, parts, "GN_API ")
    for (p = 2; p <= n; p++) {
        declaration = substr(parts[p], 1, index(parts[p], ";") - 1)
        sub(/GN_PRINTF\(.*/, "", declaration)
        open_at = index(declaration, "(")
        split_declaration(substr(declaration, 1, open_at - 1))
        f = name; result[f] = type; order[++functions] = f
        inside = substr(declaration, open_at + 1); sub(/\)[ ]*$/, "", inside)
        m = split(inside, list, ",")
        for (i = 1; i <= m; i++) {
            if (trim(list[i]) == "void") continue
            if (trim(list[i]) == "...") { variadic[f] = 1; continue }
            split_declaration(list[i])
            type_of[f, ++arguments[f]] = type
            name_of[f, arguments[f]] = name
        }
    }
    print "/* Written by tests/misuse/calls.awk. */"
    for (p = 1; p <= functions; p++) write_function(order[p])
    print "static const misuse misuses[] = {\n" table "};"
    print "enum { FUNCTIONS = " functions + 0 ", ARGUMENTS = " tried + 0 ", OPTIONS = " options + 0 " };"
    exit failed
}
