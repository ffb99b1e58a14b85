# SPDX-License-Identifier: MIT
# tests/packaging/test_installed_slow.sh - installs to a temporary prefix and builds and runs programs in C and C++ against it: by pkg-config
# and by find_package, shared and static, of the right and of wrong versions, and as docs/packaging.md says; moves the prefix; uninstalls and
# looks for what is left; installs again by components, to a prefix with a space.
. "$SOURCE_DIR/tests/packaging/common.sh"
prefix=$work/prefix
full_version=$(sed -nE 's/^#define GN_VERSION_[A-Z]+ ([0-9]+)$/\1/p' "$SOURCE_DIR/include/gannet/version.h" | paste -sd .)
version=${full_version%.*}
libdir=$prefix/$LIBDIR
pc=$libdir/pkgconfig/gannet.pc

# The manifests say what `uninstall` removes; the developer's own must survive this test.
mkdir "$work/manifests"
move_manifests() {
    for manifest in "$1"/install_manifest*.txt; do
        [ ! -f "$manifest" ] || mv "$manifest" "$2"
    done
}
restore() {
    rm -f "$BUILD_DIR"/install_manifest*.txt
    move_manifests "$work/manifests" "$BUILD_DIR"
    rm -rf "$work"
}
move_manifests "$BUILD_DIR" "$work/manifests"
trap restore EXIT

# asks VERSION COMPONENTS KIND [CMAKE-OPTION...]
asks() {
    asked=$1 components=$2 kind=$3
    shift 3
    by_find_package "$prefix" -DVERSION="$asked" -DCOMPONENTS="$components" -DKIND="$kind" "$@"
}

uninstall() {
    "$CMAKE" --build "$BUILD_DIR" --target uninstall || return 1
    left=$(find "$prefix" ! -type d -o -name "gannet*")
    [ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

# as_documented LINE: one of the commands `cc program.c` of docs/packaging.md. With "static" in it, the program needs no libgannet.so.
as_documented() {
    mkdir -p "$work/bin" && printf '#!/bin/sh\nexec %s %s "$@"\n' "$CC" "$CFLAGS" >"$work/bin/cc" && chmod +x "$work/bin/cc" &&
        ln -sf "$(command -v "$PKG_CONFIG")" "$work/bin/pkg-config" && cp "$consumer" "$work/program.c" || return 1
    (cd "$work" && PATH=$work/bin:$PATH PKG_CONFIG_PATH=$libdir/pkgconfig && export PATH PKG_CONFIG_PATH && sh -ec "$1") || return 1
    case $1 in
        *static*) "$work/program" && readelf -d "$work/program" >"$work/needed" && ! grep libgannet "$work/needed" ;;
        *) LD_LIBRARY_PATH=$libdir "$work/program" ;;
    esac
}

# has_static_libraries: can a program be linked with -static?
has_static_libraries() {
    echo 'int main(void) { return 0; }' >"$work/empty.c"
    # shellcheck disable=SC2046 # flags
    $CC "$work/empty.c" -static -o "$work/empty" \
        $(PKG_CONFIG_PATH=$libdir/pkgconfig "$PKG_CONFIG" --static --libs gannet | sed 's/-lgannet//') >"$work/log" 2>&1
}

install_components() {
    for component in library development; do
        "$CMAKE" --install "$BUILD_DIR" --component "$component" --prefix "$prefix" || return 1
    done
}

# Where it was moved to, as pkg-config's own escapes are.
escaped() { printf '%s' "$1" | sed 's/ /\\ /g'; }

try "install" "$CMAKE" --install "$BUILD_DIR" --prefix "$prefix"
try "the .pc file is valid" "$PKG_CONFIG" --validate "$pc"
try "the .pc file has the version" "$PKG_CONFIG" --exact-version="$full_version" "$pc"
by_pkg_config_in_both "pkg-config, shared"
grep '^cc program\.c ' "$SOURCE_DIR/docs/packaging.md" >"$work/lines"
[ "$(grep -c static "$work/lines")" -eq 2 ] && [ "$(grep -vc static "$work/lines")" -eq 1 ] || { echo "FAILED: the lines in docs/packaging.md"; failures=1; }
while read -r line; do
    case $line in
        *\ -static\ *) has_static_libraries || { echo "skipped: $line: not all libraries are here"; continue; } ;;
    esac
    try "$line" as_documented "$line" </dev/null
done <"$work/lines"
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
mv "$prefix" "$work/moved över"
prefix="$work/moved över"
libdir=$prefix/$LIBDIR
by_pkg_config_in_both "pkg-config, moved" --define-variable=prefix="$(escaped "$prefix")"
[ "$LIBDIR" != lib ] || by_pkg_config_in_both "pkg-config, moved, finds itself" --define-prefix # it takes the folder above lib
try "find_package, moved" asks "$version" "" shared
try "find_package, moved, static" asks "$version" static static
mkdir "$work/aside"
mv "$libdir"/libgannet.so* "$libdir"/cmake/gannet/gannet_shared*.cmake "$work/aside"
by_pkg_config_in_both "pkg-config, static" --static --define-variable=prefix="$(escaped "$prefix")"
try "find_package, without the shared library" asks "" "" static
try "the missing component" refused "No component 'shared'" asks "" shared shared
mv "$work/aside"/libgannet.so* "$libdir"
mv "$work/aside"/gannet_shared* "$libdir/cmake/gannet"
prefix=$work/prefix
mv "$work/moved över" "$prefix"

try "uninstall" uninstall
try "nothing more to uninstall" refused "Nothing to uninstall" uninstall
prefix="$work/a prefix"
libdir=$prefix/$LIBDIR
try "install components, to a prefix with a space" install_components
by_pkg_config_in_both "pkg-config, a prefix with a space"
try "find_package, a prefix with a space" asks "" "" shared
try "uninstall components" uninstall
finish
