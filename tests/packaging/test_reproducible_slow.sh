# SPDX-License-Identifier: MIT
# tests/packaging/test_reproducible_slow.sh - the sources built in two folders, at other times and in other circumstances, give the same
# bytes: libraries with what debuggers read, programs, and packages where dpkg is there.
. "$SOURCE_DIR/tests/packaging/common.sh"
no_sanitizer
export SOURCE_DATE_EPOCH=1700000000

# build FOLDER JOBS: copies the sources, builds them, installs them to FOLDER/installed.
build() {
    mkdir -p "$1/source"
    (cd "$SOURCE_DIR" && tar -cf - CMakeLists.txt CMakePresets.json LICENSE cmake docs examples include lib) | tar -xf - -C "$1/source" &&
        (cd "$1/source" && "$CMAKE" --preset debian -B "$1/made" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DGANNET_WERROR=OFF) &&
        nice -n 10 "$CMAKE" --build "$1/made" -j "$2" &&
        DESTDIR=$1/installed "$CMAKE" --install "$1/made" || return 1
    if have dpkg-deb && have dpkg-shlibdeps; then
        "$CMAKE" --build "$1/made" --target package && mkdir "$1/installed/packages" && mv "$1"/made/packages/* "$1/installed/packages"
    fi
}

elsewhere() {
    umask 077
    TZ=Asia/Kathmandu LC_ALL=C.UTF-8 build "$work/two/in another, longer folder" 1
}

same_bytes() {
    cd "$work/one/installed"
    find . -type f | LC_ALL=C sort >"$work/files"
    (cd "$work/two/in another, longer folder/installed" && find . -type f | LC_ALL=C sort) | diff "$work/files" - || return 1
    different=0
    while read -r file; do
        cmp "$file" "$work/two/in another, longer folder/installed/$file" || different=$((different + 1))
    done <"$work/files"
    ! grep -rlF "$work" . || { echo "these name the folder of the build"; different=$((different + 1)); }
    echo "$(wc -l <"$work/files") files, $different different"
    [ $different -eq 0 ] && [ -s "$work/files" ]
}

try "one build" build "$work/one" 2
try "another" elsewhere
try "the same bytes" same_bytes
tail -n 1 "$work/log"
finish
