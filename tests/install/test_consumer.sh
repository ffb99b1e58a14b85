# SPDX-License-Identifier: MIT
# tests/install/test_consumer.sh - installs to a temporary prefix and builds and runs a program against it: by pkg-config and by
# find_package, shared and static, and as C++; then uninstalls and looks for what is left.
set -eu
work=$(mktemp -d)
prefix=$work/prefix
libdir=$prefix/$LIBDIR
consumer=$SOURCE_DIR/tests/install/consumer.c
export PKG_CONFIG_PATH="$libdir/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
failures=0

# The manifest says what `uninstall` removes; the developer's own must survive this test.
manifest=$BUILD_DIR/install_manifest.txt
[ ! -f "$manifest" ] || cp "$manifest" "$work/manifest"
restore() {
    rm -f "$manifest"
    [ ! -f "$work/manifest" ] || cp "$work/manifest" "$manifest"
    rm -rf "$work"
}
trap restore EXIT

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

# by_pkg_config COMPILER FLAGS PKG-CONFIG-OPTION...
by_pkg_config() {
    compiler=$1
    options=$2
    shift 2
    # shellcheck disable=SC2046,SC2086 # flags, to be split into words
    $compiler $options $CFLAGS "$consumer" -o "$work/program" $("$PKG_CONFIG" "$@" --cflags --libs gannet) &&
        LD_LIBRARY_PATH=$libdir "$work/program"
}

by_find_package() { # TARGET
    rm -rf "$work/build"
    "$CMAKE" -S "$SOURCE_DIR/tests/install" -B "$work/build" -DCMAKE_PREFIX_PATH="$prefix" -DTARGET="$1" &&
        "$CMAKE" --build "$work/build" && "$work/build/consumer"
}

uninstall() {
    "$CMAKE" --build "$BUILD_DIR" --target uninstall
    left=$(find "$prefix" ! -type d)
    [ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

try "install" "$CMAKE" --install "$BUILD_DIR" --prefix "$prefix"
try "the .pc file is valid" "$PKG_CONFIG" --validate gannet
try "pkg-config, shared" by_pkg_config "$CC" -std=c11
if command -v c++ >/dev/null 2>&1; then
    try "pkg-config, shared, C++17" by_pkg_config c++ "-x c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror"
else
    echo "skipped: no C++ compiler"
fi
try "find_package, shared" by_find_package gannet::gannet_shared
try "find_package, static" by_find_package gannet::gannet_static
try "find_package, default" by_find_package gannet::gannet

# A linker takes the shared library if there is one.
rm -f "$libdir"/libgannet.so* "$libdir"/libgannet*.dylib
try "pkg-config, static" by_pkg_config "$CC" -std=c11 --static
try "uninstall" uninstall
[ "$failures" -eq 0 ]
