/* SPDX-License-Identifier: MIT */
/* lib/export/summary.c - what a network is made of, as a text. */
#include "core/allocator.h"
#include "export/trace.h"
#include "nn/module.h"

#include <gannet/diagram.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LINE = 160, FRAME_LINES = 3 };

static size_t count_modules(const gn_module *module)
{
    size_t count = 1;
    for (size_t i = 0; i < gn_module_child_count(module); i++)
        count += count_modules(gn_module_child(module, i));
    return count;
}

static void add_line(char *text, const char *name, const char *kind, const char *output, const char *numbers)
{
    const size_t used = strlen(text);
    snprintf(text + used, LINE, "%-36.36s %-24.24s %-20.20s %12s\n", name, kind, output, numbers);
}

/* Number with nothing in place of 0. */
static const char *number_text(int64_t number, char *text, size_t size)
{
    text[0] = '\0';
    if (number != 0)
        snprintf(text, size, "%" PRId64, number);
    return text;
}

static void add_tree(char *text, gn_module *module, int depth, int64_t *total)
{
    char name[64], output[64], numbers[24];
    const int64_t own = gn__module_own_numbers(module);
    const gn_shape shape = module->output;
    snprintf(name, sizeof name, "%*s%s", 2 * depth, "", gn__module_short_name(module));
    add_line(text, name, gn_module_get_class(module)->name,
             shape.rank == 0 ? "" : gn_shape_text(shape, output, sizeof output),
             number_text(own, numbers, sizeof numbers));
    *total += own;
    for (size_t i = 0; i < gn_module_child_count(module); i++)
        add_tree(text, gn_module_child(module, i), depth + 1, total);
}

char *gn_summary(gn_module *module, const gn_shape *inputs, int count)
{
    if (module == NULL || gn__module_trace(module, inputs, count) != GN_OK)
        return NULL;
    const size_t size = (count_modules(module) + FRAME_LINES) * LINE;
    char *wide = gn__new(gn_module_context(module), size), numbers[24];
    if (wide == NULL)
        return NULL;
    int64_t total = 0;
    add_line(wide, "module", "kind", "output", "parameters");
    add_tree(wide, module, 0, &total);
    snprintf(numbers, sizeof numbers, "%" PRId64, total);
    add_line(wide, "all", "", "", numbers);
    char *text = gn__copy_text(gn_module_context(module), wide);
    gn__delete(gn_module_context(module), wide, size);
    return text;
}
