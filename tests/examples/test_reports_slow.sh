# SPDX-License-Identifier: MIT
# tests/examples/test_reports_slow.sh - reports in a browser: on a screen and on a phone, in light and in dark, no script fails, every picture
# is shown, nothing is wider than the window.
. "$SOURCE_DIR/tests/examples/study.sh"
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
[ -n "$browser" ] || { echo "skipped: there is no chromium"; exit 77; }

# A script that is added to a copy of the page writes what it sees into the page's title.
probe='<script>
let errors = 0;
window.addEventListener("error", () => errors++, true);
window.addEventListener("load", () => {
    const pictures = [...document.images];
    const shown = pictures.filter(p => p.complete && p.naturalWidth > 0 && p.getBoundingClientRect().width > 0).length;
    const charts = [...document.querySelectorAll("svg.chart")].filter(c => c.getBoundingClientRect().height > 50).length;
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const background = getComputedStyle(document.body).backgroundColor, ink = getComputedStyle(document.body).color;
    const wide = document.documentElement.scrollWidth > window.innerWidth;
    document.title = `${shown} of ${pictures.length} pictures, ${charts} charts, ${errors} errors, ` +
                     `${dark ? "dark" : "light"}, ${wide ? "too wide" : "fits"}, ${background} ${ink}`;
});
</script>'

# render PAGE WIDTH SCHEME: the title that the probe leaves.
render() {
    { printf '<!DOCTYPE html>%s' "$probe"; cat "$1"; } >probed.html
    "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/profile" --window-size="$2",900 \
        --blink-settings=preferredColorScheme="$3" --virtual-time-budget=3000 --dump-dom "file://$work/probed.html" 2>/dev/null |
        sed -n 's/.*<title>\([^<]*pictures[^<]*\)<\/title>.*/\1/p' | head -1
}

# shows PAGE PICTURES CHARTS: at both widths and in both schemes, with other colours in the dark.
shows() {
    for width in 1280 390; do
        light=$(render "$1" $width 1) dark=$(render "$1" $width 0)
        check "$1 at $width: '$light'" expr "$light" : "$2 of $2 pictures, $3 charts, 0 errors, light, fits, "
        check "$1 at $width: '$dark'" expr "$dark" : "$2 of $2 pictures, $3 charts, 0 errors, dark, fits, "
        check "other colours in the dark" test "${light##*fits}" != "${dark##*fits}"
    done
}

expect 0 "done: 3 steps" dcgan --steps 3 --batch 4 --out run
shows run/report.html 3 5
expect 0 "done; look at" gan_mlp --quick --out mlp
shows mlp/report.html 3 1
finish
