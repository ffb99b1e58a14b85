/* SPDX-License-Identifier: MIT */
/* tests/golden/test_modules.c - the layers that are made of others, or that look at labels or the batch, held against
 * PyTorch's; modules.safetensors is made by make_modules.py.
 *
 * A case makes the module and lets the file's values stand for its parameters, so that gradients are asked for like
 * those of any input. */
#include "golden/golden_case.h"

/* The module of the configuration that is being checked; it must live as long as the tape. */
static gn_module *current;

static void forget(void)
{
    gn_module_free(current);
    current = NULL;
}

/* Applies a fresh module to inputs, its parameters being the values from parameters[0] on. */
static gn_var *apply(gn_module *module, gn_var *const *inputs, int count, gn_var *const *parameters)
{
    current = module;
    const gn_parameter_list list = gn_parameters(module);
    for (size_t i = 0; i < list.count; i++)
        assert_int_equal(gn_parameter_bind(list.items[i], parameters[i]), GN_OK);
    return gn_apply_all(module, inputs, count);
}

static gn_context *context_of(gn_var *const *x)
{
    return gn_tape_context(gn_var_tape(x[0]));
}

/* Size number axis of a value; negative numbers count from the end. */
static int64_t size_of(gn_var *x, int axis)
{
    const gn_shape shape = gn_var_shape(x);
    return shape.size[axis < 0 ? shape.rank + axis : axis];
}

static gn_module *dense(gn_context *c, gn_var *weight)
{
    return gn_dense_layer(c, &(gn_dense_options){.in = size_of(weight, 0), .out = size_of(weight, 1), .no_bias = true});
}

static gn_var *residual(gn_var *const *x, int configuration)
{
    gn_context *c = context_of(x);
    if (configuration == 0)
        return apply(gn_residual_layer(c, "r", dense(c, x[1]), gn_identity_layer(c)), x, 1, x + 1);
    if (configuration == 1)
        return apply(
            gn_residual_layer(c, "r", gn_sequential(c, "body", dense(c, x[1]), gn_tanh_layer(c)), dense(c, x[2])), x, 1,
            x + 1);
    const gn_conv2d_options conv = {.in = 2, .out = 2, .kernel = 3, .padding = 1, .no_bias = true};
    return apply(gn_residual_layer(c, "r", gn_conv2d_layer(c, &conv), gn_identity_layer(c)), x, 1, x + 1);
}

static gn_var *join(gn_var *const *x, int configuration)
{
    gn_context *c = context_of(x);
    return apply(gn_join(c, "j", (gn_join_kind)configuration, dense(c, x[2]), dense(c, x[3])), x, 2, x + 2);
}

static gn_var *label_concat(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_square(apply(gn_label_concat_layer(context_of(x)), x, 2, NULL));
}

static gn_var *conditional_batch_norm(gn_var *const *x, int configuration)
{
    (void)configuration;
    const gn_conditional_batch_norm_options options = {.size = size_of(x[0], -1), .classes = size_of(x[1], 0)};
    return apply(gn_conditional_batch_norm_layer(context_of(x), &options), (gn_var *[]){x[0], x[3]}, 2, x + 1);
}

static gn_var *projection(gn_var *const *x, int configuration)
{
    (void)configuration;
    const gn_projection_options options = {.in = size_of(x[0], 1), .classes = size_of(x[3], 0)};
    return apply(gn_projection_layer(context_of(x), &options), (gn_var *[]){x[0], x[4]}, 2, x + 1);
}

/* One round of power iteration from the file's u. */
static gn_var *spectral_norm(gn_var *const *x, int configuration)
{
    gn_context *c = context_of(x);
    const gn_conv2d_options conv = {.in = 2, .out = 3, .kernel = 2, .no_bias = true};
    const gn_conv2d_options transposed = {.in = 2, .out = 3, .kernel = 2, .stride = 2, .no_bias = true};
    gn_module *layer = configuration == 0   ? dense(c, x[1])
                       : configuration == 1 ? gn_conv2d_layer(c, &conv)
                                            : gn_conv_transpose2d_layer(c, &transposed);
    gn_module *module = gn_spectral_norm_layer(c, layer, 1);
    gn_tensor *u = gn_module_tensor(module, 0).tensor;
    memcpy(gn_tensor_data(u), gn_var_data(x[2]), (size_t)gn_tensor_count(u) * sizeof(gn_real));
    return apply(module, x, 1, x + 1);
}

static gn_var *minibatch_stddev(gn_var *const *x, int configuration)
{
    static const int64_t groups[] = {0, 0, 0, 2, 3};
    return gn_square(apply(gn_minibatch_stddev_layer(context_of(x), groups[configuration]), x, 1, NULL));
}

static gn_var *minibatch_discrimination(gn_var *const *x, int configuration)
{
    static const int64_t kernels[] = {2, 1, 3}, dimensions[] = {3, 1, 2};
    const gn_minibatch_discrimination_options options = {
        .in = size_of(x[0], 1), .kernels = kernels[configuration], .dimensions = dimensions[configuration]};
    return apply(gn_minibatch_discrimination_layer(context_of(x), &options), x, 1, x + 1);
}

static gn_var *gru(gn_var *const *x, int configuration)
{
    (void)configuration;
    return apply(gn_gru_layer(context_of(x), &(gn_gru_options){.in = size_of(x[0], 2), .size = size_of(x[3], 0)}), x, 1,
                 x + 1);
}

static const golden_case cases[] = {
    {"residual", 3, residual},
    {"join", 3, join},
    {"label_concat", 3, label_concat},
    {"conditional_batch_norm", 3, conditional_batch_norm},
    {"projection", 3, projection},
    {"spectral_norm", 3, spectral_norm},
    {"minibatch_stddev", 5, minibatch_stddev},
    {"minibatch_discrimination", 3, minibatch_discrimination},
    {"gru", 3, gru},
};

static void test_modules(void **state)
{
    (void)state;
    check_cases(GN_TESTS_DIR "/golden/modules.safetensors", cases, sizeof cases / sizeof *cases, forget);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_modules)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
