/* SPDX-License-Identifier: MIT */
/* lib/export/diagram.c - what a network is made of, as a picture. */
#include "export/names.h"
#include "export/trace.h"
#include "io/file.h"
#include "io/json.h"
#include "nn/module.h"

#include <gannet/diagram.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* In pixels of the picture. */
enum { BOX_WIDTH = 190, BOX_HEIGHT = 36, ARROW = 18, GAP = 24, FRAME = 10, MARGIN = 20, TITLE = 30, PART_GAP = 70 };

typedef struct extent {
    int width, height;
} extent;

static void put(gn__writer *file, const char *format, ...) GN_PRINTF(2, 3);
static void put(gn__writer *file, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    gn__writer_write(file, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

/* A name, in which a user may have written anything. */
static const char *escaped(const char *name, char *text, size_t size)
{
    enum { ROOM = 8 }; /* for any character */
    size_t used = 0;
    const bool is_utf8 = gn__is_utf8(name);
    text[0] = '\0';
    for (; *name != '\0'; name++) {
        const unsigned char byte = (unsigned char)*name;
        const bool begins = byte < 0x80 || byte >= 0xC0,
                   known = byte >= 0x20 && byte != 0x7F && (byte < 0x80 || is_utf8);
        const char letter[] = {known ? *name : '?', '\0'};
        if (begins && used + ROOM >= size)
            break;
        const char *written = *name == '&' ? "&amp;" : *name == '<' ? "&lt;" : *name == '>' ? "&gt;" : letter;
        used += (size_t)snprintf(text + used, size - used, "%s", written);
    }
    return text;
}

/* --- how modules are arranged ------------------------------------------------------------------------------------- */

static bool is_kind(const gn_module *module, const char *kind)
{
    return strcmp(gn_module_get_class(module)->name, kind) == 0;
}

/* Its children stand side by side, with a box for what joins them below. */
static bool side_by_side(const gn_module *module)
{
    return (is_kind(module, "join") || is_kind(module, "residual")) && gn_module_child_count(module) > 0;
}

/* Kinds that are nothing but their children. */
static bool transparent(const gn_module *module)
{
    return is_kind(module, "sequential") || is_kind(module, "conditional");
}

static extent measure(const gn_module *module);

static extent measure_row(const gn_module *module)
{
    extent all = {-GAP, 0};
    for (size_t i = 0; i < gn_module_child_count(module); i++) {
        const extent child = measure(gn_module_child(module, i));
        all.width += child.width + GAP;
        all.height = child.height > all.height ? child.height : all.height;
    }
    all.width = all.width > BOX_WIDTH ? all.width : BOX_WIDTH;
    return (extent){all.width, all.height + 2 * ARROW + BOX_HEIGHT};
}

static extent measure_column(const gn_module *module)
{
    const int count = (int)gn_module_child_count(module);
    extent all = {BOX_WIDTH, (count - 1) * ARROW};
    for (int i = 0; i < count; i++) {
        const extent child = measure(gn_module_child(module, (size_t)i));
        all.width = child.width > all.width ? child.width : all.width;
        all.height += child.height;
    }
    return all;
}

static extent measure(const gn_module *module)
{
    if (gn_module_child_count(module) == 0)
        return (extent){BOX_WIDTH, BOX_HEIGHT};
    if (side_by_side(module))
        return measure_row(module);
    const extent inner = measure_column(module);
    return transparent(module) ? inner : (extent){inner.width + 2 * FRAME, inner.height + 2 * FRAME + BOX_HEIGHT / 2};
}

/* --- drawing ------------------------------------------------------------------------------------------------------ */

static void arrow(gn__writer *file, int from_x, int from_y, int to_x, int to_y)
{
    const int middle = from_y + (to_y - from_y) / 2;
    if (from_x == to_x)
        put(file, "<path class='a' d='M%d %dV%d' marker-end='url(#tip)'/>\n", from_x, from_y, to_y - 2);
    else
        put(file, "<path class='a' d='M%d %dV%dH%dV%d' marker-end='url(#tip)'/>\n", from_x, from_y, middle, to_x,
            to_y - 2);
}

/* Layers with parameters, those that normalise, and the rest have colours of their own. */
static const char *style_of(gn_module *module)
{
    if (strstr(gn_module_get_class(module)->name, "norm") != NULL)
        return "n";
    return gn__module_own_numbers(module) > 0 ? "p" : "o";
}

static void box(gn__writer *file, gn_module *module, int x, int y)
{
    char shape[64] = "", name[256], kind[64];
    const int64_t numbers = gn__module_own_numbers(module);
    if (module->output.rank > 0)
        gn_shape_text(module->output, shape, sizeof shape);
    put(file, "<g><title>%s</title><rect class='%s' x='%d' y='%d' width='%d' height='%d' rx='5'/>\n",
        escaped(gn_module_name(module), name, sizeof name), style_of(module), x, y, BOX_WIDTH, BOX_HEIGHT);
    put(file, "<text x='%d' y='%d'>%s</text><text class='s' x='%d' y='%d'>%s", x + BOX_WIDTH / 2, y + 15,
        escaped(gn_module_get_class(module)->name, kind, sizeof kind), x + BOX_WIDTH / 2, y + 29, shape);
    if (numbers > 0)
        put(file, "%s%" PRId64 " parameters", shape[0] == '\0' ? "" : " \xC2\xB7 ", numbers);
    put(file, "</text></g>\n");
}

static void draw(gn__writer *file, gn_module *module, int x, int y);

/* Where the arrow into child i of a row points, and the one out of it begins. */
static int centre_of(const gn_module *module, size_t index, int x)
{
    int left = x;
    for (size_t i = 0; i < index; i++)
        left += measure(gn_module_child(module, i)).width + GAP;
    return left + measure(gn_module_child(module, index)).width / 2;
}

static void draw_row(gn__writer *file, gn_module *module, int x, int y)
{
    const extent all = measure(module);
    const int below = y + all.height - BOX_HEIGHT, middle = x + all.width / 2;
    for (size_t i = 0; i < gn_module_child_count(module); i++) {
        gn_module *child = gn_module_child(module, i);
        const extent size = measure(child);
        const int centre = centre_of(module, i, x);
        if (is_kind(module, "residual"))
            arrow(file, middle, y, centre, y + ARROW);
        draw(file, child, centre - size.width / 2, y + ARROW);
        arrow(file, centre, y + ARROW + size.height, middle, below);
    }
    box(file, module, middle - BOX_WIDTH / 2, below);
}

static void draw_column(gn__writer *file, gn_module *module, int x, int y)
{
    const int middle = x + measure_column(module).width / 2;
    for (size_t i = 0; i < gn_module_child_count(module); i++) {
        gn_module *child = gn_module_child(module, i);
        const extent size = measure(child);
        if (i > 0)
            arrow(file, middle, y - ARROW, middle, y);
        draw(file, child, middle - size.width / 2, y);
        y += size.height + ARROW;
    }
}

/* At (x, y) is the upper left corner of what measure says. */
static void draw(gn__writer *file, gn_module *module, int x, int y)
{
    const extent size = measure(module);
    char kind[64];
    if (gn_module_child_count(module) == 0) {
        box(file, module, x, y);
    } else if (side_by_side(module)) {
        draw_row(file, module, x, y);
    } else if (transparent(module)) {
        draw_column(file, module, x, y);
    } else {
        put(file,
            "<rect class='f' x='%d' y='%d' width='%d' height='%d' rx='8'/><text class='s' x='%d' y='%d'>%s</text>\n", x,
            y, size.width, size.height, x + size.width / 2, y + 14,
            escaped(gn_module_get_class(module)->name, kind, sizeof kind));
        draw_column(file, module, x + FRAME, y + FRAME + BOX_HEIGHT / 2);
    }
}

/* --- parts -------------------------------------------------------------------------------------------------------- */

/* The row of modules that the inputs of a network go to, or NULL when it has one input. */
static const gn_module *first_row(const gn_module *module)
{
    while (transparent(module) && gn_module_child_count(module) > 0)
        module = gn_module_child(module, 0);
    return is_kind(module, "join") ? module : NULL;
}

static int input_place(const gn_diagram_part *part, int index, int x, int width)
{
    const gn_module *row = first_row(part->module);
    if (row != NULL && (size_t)index < gn_module_child_count(row))
        return centre_of(row, (size_t)index, x + (width - measure(row).width) / 2);
    return x + width * (2 * index + 1) / (2 * part->count);
}

static extent measure_part(const gn_diagram_part *part)
{
    const extent size = measure(part->module);
    return (extent){size.width, TITLE + TITLE + ARROW + size.height + ARROW + TITLE};
}

static void draw_part(gn__writer *file, const gn_diagram_part *part, int x, int y)
{
    const extent size = measure(part->module);
    const int middle = x + size.width / 2, top = y + TITLE + TITLE + ARROW;
    const gn__names names = gn__names_of(part->input_names, part->output_name);
    char name[256];
    put(file, "<text class='t' x='%d' y='%d'>%s</text>\n", middle, y + 18,
        escaped(gn_module_name(part->module), name, sizeof name));
    for (int i = 0; i < part->count; i++) {
        char shape[64];
        const int at = input_place(part, i, x, size.width);
        put(file, "<text x='%d' y='%d'>%s</text><text class='s' x='%d' y='%d'>%s</text>\n", at, y + TITLE + 14,
            escaped(names.inputs[i], name, sizeof name), at, y + TITLE + 28,
            gn_shape_text(part->inputs[i], shape, sizeof shape));
        arrow(file, at, y + 2 * TITLE, first_row(part->module) == NULL ? middle : at,
              first_row(part->module) == NULL ? top : top + ARROW);
    }
    draw(file, part->module, x, top);
    arrow(file, middle, top + size.height, middle, top + size.height + ARROW);
    put(file, "<text x='%d' y='%d'>%s</text>\n", middle, top + size.height + ARROW + 14,
        escaped(names.output, name, sizeof name));
}

/* From the output of one part to the first input of the next, in the gap between them. */
static void connect(gn__writer *file, const gn_diagram_part *from, int from_x, const gn_diagram_part *to, int to_x)
{
    const extent size = measure(from->module);
    const int bottom = MARGIN + 2 * TITLE + ARROW + size.height + ARROW + 20, gap = to_x - PART_GAP / 2;
    const int input = input_place(to, 0, to_x, measure(to->module).width);
    put(file, "<path class='a' d='M%d %dV%dH%dV%dH%dV%d' marker-end='url(#tip)'/>\n", from_x + size.width / 2, bottom,
        bottom + 10, gap, MARGIN + TITLE - 6, input, MARGIN + TITLE);
}

static void put_head(gn__writer *file, int width, int height)
{
    put(file, "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' width='%d' height='%d'>\n", width, height,
        width, height);
    put(file, "<style>text{font:12px sans-serif;text-anchor:middle;fill:#222}.s{font-size:10.5px;fill:#555}"
              ".t{font-weight:bold;font-size:14px}rect{stroke:#888}.p{fill:#cfe2f8}.n{fill:#dcefd5}.o{fill:#f3f0e6}"
              ".f{fill:none;stroke-dasharray:4 3}.a{fill:none;stroke:#777;stroke-width:1.3}#tip path{fill:#777}\n");
    put(file, "@media "
              "(prefers-color-scheme:dark){text{fill:#eee}.s{fill:#bbb}.p{fill:#274a70}.n{fill:#31502a}.o{fill:#444136}"
              ".a{stroke:#aaa}#tip path{fill:#aaa}}</style>\n");
    put(file,
        "<defs><marker id='tip' viewBox='0 0 6 6' refX='5' refY='3' markerWidth='6' markerHeight='6' orient='auto'>"
        "<path d='M0 0L6 3L0 6z'/></marker></defs>\n");
}

static void draw_parts(gn__writer *file, const gn_diagram_part *parts, int count)
{
    int width = 2 * MARGIN + (count - 1) * PART_GAP, height = 0, x = MARGIN;
    for (int i = 0; i < count; i++) {
        const extent size = measure_part(&parts[i]);
        width += size.width;
        height = size.height > height ? size.height : height;
    }
    put_head(file, width, height + 2 * MARGIN);
    for (int i = 0; i < count; i++) {
        draw_part(file, &parts[i], x, MARGIN);
        const int next = x + measure_part(&parts[i]).width + PART_GAP;
        if (i + 1 < count)
            connect(file, &parts[i], x, &parts[i + 1], next);
        x = next;
    }
    put(file, "</svg>\n");
}

static gn_status check_part(gn_context *context, const gn_diagram_part *part, int index)
{
    if (part->module == NULL)
        return gn__context_fail_null(context, "diagram: part %d: module", index);
    if (part->inputs == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "diagram: part %d: inputs is NULL", index);
    const gn_status status = gn__module_trace(part->module, part->inputs, part->count); /* count fits, if it is GN_OK */
    const gn__names names = gn__names_of(part->input_names, part->output_name);
    for (int i = 0; i < part->count && status == GN_OK; i++)
        if (names.inputs[i] == NULL)
            return gn_context_fail(context, GN_ERROR_ARGUMENT, "diagram: the name of input %d of '%s' is NULL", i,
                                   gn_module_name(part->module));
    return status;
}

gn_status gn_diagram_write(gn_context *context, const char *path, const gn_diagram_part *parts, int count)
{
    if (context == NULL || path == NULL || parts == NULL || count < 1)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "diagram: %s, expected a path and at least one part",
                               path == NULL ? "the path is NULL" : "there are no parts");
    for (int i = 0; i < count; i++) {
        const gn_status status = check_part(context, &parts[i], i);
        if (status != GN_OK)
            return status;
    }
    gn__writer file;
    if (gn__writer_open(&file, context, path, false) == GN_OK)
        draw_parts(&file, parts, count);
    return gn__writer_close(&file);
}
