# SPDX-License-Identifier: MIT
# tests/packaging/test_installed_slow.sh - installs to a temporary prefix and builds and runs programs in C and C++ against it: by pkg-config
# and by find_package, shared and static, of the right and of wrong versions; moves the prefix; uninstalls and looks for what is left.
. "$SOURCE_DIR/tests/packaging/common.sh"
prefix=$work/prefix
full_version=$(sed -nE 's/^#define GN_VERSION_[A-Z]+ ([0-9]+)$/\1/p' "$SOURCE_DIR/include/gannet/version.h" | paste -sd .)
version=${full_version%.*}
libdir=$prefix/$LIBDIR
pc=$libdir/pkgconfig/gannet.pc

# The manifest says what `uninstall` removes; the developer's own must survive this test.
manifest=$BUILD_DIR/install_manifest.txt
[ ! -f "$manifest" ] || cp "$manifest" "$work/manifest"
restore() {
    rm -f "$manifest"
    [ ! -f "$work/manifest" ] || cp "$work/manifest" "$manifest"
    rm -rf "$work"
}
trap restore EXIT

# asks VERSION COMPONENTS KIND [CMAKE-OPTION...]
asks() {
    asked=$1 components=$2 kind=$3
    shift 3
    by_find_package "$prefix" -DVERSION="$asked" -DCOMPONENTS="$components" -DKIND="$kind" "$@"
}

uninstall() {
    "$CMAKE" --build "$BUILD_DIR" --target uninstall
    left=$(find "$prefix" ! -type d -o -name "gannet*")
    [ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

try "install" "$CMAKE" --install "$BUILD_DIR" --prefix "$prefix"
try "the .pc file is valid" "$PKG_CONFIG" --validate "$pc"
try "the .pc file has the version" "$PKG_CONFIG" --exact-version="$full_version" "$pc"
by_pkg_config_in_both "pkg-config, shared"
try "find_package, default" asks "" "" shared
try "find_package, BUILD_SHARED_LIBS off" asks "" "" static -DBUILD_SHARED_LIBS=OFF
try "find_package, component shared" asks "" shared shared -DBUILD_SHARED_LIBS=OFF
try "find_package, component static" asks "" static static
try "find_package, both components" asks "" "shared;static" static -DTARGET=gannet::gannet_static
try "find_package, version" asks "$version" shared shared
try "find_package, range of versions" asks "0.1...$version" "" shared
try "an unknown component" refused "No component 'nonsense'" asks "" nonsense ""
for other in 0.0 "$version.99" "${version%.*}.$((${version#*.} + 1))" 1; do
    try "not version $other" refused 'compatible with requested version "'"$other"'"' asks "$other" "" shared
done

# What was installed can be moved; a packager may leave one library out.
mv "$prefix" "$work/moved"
prefix=$work/moved
libdir=$prefix/$LIBDIR
by_pkg_config_in_both "pkg-config, moved" --define-variable=prefix="$prefix"
try "find_package, moved" asks "$version" "" shared
try "find_package, moved, static" asks "$version" static static
mkdir "$work/aside"
mv "$libdir"/libgannet.so* "$libdir"/cmake/gannet/gannet_shared*.cmake "$work/aside"
by_pkg_config_in_both "pkg-config, static" --static --define-variable=prefix="$prefix"
try "find_package, without the shared library" asks "" "" static
try "the missing component" refused "No component 'shared'" asks "" shared shared
mv "$work/aside"/libgannet.so* "$libdir"
mv "$work/aside"/gannet_shared* "$libdir/cmake/gannet"
prefix=$work/prefix
mv "$work/moved" "$prefix"

try "uninstall" uninstall
finish
