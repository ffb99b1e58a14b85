# SPDX-License-Identifier: MIT
# tests/packaging/test_embedded_slow.sh - libgannet inside another project, by FetchContent and by add_subdirectory, shared and static, in C
# and C++: programs run, and nothing of it shows in the project that contains it.
. "$SOURCE_DIR/tests/packaging/common.sh"
no_sanitizer

# embed WAY [CMAKE-OPTION...]: builds and runs; its one test is its own, and only its own program is installed.
embed() {
    way=$1
    shift
    "$CMAKE" -S "$SOURCE_DIR/tests/packaging/embedded" -B "$work/$way" -DWAY="$way" -DCMAKE_BUILD_TYPE=Debug \
        -DFETCHCONTENT_SOURCE_DIR_GANNET="$SOURCE_DIR" "$@" &&
        nice -n 10 "$CMAKE" --build "$work/$way" -j 2 && run_consumers "$work/$way" &&
        "$CMAKE" --build "$work/$way" --target test | grep 'tests passed, 0 tests failed out of 1' &&
        "$CMAKE" --install "$work/$way" --prefix "$work/prefix-$way" &&
        [ "$(cd "$work/prefix-$way" && find . -type f)" = ./bin/consumer ]
}

try "FetchContent, shared" embed FetchContent
try "FetchContent, static" embed FetchContent -DBUILD_SHARED_LIBS=OFF
try "add_subdirectory, by name" embed add_subdirectory -DTARGET=gannet::gannet_static
finish
