/* SPDX-License-Identifier: MIT */
/* tests/golden/test_optimizers.c - 20 steps of every optimizer held against PyTorch's (Keras's form of Adam against its
 * formula). optimizers.safetensors is made by make_optimizers.py, which says what the network is. */
#include "test.h"

#include <gannet/gannet.h>
#include <math.h>
#include <stdio.h>

enum { SEED = 23, STEPS = 20 };

/* Twenty steps carry the rounding of a float32 gradient (6e-8) on; those of RMSprop and Adam, divided by its size, a
 * little further. */
static const double tolerance = 5e-6;

static const struct {
    const char *name;
    gn_optimizer_options options;
} cases[] = {
    {"sgd", {.kind = GN_SGD, .rate = 0.1f}},
    {"sgd_momentum", {.kind = GN_SGD, .rate = 0.1f, .momentum = 0.9f}},
    {"sgd_nesterov", {.kind = GN_SGD, .rate = 0.1f, .momentum = 0.9f, .nesterov = true}},
    {"sgd_decay", {.kind = GN_SGD, .rate = 0.1f, .momentum = 0.5f, .weight_decay = 0.01f}},
    {"rmsprop", {.kind = GN_RMSPROP, .rate = 0.01f}},
    {"rmsprop_momentum", {.kind = GN_RMSPROP, .rate = 0.01f, .alpha = 0.9f, .momentum = 0.5f, .epsilon = 1e-6f}},
    {"adam", {.kind = GN_ADAM, .rate = 0.02f}},
    {"adam_gan", {.kind = GN_ADAM, .rate = 0.02f, .beta1 = 0.5f, .weight_decay = 0.01f}},
    {"adam_keras", {.kind = GN_ADAM_KERAS, .rate = 0.02f, .beta1 = 0.5f, .epsilon = 1e-4f}},
};

typedef struct fixture {
    gn_context *context;
    gn_archive *archive;
    double worst;
} fixture;

static void fill(gn_tensor *tensor, uint64_t stream, float bound)
{
    gn_random random = {.seed = SEED, .stream = stream};
    gn_random_fill_uniform(&random, gn_tensor_data(tensor), gn_tensor_count(tensor), -bound, bound);
}

/* Largest distance of a tensor from the file's, relative to its largest element. */
static void compare(fixture *f, const char *optimizer, const char *what, const gn_tensor *found)
{
    char name[96];
    snprintf(name, sizeof name, "%s/%s", optimizer, what);
    gn_tensor *expected = gn_tensor_new(f->context, gn_tensor_shape(found));
    if (gn_archive_get(f->archive, name, expected) != GN_OK)
        fail_msg("%s", gn_context_message(f->context));
    double largest = 0, error = 0;
    for (int64_t i = 0; i < gn_tensor_count(found); i++) {
        const double value = (double)gn_tensor_values(expected)[i];
        largest = fmax(largest, fabs(value));
        error = fmax(error, fabs(value - (double)gn_tensor_values(found)[i]));
    }
    gn_tensor_free(expected);
    if (!(error <= tolerance * largest))
        fail_msg("%s: relative error %.2g, tolerance %.2g", name, error / largest, tolerance);
    f->worst = fmax(f->worst, error / largest);
}

static void train(fixture *f, size_t index, const gn_tensor *x, const gn_tensor *target)
{
    gn_context *context = f->context;
    gn_module *net = gn_sequential(
        context, "net", gn_dense_layer(context, &(gn_dense_options){.in = 6, .out = 4, .name = "dense0"}),
        gn_tanh_layer(context), gn_dense_layer(context, &(gn_dense_options){.in = 4, .out = 3, .name = "dense1"}));
    const gn_parameter_list parameters = gn_parameters(net);
    for (size_t i = 0; i < parameters.count; i++)
        fill(gn_parameter_value(parameters.items[i]), 10 + i, 0.5f);
    gn_optimizer *optimizer = gn_optimizer_new(net, &cases[index].options);
    if (optimizer == NULL)
        fail_msg("%s", gn_context_message(context));
    gn_tensor *losses = gn_tensor_new(context, GN_SHAPE(STEPS));
    gn_tape *tape = gn_tape_new(context);
    for (int step = 0; step < STEPS; step++) {
        gn_tape_reset(tape);
        gn_var *loss = gn_mse(gn_apply(net, gn_input(tape, x)), gn_input(tape, target));
        gn_tensor_data(losses)[step] = gn_var_number(loss);
        assert_int_equal(gn_backward(loss, parameters), GN_OK);
        assert_int_equal(gn_optimizer_step(optimizer), GN_OK);
    }
    compare(f, cases[index].name, "loss", losses);
    for (size_t i = 0; i < parameters.count; i++)
        compare(f, cases[index].name, gn_parameter_name(parameters.items[i]) + sizeof "net",
                gn_parameter_value(parameters.items[i]));
    gn_tape_free(tape);
    gn_tensor_free(losses);
    gn_optimizer_free(optimizer);
    gn_module_free(net);
}

static void test_twenty_steps_of_each(void **state)
{
    (void)state;
    fixture f = {.context = gn_context_new(&(gn_context_options){.threads = 1})};
    f.archive = gn_archive_load(f.context, GN_TESTS_DIR "/golden/optimizers.safetensors");
    if (f.archive == NULL)
        fail_msg("%s", gn_context_message(f.context));
    gn_tensor *x = gn_tensor_new(f.context, GN_SHAPE(8, 6)), *target = gn_tensor_new(f.context, GN_SHAPE(8, 3));
    fill(x, 1, 1);
    fill(target, 2, 1);
    printf("distance from PyTorch after %d steps, relative to the largest element\n", STEPS);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        f.worst = 0;
        train(&f, i, x, target);
        printf("%-18s %8.1e\n", cases[i].name, f.worst);
    }
    gn_tensor_free(x);
    gn_tensor_free(target);
    gn_archive_free(f.archive);
    gn_context_free(f.context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_twenty_steps_of_each)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
