# SPDX-License-Identifier: MIT
# tests/packaging/common.sh - what the tests of packaging share: a folder to work in, steps that show their output when they fail.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
consumer=$SOURCE_DIR/tests/packaging/consumer.c
failures=0

# CMake looks at these: the consumers must be built as the library was.
CXX=c++ CXXFLAGS=$CFLAGS
case $CC in
    *clang) CXX=$CC++ ;;
esac
export CXX CXXFLAGS

have() { command -v "$1" >/dev/null 2>&1; }
skip() { echo "skipped: $*"; exit 77; }

# try NAME COMMAND...: runs the command and shows its output if it fails.
try() {
    name=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        echo "ok: $name"
    else
        cat "$work/log"
        echo "FAILED: $name"
        failures=$((failures + 1))
    fi
}

# refused TEXT COMMAND...: the command fails and says TEXT.
refused() {
    text=$1
    shift
    if "$@" >"$work/refused" 2>&1; then
        echo "was not refused"
        return 1
    fi
    # CMake breaks its messages into lines.
    tr -s ' \n' ' ' <"$work/refused" | grep -qF -e "$text" || { cat "$work/refused"; echo "does not say '$text'"; return 1; }
}

# no_sanitizer: programs without one, and CMake's, do not load a library that has one.
no_sanitizer() {
    case $CFLAGS in
        *-fsanitize*) skip "a library with sanitizers is not packed" ;;
    esac
}

# by_find_package PREFIX [CMAKE-OPTION...]: the project in installed/ finds the library, and its programs run.
by_find_package() {
    folder=$1
    shift
    rm -rf "$work/build"
    "$CMAKE" -S "$SOURCE_DIR/tests/packaging/installed" -B "$work/build" -DCMAKE_PREFIX_PATH="$folder" "$@" &&
        "$CMAKE" --build "$work/build" && run_consumers "$work/build"
}

# by_pkg_config COMPILER FLAGS [PKG-CONFIG-OPTION...]: the same with the library in $libdir, one program by hand.
by_pkg_config() {
    compiler=$1
    options=$2
    shift 2
    flags=$(PKG_CONFIG_PATH="$libdir/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}" "$PKG_CONFIG" "$@" --cflags --libs gannet) &&
        eval "$compiler $options $CFLAGS \"\$consumer\" -o \"\$work/program\" $flags" &&
        LD_LIBRARY_PATH=$libdir "$work/program"
}

# by_pkg_config_in_both NAME [PKG-CONFIG-OPTION...]
by_pkg_config_in_both() {
    way=$1
    shift
    try "$way, C" by_pkg_config "$CC" -std=c11 "$@"
    if have "$CXX"; then
        try "$way, C++" by_pkg_config "$CXX" "-x c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror" "$@"
    else
        echo "skipped: $way, C++: no C++ compiler"
    fi
}

# run_consumers FOLDER: consumer, and consumer_cxx if there is a C++ compiler.
run_consumers() {
    "$1/consumer" && { [ ! -e "$1/consumer_cxx" ] || "$1/consumer_cxx"; }
}

finish() {
    [ "$failures" -eq 0 ]
}
