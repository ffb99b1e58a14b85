# SPDX-License-Identifier: MIT
# tests/packaging/test_configure_slow.sh - what CMake is given and cannot be meant is refused, by a message that names it; what is right in
# another way of writing or building is taken.
. "$SOURCE_DIR/tests/packaging/common.sh"
unset CFLAGS CXXFLAGS CMAKE_BUILD_TYPE CMAKE_CONFIGURATION_TYPES CMAKE_GENERATOR # of which CMake would make other builds

# configure [CMAKE-OPTION...]: the library alone, in a new folder.
configure() {
    rm -rf "$work/build"
    "$CMAKE" -S "$SOURCE_DIR" -B "$work/build" -DGANNET_BUILD_TESTS=OFF -DGANNET_BUILD_EXAMPLES=OFF "$@"
}

# says TEXT COMMAND...: succeeds and says TEXT; silent_of TEXT COMMAND...: succeeds and does not.
says() {
    text=$1
    shift
    "$@" >"$work/said" 2>&1 && grep -F -e "$text" "$work/said" || { cat "$work/said"; echo "does not say '$text'"; return 1; }
}
silent_of() {
    text=$1
    shift
    "$@" >"$work/said" 2>&1 && ! grep -F -e "$text" "$work/said" || { cat "$work/said"; return 1; }
}

embed() {
    rm -rf "$work/build"
    "$CMAKE" -S "$SOURCE_DIR/tests/packaging/embedded" -B "$work/build" -DWAY=add_subdirectory \
        -DFETCHCONTENT_SOURCE_DIR_GANNET="$SOURCE_DIR" "$@"
}

in_source() {
    mkdir "$work/source"
    (cd "$SOURCE_DIR" && tar -cf - CMakeLists.txt cmake include lib) | tar -xf - -C "$work/source" || return 1
    refused "The build folder is the source folder, $work/source" "$CMAKE" -S "$work/source" -B "$work/source" &&
        [ ! -e "$work/source/lib/CMakeFiles" ]
}

# joins_no_files: two files with static functions of one name are compiled apart, whatever the option.
joins_no_files() {
    configure -DCMAKE_UNITY_BUILD=ON -DGANNET_BUILD_TESTS=ON -DGANNET_BUILD_EXAMPLES=ON || return 1
    joined=$(find "$work/build" -name 'unity_*')
    [ -z "$joined" ] || { echo "$joined"; return 1; }
}

try "a build in the source folder" in_source
try "an unknown build type" refused "CMAKE_BUILD_TYPE is 'Foo'; it must be Debug, Release," configure -DCMAKE_BUILD_TYPE=Foo
try "a build type of one's own" says "build type Foo," configure -DCMAKE_BUILD_TYPE=Foo -DCMAKE_C_FLAGS_FOO=-O1
try "distributions' build type" says "build type None," configure -DCMAKE_BUILD_TYPE=None
try "no build type" says "build type Release," configure
try "an unknown sanitizer" refused "GANNET_SANITIZE is 'nonsense'" configure -DGANNET_SANITIZE=nonsense
if echo 'int main(void) { return 0; }' | $CC -x c -fsanitize=address,undefined - -o "$work/sanitized" 2>/dev/null; then
    try "sanitizers as the compiler is given them" says "sanitizers [address;undefined]" configure -DGANNET_SANITIZE=address,undefined
else
    echo "skipped: $CC has no sanitizers"
fi
if have gcc && gcc --version | grep -q 'Free Software'; then
    try "fuzzing with gcc" refused "it must be clang" configure -DGANNET_FUZZ=ON -DCMAKE_C_COMPILER=gcc
fi
if have ninja; then
    try "several build types" says "build type Debug or Release or RelWithDebInfo," configure -G "Ninja Multi-Config"
else
    echo "skipped: no ninja"
fi
try "joined source files" joins_no_files
try "no build type around the library" says "CMAKE_BUILD_TYPE is empty, so the library is compiled without -O" embed
try "no build type, but flags" silent_of "CMAKE_BUILD_TYPE is empty" embed -DCMAKE_C_FLAGS=-O2
finish
