/* SPDX-License-Identifier: MIT */
/* tests/golden/test_interchange.c - a PyTorch network's weights, loaded here, give the same outputs; saved, they are
 * the same again. interchange.safetensors is made by interchange.py. With a path as its argument the program writes the
 * network there. */
#include "test.h"

#include <gannet/gannet.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char saved_path[512];
static bool keep_saved;

static gn_module *net_new(gn_context *context)
{
    return gn_sequential(
        context, "net",
        gn_conv_transpose2d_layer(
            context,
            &(gn_conv2d_options){
                .in = 3, .out = 4, .kernel = 4, .stride = 2, .padding = 1, .no_bias = true, .name = "up"}),
        gn_batch_norm_layer(context, &(gn_batch_norm_options){.size = 4, .epsilon = 1e-3f, .name = "norm"}),
        gn_relu_layer(context),
        gn_conv2d_layer(context, &(gn_conv2d_options){.in = 4, .out = 2, .kernel = 3, .padding = 1, .name = "conv"}),
        gn_tanh_layer(context), gn_flatten_layer(context),
        gn_dense_layer(context, &(gn_dense_options){.in = 2 * 6 * 6, .out = 5, .name = "logit"}));
}

static gn_tensor *read_tensor(gn_context *context, const gn_archive *archive, const char *name)
{
    gn_shape shape;
    assert_int_equal(gn_archive_shape(archive, name, &shape), GN_OK);
    gn_tensor *tensor = gn_tensor_new(context, shape);
    assert_int_equal(gn_archive_get(archive, name, tensor), GN_OK);
    return tensor;
}

static void test_pytorch_weights_give_the_same_outputs(void **state)
{
    (void)state;
    const char *path = GN_TESTS_DIR "/golden/interchange.safetensors";
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    gn_archive *archive = gn_archive_load(context, path);
    assert_non_null(archive);
    gn_module *net = net_new(context);
    if (gn_module_load(net, path) != GN_OK)
        fail_msg("%s", gn_context_message(context));
    gn_module_set_training(net, false);
    gn_tensor *x = read_tensor(context, archive, "x"), *expected = read_tensor(context, archive, "y");
    gn_tape *tape = gn_tape_new(context);
    const gn_real *y = gn_var_data(gn_apply(net, gn_input(tape, x)));
    for (int64_t i = 0; i < gn_tensor_count(expected); i++)
        assert_true(fabsf(y[i] - gn_tensor_values(expected)[i]) < 1e-5f);
    assert_int_equal(gn_module_save(net, saved_path, NULL), GN_OK);
    gn_module *again = net_new(context);
    assert_int_equal(gn_module_load(again, saved_path), GN_OK);
    for (size_t i = 0; i < gn_module_tensor_count(net); i++) {
        const gn_tensor *a = gn_module_tensor(net, i).tensor, *b = gn_module_tensor(again, i).tensor;
        assert_memory_equal(gn_tensor_values(a), gn_tensor_values(b), (size_t)gn_tensor_count(a) * sizeof(gn_real));
    }
    if (!keep_saved)
        remove(saved_path);
    gn_tape_free(tape);
    gn_tensor_free(x);
    gn_tensor_free(expected);
    gn_module_free(net);
    gn_module_free(again);
    gn_archive_free(archive);
    gn_context_free(context);
}

int main(int argc, char **argv)
{
    keep_saved = argc > 1;
    if (keep_saved)
        snprintf(saved_path, sizeof saved_path, "%s", argv[1]);
    else
        snprintf(saved_path, sizeof saved_path, "/tmp/gannet-interchange-%ld", (long)getpid());
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pytorch_weights_give_the_same_outputs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
