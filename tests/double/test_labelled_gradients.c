/* SPDX-License-Identifier: MIT */
/* tests/double/test_labelled_gradients.c - the layers that take a label, and what is made of them, held against central
 * differences, first and second order, in double. */
#include "nn/labels.h"

static void test_label_concat(void **state)
{
    const fixture *f = *state;
    check_labelled_gradients(f->context, gn_label_concat_layer(f->context), GN_SHAPE(2, 3), GN_SHAPE(2, 4));
    check_labelled_gradients(f->context, gn_label_concat_layer(f->context), GN_SHAPE(3, 2, 1, 2), GN_SHAPE(3, 1));
}

static void test_projection(void **state)
{
    const fixture *f = *state;
    const gn_projection_options options = {.in = 3, .classes = 2};
    check_labelled_gradients(f->context, gn_projection_layer(f->context, &options), GN_SHAPE(5, 3), GN_SHAPE(5, 2));
}

static gn_module *norm_new(gn_context *context, bool bias_correction)
{
    const gn_conditional_batch_norm_options options = {
        .size = 3, .classes = 2, .epsilon = 0.1f, .bias_correction = bias_correction};
    return gn_conditional_batch_norm_layer(context, &options);
}

static void test_conditional_batch_norm(void **state)
{
    const fixture *f = *state;
    check_labelled_gradients(f->context, norm_new(f->context, false), GN_SHAPE(5, 3), GN_SHAPE(5, 2));
    check_labelled_gradients(f->context, norm_new(f->context, true), GN_SHAPE(3, 2, 1, 3), GN_SHAPE(3, 2));
    gn_module *running = norm_new(f->context, false);
    set_values(tensor_of(running, "running_mean"), (const gn_real[]){0.1f, -0.2f, 0.3f});
    set_values(tensor_of(running, "running_variance"), (const gn_real[]){0.5f, 1, 2});
    gn_module_set_statistics(running, GN_STATISTICS_RUNNING);
    check_labelled_gradients(f->context, running, GN_SHAPE(3, 1, 2, 3), GN_SHAPE(3, 2));
}

/* A small conditional network: a residual block inside a gn_conditional, with the projection at the end. */
static void test_network(void **state)
{
    const fixture *f = *state;
    gn_context *c = f->context;
    gn_module *body = gn_conditional(c, "body", norm_new(c, false), gn_tanh_layer(c), gn_label_concat_layer(c),
                                     gn_dense_layer(c, &(gn_dense_options){.in = 5, .out = 3}));
    gn_module *module = gn_conditional(c, "d", gn_residual_layer(c, "block", body, gn_identity_layer(c)),
                                       gn_projection_layer(c, &(gn_projection_options){.in = 3, .classes = 2}));
    check_labelled_gradients(c, module, GN_SHAPE(5, 3), GN_SHAPE(5, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_label_concat),
        WITH_FIXTURE(test_projection),
        WITH_FIXTURE(test_conditional_batch_norm),
        WITH_FIXTURE(test_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
