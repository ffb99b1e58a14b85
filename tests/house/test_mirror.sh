# SPDX-License-Identifier: MIT
# tests/house/test_mirror.sh - tests/ mirrors lib/: every lib/<floor>/<file>.c has its tests/<floor>/test_<file>.c.
set -eu
cd "$SOURCE_DIR"

# The tests of <floor>/<file>: one of its own, or that of a reference kernel's fast twin, or another that does it better.
tests_of() {
    echo "tests/${1%/*}/test_${1##*/}.c" "tests/${1%/*}/test_${1##*/}_slow.c"
    case $1 in
        *_reference) tests_of "${1%_reference}" ;;
        io/png_decode | io/jpeg_decode) echo tests/io/test_picture.c ;; # both behind one function
        export/emit_functions) echo tests/export/test_emit_c.c ;;        # texts, of which files are made
        nn/gradcheck) echo tests/double/test_planted_gradients.c ;;    # needs elements of type double
    esac
}

missing=0
for source in lib/*/*.c; do
    path=${source#lib/}
    found=no
    for test in $(tests_of "${path%.c}"); do
        [ ! -f "$test" ] || found=yes
    done
    [ $found = no ] || continue
    echo "$source: no tests/${path%/*}/test_${path##*/}"
    missing=$((missing + 1))
done
echo "$missing files without a test"
[ "$missing" -eq 0 ]
