#!/bin/sh
# SPDX-License-Identifier: MIT
# cmake/bootstrap.sh - from a bare machine to a running library: installs what is missing, builds, shows or tests.
set -eu

usage() {
    cat <<'END'
usage: sh cmake/bootstrap.sh deps                      install what the build needs and the machine lacks
       sh cmake/bootstrap.sh demo [DIR] [OPTION...]    and train a GAN to draw digits into DIR (dcgan-out); dcgan's options
       sh cmake/bootstrap.sh test [OPTION...]          and run all tests; ctest's options
       sh cmake/bootstrap.sh tools                     install tools without which some tests are skipped: clang, cppcheck, locales
Works with apt, dnf or brew, from any folder, and can be run again at any time.
END
}

say() { printf '==> %s\n' "$*"; }
die() { printf 'bootstrap: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Is there a compiler, and does it find the header $1?
compiles() { printf '#include <stdio.h>\n#include <%s>\n' "$1" | ${CC:-cc} -E - >/dev/null 2>&1; }
readable() { [ -r "$1" ]; }
module() { have pkg-config && pkg-config --exists "$1"; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        die "installing packages needs root: run as root, or install sudo, or install yourself:$missing"
    fi
}

# need CHECK ARGUMENT APT DNF BREW: unless the check passes, notes the package for this machine's package manager.
need() {
    if ! "$1" "$2"; then
        case $manager in
            dnf) missing="$missing $4" ;;
            brew) missing="$missing $5" ;;
            *) missing="$missing $3" ;;
        esac
    fi
}

list_dependencies() {
    missing=
    need compiles math.h 'gcc libc6-dev' 'gcc glibc-devel' gcc
    need have make make make make
    need have cmake cmake cmake cmake
    need have pkg-config pkg-config pkgconf-pkg-config pkg-config
    need module openblas libopenblas-dev openblas-devel openblas
    need module zlib zlib1g-dev zlib-devel zlib
    need module libpng libpng-dev libpng-devel libpng
    need module libjpeg libjpeg-dev libjpeg-turbo-devel jpeg-turbo
    need compiles gif_lib.h libgif-dev giflib-devel giflib
    need module jansson libjansson-dev jansson-devel jansson
    need module cmocka libcmocka-dev libcmocka-devel cmocka
}

list_tools() {
    missing=
    need have clang clang clang llvm
    need have clang-tidy clang-tidy clang-tools-extra llvm
    need have cppcheck cppcheck cppcheck cppcheck
    if [ "$manager" = apt ] && [ "$(uname -m)" = x86_64 ]; then
        need readable /usr/aarch64-linux-gnu/include/stdio.h libc6-dev-arm64-cross '' ''
    fi
    if have localedef; then # a Mac has its locales
        need readable /usr/share/i18n/locales/de_DE locales glibc-locale-source ''
    fi
}

# deps LIST: installs what LIST finds missing.
deps() {
    list_missing=$1
    manager=none
    for candidate in apt:apt-get dnf:dnf brew:brew; do
        if have "${candidate#*:}"; then
            manager=${candidate%%:*}
            break
        fi
    done
    if [ "$manager" = brew ]; then # not linked into the usual folders
        PKG_CONFIG_PATH="$(brew --prefix)/opt/openblas/lib/pkgconfig:$(brew --prefix)/opt/zlib/lib/pkgconfig:${PKG_CONFIG_PATH-}"
        CPATH="$(brew --prefix)/include${CPATH:+:$CPATH}"
        export PKG_CONFIG_PATH CPATH
    fi

    "$list_missing"
    if [ -z "$missing" ]; then
        say "nothing to install: everything is here"
        return
    fi
    say "installing:$missing"
    # shellcheck disable=SC2086 # package names, to be split into words
    case $manager in
        apt)
            as_root env DEBIAN_FRONTEND=noninteractive apt-get update
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
            ;;
        dnf) as_root dnf install -y $missing ;;
        brew) brew install $missing ;;
        none) die "no apt, dnf or brew here; install what Debian calls:$missing" ;;
    esac
    "$list_missing"
    [ -z "$missing" ] || die "installed, but still not usable:$missing"
}

build() {
    jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
    say "building the release preset in $root/build/release with $jobs jobs"
    (cd "$root" && cmake --preset release && cmake --build --preset release -j "$jobs")
}

demo() {
    out=dcgan-out
    case ${1--} in
        -*) ;;
        *) out=$1 && shift ;;
    esac
    say "training the momentum variant on the built-in digits, into $out"
    "$root/build/release/examples/dcgan" --variant momentum --data digits --out "$out" "$@"
}

command=${1-}
[ $# -eq 0 ] || shift
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
case $command in
    deps) deps list_dependencies ;;
    tools) deps list_tools ;;
    demo)
        deps list_dependencies
        build
        demo "$@"
        ;;
    test)
        deps list_dependencies
        build
        say "running all tests"
        ctest --test-dir "$root/build/release" --output-on-failure -j "$jobs" "$@"
        ;;
    -h | --help | help) usage ;;
    *)
        usage >&2
        exit 2
        ;;
esac
