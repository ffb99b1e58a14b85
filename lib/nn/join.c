/* SPDX-License-Identifier: MIT */
/* lib/nn/join.c - several inputs become one. */
#include <gannet/layers.h>

typedef struct join {
    gn_join_kind kind;
} join;

/* Channels may be repeated, but no rows: those of a batch do not see each other. */
static bool check_rows(const gn_module *module, gn_var *a, gn_var *b)
{
    const gn_shape x = gn_var_shape(a), y = gn_var_shape(b);
    char x_text[64], y_text[64];
    if (x.rank == y.rank && (x.rank == 0 || x.size[0] == y.size[0]))
        return true;
    gn_tape_fail(gn_var_tape(a), GN_ERROR_SHAPE, "join '%s': branches give %s and %s, expected as many rows",
                 gn_module_name(module), gn_shape_text(x, x_text, sizeof x_text),
                 gn_shape_text(y, y_text, sizeof y_text));
    return false;
}

static gn_var *combine(const gn_module *module, gn_join_kind kind, gn_var *const *values, int count)
{
    if (kind == GN_JOIN_CONCAT)
        return gn_concat(values, count, gn_var_shape(values[0]).rank - 1);
    gn_var *result = values[0];
    for (int i = 1; i < count && check_rows(module, result, values[i]); i++)
        result = kind == GN_JOIN_ADD ? gn_add(result, values[i]) : gn_mul(result, values[i]);
    return result;
}

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    const join *layer = gn_module_state(module);
    gn_tape *tape = gn_var_tape(inputs[0]);
    const size_t branches = gn_module_child_count(module);
    if (branches < 1 || branches > GN_MAX_INPUTS) {
        gn_tape_fail(tape, GN_ERROR_ARGUMENT, "join '%s': %zu branches, expected 1 to %d", gn_module_name(module),
                     branches, GN_MAX_INPUTS);
        return inputs[0];
    }
    gn_var *values[GN_MAX_INPUTS] = {NULL};
    for (int i = 0; i < count; i++)
        values[i] = gn_apply(gn_module_child(module, (size_t)i), inputs[i]);
    return combine(module, layer->kind, values, count);
}

static int count_inputs(const gn_module *module)
{
    return (int)gn_module_child_count(module);
}

static const gn_module_class join_class = {
    .name = "join", .forward = forward, .count_inputs = count_inputs, .row_by_row = true};

gn_module *gn_join_layer(gn_context *context, const char *name, gn_join_kind kind, gn_module *const *branches,
                         size_t count)
{
    const bool known = kind == GN_JOIN_CONCAT || kind == GN_JOIN_ADD || kind == GN_JOIN_MULTIPLY;
    gn_module *module = known ? gn_module_new(context, &join_class, name, sizeof(join)) : NULL;
    if (!known)
        gn_context_fail(context, GN_ERROR_ARGUMENT, "join: kind is %d, expected one of gn_join_kind", (int)kind);
    if (module != NULL)
        *(join *)gn_module_state(module) = (join){kind};
    gn_module_add_children(module, branches, count);
    return gn_module_complete(module);
}
