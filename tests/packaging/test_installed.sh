# SPDX-License-Identifier: MIT
# tests/packaging/test_installed.sh - installs to a temporary prefix and builds and runs programs in C and C++ against it: by pkg-config
# and by find_package, shared and static, of the right and of wrong versions; moves the prefix; uninstalls and looks for what is left.
. "$SOURCE_DIR/tests/packaging/common.sh"
prefix=$work/prefix
version=$(sed -nE 's/^#define GN_VERSION_(MAJOR|MINOR) ([0-9]+)$/\2/p' "$SOURCE_DIR/include/gannet/version.h" | paste -sd .)
export PKG_CONFIG_PATH="$prefix/$LIBDIR/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"

# The manifest says what `uninstall` removes; the developer's own must survive this test.
manifest=$BUILD_DIR/install_manifest.txt
[ ! -f "$manifest" ] || cp "$manifest" "$work/manifest"
restore() {
    rm -f "$manifest"
    [ ! -f "$work/manifest" ] || cp "$work/manifest" "$manifest"
    rm -rf "$work"
}
trap restore EXIT

# by_pkg_config COMPILER FLAGS PKG-CONFIG-OPTION...
by_pkg_config() {
    compiler=$1
    options=$2
    shift 2
    # shellcheck disable=SC2046,SC2086 # flags, to be split into words
    $compiler $options $CFLAGS "$consumer" -o "$work/program" $("$PKG_CONFIG" "$@" --cflags --libs gannet) &&
        LD_LIBRARY_PATH=$prefix/$LIBDIR "$work/program"
}

# in_c_and_cxx NAME [PKG-CONFIG-OPTION...]
in_c_and_cxx() {
    way=$1
    shift
    try "$way, C" by_pkg_config "$CC" -std=c11 "$@"
    if have "$CXX"; then
        try "$way, C++" by_pkg_config "$CXX" "-x c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror" "$@"
    else
        echo "skipped: $way, C++: no C++ compiler"
    fi
}

# asks VERSION COMPONENTS KIND [CMAKE-OPTION...]
asks() {
    asked=$1 components=$2 kind=$3
    shift 3
    by_find_package "$prefix" -DVERSION="$asked" -DCOMPONENTS="$components" -DKIND="$kind" "$@"
}

uninstall() {
    "$CMAKE" --build "$BUILD_DIR" --target uninstall
    left=$(find "$prefix" ! -type d)
    [ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

try "install" "$CMAKE" --install "$BUILD_DIR" --prefix "$prefix"
try "the .pc file is valid" "$PKG_CONFIG" --validate gannet
try "the .pc file has the version" "$PKG_CONFIG" --exact-version="$version.0" gannet
in_c_and_cxx "pkg-config, shared"
try "find_package, default" asks "" "" shared
try "find_package, BUILD_SHARED_LIBS off" asks "" "" static -DBUILD_SHARED_LIBS=OFF
try "find_package, component shared" asks "" shared shared -DBUILD_SHARED_LIBS=OFF
try "find_package, component static" asks "" static static
try "find_package, both components" asks "" "shared;static" static -DTARGET=gannet::gannet_static
try "find_package, version" asks "$version" shared shared
try "find_package, range of versions" asks "0.1...$version" "" shared
try "an unknown component" refused "No component 'nonsense'" asks "" nonsense ""
for other in 0.0 "$version.1" "${version%.*}.$((${version#*.} + 1))" 1; do
    try "not version $other" refused 'compatible with requested version "'"$other"'"' asks "$other" "" shared
done

# What was installed can be moved; a packager may leave one library out.
mv "$prefix" "$work/moved"
export PKG_CONFIG_PATH="$work/moved/$LIBDIR/pkgconfig"
prefix=$work/moved
in_c_and_cxx "pkg-config, moved" --define-variable=prefix="$prefix"
try "find_package, moved" asks "$version" "" shared
try "find_package, moved, static" asks "$version" static static
mkdir "$work/aside"
mv "$prefix/$LIBDIR"/libgannet.so* "$prefix/$LIBDIR"/cmake/gannet/gannet_shared*.cmake "$work/aside"
in_c_and_cxx "pkg-config, static" --static --define-variable=prefix="$prefix"
try "find_package, without the shared library" asks "" "" static
try "the missing component" refused "No component 'shared'" asks "" shared shared
mv "$work/aside"/libgannet.so* "$prefix/$LIBDIR"
mv "$work/aside"/gannet_shared* "$prefix/$LIBDIR/cmake/gannet"
prefix=$work/prefix
mv "$work/moved" "$prefix"

try "uninstall" uninstall
finish
