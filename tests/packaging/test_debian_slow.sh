# SPDX-License-Identifier: MIT
# tests/packaging/test_debian_slow.sh - makes the Debian packages, has lintian look at them, installs them into a folder as their root,
# compiles and runs programs against that, and removes them again.
. "$SOURCE_DIR/tests/packaging/common.sh"
no_sanitizer
for tool in dpkg dpkg-deb dpkg-shlibdeps gzip; do
    have $tool || skip "no $tool"
done
root=$work/root

make_packages() {
    (cd "$SOURCE_DIR" && "$CMAKE" --preset debian -B "$work/made") &&
        nice -n 10 "$CMAKE" --build "$work/made" -j 2 --target package
}

# Exactly these three are made.
all_made() {
    [ "$(cd "$work/made/packages" && echo *.deb | sed 's/_[^ ]*//g')" = "gannet-examples libgannet-dev libgannet0" ]
}

# depends PACKAGE TEXT: one of the dependencies begins so.
depends() {
    dpkg-deb --field "$work/made/packages/$1"_*.deb Depends | tee "$work/depends" | tr ',' '\n' | sed 's/^ //' | grep -q "^$2" ||
        { echo "$1 does not depend on $2:"; cat "$work/depends"; return 1; }
}

# As root dpkg itself installs, into a data base of its own; the dependencies are those of the machine.
install_packages() {
    if [ "$(id -u)" -eq 0 ]; then
        mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/triggers" && : >"$root/var/lib/dpkg/status"
        dpkg --root="$root" --log=/dev/null --force-depends --install "$work"/made/packages/*.deb
    else
        mkdir "$root"
        for package in "$work"/made/packages/*.deb; do
            dpkg-deb --extract "$package" "$root" || return 1
        done
    fi
}

remove_packages() {
    dpkg --root="$root" --log=/dev/null --force-depends --purge gannet-examples libgannet-dev libgannet0 || return 1
    left=$(find "$root" ! -type d ! -path "$root/var/*")
    [ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

says_usr() {
    grep -qx 'prefix=/usr' "$libdir/pkgconfig/gannet.pc"
}

hardened() {
    for file in "$libdir"/libgannet.so.*.*.* "$root"/usr/libexec/gannet/*; do
        readelf -d "$file" >"$work/dynamic" && ! grep -E 'RPATH|RUNPATH' "$work/dynamic" && grep -q NOW "$work/dynamic" &&
            readelf -lW "$file" | grep GNU_STACK | grep -vq RWE || { echo "in $file"; return 1; }
    done
}

commands_run() {
    for command in "$root"/usr/bin/gannet-*; do
        LD_LIBRARY_PATH=$libdir "$command" --version && [ -f "$root/usr/share/man/man1/${command##*/}.1.gz" ] || return 1
    done
    LD_LIBRARY_PATH=$libdir "$root/usr/bin/gannet-dcgan" --steps 2 --batch 4 --out "$work/run" && [ -f "$work/run/samples.png" ]
}

sources_build() {
    "$CMAKE" -S "$root/usr/share/doc/gannet-examples/examples" -B "$work/examples" -DCMAKE_PREFIX_PATH="$root/usr" &&
        nice -n 10 "$CMAKE" --build "$work/examples" -j 2 --target example_sample && "$work/examples/sample" --version
}

try "packages" make_packages
try "all three are there" all_made
try "the library's dependencies" depends libgannet0 "libpng16"
try "the headers' dependencies" depends libgannet-dev "libgannet0 (= "
try "the programs' dependencies" depends gannet-examples "libgannet0 (= "
if have lintian; then
    try "lintian: no errors or warnings" lintian --fail-on error,warning "$work"/made/packages/*.deb
else
    echo "skipped: no lintian"
fi
try "installed" install_packages
libdir=$(dirname "$(find "$root/usr/lib" -name libgannet.a)")
try "gannet.pc says /usr" says_usr
try "hardened, and no paths of this machine" hardened
by_pkg_config_in_both "pkg-config" --define-variable=prefix="$root/usr"
try "find_package" by_find_package "$root/usr" -DKIND=shared
try "find_package, static" by_find_package "$root/usr" -DCOMPONENTS=static -DKIND=static
try "the programs run and have manual pages" commands_run
try "the programs' sources build" sources_build
if [ "$(id -u)" -eq 0 ]; then
    try "removed" remove_packages
else
    echo "skipped: dpkg as root"
fi
finish
