# SPDX-License-Identifier: MIT
# tests/examples/browser.sh - looking at a report with a browser, if there is one.
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)

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

# shown PAGE PICTURES CHARTS WIDTH SCHEME: all are shown, no script fails, nothing is wider than the window. Leaves the title in $title.
shown() {
    [ "$5" = 1 ] && scheme=light || scheme=dark
    title=$(render "$1" "$4" "$5")
    check "$1 at $4: '$title'" expr "$title" : "$2 of $2 pictures, $3 charts, 0 errors, $scheme, fits, "
}

# charts_in PAGE
charts_in() {
    grep -o '<svg class="chart"' "$1" | wc -l
}
